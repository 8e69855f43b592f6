"""Students of the toy model of superposition: the polygon, the loss and λ̂ along their training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

import swiftllc as sl
from swiftllc.experiments.experiment import Report, Row
from swiftllc.experiments.protocols.superposition import polygons
from swiftllc.experiments.protocols.superposition.polygons import (
    CONSTANT,
    FEATURES,
    PARAMETERS,
    POLYGONS,
    WEIGHTS,
)

#: Between the loss of a checkpoint and that of the polygon that it is at. What the noise of SGD adds is less.
NEAR = 5e-5


def estimated(
    center: Any, data: sl.Dataset, sampler: sl.MALA, settings: Mapping[str, Any], threads: int, progress: Any
) -> sl.LLCResult:
    """λ̂ by MALA on all samples; the first tenth of the steps is dropped."""
    steps = settings["steps"]
    return sl.estimate_llc(
        data.model,
        center,
        data,
        sampler=sampler,
        nbeta=settings["n"] / math.log(settings["n"]),
        num_chains=settings["chains"],
        num_draws=steps * 9 // 40,
        num_burnin_steps=steps // 10,
        num_steps_bw_draws=4,
        seed=settings["seed"],
        threads=threads,
        progress=progress,
    )


def history(settings: Mapping[str, Any], threads: int, report: Report) -> list[dict[str, Any]]:
    """Trains a student by SGD from random weights; the weights, the loss and λ̂ at every checkpoint."""
    training, estimate = settings["training"], settings["estimate"]
    scales = np.repeat([settings["weights"], settings["biases"]], [WEIGHTS, FEATURES])
    params: Any = scales * np.random.default_rng(settings["seed"]).normal(size=PARAMETERS)
    model, X = polygons.network(), polygons.inputs(settings["levels"])
    data = model.dataset(X, X)
    sampler = sl.MALA(estimate["lr"], localization=0.0, bounding_box=estimate["box"])
    found: list[dict[str, Any]] = []
    before = 0
    for step in settings["checkpoints"]:
        if step > before:
            params = sl.train(
                model,
                params,
                data,
                optimizer=sl.SGD(training["lr"]),
                batch_size=training["batch_size"],
                steps=step - before,
                seed=step,
                progress=False,
            ).flat
        before = step
        result = estimated(params, data, sampler, {**estimate, "seed": step}, threads, False)
        found.append(
            {
                "step": step,
                "w": params.tolist(),
                "loss": model.loss(params, data) - CONSTANT,
                "llc": result.llc,
                "stderr": result.stderr,
            }
        )
        report(len(found) / len(settings["checkpoints"]))
    return found


@lru_cache
def polygon_loss(name: str, levels: int) -> float:
    """The loss at a polygon."""
    return float(polygons.loss(polygons.critical(name, levels), levels))


def polygon(checkpoint: Mapping[str, Any], levels: int) -> str | None:
    """The one that a checkpoint is at, if any."""
    name = polygons.kind(checkpoint["w"])
    close = name in POLYGONS and abs(checkpoint["loss"] - polygon_loss(name, levels)) < NEAR
    return name if close else None


def at_an_edge(checkpoint: Mapping[str, Any], box: float) -> bool:
    """Whether the box holds a point at which a dead feature comes alive: beyond it the loss is lower."""
    w = np.asarray(checkpoint["w"])
    return bool(((w[WEIGHTS:] > -box) & (w[WEIGHTS:] < 0) & (abs(polygons.columns(w)) < 0.5)).any())


class Plateau(NamedTuple):
    """All checkpoints at a polygon: how many, of how many students, and the mean of λ̂ with its error.

    The loss at a checkpoint is above the polygon's by what SGD's noise adds, and the mean is relative to the
    latter: λ̂ + nβ (L(w) - L(polygon)). Those at an edge do not count.
    """

    checkpoints: int
    students: int
    llc: float
    stderr: float


def plateau(rows: Sequence[Row], name: str) -> Plateau:
    """Of one polygon."""
    found, students = [], 0
    for row in rows:
        levels, n, box = (
            row.settings["levels"],
            row.settings["estimate"]["n"],
            row.settings["estimate"]["box"],
        )
        here = [c for c in row.results["history"] if polygon(c, levels) == name and not at_an_edge(c, box)]
        students += bool(here)
        excess = [n / math.log(n) * (c["loss"] - polygon_loss(name, levels)) for c in here]
        found += [(c["llc"] + more, c["stderr"]) for c, more in zip(here, excess, strict=True)]
    if not found:
        return Plateau(0, 0, math.nan, math.nan)
    llc, stderr = np.array(found).T
    return Plateau(len(found), students, float(llc.mean()), float(np.sqrt((stderr**2).sum()) / len(found)))


def stages(row: Row) -> list[tuple[str, int]]:
    """The kinds of a student's checkpoints, one after another, each with its first step."""
    found: list[tuple[str, int]] = []
    for checkpoint in row.results["history"]:
        name = polygons.kind(checkpoint["w"])
        if not found or found[-1][0] != name:
            found.append((name, checkpoint["step"]))
    return found
