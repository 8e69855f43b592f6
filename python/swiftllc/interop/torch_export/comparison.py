"""Whether a model is the function that its module is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc._errors import InvalidArgumentError
from swiftllc.interop.lowering.layout import Value
from swiftllc.interop.torch_export.outputs import row_first
from swiftllc.model import Model
from swiftllc.parameters import Parameters

#: How far outputs may differ, in parts of the largest, by the precision in which both are computed.
TOLERANCES = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-9}

#: The size of the noise, in parts of the root mean square of a parameter.
_NOISE = 0.1


def require_equal(
    model: Model,
    params: Parameters,
    examples: list[NDArray[Any]],
    evaluate: Callable[[Mapping[str, NDArray[Any]]], Any],
    output: Value,
    precision: np.dtype[Any],
) -> None:
    """Compares both on the example: with the module's weights, and with others near them.

    With the weights alone it would not be seen what becomes of those that are 0, or equal to one another.

    Args:
        model: The model.
        params: The module's weights.
        examples: What the output depends on, samples first.
        evaluate: The module's output for weights by name.
        output: How the samples lie in it.
        precision: To which the module computes.

    Raises:
        InvalidArgumentError: Names the largest difference.
    """
    for weights in (params, _moved(params)):
        expected = row_first(evaluate(weights), output)
        difference = float(np.abs(model(weights, *examples) - expected).max(initial=0.0))
        allowed = TOLERANCES[precision] * (float(np.abs(expected).max(initial=0.0)) or 1.0)
        if not difference <= allowed:  # NaN neither
            raise InvalidArgumentError(
                f"the model's outputs on the example differ from the module's by up to {difference:.3g}, "
                f"where {allowed:.3g} is allowed: the module is not what torch.export made of it, or not "
                "deterministic, or it needs another dtype. sl.External.from_torch samples it as it is "
                "(docs/external.md)."
            )


def _moved(params: Parameters) -> Parameters:
    """Weights with noise of a tenth of their size, and of 0.1 where all are 0."""
    generator = np.random.default_rng(0)
    moved = Parameters(params.flat.copy(), params.shapes)
    for array in moved.values():
        size = float(np.sqrt(np.mean(np.square(array, dtype=np.float64)))) if array.size else 0.0
        array += (_NOISE * (size or 1.0) * generator.standard_normal(array.shape)).astype(array.dtype)
    return moved
