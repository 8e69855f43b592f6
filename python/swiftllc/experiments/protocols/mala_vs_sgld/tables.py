"""Tables and the figure of SGLD against MALA."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from swiftllc.experiments.experiment import Row, markdown
from swiftllc.experiments.protocols.mala_vs_sgld.chains import MEASURED
from swiftllc.experiments.protocols.mala_vs_sgld.comparison import (
    PUBLISHED,
    SIZES,
    SMALL_STEP,
    STEP,
    Mean,
    measured,
    native,
    runs,
    sigmas,
    sizes,
)


def table(rows: Sequence[Row]) -> str:
    """Against the published; the same draws measured otherwise; variants; chains that settle."""
    parts = [_against_published(rows)]
    if any(row.settings["chain"] == "curvatures" for row in rows):
        parts += [f"{title}\n\n{made(rows)}" for title, made in _MORE.items()]
    return "\n\n".join([*parts, f"Chains that settle:\n\n{_settled(rows)}"])


def _against_published(rows: Sequence[Row]) -> str:
    lines = []
    for n in sizes(rows):
        cells = []
        for chain, published in PUBLISHED.items():
            found = measured(rows, chain, n)
            ratio = f"{found.value / published[n].value:.3f}"
            cells += [str(published[n]), str(found), ratio, f"{sigmas(found, published[n]):.1f}"]
        lines.append([str(n), *cells, f"{measured(rows, 'MALA', n, 'acceptance').value:.2f}"])
    columns = ("published", "here", "ratio", "errors apart")
    header = [f"{chain}, {column}" for chain in ("SGLD", "MALA") for column in columns]
    return markdown(["n", *header, "acceptance of MALA"], lines)


def _otherwise(rows: Sequence[Row]) -> str:
    lines = []
    for n in sizes(rows):
        curved = runs(rows, "curvatures", n)[0].results
        ways = [measured(rows, "published SGLD", n, what) for what in MEASURED]
        others = [native(rows, n, STEP), measured(rows, "MALA", n), native(rows, n, SMALL_STEP)]
        lines.append([str(n), *map(str, ways + others), f"{curved['run']:.1f}", f"{curved['settled']:.1f}"])
    header = [
        "n",
        *MEASURED,
        "estimate_llc",
        "MALA",
        "small steps",
        "quadratic, the run",
        "quadratic, settled",
    ]
    return markdown(header, lines)


def _variants(rows: Sequence[Row]) -> str:
    names = dict.fromkeys(row.settings["variant"] for row in rows if "variant" in row.settings)
    chain = "published SGLD"
    varied = [n for n in SIZES if any(runs(rows, chain, n, name) for name in names)]

    def line(title: str, what: str, variant: str | None) -> list[str]:
        cells = []
        for n in varied:
            found = measured(rows, chain, n, what, variant)
            ratio = found.value / PUBLISHED[chain][n].value
            cells.append(f"{found} ({ratio:.2f})" if found.runs else "diverged")
        return [title, *cells]

    lines = [line("as published", "llc", None), line("its second half", f"{MEASURED[0]}, second half", None)]
    lines += [line(name, "llc", name) for name in names]
    return markdown(["", *(f"n = {n}" for n in varied)], lines)


def _heated(rows: Sequence[Row]) -> str:
    lines = [
        [
            f"{row.settings['options']['lr']:g}",
            f"{row.settings['options']['friction']:g}",
            f"{row.results['llc']:.2f} ± {row.results['stderr']:.2f}",
            f"{row.results['acceptance']:.3f}",
        ]
        for row in rows
        if row.settings["chain"] == "heated"
    ]
    return markdown(["step", "friction", "λ̂", "acceptance"], lines)


def _settled(rows: Sequence[Row]) -> str:
    lines = []
    for row in rows:
        if row.settings["chain"] == "settled":
            settings, results = row.settings, row.results
            lines.append(
                [
                    str(settings["n"]),
                    f"{settings['localization']:g}",
                    settings["sampler"],
                    f"{results['llc']:.2f} ± {results['stderr']:.2f}",
                    f"{results['noise_bias']:.2f} + {results['step_bias']:.2f}",
                    f"{results['acceptance']:.3f}",
                    f"{results['rank_rhat']:.3f}",
                ]
            )
    header = ["n", "γ", "sampler", "λ̂", "subtracted for noise + step", "acceptance", "rank R-hat"]
    return markdown(header, lines)


_MORE = {
    "The same draws, and other chains of the same time:": _otherwise,
    "Other protocols, and over the published:": _variants,
    "Underdamped Langevin dynamics at n = 1000 and γ = 1:": _heated,
}


def figure(rows: Sequence[Row], path: Path) -> None:
    """λ̂ against n beside the published; then the same draws and other chains, over that of small steps."""
    from swiftllc.experiments.plotting import panels

    shown = sizes(rows)

    def draw(panel: Any, means: Sequence[Mean], label: str, style: str, **more: Any) -> None:
        errors = [2 * (0.0 if math.isnan(one.std) else one.error) for one in means]
        panel.errorbar(
            shown, [one.value for one in means], errors, fmt=style, markersize=4, label=label, **more
        )

    full = bool(runs(rows, "curvatures", shown[0]))
    with panels(path, 2 if full else 1, columns=2) as axes:
        for chain, colour in (("published SGLD", "C0"), ("MALA", "C1")):
            name = chain.split()[-1]
            published = [PUBLISHED[chain][n] for n in shown]
            draw(axes[0], published, f"{name}, published", "s", color=colour, mfc="none")
            draw(axes[0], [measured(rows, chain, n) for n in shown], name, ".-", color=colour)
        axes[0].set(ylabel="λ̂ ± 2 errors")
        if full:
            small = {n: native(rows, n, SMALL_STEP).value for n in shown}

            def over(means: Sequence[Mean]) -> list[Mean]:
                pairs = zip(means, shown, strict=True)
                return [Mean(one.value / small[n], one.std / small[n], one.runs) for one, n in pairs]

            for what, style in zip(MEASURED, (".-", ".:", ".--"), strict=True):
                means = over([measured(rows, "published SGLD", n, what) for n in shown])
                draw(axes[1], means, f"SGLD, {what}", style, color="C0")
            draw(axes[1], over([measured(rows, "MALA", n) for n in shown]), "MALA", ".-", color="C1")
            curved = [runs(rows, "curvatures", n)[0].results["run"] / small[n] for n in shown]
            axes[1].plot(shown, curved, color="0.6", label="quadratic, the run")
            axes[1].axhline(1, color="black", linewidth=0.8)
            axes[1].set(ylabel="λ̂ over that of small steps")
        for panel in axes:
            panel.set(xscale="log", xlabel="n")
            panel.legend(fontsize=7)
