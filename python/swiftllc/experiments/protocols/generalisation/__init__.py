"""Does λ̂ predict the generalisation gap? Rank correlations over networks, beside simpler predictors.

The second open question of Furman and Lau (arXiv 2402.03698). The networks are those of ``resnet``, and
networks of two hidden layers on the same digits whose width, learning rate, weight decay, initial weights and
share of random labels are varied in a grid. The gap is the loss, or the error, on the test's images less that
on the training's; where labels are random, the test's are too, in the mean over them. What ``resnet`` has
measured into the same folder is taken from there.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from swiftllc._errors import InvalidArgumentError
from swiftllc.experiments.experiment import Check, Report, Row, Task, markdown
from swiftllc.experiments.protocols import resnet
from swiftllc.experiments.protocols.generalisation.rank_correlations import (
    Array,
    Interval,
    interval,
    kendall,
    partial_spearman,
    spearman,
)
from swiftllc.experiments.protocols.resnet import classifiers
from swiftllc.experiments.protocols.resnet.classifiers import METRICS
from swiftllc.experiments.record import Record

#: Of the networks with two hidden layers.
GRID: dict[str, tuple[float, ...]] = {
    "hidden": (32, 128),
    "lr": (0.03, 0.1, 0.3),
    "weight_decay": (0.0, 1e-3, 5e-3),
    "label_noise": (0.0, 0.1, 0.2),
    "seed": (0, 1),
}
QUICK_GRID: dict[str, tuple[float, ...]] = {
    "hidden": (16,),
    "lr": (0.1, 0.3),
    "weight_decay": (0.0, 5e-3),
    "label_noise": (0.0, 0.2),
    "seed": (0,),
}
COMMON = {"num_chains": 2, "batch_size": 100, "steps": 3000, "seed": 0}
#: 1/√γ is about as large a share of the weights as for ``resnet``.
ESTIMATE = {
    "isotropic": {"localization": 100.0, "lr": 2e-3, "friction": 40.0},
    "relative": {"localization": 4.0, "lr": 0.02, "friction": 8.0},
}
#: What is held against the gap, by its name in the tables.
PREDICTORS: dict[str, Callable[[Mapping[str, Any]], float]] = {
    **{f"λ̂, {metric}": lambda found, metric=metric: found[metric]["llc"] for metric in METRICS},  # type: ignore[misc]
    "train loss": lambda found: found["train_loss"],
    "norm of the weights": lambda found: found["weight_norm"],
    "distance from the initial weights": lambda found: found["distance"],
    "norm of the gradient": lambda found: found["gradient_norm"],
    "trace of the Hessian": lambda found: found["hessian_trace"],
}
GAPS = ("loss", "error")
RESNET, DENSE = "ResNet", "two hidden layers"
#: Networks that are too few to correlate are only drawn.
ENOUGH = 8


def tasks(quick: bool) -> list[Task]:
    """All networks."""
    grid = QUICK_GRID if quick else GRID
    dense = [
        Task(
            {
                "kind": "network",
                "data": {
                    **(resnet.QUICK_DATA if quick else resnet.DATA),
                    "label_noise": chosen["label_noise"],
                },
                "network": {"hidden": [chosen["hidden"]] * 2},
                "training": {
                    "lr": chosen["lr"],
                    "batch_size": 32,
                    "momentum": 0.0,
                    "weight_decay": chosen["weight_decay"],
                    "epochs": 400,
                    "seed": chosen["seed"],
                },
                "estimate": {
                    **ESTIMATE,
                    "common": COMMON,
                },
            },
            cost=0.1,
        )
        for values in itertools.product(*grid.values())
        for chosen in [dict(zip(grid, values, strict=True))]
    ]
    return resnet.network_tasks(quick) + dense


def measure(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """Trains a network, describes it, and estimates λ̂; unless ``resnet`` has done it."""
    found = recorded(settings, report.output)
    return dict(found) if found is not None else classifiers.measured(settings, threads, report)


def recorded(settings: Mapping[str, Any], folder: Path) -> Mapping[str, Any] | None:
    """What the records of ``resnet`` in a folder have of these settings; none of another version's."""
    for path in (folder / "resnet.json", folder / "resnet-quick.json"):
        with suppress(InvalidArgumentError):
            row = Record(path, "resnet").row(Task(settings))
            if row is not None:
                return row.results
    return None


