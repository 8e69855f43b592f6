"""The operations of the builder in numpy, as their definitions say, on complex arrays with a batch axis.

With a parameter w + i h v the imaginary part of a loss is h times its slope along v, free of cancellation for
any small h, and kinks take the branch of the real part.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
#: Numbers closer than this may change places by rounding, and the branch of a kink with them.
MARGIN = 1e-9


class Near(Exception):
    """The branch of a kink hangs on rounding."""


# Naive functions


def aligned(*arrays: Array) -> list[Array]:
    """The same with axes of extent 1 after the batch's, so that all have as many."""
    rank = max(a.ndim for a in arrays)
    return [a.reshape(a.shape[0], *(1,) * (rank - a.ndim), *a.shape[1:]) for a in arrays]


def sign(x: Array) -> Array:
    near = (np.abs(x.real) < MARGIN) & (x.real != 0)
    if near.any():
        raise Near
    return np.sign(x.real)


def erf(x: Array) -> Array:
    slope = 2 / math.sqrt(math.pi) * np.exp(-(x.real**2))
    return np.vectorize(math.erf, otypes=[float])(x.real) + 1j * x.imag * slope


def largest(x: Array, axis: int) -> Array:
    """Along an axis, which stays."""
    ordered = np.sort(x.real, axis)
    gaps = np.diff(ordered.take([-2, -1], axis), axis=axis) if x.shape[axis] > 1 else np.ones(1)
    if (gaps < MARGIN).any():
        raise Near
    return np.take_along_axis(x, np.expand_dims(x.real.argmax(axis), axis), axis)


def softmax(x: Array, axis: int = -1) -> Array:
    e = np.exp(x - x.real.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def log_softmax(x: Array, axis: int = -1) -> Array:
    shifted = x - x.real.max(axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def maximum(a: Array, b: Array) -> Array:
    a, b = aligned(a, b)
    return np.where(sign(a - b) > 0, a, b)


def matmul(a: Array, b: Array) -> Array:
    a, b = aligned(a, b)
    return a @ b


def windows(x: Array, kernel: Any, stride: Any, padding: Any, dilation: Any, fill: float) -> Array:
    """(batch, channels, rows, columns, window): those of padded planes."""
    margins = ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2)
    x = np.pad(x, margins, constant_values=fill)
    rows, columns = (
        (extent - d * (k - 1) - 1) // s + 1
        for extent, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)
    )
    parts = [
        x[:, :, i * dilation[0] :, j * dilation[1] :][:, :, :: stride[0], :: stride[1]][:, :, :rows, :columns]
        for i in range(kernel[0])
        for j in range(kernel[1])
    ]
    return np.stack(parts, -1)


def conv2d(x: Array, weight: Array, stride: Any, padding: Any, dilation: Any, groups: int) -> Array:
    w = weight[0]
    seen = windows(x, w.shape[2:], stride, padding, dilation, 0.0)
    parts = [
        np.einsum("bcrqk,ock->borq", channels, outputs.reshape(*outputs.shape[:2], -1))
        for channels, outputs in zip(np.split(seen, groups, 1), np.split(w, groups, 0), strict=True)
    ]
    return np.concatenate(parts, 1)


def attention(q: Array, k: Array, v: Array, mask: Array | None, causal: bool, scale: float) -> Array:
    scores = scale * matmul(q, k.swapaxes(-1, -2))
    if mask is not None:
        scores = np.add(*aligned(scores, mask))
    if causal:
        future = np.triu(np.ones(scores.shape[-2:], bool), 1)
        scores = np.where(future, -1e300, scores)
    return matmul(softmax(scores), v)


def normalized(x: Array, axes: tuple[int, ...], centred: bool, eps: float) -> Array:
    if centred:
        x = x - x.mean(axes, keepdims=True)
    return x / np.sqrt((x * x).mean(axes, keepdims=True) + eps)


def picked(rows: Array, labels: Array) -> Array:
    """rows (..., classes) at labels (...)."""
    return np.take_along_axis(rows, labels[..., None], -1)[..., 0]


UNARY: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.where(sign(x) > 0, x, 0),
    "tanh": np.tanh,
    "gelu": lambda x: x * (1 + erf(x / math.sqrt(2))) / 2,
    "gelu_tanh": lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x: x * sigmoid(x),
    "sigmoid": sigmoid,
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "leaky_relu": lambda x: np.where(sign(x) > 0, x, 0.01 * x),
    "elu": lambda x: np.where(sign(x) > 0, x, np.exp(x) - 1),
    "exp": np.exp,
    "erf": erf,
    "sin": np.sin,
    "cos": np.cos,
    "abs": lambda x: sign(x) * x,
}
