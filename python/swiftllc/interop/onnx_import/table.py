"""The table of ONNX operators: the type of a node to the function that adds it to a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

#: (lowering, *inputs, **attributes) → a ``Value`` or an array, or a list of them, one for each output.
Operation = Callable[..., Any]
_Function = TypeVar("_Function", bound=Operation)

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


def lowers(*names: str) -> Callable[[_Function], _Function]:
    """Enters a function under the types of nodes, as in ``lowers("Relu")``."""

    def enter(function: _Function) -> _Function:
        for name in names:
            if name in OPERATIONS:
                raise ValueError(f"{name} is in the table already.")
            OPERATIONS[name] = function
        return function

    return enter
