"""What depends neither on the inputs nor on the parameters, evaluated once by ``onnx.reference``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: No more elements than this are made of a few numbers.
MOST_ELEMENTS = 2**28


class FoldingError(Exception):
    """A constant that cannot be made; a sentence that ends in no full stop."""


def evaluated(node: Any, inputs: Sequence[NDArray[Any] | None], opsets: Mapping[str, int]) -> list[Any]:
    """What a node makes of constants, one for each of its outputs.

    Args:
        node: Of the default domain, without graphs among its attributes.
        inputs: In the node's order; None for one that is left out.
        opsets: Versions of the file's operator sets.

    Raises:
        FoldingError: Inputs that the operator does not take, or a result too large to be meant.
    """
    from onnx import GraphProto
    from onnx.reference import ReferenceEvaluator

    count = _elements(node.op_type, inputs)
    if count > MOST_ELEMENTS:
        raise FoldingError(f"it makes a constant of {count} elements")
    graph = GraphProto()
    graph.node.add().CopyFrom(node)
    given = {name: array for name, array in zip(node.input, inputs, strict=True) if name}
    for name in given:
        graph.input.add().name = name
    outputs = [name for name in node.output if name]
    for name in outputs:
        graph.output.add().name = name
    try:
        with np.errstate(all="ignore"):
            results = ReferenceEvaluator(graph, opsets=dict(opsets)).run(None, given)
    except MemoryError:
        raise
    except Exception as error:  # whatever the operator raises
        lines = str(error).splitlines() or [type(error).__name__]
        raise FoldingError(f"it cannot be evaluated ({lines[0].rstrip('.')})") from error
    made = dict(zip(outputs, results, strict=True))
    return [made.get(name) for name in node.output]


def _elements(kind: str, inputs: Sequence[NDArray[Any] | None]) -> int:
    """How many elements a node makes that repeats what it is given."""
    given = [array for array in inputs if array is not None]
    if kind == "ConstantOfShape" and given:
        return math.prod(int(extent) for extent in given[0].reshape(-1))
    if kind in ("Expand", "Tile") and len(given) == 2:
        repeated = math.prod(max(1, int(extent)) for extent in given[1].reshape(-1))
        return repeated * (given[0].size if kind == "Tile" else 1)
    if kind == "Range" and len(given) == 3 and given[2].any():
        return max(0, int((given[1] - given[0]).item() / given[2].item()))
    return 0
