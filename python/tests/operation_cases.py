"""Every operation of the builder on operands of odd sizes.

A case has operands by name: capital letters are values of each sample, N integers, small ones shared by all.
``reference`` is the same for one sample in terms of ``n``, which torch and JAX have in
``tools/record_operations.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

import swiftllc as sl


class Case(NamedTuple):
    name: str
    operands: Mapping[str, tuple[int, ...]]
    build: Callable[..., Any]
    reference: Callable[..., Any]
    #: Operands are uniform in this range.
    low: float = -2.0
    high: float = 2.0
    #: Integers are below this.
    count: int = 0

    def values(self, samples: int) -> dict[str, np.ndarray]:
        """The operands; those of each sample with a batch axis in front."""
        seed = sum(map(ord, self.name))
        rng = np.random.default_rng(seed)

        def drawn(name: str, shape: tuple[int, ...]) -> np.ndarray:
            extents = (samples, *shape) if name.isupper() else shape
            if name == "N":
                return rng.integers(0, self.count, extents)
            return rng.uniform(self.low, self.high, extents)

        return {name: drawn(name, shape) for name, shape in self.operands.items()}


SAMPLES = 3

_ONE = {"X": (3, 5)}


def _function(name: str, low: float = -2.0, high: float = 2.0, **options: float) -> Case:
    suffix = "".join(f" {value}" for value in options.values())
    return Case(
        name + suffix,
        _ONE,
        lambda g, X: getattr(g, name)(X, **options),
        lambda n, X: getattr(n, name)(X, **options),
        low,
        high,
    )


CASES = [
    # Functions of one number.
    *(_function(name) for name in ("relu", "tanh", "gelu", "gelu_tanh", "silu", "sigmoid", "softplus")),
    _function("leaky_relu", negative_slope=0.2),
    _function("elu", alpha=0.7),
    *(_function(name) for name in ("exp", "erf", "sin", "cos", "abs")),
    *(_function(name, 0.1, 3.0) for name in ("log", "sqrt")),
    _function("power", 0.1, 3.0, exponent=-0.5),
    _function("power", exponent=3.0),
    # Arithmetic.
    Case("add", {"X": (3, 5), "Y": (3, 5)}, lambda g, X, Y: X + Y, lambda n, X, Y: X + Y),
    Case("subtract a row", {"X": (3, 5), "w": (5,)}, lambda g, X, w: X - w, lambda n, X, w: X - w),
    Case("subtract from a column", {"X": (3, 5), "w": (3, 1)}, lambda g, X, w: w - X, lambda n, X, w: w - X),
    Case("multiply", {"X": (3, 5), "Y": (3, 5)}, lambda g, X, Y: X * Y, lambda n, X, Y: X * Y),
    Case("multiply channels", {"X": (3, 2, 5), "w": (3, 1, 1)}, lambda g, X, w: X * w, lambda n, X, w: X * w),
    Case("outer product", {"X": (3, 1), "Y": (1, 5)}, lambda g, X, Y: X * Y, lambda n, X, Y: X * Y),
    Case("more axes on the right", {"X": (5,), "w": (3, 5)}, lambda g, X, w: X * w, lambda n, X, w: X * w),
    Case(
        "an axis in the middle",
        {"X": (2, 1, 3), "Y": (2, 5, 3)},
        lambda g, X, Y: X * Y,
        lambda n, X, Y: X * Y,
    ),
    Case("divide", {"X": (3, 5), "Y": (3, 1)}, lambda g, X, Y: X / Y, lambda n, X, Y: X / Y, 0.5, 2.0),
    Case("divide a row", {"w": (5,), "X": (3, 5)}, lambda g, w, X: w / X, lambda n, w, X: w / X, 0.5, 2.0),
    Case(
        "maximum", {"X": (3, 5), "Y": (5,)}, lambda g, X, Y: g.maximum(X, Y), lambda n, X, Y: n.maximum(X, Y)
    ),
    Case(
        "minimum", {"X": (3, 5), "w": (5,)}, lambda g, X, w: g.minimum(X, w), lambda n, X, w: n.minimum(X, w)
    ),
    Case(
        "of shared values alone",
        {"X": (5,), "v": (5,), "w": (5,)},
        lambda g, X, v, w: X * g.exp(v * w / 3.0),
        lambda n, X, v, w: X * n.exp(v * w / 3.0),
    ),
    # Shapes.
    Case("reshape", {"X": (3, 4)}, lambda g, X: X.reshape(2, -1) * 2.0, lambda n, X: X.reshape(2, 6) * 2.0),
    Case("permute", {"X": (2, 3, 5)}, lambda g, X: X.permute(2, 0, 1), lambda n, X: n.permute(X, (2, 0, 1))),
    Case(
        "transpose", {"X": (2, 3, 5)}, lambda g, X: X.transpose(-1, 0), lambda n, X: n.permute(X, (2, 1, 0))
    ),
    Case(
        "a transposed weight",
        {"X": (3, 5), "w": (2, 5)},
        lambda g, X, w: X @ w.transpose(0, 1),
        lambda n, X, w: X @ n.permute(w, (1, 0)),
    ),
    Case("index", {"X": (4, 5, 3)}, lambda g, X: X[1:, -2], lambda n, X: X[1:, -2]),
    Case("slice backwards", {"X": (4, 7)}, lambda g, X: X[..., ::-3], lambda n, X: n.take(X, [6, 3, 0], 1)),
    Case(
        "take",
        {"X": (4, 5)},
        lambda g, X: g.take(X, [3, 0, 0, 1, 2], axis=1),
        lambda n, X: n.take(X, [3, 0, 0, 1, 2], 1),
    ),
    Case(
        "expand", {"X": (3, 1, 5)}, lambda g, X: X.expand(2, 3, 4, 5), lambda n, X: n.expand(X, (2, 3, 4, 5))
    ),
    Case(
        "concatenate",
        {"X": (2, 3), "w": (2, 4), "Y": (2, 1)},
        lambda g, X, w, Y: g.concatenate([X, w, Y], 1),
        lambda n, X, w, Y: n.concatenate([X, w, Y], 1),
    ),
    Case(
        "stack",
        {"X": (2, 3), "Y": (2, 3)},
        lambda g, X, Y: g.stack([X, Y], 1),
        lambda n, X, Y: n.stack([X, Y], 1),
    ),
    # Reductions.
    Case("sum", {"X": (3, 4, 5)}, lambda g, X: X.sum(), lambda n, X: X.sum()),
    Case("sum over the middle", {"X": (3, 4, 5)}, lambda g, X: X.sum(1), lambda n, X: X.sum(1)),
    Case(
        "mean over two axes",
        {"X": (3, 4, 5)},
        lambda g, X: X.mean((0, 2), keepdims=True),
        lambda n, X: n.mean(X, (0, 2)),
    ),
    Case("max", {"X": (3, 4, 5)}, lambda g, X: X.max(1), lambda n, X: n.max(X, 1)),
    Case("softmax", {"X": (3, 5)}, lambda g, X: g.softmax(X), lambda n, X: n.softmax(X, 1)),
    Case(
        "softmax of far numbers",
        {"X": (3, 5)},
        lambda g, X: g.softmax(X),
        lambda n, X: n.softmax(X, 1),
        -1000.0,
        1000.0,
    ),
    Case(
        "log_softmax over the first axis",
        {"X": (3, 5)},
        lambda g, X: g.log_softmax(X, 0),
        lambda n, X: n.log_softmax(X, 0),
    ),
    # Products.
    Case(
        "linear",
        {"X": (2, 3, 5), "w": (4, 5), "b": (4,)},
        lambda g, X, w, b: g.linear(X, w, b),
        lambda n, X, w, b: X @ n.permute(w, (1, 0)) + b,
    ),
    Case("matmul", {"X": (2, 3, 5), "Y": (2, 5, 4)}, lambda g, X, Y: X @ Y, lambda n, X, Y: X @ Y),
    Case(
        "matmul transposed",
        {"X": (2, 3, 5), "Y": (2, 4, 5)},
        lambda g, X, Y: g.matmul(X, Y, transpose_b=True),
        lambda n, X, Y: X @ n.permute(Y, (0, 2, 1)),
    ),
    Case("matmul with a weight", {"X": (2, 3, 5), "w": (5, 4)}, lambda g, X, w: X @ w, lambda n, X, w: X @ w),
    Case(
        "conv2d",
        {"X": (2, 5, 7), "w": (3, 2, 3, 3), "b": (3,)},
        lambda g, X, w, b: g.conv2d(X, w, b, padding=1),
        lambda n, X, w, b: (
            n.conv2d(X, w, (1, 1), (1, 1), (1, 1), 1) + n.expand(b.reshape(3, 1, 1), (3, 5, 7))
        ),
    ),
    Case(
        "conv2d in groups",
        {"X": (4, 7, 9), "w": (6, 2, 3, 2)},
        lambda g, X, w: g.conv2d(X, w, stride=(2, 3), padding=(2, 1), dilation=(2, 3), groups=2),
        lambda n, X, w: n.conv2d(X, w, (2, 3), (2, 1), (2, 3), 2),
    ),
    Case(
        "conv2d of one element",
        {"X": (3, 4, 5), "w": (2, 3, 1, 1)},
        lambda g, X, w: g.conv2d(X, w),
        lambda n, X, w: n.conv2d(X, w, (1, 1), (0, 0), (1, 1), 1),
    ),
    Case(
        "attention",
        {"X": (2, 3, 4), "Y": (2, 5, 4), "Z": (2, 5, 6)},
        lambda g, X, Y, Z: g.attention(X, Y, Z),
        lambda n, X, Y, Z: n.softmax(X @ n.permute(Y, (0, 2, 1)) / 2.0, 2) @ Z,
    ),
    Case(
        "causal attention",
        {"X": (2, 5, 4)},
        lambda g, X: g.attention(X, X, X, causal=True, scale=0.3),
        lambda n, X: n.causal_attention(X, X, X, 0.3),
    ),
    Case(
        "masked attention",
        {"X": (2, 5, 4), "M": (5, 5)},
        lambda g, X, M: g.attention(X, X, X, mask=M),
        lambda n, X, M: n.softmax(X @ n.permute(X, (0, 2, 1)) / 2.0 + M, 2) @ X,
    ),
    Case(
        "embedding",
        {"N": (2, 3), "w": (5, 4)},
        lambda g, N, w: g.embedding(N, w),
        lambda n, N, w: n.embedding(N, w),
        count=5,
    ),
    Case(
        "an embedding that is the head too",
        {"N": (3,), "w": (5, 4)},
        lambda g, N, w: g.linear(g.embedding(N, w), w),
        lambda n, N, w: n.embedding(N, w) @ n.permute(w, (1, 0)),
        count=5,
    ),
    Case(
        "losses of tokens",
        {"X": (3, 5), "N": (3,)},
        lambda g, X, N: g.token_losses(X, N),
        lambda n, X, N: n.token_losses(X, N),
        count=5,
    ),
    Case(
        "rotary interleaved",
        {"X": (2, 5, 6)},
        lambda g, X: g.rotary(X, interleaved=True),
        lambda n, X: n.permute(
            n.rotary(n.take(X, [0, 2, 4, 1, 3, 5], 2)).reshape(2, 5, 2, 3), (0, 1, 3, 2)
        ).reshape(2, 5, 6),
    ),
    Case("rotary", {"X": (2, 5, 6)}, lambda g, X: g.rotary(X), lambda n, X: n.rotary(X)),
    Case(
        "layer_norm",
        {"X": (3, 5), "w": (5,), "b": (5,)},
        lambda g, X, w, b: g.layer_norm(X, 1, w, b),
        lambda n, X, w, b: n.norm(X, (1,), 1e-5) * w + b,
    ),
    Case(
        "layer_norm over two axes",
        {"X": (2, 3, 5)},
        lambda g, X: g.layer_norm(X, 2, eps=0.1),
        lambda n, X: n.norm(X, (1, 2), 0.1),
    ),
    Case(
        "rms_norm",
        {"X": (3, 5), "w": (5,)},
        lambda g, X, w: g.rms_norm(X, w),
        lambda n, X, w: X / n.sqrt(n.mean(X * X, (1,)) + 1e-6) * w,
    ),
    Case(
        "group_norm",
        {"X": (6, 2, 3), "w": (6,), "b": (6,)},
        lambda g, X, w, b: g.group_norm(X, 3, w, b),
        lambda n, X, w, b: (
            n.norm(X.reshape(3, 12), (1,), 1e-5).reshape(6, 2, 3) * w.reshape(6, 1, 1) + b.reshape(6, 1, 1)
        ),
    ),
    Case(
        "group_norm without weights",
        {"X": (4, 3)},
        lambda g, X: g.group_norm(X, 2),
        lambda n, X: n.norm(X.reshape(2, 6), (1,), 1e-5).reshape(4, 3),
    ),
    Case(
        "batch_norm",
        {"X": (3, 2, 2), "w": (3,), "b": (3,), "m": (3,)},
        lambda g, X, w, b, m: g.batch_norm(X, w, b, m, [0.5, 1.0, 2.0], 0.1),
        lambda n, X, w, b, m: n.batch_norm(X, w, b, m, [0.5, 1.0, 2.0], 0.1),
    ),
    Case(
        "max_pool2d",
        {"X": (2, 7, 6)},
        lambda g, X: g.max_pool2d(X, 2),
        lambda n, X: n.max_pool(X, (2, 2), (2, 2), (0, 0)),
    ),
    Case(
        "max_pool2d with padding",
        {"X": (2, 7, 6)},
        lambda g, X: g.max_pool2d(X, (3, 2), (2, 1), (1, 0)),
        lambda n, X: n.max_pool(X, (3, 2), (2, 1), (1, 0)),
    ),
    Case(
        "avg_pool2d",
        {"X": (2, 7, 6)},
        lambda g, X: g.avg_pool2d(X, 3, 2, 1),
        lambda n, X: n.avg_pool(X, (3, 3), (2, 2), (1, 1)),
    ),
    Case("matmul with a vector", {"X": (3, 5), "w": (5,)}, lambda g, X, w: X @ w, lambda n, X, w: X @ w),
]


class LossCase(NamedTuple):
    name: str
    loss: sl.Loss
    output: tuple[int, ...]
    #: Of one sample's output and target.
    reference: Callable[..., Any]
    scale: float = 2.0

    def values(self) -> tuple[np.ndarray, np.ndarray]:
        """Outputs and targets of all samples."""
        rng = np.random.default_rng(sum(map(ord, self.name)))
        outputs = rng.uniform(-self.scale, self.scale, (SAMPLES, *self.output))
        target = self.loss.target(self.output)
        if target.dtype == "float":
            return outputs, rng.uniform(0, 1, (SAMPLES, *target.shape))
        labels = rng.integers(0, target.classes, (SAMPLES, *target.shape))
        if target.ignored is not None:
            labels[0, ::2] = target.ignored
        return outputs, labels


LOSSES = [
    LossCase("mse", sl.MSE(), (3, 5), lambda n, f, y: ((f - y) ** 2).mean()),
    LossCase("mse half sum", sl.MSE("half_sum"), (7,), lambda n, f, y: ((f - y) ** 2).sum() / 2),
    LossCase("gaussian", sl.GaussianNLL(0.3), (3, 5), lambda n, f, y: n.gaussian(f, y, 0.3)),
    LossCase("binary", sl.BinaryCrossEntropy(), (3, 5), lambda n, f, y: n.binary(f, y)),
    LossCase("binary far", sl.BinaryCrossEntropy(), (5,), lambda n, f, y: n.binary(f, y), 1000.0),
    LossCase("classes", sl.CrossEntropy(), (5,), lambda n, f, y: n.cross_entropy(f, y, -100, 0.0)),
    LossCase(
        "classes far", sl.CrossEntropy(), (5,), lambda n, f, y: n.cross_entropy(f, y, -100, 0.0), 1000.0
    ),
    LossCase("smoothed", sl.CrossEntropy(None, 0.2), (5,), lambda n, f, y: n.cross_entropy(f, y, -100, 0.2)),
    LossCase("tokens", sl.CrossEntropy(), (4, 7), lambda n, f, y: n.cross_entropy(f, y, -100, 0.0)),
    LossCase("ignored", sl.CrossEntropy(-1, 0.1), (5, 7), lambda n, f, y: n.cross_entropy(f, y, -1, 0.1)),
]
