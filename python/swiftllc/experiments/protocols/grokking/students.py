"""Students of modular addition: their training, λ̂ at their checkpoints, and what their Hessian says of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl
from swiftllc.experiments.protocols.grokking.laplace import Expansion, expansion
from swiftllc.experiments.protocols.grokking.modular_addition import Sums, network


def trained(
    model: sl.Model, data: sl.Dataset, settings: Mapping[str, Any], report: Callable[[float], object]
) -> list[Any]:
    """The weights at every checkpoint. Adam begins anew at each."""
    steps = settings["checkpoints"]
    params = model.parameters(settings["std"] * model.init(seed=settings["seed"]).flat)
    found = [params]
    for before, step in pairwise(steps):
        params = sl.train(
            model,
            params,
            data,
            optimizer=sl.Adam(settings["lr"], weight_decay=settings["decay"]),
            batch_size=data.n,
            steps=step - before,
            progress=False,
        )
        found.append(params)
        report(step / steps[-1])
    return found


def estimated(
    model: sl.Model,
    checkpoints: Sequence[Any],
    data: sl.Dataset,
    settings: Mapping[str, Any],
    changes: Mapping[str, Any],
    threads: int,
    progress: Any,
) -> sl.Trajectory:
    """λ̂ of all of them by underdamped Langevin dynamics on all samples; a quarter of the steps is dropped."""
    estimate = {**settings["estimate"], **changes}
    nbeta = estimate["nbeta"] or data.n / math.log(data.n)
    decay = nbeta * settings["decay"]
    # Without the prior the pull towards w* is so much stronger: that towards any point is the same.
    localization = decay * (estimate["pull"] + (not estimate["prior"]))
    held = decay * (estimate["pull"] + 1)
    return sl.estimate_llc_trajectory(
        model,
        checkpoints,
        data,
        sampler=sl.UnderdampedLangevin(
            estimate["step"] / math.sqrt(nbeta * estimate["curvature"] + held),
            friction=estimate["friction"] * math.sqrt(held),
            localization=localization,
            weight_decay=decay if estimate["prior"] else 0.0,
        ),
        nbeta=nbeta,
        num_chains=estimate["chains"],
        num_draws=estimate["steps"] * 3 // 16,
        num_burnin_steps=estimate["steps"] // 4,
        num_steps_bw_draws=4,
        batch_size=data.n,
        seed=estimate["seed"],
        threads=threads,
        progress=progress,
    )


def expanded(params: Any, known: Sums, settings: Mapping[str, Any]) -> Expansion:
    """What λ̂ is there to the leading order in 1/nβ, by products with the Hessian."""
    model = network(settings["modulus"], settings["hidden"], "float64")
    data, w = model.dataset(*known), np.asarray(params.flat, dtype=np.float64)

    def gradient(w: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(model.gradient(w, data).flat)

    return expansion(
        gradient,
        w,
        held=settings["decay"] * (settings["estimate"]["pull"] + 1),
        slope=gradient(w) + settings["decay"] * w,
        nbeta=settings["estimate"]["nbeta"],
        probes=settings["probes"],
        seed=settings["seed"],
    )


def by_heart(history: Sequence[Mapping[str, Any]]) -> int | None:
    """The last checkpoint that knows all it was shown and less than a quarter of what it was not."""
    found = [
        number
        for number, checkpoint in enumerate(history)
        if checkpoint["train_accuracy"] == 1 and checkpoint["test_accuracy"] < 0.25
    ]
    return found[-1] if found else None
