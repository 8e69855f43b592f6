"""Shapes: what moves, cuts, joins and repeats axes, and what changes nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from swiftllc.interop.lowering.joining import joined, repeated
from swiftllc.interop.lowering.layout import (
    Value,
    expanded,
    permuted,
    reshaped,
    transposed,
)
from swiftllc.interop.torch_export.lowering import Lowering
from swiftllc.interop.torch_export.table import lowers

_FLOATS = {"torch.float64": 64, "torch.float32": 32, "torch.bfloat16": 16, "torch.float16": 16}


@lowers(
    "aten.alias.default",
    "aten.clone.default",
    "aten.contiguous.default",
    "aten.detach.default",
    "aten.lift_fresh_copy.default",
)
def _same(lowering: Lowering, x: Value, **_: Any) -> Value:
    return x


@lowers("aten.to.dtype", "aten.to.dtype_layout", "aten._to_copy.default", "aten.to.device")
def _to(lowering: Lowering, x: Value, *_: Any, **__: Any) -> Value:
    wanted, given = (lowering.current.meta["val"].dtype, lowering.current.args[0].meta["val"].dtype)
    if str(wanted) == "torch.bool" and x.kind != "bool":
        if given.is_floating_point:
            lowering.refuse("it makes truth values of floats that depend on the sample")
        graph = lowering.graph  # exact for integers
        return x.with_node(graph.minimum(graph.abs(x.node), 1.0), kind="bool")
    if given.is_floating_point and not wanted.is_floating_point:
        lowering.refuse("it rounds floats that depend on the sample to integers")
    if given.is_floating_point and _FLOATS.get(str(wanted), 0) < _FLOATS.get(str(given), 0):
        lowering.rounds = True
    return x.with_node(x.node, kind="float") if wanted.is_floating_point else x


@lowers("aten.dropout.default", "aten.feature_dropout.default", "aten.alpha_dropout.default")
def _dropout(lowering: Lowering, x: Value, p: float, train: bool) -> Value:
    if train and p > 0:
        lowering.refuse("it drops at random in training mode; call module.eval()")
    return x


@lowers("aten.native_dropout.default")
def _native_dropout(lowering: Lowering, x: Value, p: float, train: bool | None) -> list[Any]:
    return [_dropout(lowering, x, p, bool(train)), None]


@lowers("aten.view.default", "aten.reshape.default", "aten._unsafe_view.default")
def _view(lowering: Lowering, x: Value, shape: Sequence[int]) -> Value:
    return reshaped(x, shape, lowering.batch_size)


@lowers("aten.view_as.default", "aten.reshape_as.default")
def _view_as(lowering: Lowering, x: Value, other: Any) -> Value:
    return reshaped(x, tuple(other.shape), lowering.batch_size)


@lowers("aten.flatten.using_ints")
def _flatten(lowering: Lowering, x: Value, start: int = 0, end: int = -1) -> Value:
    start, end = x.dim(start), x.dim(end)
    middle = math.prod(x.shape[start : end + 1])
    return reshaped(x, (*x.shape[:start], middle, *x.shape[end + 1 :]), lowering.batch_size)


@lowers("aten.unflatten.int")
def _unflatten(lowering: Lowering, x: Value, dim: int, sizes: Sequence[int]) -> Value:
    dim = x.dim(dim)
    known = math.prod(size for size in sizes if size != -1)
    sizes = [x.shape[dim] // known if size == -1 else size for size in sizes]
    return reshaped(x, (*x.shape[:dim], *sizes, *x.shape[dim + 1 :]), lowering.batch_size)


@lowers("aten.unsqueeze.default")
def _unsqueeze(lowering: Lowering, x: Value, dim: int) -> Value:
    dim %= x.rank + 1
    return reshaped(x, (*x.shape[:dim], 1, *x.shape[dim:]), lowering.batch_size)


@lowers("aten.squeeze.default", "aten.squeeze.dim", "aten.squeeze.dims")
def _squeeze(lowering: Lowering, x: Value, dims: int | Sequence[int] | None = None) -> Value:
    if dims is None:
        dims = range(x.rank)
    chosen = {x.dim(dim) for dim in ([dims] if isinstance(dims, int) else dims)}
    shape = [extent for dim, extent in enumerate(x.shape) if extent != 1 or dim not in chosen]
    return reshaped(x, shape, lowering.batch_size)


@lowers("aten.permute.default")
def _permute(lowering: Lowering, x: Value, dims: Sequence[int]) -> Value:
    return permuted(x, dims)


@lowers("aten.transpose.int", "aten.swapaxes.default", "aten.swapdims.default")
def _transpose(lowering: Lowering, x: Value, first: int, second: int) -> Value:
    return transposed(x, first, second)


@lowers("aten.t.default", "aten.numpy_T.default", "aten.mT.default")
def _t(lowering: Lowering, x: Value) -> Value:
    return transposed(x, -1, -2) if x.rank > 1 else x


@lowers("aten.movedim.intlist", "aten.movedim.int")
def _movedim(lowering: Lowering, x: Value, source: Any, destination: Any) -> Value:
    pairs = list(
        zip(*([part] if isinstance(part, int) else part for part in (source, destination)), strict=True)
    )
    taken = {x.dim(to): x.dim(origin) for origin, to in pairs}
    rest = iter(dim for dim in range(x.rank) if dim not in taken.values())
    return permuted(x, [taken[dim] if dim in taken else next(rest) for dim in range(x.rank)])


@lowers("aten.expand.default")
def _expand(lowering: Lowering, x: Value, shape: Sequence[int], **_: Any) -> Value:
    return expanded(x, shape, lowering.batch_size)


@lowers("aten.expand_as.default")
def _expand_as(lowering: Lowering, x: Value, other: Any) -> Value:
    return expanded(x, tuple(other.shape), lowering.batch_size)


@lowers("aten.repeat.default")
def _repeat(lowering: Lowering, x: Value, counts: Sequence[int]) -> Value:
    offset = len(counts) - x.rank
    return repeated(lowering, reshaped(x, (1,) * offset + x.shape, lowering.batch_size), counts)


@lowers("aten.cat.default")
def _cat(lowering: Lowering, parts: Sequence[Any], dim: int = 0) -> Value:
    # torch lets what is empty join anything
    return joined(lowering, [part for part in parts if tuple(part.shape) != (0,)], dim)


@lowers("aten.stack.default")
def _stack(lowering: Lowering, parts: Sequence[Any], dim: int = 0) -> Value:
    rank = len(parts[0].shape) + 1
    return _cat(
        lowering,
        [
            _unsqueeze(lowering, part, dim) if isinstance(part, Value) else part.unsqueeze(dim)
            for part in parts
        ],
        dim % rank,
    )


@lowers("aten.constant_pad_nd.default")
def _constant_pad(lowering: Lowering, x: Value, pad: Sequence[int], value: float = 0) -> Value:
    return _pad(lowering, x, pad, "constant", value)


@lowers("aten.pad.default")
def _pad(
    lowering: Lowering, x: Value, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Value:
    import numpy as np

    for i in range(len(pad) // 2):
        before, after = pad[2 * i], pad[2 * i + 1]
        dim = x.rank - 1 - i
        if before == after == 0:
            continue
        axis, extent = x.axis(dim, "it pads"), x.shape[dim]
        positions = np.arange(max(-before, 0), extent - max(-after, 0))
        if mode != "constant":
            kinds = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
            positions = np.pad(positions, (max(before, 0), max(after, 0)), mode=kinds[mode])  # type: ignore[call-overload]
        node = x.node
        if len(positions) != extent or mode != "constant":
            node = lowering.graph.take(node, positions, axis)
        if mode == "constant":
            parts = [node]
            for at, width in ((0, before), (len(parts), after)):
                if width > 0:
                    shape = (*node.shape[:axis], width, *node.shape[axis + 1 :])
                    parts.insert(
                        at if at == 0 else len(parts), lowering.graph.constant(np.full(shape, value or 0.0))
                    )
            if len(parts) > 1:
                node = lowering.graph.concatenate(parts, axis)
        x = x.resized(dim, node.shape[axis], node)
    return x
