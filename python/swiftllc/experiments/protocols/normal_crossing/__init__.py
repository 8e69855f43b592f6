"""Monomials and a potential of two components, where everything is known.

The losses are L = w₁^{2a} w₂^{2b}, whose λ is the least of 1/(2a) and 1/(2b) and whose multiplicity is how
many of them are the least (Watanabe 2009), and L = (w₁ - 1)² (w₁² + w₂²)⁴, which is 0 on a line, where λ =
1/2, and at a point, where λ = 1/4. The posterior at nβ is exp(-nβ L(w) - γ |w - w*|²/2), and its mean of nβ
(L - L(w*)) is an integral over the plane, which quadrature gives to more digits than any sample. HMC has to
agree with it at every temperature. It tends to λ as λ - (m - 1)/(log nβ + c) - a nβ^-δ with m the
multiplicity: λ and m are fitted to several temperatures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import swiftllc as sl
from swiftllc.experiments.experiment import Check, Report, Row, Task, markdown
from swiftllc.experiments.protocols.normal_crossing.crossings import (
    LOCALIZATIONS,
    Truth,
    curvature,
    integral,
    model,
    title,
    truths,
)
from swiftllc.experiments.protocols.normal_crossing.temperatures import Array, Fit, fitted, likelier

CHAINS = 4
#: Of each potential: as much as a multiplicity can be.
PARAMETERS = 2
#: Temperatures that a fit of four numbers needs at least.
ENOUGH = 4


def tasks(quick: bool) -> list[Task]:
    """Every potential at every temperature."""
    exponents, draws = ((2, 3, 4), 4000) if quick else ((3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7), 10_000)
    return [
        Task(
            {
                "potential": truth.potential,
                "center": list(truth.center),
                "nbeta": round(10**exponent, 1),
                "localization": LOCALIZATIONS[truth.center],
                "chains": CHAINS,
                "draws": draws,
                "seed": seed,
            },
            cost=draws * 10 ** (exponent / 2),
        )
        for truth in truths()
        for seed, exponent in enumerate(exponents)
    ]


def measure(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """λ̂ by HMC, and the integral."""
    potential, nbeta, center = settings["potential"], settings["nbeta"], tuple(settings["center"])
    localization = settings["localization"]
    # A trajectory is as long as the posterior is wide.
    width = 1 / math.sqrt(localization)

    lr = 1 / math.sqrt(curvature(potential, nbeta, center, localization))
    sampler = sl.HMC(lr, leapfrog_steps=math.ceil(width / lr), localization=localization)
    result = sl.estimate_llc(
        model(potential),
        np.array(center),
        (np.ones((1, 1)), np.zeros((1, 1))),
        sampler=sampler,
        nbeta=nbeta,
        num_chains=settings["chains"],
        num_draws=settings["draws"],
        num_burnin_steps=settings["draws"] // 10,
        batch_size=1,
        seed=settings["seed"],
        threads=threads,
        progress=lambda done, total: report(done / total),
    )
    return {
        "llc": result.llc,
        "stderr": result.stderr,
        "exact": integral(potential, nbeta, center, localization),
        "lr": lr,
        "acceptance": result.diagnostics.acceptance,
        "rank_rhat": result.diagnostics.rank_rhat,
        "ess": result.diagnostics.ess,
    }


def series(rows: Sequence[Row]) -> list[tuple[Truth, list[Row]]]:
    """The temperatures of every potential."""
    return [
        (truth, found)
        for truth in truths()
        if (
            found := [
                row for row in rows if (row.settings["potential"], tuple(row.settings["center"])) == truth[:2]
            ]
        )
    ]


def column(rows: Sequence[Row], name: str) -> Array:
    """A setting or a result of all rows."""
    return np.array([row.settings.get(name, row.results.get(name)) for row in rows], dtype=float)


def told(rows: Sequence[Row], known: int | None = None) -> tuple[Fit, Fit]:
    """By the samples of a potential and by its integrals: with the m they speak for, or ``known``."""
    nbetas, exact = column(rows, "nbeta"), column(rows, "exact")
    of = [(column(rows, "llc"), column(rows, "stderr")), (exact, np.full_like(exact, 1e-3))]
    samples, integrals = (
        likelier(nbetas, *values, PARAMETERS) if known is None else fitted(nbetas, *values, known)
        for values in of
    )
    return samples, integrals


def table(rows: Sequence[Row]) -> str:
    """Every temperature; then what they tell of λ and m, where there are enough of them."""
    every = [
        [
            title(row.settings["potential"], row.settings["center"]),
            f"{row.settings['nbeta']:g}",
            f"{row.results['llc']:.4f} ± {row.results['stderr']:.4f}",
            f"{row.results['exact']:.4f}",
            f"{row.results['acceptance']:.2f}",
            f"{row.results['rank_rhat']:.3f}",
        ]
        for row in rows
    ]
    text = markdown(["potential", "nβ", "λ̂", "integral", "acceptance", "rank R-hat"], every)
    found = [
        (truth, told(of), told(of, truth.multiplicity)) for truth, of in series(rows) if len(of) > ENOUGH
    ]
    if not found:
        return text
    lines = [
        [
            truth.title,
            f"{truth.llc:.4f}, {truth.multiplicity}",
            *(f"{fit.llc:.3f}, {fit.multiplicity}" for fit in blind),
            *(f"{fit.llc:.3f}" for fit in given),
        ]
        for truth, blind, given in found
    ]
    header = ["potential", "λ, m", "told by λ̂", "told by integrals", "by λ̂, m given", "by integrals, m given"]
    return f"{text}\n\n{markdown(header, lines)}"


def figure(rows: Sequence[Row], path: Path) -> None:
    """λ̂ and the integral against the temperature."""
    from swiftllc.experiments.plotting import panels

    with panels(path, len(truths())) as axes:
        for panel, (truth, of) in zip(axes, series(rows), strict=False):
            nbetas = column(of, "nbeta")
            panel.axhline(truth.llc, color="0.6", linewidth=1)
            panel.plot(nbetas, column(of, "exact"), color="C1", label="integral")
            panel.errorbar(
                nbetas,
                column(of, "llc"),
                2 * column(of, "stderr"),
                fmt="o",
                markersize=3,
                label="λ̂ ± 2 errors",
            )
            panel.set(xscale="log", xlabel="nβ", title=truth.title)
        axes[0].legend()


def checks(rows: Sequence[Row], quick: bool) -> list[Check]:
    """λ̂ against the integral; with all temperatures, λ and m."""
    errors = abs(column(rows, "llc") - column(rows, "exact")) / column(rows, "stderr")
    worst = Check("worst |λ̂ - integral| in standard errors", float(errors.max()), most=4.0)
    if quick:
        return [worst]
    found = [(truth, told(of)) for truth, of in series(rows)]
    return [
        worst,
        *(
            Check(
                f"|λ fitted - λ|, {truth.title}, to {name}",
                abs(fit.llc - truth.llc),
                most=most,
            )
            for truth, pair in found
            for name, fit, most in zip(("λ̂", "integrals"), pair, (0.05, 0.02), strict=True)
        ),
    ]
