"""The problems that all contenders are given: a network, its weights, and data in memory."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl


@dataclass(frozen=True)
class Problem:
    """A network and data whose weights all contenders begin at.

    Attributes:
        name: What the tables call it.
        kind: "linear", "mlp", "resnet" or "gpt2": which network the peers build.
        network: A function that makes it for swiftllc.
        input_shape: Of one sample.
        batch: Samples of a step.
        n: Samples there are.
        classes: Labels are integers below it; 0 for real targets.
        widths: Of a linear network's layers.
        lr: The step; by default so small that the chains stay where they began, and none is slowed by what it
            wanders into.
        localization: The pull.
    """

    name: str
    kind: str
    network: Callable[[], sl.Layer]
    input_shape: tuple[int, ...]
    batch: int
    n: int
    classes: int = 0
    widths: tuple[int, ...] = ()
    lr: float = 1e-10
    localization: float = 1.0

    @property
    def loss(self) -> str:
        """As swiftllc names it: the mean over all that a batch has."""
        return "cross_entropy" if self.classes else "mse"

    @property
    def nbeta(self) -> float:
        """The inverse temperature of the mean loss."""
        return self.n / math.log(self.n)

    @cached_property
    def model(self) -> sl.Model:
        """For swiftllc."""
        return sl.Model(self.network(), input_shape=self.input_shape, loss=self.loss)

    @cached_property
    def params(self) -> sl.Parameters:
        """Random weights in float32, by torch's names and in torch's layout."""
        return self.model.init(seed=0)

    @property
    def parameters(self) -> int:
        """How many."""
        return int(self.model.parameter_count)

    @cached_property
    def data(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Inputs and targets: float32, or int64 for tokens and labels."""
        generator = np.random.default_rng(0)
        if self.kind == "gpt2":
            tokens = generator.integers(0, self.classes, (self.n, self.input_shape[0] + 1))
            return np.ascontiguousarray(tokens[:, :-1]), np.ascontiguousarray(tokens[:, 1:])
        x = generator.standard_normal((self.n, *self.input_shape), dtype=np.float32)
        if self.classes:
            return x, generator.integers(0, self.classes, self.n)
        y = x
        for weight in self.params.values():
            y = y @ np.asarray(weight).T
        return x, y + 0.1 * generator.standard_normal(y.shape, dtype=np.float32)


def deep_linear(name: str, layers: int, width: int, batch: int = 500, n: int = 2500) -> Problem:
    """Square layers without biases."""
    widths = (width,) * (layers + 1)

    def network() -> sl.Layer:
        return sl.models.deep_linear_network(widths)

    return Problem(name, "linear", network, (width,), batch, n, widths=widths)


def mlp(*widths: int) -> Problem:
    """ReLU, cross-entropy, images as those of MNIST."""

    def network() -> sl.Layer:
        return sl.models.mlp(widths)

    name = "MLP " + "-".join(map(str, widths))
    return Problem(name, "mlp", network, widths[:1], 512, 2560, classes=10)


DLNS = (
    deep_linear("DLN 1K", 3, 18),
    deep_linear("DLN 10K", 3, 58),
    deep_linear("DLN 100K", 4, 158),
    deep_linear("DLN 1M", 4, 500),
    deep_linear("DLN 10M", 4, 1581, n=2000),
    deep_linear("DLN 100M", 4, 5000, batch=64, n=320),
)


def gpt2() -> sl.Layer:
    """Two layers, for 512 tokens in 128 positions."""
    return sl.models.GPT2(512, 128, 128, layers=2, heads=4)


OTHERS = (
    mlp(784, 128, 10),
    mlp(784, 1024, 1024, 10),
    Problem("ResNet-20", "resnet", sl.models.resnet20, (3, 32, 32), 64, 512, classes=10),
    Problem("GPT-2", "gpt2", gpt2, (128,), 32, 256, classes=512),
)
PROBLEMS = {problem.name: problem for problem in DLNS + OTHERS}


def named(name: str) -> Problem:
    """One of these, one with real data, or a linear network as "4x158, batch 64"."""
    if name in PROBLEMS:
        return PROBLEMS[name]
    if linear := re.fullmatch(r"(\d+)x(\d+), batch (\d+)", name):
        layers, width, batch = map(int, linear.groups())
        return deep_linear(name, layers, width, batch, n=5 * batch)
    import digits

    return digits.PROBLEMS[name]
