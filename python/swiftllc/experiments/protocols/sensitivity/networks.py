"""Small networks of four kinds at a minimum, each trained in seconds on data that are made up."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

import swiftllc as sl


class Network(NamedTuple):
    """A network at its minimum.

    Attributes:
        model: Itself.
        params: The minimum.
        data: The samples.
        exact: Its learning coefficient and multiplicity, where they are known.
    """

    model: sl.Model
    params: sl.Parameters
    data: sl.Dataset
    exact: tuple[float, int] | None


#: Widths, samples, seeds; stages of training by Adam: lr, steps, batch size.
NETWORKS: dict[str, dict[str, Any]] = {
    "deep linear": {"widths": [8, 6, 7, 5], "rank": 3, "n": 2000, "seed": 0},
    "ReLU": {
        "widths": [6, 16, 16, 2],
        "n": 2000,
        "noise": 0.3,
        "seed": 0,
        "training": [[1e-3, 20_000, 100], [3e-4, 3000, 2000], [1e-4, 3000, 2000], [3e-5, 3000, 2000]],
    },
    "convolutions": {
        "channels": [4, 6],
        "side": 6,
        "classes": 3,
        "n": 2000,
        "seed": 0,
        "training": [[1e-3, 20_000, 100], [3e-4, 5000, 200], [1e-4, 500, 2000], [3e-5, 500, 2000]],
    },
    "transformer": {
        "vocabulary": 5,
        "positions": 4,
        "features": 8,
        "hidden": 16,
        "n": 2000,
        "seed": 0,
        "training": [[1e-3, 10_000, 50], [3e-4, 3000, 200], [1e-4, 500, 2000], [3e-5, 500, 2000]],
    },
}


def network(name: str, settings: Mapping[str, Any]) -> Network:
    """One of these, trained once in a process."""
    with _LOCK:
        return _made(name, json.dumps(settings))


_LOCK = threading.Lock()


@lru_cache
def _made(name: str, settings: str) -> Network:
    wanted = json.loads(settings)
    return MAKERS[name](wanted, np.random.default_rng(wanted["seed"]))


def _deep_linear(settings: Mapping[str, Any], generator: np.random.Generator) -> Network:
    """Factors of one rank, aligned and well conditioned, inputs from N(0, I): a deepest point."""
    widths, rank = settings["widths"], settings["rank"]
    frames = [np.linalg.qr(generator.normal(size=(width, rank)))[0] for width in widths]
    factors = {
        f"{i}.weight": (above * generator.uniform(0.8, 1.2, size=rank)) @ below.T
        for i, (below, above) in enumerate(pairwise(frames))
    }
    model = sl.Model(sl.models.deep_linear_network(widths), input_shape=(widths[0],), loss="mse")
    params = model.parameters(factors)
    X = generator.normal(size=(settings["n"], widths[0])).astype(np.float32)
    exact = sl.theory.dln(widths, rank)
    data = model.dataset(X, model(params, X))
    return Network(model, params, data, (float(exact.value), exact.multiplicity or 1))


def _relu(settings: Mapping[str, Any], generator: np.random.Generator) -> Network:
    """Two functions of the inputs, with noise."""
    widths, n = settings["widths"], settings["n"]
    model = sl.Model(sl.models.mlp(widths), input_shape=(widths[0],), loss="mse")
    X = generator.normal(size=(n, widths[0])).astype(np.float32)
    y = np.stack([np.sin(X[:, 0] * X[:, 1]), abs(X[:, 2]) - X[:, 3]], axis=1)
    y += settings["noise"] * generator.normal(size=y.shape)
    return _trained(model, model.dataset(X, y.astype(np.float32)), settings)


def _convolutions(settings: Mapping[str, Any], generator: np.random.Generator) -> Network:
    """Which of a few patterns is somewhere in an image of noise."""
    side, classes, n = settings["side"], settings["classes"], settings["n"]
    first, second = settings["channels"]
    layers = sl.Sequential(
        sl.Conv2d(1, first, 3),
        sl.ReLU(),
        sl.Conv2d(first, second, 3),
        sl.ReLU(),
        sl.GlobalAvgPool2d(),
        sl.Linear(second, classes),
    )
    model = sl.Model(layers, input_shape=(1, side, side), loss="cross_entropy")
    patterns = 1.5 * generator.normal(size=(classes, 3, 3))
    y = generator.integers(0, classes, n)
    X = generator.normal(size=(n, 1, side, side)).astype(np.float32)
    for image, label, (row, column) in zip(X, y, generator.integers(0, side - 2, (n, 2)), strict=True):
        image[0, row : row + 3, column : column + 3] += patterns[label]
    return _trained(model, model.dataset(X, y), settings)


def _transformer(settings: Mapping[str, Any], generator: np.random.Generator) -> Network:
    """Sequences of a Markov chain of order two."""
    tokens, positions, n = settings["vocabulary"], settings["positions"], settings["n"]
    layers = sl.models.GPT2(
        tokens, positions, settings["features"], layers=1, heads=2, hidden=settings["hidden"]
    )
    model = sl.Model(layers, input_shape=(positions,), loss=sl.CrossEntropy(ignore_index=-100))
    law = generator.dirichlet(np.full(tokens, 0.3), size=(tokens, tokens)).cumsum(axis=-1)
    X = generator.integers(0, tokens, (n, positions))
    for i in range(2, positions):
        passed = generator.random((n, 1)) > law[X[:, i - 2], X[:, i - 1]]
        X[:, i] = np.minimum(passed.sum(axis=1), tokens - 1)
    following = np.pad(X[:, 1:], ((0, 0), (0, 1)), constant_values=-100)
    return _trained(model, model.dataset(X, following), settings)


def _trained(model: sl.Model, data: sl.Dataset, settings: Mapping[str, Any]) -> Network:
    params = model.init(seed=settings["seed"])
    for lr, steps, batch_size in settings["training"]:
        params = sl.train(
            model, params, data, optimizer=sl.Adam(lr), steps=steps, batch_size=batch_size, progress=False
        )
    return Network(model, params, data, None)


MAKERS: dict[str, Callable[[Mapping[str, Any], np.random.Generator], Network]] = {
    "deep linear": _deep_linear,
    "ReLU": _relu,
    "convolutions": _convolutions,
    "transformer": _transformer,
}
