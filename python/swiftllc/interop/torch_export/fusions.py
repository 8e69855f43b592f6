"""Formulas that a program spells out, and that are one operation: in fewer passes, and more precise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

#: A variable's name, a number, or an operation with the patterns of its arguments.
Pattern = Any


class Fusion(NamedTuple):
    """A pattern, and how the operation in its place is added to a program."""

    pattern: Pattern
    add: Callable[[Any, dict[str, Any]], Any]


def fuse(graph: Any) -> None:
    """Replaces in a program's graph what matches, from the outermost operation inwards."""
    for node in reversed(list(graph.nodes)):
        for fusion in FUSIONS:
            found: dict[str, Any] = {}
            if not _matches(node, fusion.pattern, found):
                continue
            with graph.inserting_before(node):
                fused = fusion.add(graph, found)
            if fused is not None:
                fused.meta = dict(node.meta)
                node.replace_all_uses_with(fused)
                break


def _matches(node: Any, pattern: Pattern, found: dict[str, Any]) -> bool:
    """Whether a node, or an argument, is what the pattern says; enters variables into ``found``."""
    if isinstance(pattern, str):
        return found.setdefault(pattern, node) is node
    if isinstance(pattern, float):
        return isinstance(node, (int, float)) and math.isclose(node, pattern, rel_tol=1e-6)
    if not isinstance(pattern, tuple):
        return bool(node == pattern)
    name, *parts = pattern
    if getattr(node, "op", "") != "call_function" or str(node.target) != f"aten.{name}" or node.kwargs:
        return False
    if len(node.args) != len(parts):
        return False
    orders = [list(node.args)]
    if name in ("add.Tensor", "mul.Tensor"):
        orders.append([node.args[1], node.args[0]])
    for arguments in orders:
        tried = dict(found)
        if all(_matches(argument, part, tried) for argument, part in zip(arguments, parts, strict=True)):
            found.update(tried)
            return True
    return False


def _gelu_tanh(graph: Any, found: dict[str, Any]) -> Any:
    import torch

    return graph.call_function(torch.ops.aten.gelu.default, (found["x"],), {"approximate": "tanh"})


def _rms_norm(graph: Any, found: dict[str, Any]) -> Any:
    import torch

    x, weight, eps = found["x"], found.get("weight"), found["eps"]
    extent = x.meta["val"].shape[-1]
    if not isinstance(eps, float):
        return None
    if weight is not None and (weight.op != "placeholder" or tuple(weight.meta["val"].shape) != (extent,)):
        return None
    return graph.call_function(torch.ops.aten.rms_norm.default, (x, [extent], weight, eps))


_CUBIC = ("add.Tensor", "x", ("mul.Tensor", ("pow.Tensor_Scalar", "x", 3.0), 0.044715))
_GELU_TANH = (
    "mul.Tensor",
    ("mul.Tensor", "x", 0.5),
    ("add.Tensor", ("tanh.default", ("mul.Tensor", _CUBIC, math.sqrt(2 / math.pi))), 1.0),
)
_MEAN_SQUARE = ("mean.dim", ("pow.Tensor_Scalar", "x", 2.0), [-1], True)
_RMS_NORM = ("mul.Tensor", "x", ("rsqrt.default", ("add.Tensor", _MEAN_SQUARE, "eps")))

#: Larger ones before their parts.
FUSIONS = (
    Fusion(_GELU_TANH, _gelu_tanh),
    Fusion(("mul.Tensor", "weight", _RMS_NORM), _rms_norm),
    Fusion(_RMS_NORM, _rms_norm),
)
