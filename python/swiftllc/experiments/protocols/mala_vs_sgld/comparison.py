"""What the runs of SGLD and MALA say, against the published ones and against each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from swiftllc.experiments.experiment import Check, Row
from swiftllc.experiments.protocols.mala_vs_sgld.chains import MEASURED

SIZES = (100, 316, 1000, 3162, 10_000, 31_623, 100_000)
#: The published step of SGLD, and a tenth of it.
STEP, SMALL_STEP = 1e-5, 1e-6


class Mean(NamedTuple):
    """Of several runs: their mean, their standard deviation, and how many they are."""

    value: float
    std: float
    runs: int

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return self.std / math.sqrt(self.runs) if self.runs else math.nan

    def __str__(self) -> str:
        """With the error, if there is one."""
        if not self.runs:
            return "–"
        return f"{self.value:.1f}" + ("" if math.isnan(self.std) else f" ± {self.error:.1f}")


def mean(values: Sequence[float]) -> Mean:
    """Of these."""
    std = float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
    return Mean(float(np.mean(values)) if len(values) else math.nan, std, len(values))


def _published(values: Sequence[float], stds: Sequence[float]) -> dict[int, Mean]:
    return {n: Mean(value, std, 5) for n, value, std in zip(SIZES, values, stds, strict=True)}


#: Means and deviations of the five runs that were published with the code.
PUBLISHED = {
    "published SGLD": _published(
        (54.94, 86.72, 136.92, 211.21, 294.94, 349.34, 355.78), (2.73, 2.61, 2.65, 3.42, 4.97, 5.45, 5.69)
    ),
    "MALA": _published(
        (54.27, 86.36, 140.01, 215.40, 296.18, 359.10, 349.13), (3.58, 3.71, 2.83, 4.62, 12.74, 10.89, 4.48)
    ),
}


def runs(rows: Sequence[Row], chain: str, n: int, variant: str | None = None) -> list[Row]:
    """Those of one kind, as published or in a variant."""
    return [
        row
        for row in rows
        if (row.settings["chain"], row.settings["n"], row.settings.get("variant")) == (chain, n, variant)
    ]


def measured(rows: Sequence[Row], chain: str, n: int, what: str = "llc", variant: str | None = None) -> Mean:
    """The mean of a result over the runs that did not diverge."""
    found = [row.results.get(what) for row in runs(rows, chain, n, variant)]
    return mean([value for value in found if value is not None])


def native(rows: Sequence[Row], n: int, lr: float) -> Mean:
    """Of the chains that ``estimate_llc`` ran with this step."""
    return mean(
        [value for row in runs(rows, "SGLD", n) if row.settings["lr"] == lr for value in row.results["llc"]]
    )


def sigmas(ours: Mean, theirs: Mean) -> float:
    """How many standard errors two means of runs of one law are apart; the runs share one deviation."""
    freedom = (ours.runs - 1) + (theirs.runs - 1)
    variance = ((ours.runs - 1) * ours.std**2 + (theirs.runs - 1) * theirs.std**2) / freedom
    return abs(ours.value - theirs.value) / math.sqrt(variance * (1 / ours.runs + 1 / theirs.runs))


def sizes(rows: Sequence[Row]) -> list[int]:
    """Those that were run."""
    return [n for n in SIZES if runs(rows, "MALA", n)]


def checks(rows: Sequence[Row], quick: bool) -> list[Check]:
    """Both columns against the published; and the samplers against each other."""
    found = []
    for chain, published in PUBLISHED.items():
        ours = {n: measured(rows, chain, n) for n in sizes(rows)}
        name = chain.split()[-1]
        # With a deviation from ten runs or so, 5 errors are as rare as 3.3 of Gauss's.
        apart = max(sigmas(one, published[n]) for n, one in ours.items())
        found.append(Check(f"{name}: worst deviation from the published in standard errors", apart, most=5.0))
        if not quick:
            share = max(abs(one.value / published[n].value - 1) for n, one in ours.items())
            found.append(
                Check(f"{name}: worst share by which it differs from the published", share, most=0.05)
            )
    found += _settled_checks(rows)
    if not quick:
        # Up to here MALA accepts nearly all moves, and goes as far as the small steps in the same time.
        agree = max(sigmas(measured(rows, "MALA", n), native(rows, n, SMALL_STEP)) for n in SIZES[:4])
        found.append(Check("MALA and small steps up to n = 3162, standard errors apart", agree, most=5.0))
        heated = (
            measured(rows, "published SGLD", SIZES[-1], MEASURED[2]).value
            / native(rows, SIZES[-1], SMALL_STEP).value
        )
        found.append(Check("n = 100000: SGLD on new batches over small steps", heated, least=1.05))
    return found


def _settled_checks(rows: Sequence[Row]) -> list[Check]:
    """Every sampler agrees with HMC."""
    chains = [row for row in rows if row.settings["chain"] == "settled"]
    references = {
        (row.settings["n"], row.settings["localization"]): row.results
        for row in chains
        if row.settings["sampler"] == "HMC"
    }
    apart, rhats = [], []
    for row in chains:
        reference = references.get((row.settings["n"], row.settings["localization"]))
        if reference is not None:
            rhats.append(row.results["rank_rhat"])
            if row.results is not reference:
                error = math.hypot(row.results["stderr"], reference["stderr"])
                apart.append(abs(row.results["llc"] - reference["llc"]) / error)
    return [
        Check("settled chains: worst deviation from HMC in standard errors", max(apart), most=4.0),
        Check("settled chains: worst rank R-hat", max(rhats), most=1.05),
    ]
