"""A file's own outputs on random samples, by ``onnx.reference``, and whether a model's are the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc._errors import InvalidArgumentError
from swiftllc.interop.lowering.layout import Value
from swiftllc.interop.onnx_import.inputs import Input

#: How far the model's outputs may be from the file's, in parts of the largest output.
TOLERANCES = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-9}

_NUMPY = {"INT64": np.int64, "INT32": np.int32, "BOOL": np.bool_}


def require_equal(
    model: Any,
    params: Any,
    file: Any,
    inputs: Sequence[Input],
    result: Value,
    rows: Mapping[str, int],
    count: int,
) -> None:
    """Compares outputs on random samples: normal ones, or positive where these give no numbers.

    Args:
        model: The ``Model``.
        params: Its parameters.
        file: The part of the file that it was made of.
        inputs: The file's.
        result: The output's layout.
        rows: Names of indices to the rows of the tables in which they are looked up.
        count: How many samples the file takes.

    Raises:
        InvalidArgumentError: They differ, or the file cannot be evaluated.
    """
    for positive in (False, True):
        generator = np.random.default_rng(0)
        samples = [_random(generator, part, count, rows, positive, model.dtype) for part in inputs]
        expected = _row_first(_evaluated(file, inputs, samples, model.dtype == np.float64), result)
        if np.isfinite(expected).all():
            break
    read = [_as_model_s(samples[position]) for position in sorted(result.node.reads)]
    found = model(params, *read)
    if found.shape != expected.shape:
        raise InvalidArgumentError(
            f"the model's outputs for {count} samples have shape {found.shape}, and those of onnx.reference "
            f"{expected.shape}: one of them is wrong; please report this."
        )
    finite = np.isfinite(expected)
    if not finite.any():
        raise InvalidArgumentError(
            "the file's outputs on random samples are not finite, so nothing is shown."
        )
    scale = max(1.0, float(np.abs(expected[finite]).max()))
    difference = float(np.abs(found - expected)[finite].max())
    tolerance = TOLERANCES[model.dtype]
    if not difference <= tolerance * scale:
        raise InvalidArgumentError(
            f"the model's outputs on random samples differ from those of onnx.reference by up to "
            f"{difference:.3g}, where {tolerance * scale:.3g} is allowed; please report this."
        )


def _random(
    generator: np.random.Generator,
    part: Input,
    count: int,
    rows: Mapping[str, int],
    positive: bool,
    dtype: np.dtype[Any],
) -> NDArray[Any]:
    shape = (count, *part.shape)
    if part.kind == "float":
        drawn = generator.uniform(0.1, 1.0, shape) if positive else generator.normal(size=shape)
        return drawn.astype(dtype)
    return generator.integers(0, rows.get(part.name, 2), shape).astype(_NUMPY[part.element])


def _as_model_s(array: NDArray[Any]) -> NDArray[Any]:
    """What a model takes for it: truth values as the integers 0 and 1."""
    return array if array.dtype.kind == "f" else array.astype(np.int64)


def _evaluated(
    file: Any, inputs: Sequence[Input], samples: Sequence[NDArray[Any]], double: bool
) -> NDArray[Any]:
    from onnx.reference import ReferenceEvaluator

    given = {part.name: array for part, array in zip(inputs, samples, strict=True)}
    try:
        with np.errstate(all="ignore"):
            (output,) = ReferenceEvaluator(file, new_ops=_precise() if double else None).run(None, given)
    except Exception as error:  # whatever an operator raises
        lines = str(error).splitlines() or [type(error).__name__]
        raise InvalidArgumentError(
            f"onnx.reference cannot evaluate the file, so that nothing is shown: {lines[0].rstrip('.')}."
        ) from error
    return np.asarray(output)


def _precise() -> list[Any]:
    """Operators that ``onnx.reference`` rounds to float32, in the precision of what they are given."""
    from onnx.reference.op_run import OpRun

    error_function = np.vectorize(math.erf, otypes=[np.float64])

    class Erf(OpRun):  # type: ignore[misc]
        op_domain = ""

        def _run(self, x: NDArray[Any]) -> tuple[NDArray[Any]]:
            return (error_function(x),)

    class Gelu(OpRun):  # type: ignore[misc]
        op_domain = ""

        def _run(self, x: NDArray[Any], approximate: str = "none") -> tuple[NDArray[Any]]:
            if approximate == "tanh":
                return (x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),)
            return (x / 2 * (1 + error_function(x / math.sqrt(2))),)

    return [Erf, Gelu]


def _row_first(array: NDArray[Any], value: Value) -> NDArray[Any]:
    """The file's output as the model gives it: the samples first, and then the node's axes."""
    batch = value.batch
    assert batch is not None
    wanted = (*value.shape[: batch.dim], -1, *value.shape[batch.dim + 1 :])
    if array.ndim != len(wanted) or any(a != b for a, b in zip(array.shape, wanted, strict=True) if b != -1):
        return array
    count = array.shape[batch.dim] // (batch.before * batch.after)
    split = (*array.shape[: batch.dim], batch.before, count, batch.after, *array.shape[batch.dim + 1 :])
    samples = np.moveaxis(array.reshape(split), batch.dim + 1, 0)
    return samples.reshape((count, *value.node.shape)).astype(np.float64)