def groups(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The networks of a kind; those with two hidden layers also by their share of random labels."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if "blocks" in row.settings["network"]:
            found.setdefault(RESNET, []).append(row)
        else:
            found.setdefault(DENSE, []).append(row)
            noise = row.settings["data"]["label_noise"]
            found.setdefault(f"{DENSE}, {100 * noise:g} % of the labels random", []).append(row)
    return {name: found[name] for name in sorted(found, key=lambda name: (name != RESNET, name))}


def predictor(rows: Sequence[Row], name: str) -> Array:
    """Of every network; NaN where λ̂ diverged."""
    return np.array([PREDICTORS[name](row.results) for row in rows], dtype=float)


def gap(rows: Sequence[Row], of: str) -> Array:
    """Of the loss or the error."""
    return np.array([row.results[f"test_{of}"] - row.results[f"train_{of}"] for row in rows], dtype=float)


def correlations(rows: Sequence[Row], name: str, of: str) -> tuple[Interval, Interval, Interval]:
    """τ, ρ, and ρ at fixed train loss, of a predictor and a gap; NaN of the train loss at itself."""
    x, y, given = predictor(rows, name), gap(rows, of), predictor(rows, "train loss")
    good = ~np.isnan(x)
    x, y, given = x[good], y[good], given[good]
    at_fixed = Interval(math.nan, math.nan, math.nan)
    if name != "train loss":
        at_fixed = interval(partial_spearman, x, y, given)
    return interval(kendall, x, y), interval(spearman, x, y), at_fixed


def table(rows: Sequence[Row]) -> str:
    """For each group of enough networks every predictor, and its correlation with both gaps."""
    header = ["", *(f"{what}, {of}" for of in GAPS for what in ("τ", "ρ", "ρ at fixed train loss"))]
    parts = []
    for group, found in groups(rows).items():
        if len(found) < ENOUGH:
            continue
        lines = [
            [name, *(str(value) for of in GAPS for value in correlations(found, name, of))]
            for name in PREDICTORS
        ]
        gaps = "; ".join(f"{of} {gap(found, of).min():.3f} … {gap(found, of).max():.3f}" for of in GAPS)
        parts.append(f"{group}, {len(found)} networks, gaps: {gaps}\n\n{markdown(header, lines)}")
    return "\n\n".join(parts)


def figure(rows: Sequence[Row], path: Path) -> None:
    """The gap of the loss against λ̂ in each metric, of both kinds of networks."""
    from swiftllc.experiments.plotting import label_decades, panels

    kinds = {name: found for name, found in groups(rows).items() if name in (RESNET, DENSE)}
    names = [f"λ̂, {metric}" for metric in METRICS]
    with panels(path, len(kinds) * len(names), columns=len(names)) as axes:
        for panel, ((kind, of_kind), name) in zip(axes, itertools.product(kinds.items(), names), strict=True):
            for noise in sorted({row.settings["data"].get("label_noise", 0.0) for row in of_kind}):
                found = [row for row in of_kind if row.settings["data"].get("label_noise", 0.0) == noise]
                panel.plot(
                    predictor(found, name),
                    gap(found, "loss"),
                    "o",
                    markersize=3,
                    label=f"{100 * noise:g} % of the labels random",
                )
            tau = correlations(of_kind, name, "loss")[0]
            panel.set(xscale="log", xlabel=name, ylabel="loss, test less train")
            panel.set_title(f"{kind}: τ = {tau}", fontsize=9)
            label_decades(panel.xaxis)
        axes[-1].legend(fontsize=7)


def checks(rows: Sequence[Row], quick: bool) -> list[Check]:
    """Enough networks, all of them measured well; nothing of what the correlations are."""
    found = groups(rows)
    estimates = [row.results[metric] for row in rows for metric in METRICS]
    numbers = [predictor(rows, name) for name in PREDICTORS] + [gap(rows, of) for of in GAPS]
    least = {RESNET: 3 if quick else 15, DENSE: 8 if quick else 50}
    return [
        *(Check(f"networks, {kind}", len(found.get(kind, [])), least=most) for kind, most in least.items()),
        Check("share of finite numbers", float(np.isfinite(numbers).mean()), least=1.0),
        Check("least λ̂", min(result["llc"] or -math.inf for result in estimates), least=0.0),
        Check("largest rank R-hat", max(result.get("rank_rhat", math.inf) for result in estimates), most=1.1),
        Check("least acceptance", min(result.get("acceptance", 0.0) for result in estimates), least=0.9),
    ]
