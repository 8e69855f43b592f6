"""Random graphs, recorded as they are built, and a naive evaluation of them in numpy.

Naive values are complex arrays with a batch axis, of extent 1 where all samples share the value: with a
parameter w + i h v the imaginary part of a loss is h times its slope along v, free of cancellation for any
small h, and kinks take the branch of the real part.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import swiftllc as sl

Array = np.ndarray[Any, Any]
#: Distinct samples of every graph.
SAMPLES = 5
#: The step into the imaginary direction.
STEP = 1e-30
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


class Step(NamedTuple):
    """A value: an array by its name, or a function of earlier values."""

    source: str | Callable[..., Array]
    inputs: tuple[int, ...] = ()


class RandomGraph:
    """A graph of about ``size`` random operations with its data, its parameters and its loss."""

    def __init__(self, seed: int, size: int = 12) -> None:
        self.rng = np.random.default_rng(seed)
        self.g = sl.Graph()
        #: Parameters and constants, and the arrays of the data set, all by name.
        self.params: dict[str, Array] = {}
        self.arrays: dict[str, Array] = {}
        self.constants: dict[str, Array] = {}
        self.steps: list[Step] = []
        self.nodes: list[Any] = []
        self.values: list[Array] = []
        self.labels: list[tuple[Any, str, tuple[int, ...]]] = []
        for _ in range(self.rng.integers(1, 3)):
            self.input(self.shape())
        self.parameter(self.shape())
        while len(self.steps) < size:
            self.grow()
        samples = [i for i, node in enumerate(self.nodes) if node.kind == "sample"]
        self.output = int(self.rng.choice(samples))
        predicted = int(self.rng.choice(samples[-3:]))
        # In most graphs everything that was made is in the loss.
        self.loss, self.naive_loss = self.some_loss(
            self.gathered(predicted) if self.chance(0.8) else predicted
        )

    # Evaluation

    def at(self, params: dict[str, Array]) -> tuple[Array, Array]:
        """Output and loss of every sample, in numpy."""
        sources = {**self.arrays, **self.constants, **{name: value[None] for name, value in params.items()}}
        values: list[Array] = []
        for step in self.steps:
            if isinstance(step.source, str):
                values.append(sources[step.source].astype(complex))
            else:
                values.append(step.source(*(values[i] for i in step.inputs)))
        losses = self.naive_loss(values)
        return values[self.output], np.broadcast_to(losses, (SAMPLES,))

    # Values

    def chance(self, p: float = 0.5) -> bool:
        return bool(self.rng.random() < p)

    def shape(self) -> tuple[int, ...]:
        """Few elements, many of the extents equal, so that values fit together."""
        rank = int(self.rng.choice([0, 1, 2, 2, 3, 3]))
        return tuple(int(n) for n in self.rng.choice([1, 2, 3, 4], rank))

    def _keep(self, node: Any, step: Step, value: Array) -> int:
        assert node.shape == value.shape[1:]
        assert (node.kind == "shared") == (value.shape[0] == 1)
        self.nodes.append(node)
        self.steps.append(step)
        self.values.append(value)
        return len(self.nodes) - 1

    def input(self, shape: tuple[int, ...]) -> int:
        name = f"X{len(self.arrays)}"
        self.arrays[name] = self.rng.normal(size=(SAMPLES, *shape))
        return self._keep(self.g.input(shape), Step(name), self.arrays[name].astype(complex))

    def parameter(self, shape: tuple[int, ...]) -> int:
        name = f"w{len(self.params)}"
        self.params[name] = self.rng.normal(size=shape)
        node = self.g.parameter(name, shape, value=0.0)
        return self._keep(node, Step(name), self.params[name][None].astype(complex))

    def constant(self, shape: tuple[int, ...]) -> int:
        name = f"c{len(self.constants)}"
        self.constants[name] = self.rng.normal(size=(1, *shape))
        node = self.g.constant(self.constants[name][0])
        return self._keep(node, Step(name), self.constants[name].astype(complex))

    def shared(self, shape: tuple[int, ...]) -> int:
        """A value of this shape that all samples share: one that is there, or a new one."""
        there = [i for i, node in enumerate(self.nodes) if node.kind == "shared" and node.shape == shape]
        if there and self.chance():
            return int(self.rng.choice(there))
        return self.parameter(shape) if self.chance(0.8) else self.constant(shape)

    def like(self, shape: tuple[int, ...]) -> int:
        """Any value of this shape."""
        there = [i for i, node in enumerate(self.nodes) if node.shape == shape]
        if there and self.chance(0.7):
            return int(self.rng.choice(there))
        return self.input(shape) if self.chance(0.3) else self.shared(shape)

    def label(self, shape: tuple[int, ...]) -> tuple[Any, str]:
        """Integers 0 and 1: an input, or another one in this shape."""
        for node, name, was in self.labels:
            if math.prod(was) == math.prod(shape) and self.chance():
                return node.reshape(shape) if was != shape else node, name
        name = f"y{len(self.arrays)}"
        self.arrays[name] = self.rng.integers(0, 2, (SAMPLES, *shape))
        node = self.g.input(shape, "int64")
        self.labels.append((node, name, shape))
        return node, name

    def some(self, rank: int = 0) -> int:
        """Any value with so many axes, or a recent one."""
        there = [i for i, node in enumerate(self.nodes) if len(node.shape) >= rank]
        if not there:
            return self.like(tuple(int(n) for n in self.rng.choice([2, 3, 4], rank)))
        return int(self.rng.choice(there[-4:] if self.chance() else there))

    # Growth

    def grow(self) -> None:
        """One more operation, unless it makes numbers that rounding decides about."""
        operation = OPERATIONS[int(self.rng.integers(len(OPERATIONS)))]
        made = operation(self)
        if made is None:
            return
        inputs, native, naive = made
        arguments = [self.values[i] for i in inputs]
        try:
            value = naive(*arguments)
        except Near:
            return
        if value.size > 400 * SAMPLES:
            return
        node = native(*(self.nodes[i] for i in inputs))
        i = self._keep(node, Step(naive, tuple(inputs)), value)
        if np.abs(value).max() > 3:
            self._keep(self.g.tanh(self.nodes[i]), Step(np.tanh, (i,)), np.tanh(value))

    # Losses

    def gathered(self, i: int) -> int:
        """Value i plus a number that every value without a use has a part in."""
        used = {j for step in self.steps for j in step.inputs}
        for j in range(len(self.nodes)):
            if j == i or j in used:
                continue
            weights = self.rng.uniform(0.2, 0.6, self.nodes[j].shape)
            axes = tuple(range(1, 1 + weights.ndim))
            node = self.nodes[i] + (self.nodes[j] * weights).mean()

            def naive(x: Array, y: Array, weights: Array = weights, axes: tuple[int, ...] = axes) -> Array:
                return np.add(*aligned(x, (y * weights).mean(axes)))

            i = self._keep(node, Step(naive, (i, j)), naive(self.values[i], self.values[j]))
        return i

    def some_loss(self, i: int) -> tuple[Any, Callable[[list[Array]], Array]]:
        g, x = self.g, self.nodes[i]
        axes = tuple(range(1, 1 + len(x.shape)))
        kind = self.rng.integers(5)
        if kind == 0:
            j = self.sample_like(x.shape)
            half = self.chance()
            loss = g.squared_error(x, self.nodes[j], "half_sum" if half else "mean")
            scale = 0.5 if half else 1 / math.prod(x.shape)
            return loss, lambda v: scale * ((v[i] - v[j]) ** 2).sum(axes)
        if kind == 1:
            j = self.sample_like(x.shape)
            target = self.nodes[j]
            return g.binary_cross_entropy(x, target), lambda v: (np.log(1 + np.exp(v[i])) - v[j] * v[i]).mean(
                axes
            )
        if kind == 2 and x.shape and x.shape[-1] > 1:
            return self.cross_entropy(i)
        weights = self.rng.uniform(0.5, 1.5, x.shape)
        return g.loss((x * weights).mean()), lambda v: (v[i] * weights).mean(axes)

    def sample_like(self, shape: tuple[int, ...]) -> int:
        there = [j for j, node in enumerate(self.nodes) if node.shape == shape and node.kind == "sample"]
        return int(self.rng.choice(there)) if self.chance() else self.input(shape)

    def cross_entropy(self, i: int) -> tuple[Any, Callable[[list[Array]], Array]]:
        x = self.nodes[i]
        labels, name = self.label(x.shape[:-1])
        ignored = int(self.rng.integers(2)) if self.chance() else None
        smoothing = 0.2 if self.chance() else 0.0

        def losses(values: list[Array]) -> Array:
            y = self.arrays[name].reshape(SAMPLES, *x.shape[:-1])
            logarithms = log_softmax(values[i])
            each = -(1 - smoothing) * picked(logarithms, y) - smoothing * logarithms.mean(-1)
            counts = (y != ignored).reshape(SAMPLES, -1)
            total = (each.reshape(SAMPLES, -1) * counts).sum(1)
            return total / np.maximum(counts.sum(1), 1)

        return self.g.cross_entropy(x, labels, ignored, smoothing), losses


# Operations: which values, and what both sides make of them.

Made = tuple[list[int], Callable[..., Any], Callable[..., Array]]
OPERATIONS: list[Callable[[RandomGraph], Made | None]] = []


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
