"""λ̂ of the polygons of the toy model of superposition, and along training, which ends at one of them.

Six features in two dimensions, one of them on at a time (Chen et al., arXiv 2310.06301). The truth cannot be
realised, so that the loss at w* is not 0; a rotation of W leaves it as it is, and a dead feature with a
negative bias can be moved, within bounds, without any change. λ is half the number of all other directions:
17/2 for the hexagon, 7 for the pentagon whose sixth feature is dead, 17/2 where that feature's bias is
positive. It is the limit of λ̂ for n → ∞, in any neighbourhood of w* that holds no lower loss. MALA on all
samples, confined to a box or held by a localization, is compared with the integral over the same posterior
by importance sampling, which knows nothing of chains. Then SGD from random weights: the loss, the polygon and
λ̂ at every checkpoint.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl
from swiftllc.experiments.experiment import Check, Report, Row, Task
from swiftllc.experiments.protocols.superposition import polygons
from swiftllc.experiments.protocols.superposition.integral import integral
from swiftllc.experiments.protocols.superposition.polygons import POLYGONS
from swiftllc.experiments.protocols.superposition.report import (
    HELD,
    NARROW,
    PUBLISHED,
    WIDE,
    Held,
    at_polygons,
    drawn,
    integrated,
    reached,
    standard,
    written,
)
from swiftllc.experiments.protocols.superposition.students import estimated, history

#: Of the inputs; of the chains, whose step is so many times 1/(largest curvature).
LEVELS, STEP = 200, 1.7
TRAINING = {"lr": 0.01, "batch_size": 20}
ESTIMATE = {"n": 1e5, "box": NARROW[1], "lr": 8e-5, "chains": 2, "steps": 2000}
#: Standard deviations of weights and biases at the beginning.
INITIAL = ((1.0, 0.3), (0.5, 0.3))


def tasks(quick: bool) -> list[Task]:
    """The polygons, among them the standard for the students; then these."""
    if quick:
        points: list[tuple[str, float, Held]] = [("5-", 1e5, WIDE), ("6", 1e5, WIDE), ("5+", 1e5, NARROW)]
        begun, last, levels = [(INITIAL[0], seed) for seed in (1, 2)], 20_000, 100
    else:
        points = [(name, n, WIDE) for name in POLYGONS for n in (1e4, 1e5, 1e6)]
        points += [(name, n, HELD) for name in PUBLISHED for n in (5e3, 1e5, 1e6)]
        points += [(name, 1e5, NARROW) for name in POLYGONS]
        begun, last, levels = [(scales, seed) for scales in INITIAL for seed in range(8)], 40_000, LEVELS
    steps = sorted({round(step) for step in np.geomspace(200, last, 8 if quick else 36)})
    return [
        Task(
            {
                "polygon": name,
                "n": n,
                "localization": localization,
                "box": box,
                "levels": levels,
                "chains": 4,
                "steps": 10_000,
                "step": STEP,
                "points": 20_000,
                "seed": seed,
            },
            cost=40.0,
        )
        for seed, (name, n, (localization, box)) in enumerate(points)
    ] + [
        Task(
            {
                "weights": weights,
                "biases": biases,
                "seed": seed,
                "levels": levels,
                "training": TRAINING,
                "checkpoints": [0, *steps],
                "estimate": ESTIMATE,
            },
            cost=4.0 * len(steps),
        )
        for (weights, biases), seed in begun
    ]


def measure(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """λ̂ at a polygon, or a student's history."""
    if "polygon" not in settings:
        return {"history": history(settings, threads, report)}
    name, levels, localization = settings["polygon"], settings["levels"], settings["localization"]
    nbeta, box = settings["n"] / math.log(settings["n"]), settings["box"]
    center, X = polygons.critical(name, levels), polygons.inputs(levels)
    stiffest = float(np.linalg.eigvalsh(polygons.hessian(center))[-1])
    result = estimated(
        center,
        polygons.network().dataset(X, X),
        sl.MALA(
            settings["step"] / (nbeta * stiffest + localization), localization=localization, bounding_box=box
        ),
        settings,
        threads,
        lambda done, total: report(0.9 * done / total),
    )
    found = {
        "loss": float(polygons.loss(center, levels)),
        "llc": result.llc,
        "stderr": result.stderr,
        "acceptance": result.diagnostics.acceptance,
        "rank_rhat": result.diagnostics.rank_rhat,
        "ess": result.diagnostics.ess,
    }
    # Not where the loss has an edge at w* itself, which a Gaussian knows nothing of; nor without a box where
    # a feature can come alive: that posterior is not the one of the polygon.
    if POLYGONS[name].corners >= 5 and (box is not None or POLYGONS[name].negative == 0):
        exact = integral(name, center, levels, nbeta, localization, box, settings["points"], settings["seed"])
        found |= {"integral": exact.mean, "integral_stderr": exact.stderr, "integral_ess": exact.ess}
    return found


def deviations(rows: Sequence[Row]) -> NDArray[np.float64]:
    """(λ̂ - integral) in standard errors of the difference, wherever there is an integral."""
    return np.array(
        [
            (row.results["llc"] - row.results["integral"])
            / math.hypot(row.results["stderr"], row.results["integral_stderr"])
            for row in at_polygons(rows)
            if integrated(row)
        ]
    )


def table(rows: Sequence[Row]) -> str:
    """The polygons; λ̂ at them along training; the way of each student."""
    return written(rows)


def figure(rows: Sequence[Row], path: Path) -> None:
    """λ̂ against n, and training."""
    drawn(rows, path)


def checks(rows: Sequence[Row], quick: bool) -> list[Check]:
    """λ̂ against the integrals, against λ where n is largest, and of students against that at polygons."""
    worst = abs(deviations(rows))
    found = [Check("worst |λ̂ - integral| in standard errors", float(max(worst, default=math.nan)), most=4.0)]
    for row in at_polygons(rows, WIDE):
        kind, n = row.settings["polygon"], row.settings["n"]
        if n == (1e5 if quick else 1e6):
            share = row.results["llc"] / POLYGONS[kind].llc
            found.append(Check(f"{kind}: λ̂ over λ, n = 10^{math.log10(n):g}", share, least=0.95, most=1.05))
    compared = [
        abs(at.llc - exact.results["llc"]) / math.hypot(at.stderr, exact.results["stderr"])
        for kind, at in reached(rows).items()
        if POLYGONS[kind].negative == 0 and (exact := standard(rows, kind))
    ]
    return [
        *found,
        Check(
            "worst |λ̂ of students - λ̂ there| in standard errors", max(compared, default=math.nan), most=4.0
        ),
    ]
