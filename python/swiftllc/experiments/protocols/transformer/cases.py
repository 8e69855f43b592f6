"""The transformers of an experiment, each with its data: a decoder, an encoder, a regressor in context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl
from swiftllc.experiments.protocols.transformer import text
from swiftllc.experiments.protocols.transformer.in_context import Regressor, best_loss, regressions
from swiftllc.parameters import Parameters

#: The tables of characters and positions, which GPT-2 draws with this std.
GPT2_STD = 0.02
TABLES = ("wte.weight", "wpe.weight", "embedding.weight", "positions.weight")

Settings = Mapping[str, Any]


class Case(NamedTuple):
    """A network that is to be trained.

    Attributes:
        model: It, with its loss.
        start: Its weights before training.
        training: What it is trained on.
        measured: What λ̂ is of: the same, or its first samples.
        predictions: How many characters or numbers are predicted in ``measured``.
        levels: Losses to compare with, by what has them.
    """

    model: sl.Model
    start: Parameters
    training: sl.Dataset
    measured: sl.Dataset
    predictions: int
    levels: dict[str, float]


def case(settings: Settings) -> Case:
    """By the settings of ``network`` and ``data``."""
    return _CASES[settings["network"]["kind"]](settings["network"], settings["data"])


def _decoder(network: Settings, data: Settings) -> Case:
    """GPT-2, small: each character from those before it."""
    X, y = text.next_characters(text.corpus(), data["length"], data["samples"], data["seed"])
    layers = sl.models.GPT2(
        len(text.CHARACTERS),
        data["length"],
        network["features"],
        network["layers"],
        network["heads"],
        hidden=network["hidden"],
    )
    model = sl.Model(layers, input_shape=X.shape[1:], loss=sl.CrossEntropy())
    levels = {"characters by frequency": text.entropy(y), "by the one before": text.entropy(y, X)}
    return _with_data(model, network, X, y, len(X), levels)


def _encoder(network: Settings, data: Settings) -> Case:
    """BERT, small: masked characters from all others."""
    X, y = text.masked_characters(text.corpus(), data["length"], data["samples"], data["seed"])
    layers = sl.models.BERT(
        len(text.CHARACTERS) + 1, data["length"], network["features"], network["layers"], network["heads"]
    )
    model = sl.Model(layers, input_shape=X.shape[1:], loss=sl.CrossEntropy(ignore_index=text.IGNORED))
    levels = {"characters by frequency": text.entropy(y[y != text.IGNORED])}
    return _with_data(model, network, X, y, len(X), levels)


def _regressor(network: Settings, data: Settings) -> Case:
    """The transformer of Hoogland et al. (arXiv 2402.02364): y from x, and the x and y before it."""
    X, y = regressions(data["training"], data["dimensions"], data["examples"], data["seed"])
    layers = Regressor(
        data["dimensions"],
        data["examples"],
        network["features"],
        network["layers"],
        network["heads"],
        network["hidden"],
    )
    model = sl.Model(layers, input_shape=X.shape[1:], loss="mse")
    count = data["samples"]
    levels = {"always 0": float(np.mean(y[:count] ** 2)), "ridge regression": best_loss(X[:count], y[:count])}
    return _with_data(model, network, X, y, count, levels)


_CASES = {"decoder": _decoder, "encoder": _encoder, "regressor": _regressor}


def _with_data(
    model: sl.Model,
    network: Settings,
    X: NDArray[Any],
    y: NDArray[Any],
    count: int,
    levels: dict[str, float],
) -> Case:
    training = model.dataset(X, y)
    measured = training if count == len(X) else model.dataset(X[:count], y[:count])
    start = initial(model, network)
    return Case(model, start, training, measured, int(np.sum(y[:count] != text.IGNORED)), levels)


def initial(model: sl.Model, network: Settings) -> Parameters:
    """Weights as the model draws them, but the tables of a language model with the std that is given."""
    drawn = model.init(seed=network["seed"])
    if "tables_std" not in network:
        return drawn
    factor = network["tables_std"] / GPT2_STD
    return model.parameters(
        {name: np.asarray(value) * (factor if name in TABLES else 1.0) for name, value in drawn.items()}
    )
