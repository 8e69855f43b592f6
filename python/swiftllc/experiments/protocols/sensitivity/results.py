"""What the sweeps of a network say: its plateau, its references, and what the acceptance tells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from swiftllc.experiments.experiment import Check, Row

#: What a plateau of ``sl.sweep`` allows, what the calibration's step may add, and where chains have settled.
PLATEAU, STEP, SETTLED = 0.05, 0.02, 1.05
ACCEPTANCE = 0.9

Point = Mapping[str, Any]


class Reference(NamedTuple):
    """λ̂ of a sampler that is not swept, and its standard error."""

    llc: float
    stderr: float


def networks(rows: Sequence[Row]) -> list[str]:
    """Their names."""
    return list(dict.fromkeys(row.settings["network"] for row in rows))


def of_map(rows: Sequence[Row], network: str, name: str) -> list[Row]:
    """The tasks of one map."""
    return [row for row in rows if (row.settings["network"], row.settings["map"]) == (network, name)]


def points(rows: Sequence[Row], network: str, name: str) -> list[Point]:
    """Of a map, with the settings of its task; the plateau is that of a whole sweep."""
    return [
        {**point, "batch_size": row.settings["batch_size"], "steps": row.settings["steps"]}
        for row in of_map(rows, network, name)
        for point in row.results["points"]
    ]


def reference(rows: Sequence[Row], network: str, point: Point, name: str = "") -> Reference | None:
    """At a point's localization and nβ: HMC if there is any, else calibrated; or the one that is named."""
    at = (point["localization"], point["nbeta"])
    for sampler in [name] if name else ["HMC", "calibrated"]:
        for row in of_map(rows, network, sampler):
            if (row.settings["localization"], row.settings["nbeta"]) == at:
                return Reference(row.results["llc"], row.results["stderr"])
    return None


def calibrated(rows: Sequence[Row], network: str) -> Mapping[str, Any]:
    """With the localization that is calibrated too."""
    return next(
        row.results for row in of_map(rows, network, "calibrated") if row.settings["localization"] is None
    )


def best(rows: Sequence[Row], network: str) -> Point | None:
    """What the sweep over lr and localization suggests, if it has a plateau."""
    results = of_map(rows, network, "localization")[0].results
    return None if results["best"] is None else results["points"][results["best"]]


class Excess(NamedTuple):
    """By which share of the reference a λ̂ is higher than it, the error of that, and the acceptance."""

    share: float
    error: float
    acceptance: float
    most: float
    settled: bool


def excesses(rows: Sequence[Row], network: str) -> list[Excess]:
    """At all points of the map of lr and localization that did not diverge."""
    found = []
    for point in points(rows, network, "localization"):
        wanted = reference(rows, network, point)
        if point["llc"] is not None and wanted is not None:
            error = math.hypot(point["stderr"], wanted.stderr) / wanted.llc
            most = step_bias(point["acceptance"], 2 * wanted.llc)
            settled = point["rhat"] is not None and point["rhat"] <= SETTLED
            found.append(Excess(point["llc"] / wanted.llc - 1, error, point["acceptance"], most, settled))
    return found


def step_bias(acceptance: float, directions: float) -> float:
    """The most that SGLD's step adds to λ̂, as a share, on a quadratic of so many directions.

    Where it has settled the logarithm of the ratio of Metropolis is about normal, with mean 0 and variance σ²
    = Σ (εh)³/16. The step adds εh/4 / (1 - εh/4) in a direction, and of all with the same σ the mean is
    largest where all directions are as stiff, (εh)³ = 16 σ² / directions.
    """
    # E[min(1, eˣ)] of such an x goes from 1 down to a half.
    if not 0.5 < acceptance < 1:
        return 0.0 if acceptance >= 1 else math.inf
    low, high = 0.0, 30.0
    for _ in range(60):
        sigma = (low + high) / 2
        accepted = 0.5 + math.exp(sigma**2 / 2) * NormalDist().cdf(-sigma)
        low, high = (sigma, high) if accepted > acceptance else (low, sigma)
    quarter = (16 * low**2 / directions) ** (1 / 3) / 4
    return quarter / (1 - quarter) if quarter < 1 else math.inf


def ranks_agree(found: Sequence[Excess]) -> float:
    """The share of pairs of one point that accepts below 0.9 and one above in which the first is higher."""
    below = np.array([one.share for one in found if one.acceptance < ACCEPTANCE])
    above = np.array([one.share for one in found if one.acceptance >= ACCEPTANCE])
    if not below.size or not above.size:
        return math.nan
    return float((below[:, None] > above).mean())


def beyond(value: float, error: float, allowed: float) -> float:
    """How many errors a deviation is beyond what is allowed."""
    return max(0.0, abs(value) - allowed) / error


def checks(rows: Sequence[Row], quick: bool) -> list[Check]:
    """Calibrated against HMC and against λ, plateaus against the references; what the acceptance tells."""
    return [*_exact(rows, "deep linear"), *_plateaus(rows), *_acceptance(rows)]


def _exact(rows: Sequence[Row], network: str) -> list[Check]:
    chains = of_map(rows, network, "calibrated")
    apart = []
    for row in chains:
        hmc = reference(rows, network, row.settings, "HMC")
        if hmc is not None:
            error = math.hypot(row.results["stderr"], hmc.stderr)
            apart.append(beyond(row.results["llc"] - hmc.llc, error, STEP * hmc.llc))
    coldest = max(chains, key=lambda row: float(row.settings["nbeta"]))
    llc, multiplicity = coldest.results["exact"]
    allowed = STEP * llc + (multiplicity - 1) / math.log(coldest.settings["nbeta"])
    far = beyond(coldest.results["llc"] - llc, coldest.results["stderr"], allowed)
    return [
        Check(f"{network}: calibrated, errors beyond 2 % of HMC", max(apart), most=4.0),
        Check(f"{network}: calibrated at the largest nβ, errors beyond 2 % of λ", far, most=4.0),
    ]


def _plateaus(rows: Sequence[Row]) -> list[Check]:
    found = []
    for network in networks(rows):
        value, point = math.nan, best(rows, network)
        wanted = None if point is None else reference(rows, network, point)
        if point is not None and wanted is not None:
            error = math.hypot(point["stderr"], wanted.stderr)
            value = beyond(point["llc"] - wanted.llc, error, (PLATEAU + STEP) * wanted.llc)
        found.append(Check(f"{network}: plateau, errors beyond 7 % of the reference", value, most=4.0))
    return found


def _acceptance(rows: Sequence[Row]) -> list[Check]:
    """Where batches are so large that the acceptance on one of them is that on all samples."""
    found = []
    for network in ("deep linear", "ReLU"):
        settled = [one for one in excesses(rows, network) if one.settled]
        trusted = [one for one in settled if one.acceptance >= ACCEPTANCE]
        worst = max(((one.share - one.most) / one.error for one in trusted), default=math.nan)
        name = f"{network}, settled"
        # By chance it would be 0.5 with a standard deviation of 0.2 or less: of ten and ten points 0.13.
        found.append(Check(f"{name}: share of pairs that acceptance orders", ranks_agree(settled), least=0.9))
        found.append(Check(f"{name}, acceptance ≥ 0.9: errors above what a step can add", worst, most=4.0))
    return found
