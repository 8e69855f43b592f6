"""The table and the figure of the experiment on superposition, and the rows that they are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from swiftllc.experiments.experiment import Row, markdown
from swiftllc.experiments.plotting import panels
from swiftllc.experiments.protocols.superposition.polygons import POLYGONS
from swiftllc.experiments.protocols.superposition.students import (
    Plateau,
    at_an_edge,
    plateau,
    polygon,
    polygon_loss,
    stages,
)

#: Those whose λ is published.
PUBLISHED = ("5-", "5+", "6")
#: γ and the half-width of the box. Within 0.2 the dead feature of the pentagon stays dead.
Held = tuple[float, float | None]
WIDE: Held = (0.0, 0.2)
HELD: Held = (1.0, None)
NARROW: Held = (0.0, 0.1)
#: Independent points that an integral has to be worth.
ENOUGH = 400


def at_polygons(rows: Sequence[Row], held: Held | None = None) -> list[Row]:
    """The rows of polygons; those of one localization and box if these are given."""
    return [
        row
        for row in rows
        if "polygon" in row.settings and held in (None, (row.settings["localization"], row.settings["box"]))
    ]


def integrated(row: Row) -> bool:
    """Whether there is an integral worth the name beside a polygon's λ̂."""
    return bool(row.results.get("integral_ess", 0) >= ENOUGH)


def students(rows: Sequence[Row]) -> list[Row]:
    """The rows of training."""
    return [row for row in rows if "training" in row.settings]


def standard(rows: Sequence[Row], name: str) -> Row | None:
    """The estimate at a polygon with the settings of those along training."""
    found = [row for row in at_polygons(rows, NARROW) if row.settings["polygon"] == name]
    return found[0] if found else None


def reached(rows: Sequence[Row]) -> dict[str, Plateau]:
    """What students are at where they are at a polygon."""
    found = {name: plateau(students(rows), name) for name in POLYGONS}
    return {name: at for name, at in found.items() if at.checkpoints}


def holder(localization: float, box: float | None) -> str:
    """What keeps a chain near, for tables and figures."""
    return f"box {box:g}" if box else f"γ = {localization:g}"


def with_error(results: Mapping[str, float], name: str, error: str) -> str:
    """For a table."""
    return f"{results[name]:.2f} ± {results[error]:.2f}"


def written(rows: Sequence[Row]) -> str:
    """The polygons; λ̂ at them along training; the way of each student."""
    found = [
        [
            row.settings["polygon"],
            f"{POLYGONS[row.settings['polygon']].llc:g}",
            f"{row.results['loss']:.5f}",
            holder(row.settings["localization"], row.settings["box"]),
            f"{row.settings['n']:,.0f}".replace(",", " "),
            with_error(row.results, "llc", "stderr"),
            with_error(row.results, "integral", "integral_stderr") if integrated(row) else "–",
            f"{row.results['acceptance']:.2f}",
            f"{row.results['rank_rhat']:.3f}",
        ]
        for row in at_polygons(rows)
    ]
    beside = [
        [
            name,
            f"{POLYGONS[name].llc:g}",
            with_error(exact.results, "llc", "stderr") if (exact := standard(rows, name)) else "–",
            f"{at.llc:.2f} ± {at.stderr:.2f}",
            str(at.checkpoints),
            str(at.students),
        ]
        for name, at in reached(rows).items()
    ]
    ways = []
    for row in students(rows):
        last = row.results["history"][-1]
        edge = " (edge)" if at_an_edge(last, row.settings["estimate"]["box"]) else ""
        way = ", ".join(f"{name} {first}" for name, first in stages(row))
        ways.append(
            [
                f"{row.settings['weights']:g}",
                str(row.settings["seed"]),
                way,
                f"{last['loss']:.5f}",
                f"{last['llc']:.2f}{edge}",
            ]
        )
    header = ["polygon", "λ", "loss", "held by", "n", "λ̂", "integral", "acceptance", "rank R-hat"]
    return "\n\n".join(
        [
            markdown(header, found),
            "Along training, at the polygons:",
            markdown(["polygon", "λ", "λ̂ there", "λ̂ of students", "checkpoints", "students"], beside),
            "What a student is like, each with the step of its first checkpoint, and its end:",
            markdown(["std of W", "seed", "stages", "loss", "λ̂"], ways),
        ]
    )


def drawn(rows: Sequence[Row], path: Path) -> None:
    """λ̂ against n where λ is published; the loss and λ̂ of the three students that were the last to change."""
    shown = sorted(students(rows), key=lambda row: -stages(row)[-1][1])[:3]
    with panels(path, 3 + 2 * len(shown)) as axes:
        for panel, name in zip(axes, PUBLISHED, strict=False):
            against_n(panel, [row for row in rows if row.settings.get("polygon") == name])
            panel.axhline(POLYGONS[name].llc, color="0.6", linewidth=1)
            panel.set(xscale="log", xlabel="n", title=f"{name}: λ = {POLYGONS[name].llc:g}", ylim=(4, 10))
        axes[0].set_ylabel("λ̂; lines: integrals")
        axes[0].legend(fontsize=8, loc="upper left")
        for column, row in enumerate(shown):
            above, below = axes[3 + column], axes[3 + len(shown) + column]
            after = row.results["history"][1:]
            steps = [checkpoint["step"] for checkpoint in after]
            above.plot(steps, [checkpoint["loss"] for checkpoint in after])
            for name in POLYGONS:
                above.axhline(polygon_loss(name, row.settings["levels"]), color="0.8", linewidth=0.6)
            for name, step in stages(row):
                if step > 0:
                    above.text(step, after[steps.index(step)]["loss"], name, fontsize=8)
            below.plot(steps, [checkpoint["llc"] for checkpoint in after], ".-", linewidth=0.6)
            end = polygon(after[-1], row.settings["levels"])
            if end is not None:
                below.axhline(POLYGONS[end].llc, color="0.6", linewidth=1)
                if exact := standard(rows, end):
                    below.axhline(exact.results["llc"], color="0.6", linewidth=1, linestyle=":")
            above.set(xscale="log", title=f"std {row.settings['weights']:g}, seed {row.settings['seed']}")
            above.set_ylabel("loss")
            below.set(xscale="log", xlabel="training step", ylabel="λ̂", ylim=(-5, 11))


def against_n(panel: Any, rows: Sequence[Row]) -> None:
    """λ̂ and the integrals of one polygon, by what holds the chain."""
    held = sorted({(row.settings["localization"], row.settings["box"] or 0.0) for row in rows})
    for color, (localization, box) in enumerate(held):
        of = [
            row
            for row in rows
            if (row.settings["localization"], row.settings["box"] or 0.0) == (localization, box)
        ]
        n = [row.settings["n"] for row in of]
        panel.errorbar(
            n,
            [row.results["llc"] for row in of],
            [row.results["stderr"] for row in of],
            fmt="o",
            markersize=4,
            color=f"C{color}",
            label=holder(localization, box),
        )
        exact = [row.results["integral"] if integrated(row) else math.nan for row in of]
        panel.plot(n, exact, color=f"C{color}", linewidth=1)
