"""Inputs that are indices: integers that are looked up in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: What moves indices, or gives them another type of integers, from its first input to its first output.
_MOVING = ("Cast", "Flatten", "Identity", "Reshape", "Slice", "Squeeze", "Transpose", "Unsqueeze")


def rows_of_tables(nodes: Sequence[Any], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
    """Names of indices to the rows of the smallest table in which they are looked up.

    Args:
        nodes: Of a file, in their order.
        shapes: Names of initializers to their shapes.
    """
    found: dict[str, int] = {}
    known = dict(shapes)
    for node in nodes:
        if node.op_type == "Identity" and node.input[0] in known:
            known[node.output[0]] = known[node.input[0]]
    for node in reversed(nodes):
        if node.op_type == "Gather" and known.get(node.input[0]) and node.input[1] not in shapes:
            rows, name = known[node.input[0]][0], node.input[1]
        elif node.op_type in _MOVING and node.output[0] in found:
            rows, name = found[node.output[0]], node.input[0]
        else:
            continue
        found[name] = min(rows, found.get(name, rows))
    return found
