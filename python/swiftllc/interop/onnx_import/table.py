"""The table of ONNX operators: the type of a node to the function that adds it to a graph."""

from __future__ import annotations

from swiftllc.interop.lowering.table import Operation, entering

#: "Gemm" to its function. Filled by the modules ``operations_*``.
OPERATIONS: dict[str, Operation] = {}

#: What is refused even where it depends on constants alone, and why.
REFUSED: dict[str, str] = {
    **dict.fromkeys(("If", "Loop", "Scan", "SequenceMap"), "control flow is not covered"),
    **dict.fromkeys(
        (
            "Bernoulli",
            "Multinomial",
            "RandomNormal",
            "RandomNormalLike",
            "RandomUniform",
            "RandomUniformLike",
        ),
        "it draws random numbers, which would be drawn once and for all",
    ),
    **dict.fromkeys(
        (
            "ConvInteger",
            "DequantizeLinear",
            "DynamicQuantizeLinear",
            "MatMulInteger",
            "QLinearConv",
            "QLinearMatMul",
            "QuantizeLinear",
        ),
        "quantised weights have no gradient",
    ),
}

#: Enters a function under types of nodes, as in ``@lowers("Relu")``.
lowers = entering(OPERATIONS)
