"""What random graphs draw from: which values an operation takes, and what both sides make of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from naive_operations import (
    UNARY,
    Array,
    aligned,
    attention,
    conv2d,
    largest,
    log_softmax,
    matmul,
    maximum,
    normalized,
    picked,
    softmax,
    windows,
)
from random_graphs import SAMPLES, Made, Operation, RandomGraph

#: Those that are drawn, the frequent ones several times.
OPERATIONS: list[Operation] = []


def operation(times: int = 1) -> Callable[[Any], Any]:
    """Makes an operation one of those that are drawn, so many times as likely as the others."""

    def added(function: Any) -> Any:
        OPERATIONS.extend([function] * times)
        return function

    return added


@operation(4)
def unary(r: RandomGraph) -> Made:
    name = str(r.rng.choice(list(UNARY)))
    return [r.some()], lambda x: getattr(r.g, name)(x), UNARY[name]


@operation()
def of_positive(r: RandomGraph) -> Made:
    name, naive = [
        ("sqrt", np.sqrt), ("log", np.log), ("power", lambda x: x**-0.5)
    ][r.rng.integers(3)]  # fmt: skip
    more = (-0.5,) if name == "power" else ()
    return (
        [r.some()],
        lambda x: getattr(r.g, name)(x * x + 0.5, *more),
        lambda x: naive(x * x + 0.5),
    )


@operation()
def whole_power(r: RandomGraph) -> Made:
    n = int(r.rng.integers(0, 4))
    return [r.some()], lambda x: x**n, lambda x: np.prod([x] * n, axis=0) if n else np.ones_like(x)


@operation(5)
def arithmetic(r: RandomGraph) -> Made | None:
    a = r.some()
    b = r.like(r.nodes[a].shape) if r.chance() else r.some()
    try:
        np.broadcast_shapes(r.nodes[a].shape, r.nodes[b].shape)
    except ValueError:
        return None
    name = ["add", "subtract", "multiply", "divide", "maximum", "minimum"][r.rng.integers(6)]
    if name == "divide":
        return [a, b], lambda x, y: x / (y * y + 0.5), lambda x, y: np.divide(*aligned(x, y * y + 0.5))
    naive = {
        "add": lambda x, y: np.add(*aligned(x, y)),
        "subtract": lambda x, y: np.subtract(*aligned(x, y)),
        "multiply": lambda x, y: np.multiply(*aligned(x, y)),
        "maximum": maximum,
        "minimum": lambda x, y: -maximum(-x, -y),
    }[name]
    return [a, b], getattr(r.g, name), naive


@operation(2)
def reshape(r: RandomGraph) -> Made:
    a = r.some()
    rest = math.prod(r.nodes[a].shape)
    shape = []
    while rest > 1:
        factor = int(r.rng.choice([f for f in range(2, rest + 1) if rest % f == 0]))
        shape.append(factor)
        rest //= factor
    if r.chance(0.3):
        shape.insert(int(r.rng.integers(len(shape) + 1)), 1)
    return [a], lambda x: x.reshape(shape), lambda x: x.reshape(x.shape[0], *shape)


@operation(2)
def permute(r: RandomGraph) -> Made:
    a = r.some(2)
    order = [int(axis) for axis in r.rng.permutation(len(r.nodes[a].shape))]
    return [a], lambda x: x.permute(order), lambda x: x.transpose(0, *(axis + 1 for axis in order))


@operation(2)
def index(r: RandomGraph) -> Made:
    a = r.some(1)
    chosen: list[Any] = []
    for extent in r.nodes[a].shape:
        begin, end = sorted(int(i) for i in r.rng.choice(extent + 1, 2, replace=False))
        step = int(r.rng.integers(1, 3))
        ways = [slice(None), slice(begin, end, step), slice(None, None, -step), begin - extent]
        chosen.append(ways[r.rng.integers(4)])
    return [a], lambda x: x[tuple(chosen)], lambda x: x[(slice(None), *chosen)]


@operation()
def take(r: RandomGraph) -> Made:
    a = r.some(1)
    axis = int(r.rng.integers(len(r.nodes[a].shape)))
    which = r.rng.integers(0, r.nodes[a].shape[axis], 4).reshape(2, 2)
    return [a], lambda x: r.g.take(x, which, axis), lambda x: x.take(which, axis + 1)


@operation()
def expand(r: RandomGraph) -> Made:
    a = r.some()
    shape = (2, *(3 if n == 1 else n for n in r.nodes[a].shape))

    def naive(x: Array) -> Array:
        return np.broadcast_to(x[:, None], (x.shape[0], *shape))

    return [a], lambda x: x.expand(shape), naive


@operation(2)
def concatenate(r: RandomGraph) -> Made:
    a = r.some(1)
    shape = r.nodes[a].shape
    b = a if r.chance(0.3) else r.like(shape)
    axis = int(r.rng.integers(len(shape)))

    def naive(*arrays: Array) -> Array:
        batch = max(x.shape[0] for x in arrays)
        return np.concatenate([np.broadcast_to(x, (batch, *x.shape[1:])) for x in arrays], axis + 1)

    return [a, b, a], lambda *nodes: r.g.concatenate(nodes, axis), naive


@operation(2)
def reduction(r: RandomGraph) -> Made:
    a = r.some(1)
    rank = len(r.nodes[a].shape)
    name = str(r.rng.choice(["sum", "mean", "max"]))
    keep = r.chance()
    if name == "max":
        axis = int(r.rng.integers(rank))
        naive = (lambda x: largest(x, axis + 1)) if keep else lambda x: largest(x, axis + 1).squeeze(axis + 1)
        return [a], lambda x: x.max(axis, keepdims=keep), naive
    axes = tuple(int(i) for i in r.rng.choice(rank, int(r.rng.integers(1, rank + 1)), replace=False))
    there = tuple(axis + 1 for axis in axes)
    return (
        [a],
        lambda x: getattr(x, name)(axes, keepdims=keep),
        lambda x: getattr(x, name)(there, keepdims=keep),
    )


@operation()
def softmaxes(r: RandomGraph) -> Made:
    a = r.some(1)
    axis = int(r.rng.integers(len(r.nodes[a].shape)))
    if r.chance():
        return [a], lambda x: r.g.softmax(x, axis), lambda x: softmax(x, axis + 1)
    return [a], lambda x: r.g.log_softmax(x, axis), lambda x: log_softmax(x, axis + 1)


@operation(3)
def linear(r: RandomGraph) -> Made:
    a = r.some(1)
    outputs = int(r.rng.integers(1, 5))
    weight = r.shared((outputs, r.nodes[a].shape[-1]))
    if r.chance():
        return [a, weight], r.g.linear, lambda x, w: x @ w[0].T
    return [a, weight, r.shared((outputs,))], r.g.linear, lambda x, w, b: x @ w[0].T + b[0]


@operation(2)
def products(r: RandomGraph) -> Made:
    a = r.some(2)
    shape = r.nodes[a].shape
    b = a if r.chance(0.3) else r.like(shape[-2:] if r.chance() else shape)
    left = r.chance()

    def naive(x: Array, y: Array) -> Array:
        return matmul(x.swapaxes(-1, -2), y) if left else matmul(x, y.swapaxes(-1, -2))

    return [a, b], lambda x, y: r.g.matmul(x, y, transpose_a=left, transpose_b=not left), naive


@operation()
def embedding(r: RandomGraph) -> Made:
    table = r.shared((int(r.rng.integers(2, 4)), int(r.rng.integers(1, 4))))
    shape = [(), (2,), (2, 2)][r.rng.integers(3)]
    labels, name = r.label(shape)
    return (
        [table],
        lambda w: r.g.embedding(labels, w),
        lambda w: w[0][r.arrays[name].reshape(SAMPLES, *shape)],
    )


@operation()
def token_losses(r: RandomGraph) -> Made | None:
    a = r.some(1)
    if r.nodes[a].kind != "sample" or r.nodes[a].shape[-1] < 2:
        return None
    shape = r.nodes[a].shape[:-1]
    labels, name = r.label(shape)
    ignored = int(r.rng.integers(2)) if r.chance() else None

    def naive(x: Array) -> Array:
        y = r.arrays[name].reshape(SAMPLES, *shape)
        return np.where(y == ignored, 0, -picked(log_softmax(x), y))

    return [a], lambda x: r.g.token_losses(x, labels, ignored), naive


def _pair(r: RandomGraph, low: int, high: int) -> tuple[int, int]:
    return int(r.rng.integers(low, high + 1)), int(r.rng.integers(low, high + 1))


def _image(r: RandomGraph) -> int:
    a = r.some(3)
    return a if len(r.nodes[a].shape) == 3 else r.like((2, 3, 4))


@operation(2)
def convolution(r: RandomGraph) -> Made | None:
    a = _image(r)
    channels, *plane = r.nodes[a].shape
    kernel, stride, padding, dilation = (
        _pair(r, low, high) for low, high in ((1, 3), (1, 2), (0, 2), (1, 2))
    )
    if r.chance(0.3):
        kernel, stride, padding = (1, 1), (1, 1), (0, 0)
    if any(d * (k - 1) >= n + 2 * p for n, k, p, d in zip(plane, kernel, padding, dilation, strict=True)):
        return None
    groups = 2 if channels % 2 == 0 and r.chance() else 1
    weight = r.shared((2 * int(r.rng.integers(1, 3)), channels // groups, *kernel))
    options = (stride, padding, dilation, groups)
    if r.chance():
        return [a, weight], lambda x, w: r.g.conv2d(x, w, None, *options), lambda x, w: conv2d(x, w, *options)
    return (
        [a, weight, r.shared(r.nodes[weight].shape[:1])],
        lambda x, w, b: r.g.conv2d(x, w, b, *options),
        lambda x, w, b: conv2d(x, w, *options) + b[0][:, None, None],
    )


@operation()
def pooling(r: RandomGraph) -> Made | None:
    a = _image(r)
    plane = r.nodes[a].shape[1:]
    kernel, stride = _pair(r, 1, 3), _pair(r, 1, 2)
    padding = (int(r.rng.integers(kernel[0] // 2 + 1)), int(r.rng.integers(kernel[1] // 2 + 1)))
    if any(k > n + 2 * p for n, k, p in zip(plane, kernel, padding, strict=True)):
        return None
    one = (1, 1)
    if r.chance():
        return (
            [a],
            lambda x: r.g.max_pool2d(x, kernel, stride, padding),
            lambda x: largest(windows(x, kernel, stride, padding, one, -1e9), -1)[..., 0],
        )
    counts = r.chance()

    def naive(x: Array) -> Array:
        total = windows(x, kernel, stride, padding, one, 0.0).sum(-1)
        there = windows(np.ones_like(x), kernel, stride, padding, one, float(counts)).sum(-1)
        return total / there

    return [a], lambda x: r.g.avg_pool2d(x, kernel, stride, padding, counts), naive


@operation(2)
def attentions(r: RandomGraph) -> Made:
    q = r.some(2)
    shape = r.nodes[q].shape
    k = q if r.chance(0.3) else r.like((*shape[:-2], int(r.rng.integers(1, 4)), shape[-1]))
    v = k if r.chance(0.3) else r.like((*r.nodes[k].shape[:-1], int(r.rng.integers(1, 4))))
    causal, scale = r.chance(), float(r.rng.uniform(0.3, 1.5))

    def native(q: Any, k: Any, v: Any, mask: Any = None) -> Any:
        return r.g.attention(q, k, v, causal, scale, mask)

    def naive(q: Array, k: Array, v: Array, mask: Array | None = None) -> Array:
        return attention(q, k, v, mask, causal, scale)

    if r.chance(0.6):
        return [q, k, v], native, naive
    scores = (*shape[:-1], r.nodes[k].shape[-2])
    first = int(r.rng.integers(len(scores)))
    return [q, k, v, r.like(tuple(n if r.chance(0.7) else 1 for n in scores[first:]))], native, naive


@operation(2)
def normalization(r: RandomGraph) -> Made:
    a = r.some(1)
    shape = r.nodes[a].shape
    count = int(r.rng.integers(1, len(shape) + 1))
    centred = count > 1 or r.chance()
    axes = tuple(range(-count, 0))
    weight = r.shared(shape[-count:])

    def naive(x: Array, w: Array, b: Any = 0.0) -> Array:
        return normalized(x, axes, centred, 0.1) * w + b

    if not centred:
        return [a, weight], lambda x, w: r.g.rms_norm(x, w, 0.1), naive
    bias = weight if r.chance(0.2) else r.shared(shape[-count:])
    return [a, weight, bias], lambda x, w, b: r.g.layer_norm(x, count, w, b, 0.1), naive


@operation()
def channel_norms(r: RandomGraph) -> Made:
    a = r.some(1)
    channels, *rest = r.nodes[a].shape
    weight, bias = r.shared((channels,)), r.shared((channels,))

    def spread(w: Array) -> Array:
        return w.reshape(1, channels, *(1,) * len(rest))

    if r.chance():
        mean, variance = r.rng.normal(size=channels), r.rng.uniform(0.5, 2.0, channels)
        return (
            [a, weight, bias],
            lambda x, w, b: r.g.batch_norm(x, w, b, mean, variance),
            lambda x, w, b: (x - spread(mean)) / np.sqrt(spread(variance) + 1e-5) * spread(w) + spread(b),
        )
    groups = 2 if channels % 2 == 0 else 1

    def naive(x: Array, w: Array, b: Array) -> Array:
        parts = normalized(x.reshape(x.shape[0], groups, -1), (-1,), True, 0.1)
        return parts.reshape(x.shape) * spread(w) + spread(b)

    return [a, weight, bias], lambda x, w, b: r.g.group_norm(x, groups, w, b, 0.1), naive
