"""Tables and maps of the sweeps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from swiftllc.experiments.experiment import Row, markdown
from swiftllc.experiments.protocols.sensitivity.results import (
    ACCEPTANCE,
    Point,
    best,
    calibrated,
    excesses,
    networks,
    of_map,
    points,
    ranks_agree,
    reference,
    step_bias,
)


def table(rows: Sequence[Row]) -> str:
    """The plateaus; what was calibrated; the acceptance; then what else was swept."""
    parts = ["Plateaus of lr and localization:\n\n" + _plateaus(rows)]
    parts.append("Calibrated:\n\n" + _calibrated(rows))
    parts.append("λ̂ over the reference, where R-hat ≤ 1.05:\n\n" + _acceptance(rows))
    for name, axis in (("nbeta", "nbeta"), ("batch", "batch_size"), ("length", "steps")):
        lines = [line for network in networks(rows) for line in _swept(rows, network, name, axis)]
        if lines:
            title = {"nbeta": "nβ", "batch": "Batches", "length": "Lengths, in steps"}[name]
            parts.append(f"{title}:\n\n" + markdown(["network", "lr", "λ̂ (and acceptance)"], lines))
    return "\n\n".join(parts)


def _range(values: Sequence[float]) -> str:
    return f"{min(values):g}" if min(values) == max(values) else f"{min(values):g} … {max(values):g}"


def _value(llc: float | None, stderr: float) -> str:
    return "diverged" if llc is None else f"{llc:.1f} ± {stderr:.1f}"


def _plateaus(rows: Sequence[Row]) -> str:
    lines = []
    for network in networks(rows):
        every = points(rows, network, "localization")
        inside, chosen = [point for point in every if point["plateau"]], best(rows, network)
        diverged = f"{sum(point['diverged'] for point in every)} of {len(every)}"
        if chosen is None:
            lines.append([network, "none", "", "", "", "", "", "", diverged])
            continue
        wanted = [reference(rows, network, chosen, name) for name in ("calibrated", "HMC")]
        lines.append(
            [
                network,
                _range([point["lr"] for point in inside]),
                _range([point["localization"] for point in inside]),
                f"{min(p['llc'] for p in inside):.1f} … {max(p['llc'] for p in inside):.1f}",
                f"{_value(chosen['llc'], chosen['stderr'])} at {chosen['lr']:g}, {chosen['localization']:g}",
                *("–" if one is None else _value(*one) for one in wanted),
                _edges(every, chosen["localization"]),
                diverged,
            ]
        )
    header = ["network", "lr", "γ", "λ̂", "suggested: λ̂ at lr, γ", "calibrated at γ", "HMC at γ"]
    return markdown([*header, "acceptance along lr at γ", "diverged"], lines)


def _edges(every: Sequence[Point], localization: float) -> str:
    """Acceptances by lr, those of the plateau in brackets."""
    shown = []
    for point in every:
        if point["localization"] == localization:
            seen = "–" if point["acceptance"] is None else f"{point['acceptance']:.2f}"
            shown.append(f"[{seen}]" if point["plateau"] else seen)
    return " ".join(shown)


def _calibrated(rows: Sequence[Row]) -> str:
    lines = []
    for network in networks(rows):
        found = calibrated(rows, network)
        exact = "–" if found["exact"] is None else f"{found['exact'][0]:g}"
        lines.append(
            [
                network,
                _value(found["llc"], found["stderr"]),
                exact,
                f"{found['localization']:.3g}",
                f"{found['lr']:.2g}, {found['friction']:.3g}",
                f"{found['step_of_sgld']:.2g}",
                str(found["batch_size"]),
                f"{found['acceptance']:.3f}",
                "–" if found["rhat"] is None else f"{found['rhat']:.3f}",
                f"{found['gradient_norm']:.2g}",
            ]
        )
    header = ["network", "λ̂", "λ at nβ = ∞", "γ", "step, friction", "lr of SGLD as far", "batch"]
    return markdown([*header, "acceptance", "R-hat", "norm of the gradient at w*"], lines)


def _acceptance(rows: Sequence[Row]) -> str:
    lines = []
    for network in networks(rows):
        settled = [one for one in excesses(rows, network) if one.settled]
        cells = []
        for low in (False, True):
            shares = [one.share for one in settled if (one.acceptance < ACCEPTANCE) == low]
            cells += [str(len(shares))]
            cells += (
                ["–"]
                if not shares
                else [f"{min(shares):+.0%} … {np.median(shares):+.0%} … {max(shares):+.0%}"]
            )
        lines.append([network, *cells, f"{ranks_agree(settled):.2f}"])
    header = ["network", "points that accept ≥ 0.9", "least, median, most", "< 0.9", "least, median, most"]
    return markdown([*header, "pairs in order"], lines)


def _swept(rows: Sequence[Row], network: str, name: str, axis: str) -> list[list[str]]:
    every = points(rows, network, name)
    lines = []
    for lr in sorted({point["lr"] for point in every}):
        cells = []
        for point in sorted((p for p in every if p["lr"] == lr), key=lambda p: float(p[axis])):
            seen = "–" if point["acceptance"] is None else f"{point['acceptance']:.2f}"
            cells.append(f"{point[axis]:g}: {_value(point['llc'], point['stderr'])} ({seen})")
        lines.append([network, f"{lr:g}", "; ".join(cells)])
    if every and name == "nbeta":
        wanted = {point["nbeta"]: reference(rows, network, point, "calibrated") for point in every}
        cells = [f"{nbeta:g}: {_value(*one)}" for nbeta, one in sorted(wanted.items()) if one is not None]
        lines.append([network, "calibrated", "; ".join(cells)])
    return lines


_MAPS = (
    ("localization", "localization", "llc", "λ̂"),
    ("localization", "localization", "acceptance", "acceptance"),
    ("localization", "localization", "rhat", "rank R-hat"),
    ("nbeta", "nbeta", "llc", "λ̂"),
    ("batch", "batch_size", "llc", "λ̂"),
)
_LABELS = {"localization": "γ", "nbeta": "nβ", "batch_size": "batch"}


def figure(rows: Sequence[Row], path: Path) -> None:
    """For every network its maps, the lengths, and λ̂ against the acceptance."""
    from swiftllc.experiments.plotting import panels

    maps = [one for one in _MAPS if any(row.settings["map"] == one[0] for row in rows)]
    lengths = any(row.settings["map"] == "length" for row in rows)
    columns = len(maps) + lengths + 1
    with panels(path, columns * len(networks(rows)), columns=columns) as axes:
        for line, network in enumerate(networks(rows)):
            panel = iter(axes[columns * line : columns * (line + 1)])
            for name, axis, column, title in maps:
                _map(next(panel), rows, network, name, axis, column, f"{network}: {title}")
            if lengths:
                _lengths(next(panel), rows, network)
            _scatter(next(panel), rows, network)


def _map(
    panel: Any, rows: Sequence[Row], network: str, name: str, axis: str, column: str, title: str
) -> None:
    """Numbers, coloured: λ̂ by its share of the reference; the plateau framed; what is calibrated a star."""
    every = points(rows, network, name)
    panel.set_title(title, fontsize=9)
    if not every:
        return
    lrs, others = sorted({p["lr"] for p in every}), sorted({p[axis] for p in every})
    colours = np.full((len(others), len(lrs)), math.nan)
    for point in every:
        i, j, value = others.index(point[axis]), lrs.index(point["lr"]), point[column]
        wanted = reference(rows, network, point)
        if value is None:
            text = "×"
        elif column == "llc":
            colours[i, j] = value / wanted.llc if wanted else 1.0
            text = f"{value:.0f}" if value >= 100 else f"{value:.3g}"
        else:
            colours[i, j], text = value, f"{value:.2f}"
        panel.text(j, i, text, ha="center", va="center", fontsize=7)
        if point["plateau"] and name == "localization":
            from matplotlib.patches import Rectangle

            panel.add_patch(Rectangle((j - 0.47, i - 0.47), 0.94, 0.94, fill=False, linewidth=1.6))
    low, high, colouring = {
        "llc": (0.7, 1.3, "RdBu_r"),
        "acceptance": (0.8, 1.0, "RdBu"),
        "rhat": (1.0, 1.1, "Reds"),
    }[column]
    panel.imshow(colours, vmin=low, vmax=high, cmap=colouring, origin="lower", aspect="auto", alpha=0.7)
    panel.set_xticks(
        range(len(lrs)), [f"{lr:.1e}".replace(".0", "").replace("e-0", "e-") for lr in lrs], fontsize=7
    )
    panel.set_yticks(range(len(others)), [f"{other:g}" for other in others], fontsize=7)
    panel.set(xlabel="lr", ylabel=_LABELS[axis])
    found = calibrated(rows, network)
    if name != "nbeta":
        spot = _place(found["step_of_sgld"], lrs), _place(found[axis], others)
        panel.plot(*spot, "*", color="gold", markeredgecolor="black", markersize=12, clip_on=False)


def _place(value: float, ticks: Sequence[float]) -> float:
    """Where a value is between ticks, at the edge if it is beyond the last."""
    if value > ticks[-1] or value < ticks[0]:
        return len(ticks) - 0.55 if value > ticks[-1] else -0.45
    return float(np.interp(math.log(value), np.log(ticks), np.arange(len(ticks))))


def _lengths(panel: Any, rows: Sequence[Row], network: str) -> None:
    every = points(rows, network, "length")
    for lr in sorted({point["lr"] for point in every}):
        line = sorted(
            (p for p in every if p["lr"] == lr and p["llc"] is not None), key=lambda p: float(p["steps"])
        )
        steps, llc = [p["steps"] for p in line], [p["llc"] for p in line]
        panel.errorbar(steps, llc, [2 * p["stderr"] for p in line], fmt=".-", label=f"lr {lr:g}")
        apart = [(p["steps"], p["llc"]) for p in line if p["rhat"] is None or p["rhat"] > 1.05]
        if apart:
            panel.plot(*zip(*apart, strict=True), "o", mfc="none", color="black", markersize=8)
    wanted = reference(rows, network, every[0]) if every else None
    if wanted is not None:
        panel.axhspan(wanted.llc - 2 * wanted.stderr, wanted.llc + 2 * wanted.stderr, color="0.8")
    panel.set(xscale="log", xlabel="steps (○: R-hat > 1.05)")
    panel.set_title(f"{network}: λ̂ ± 2 errors", fontsize=9)
    panel.legend(fontsize=7)


def _scatter(panel: Any, rows: Sequence[Row], network: str) -> None:
    for one in excesses(rows, network):
        style = {"color": "C0"} if one.settled else {"color": "0.6", "mfc": "none"}
        panel.errorbar(one.acceptance, 100 * one.share, 100 * one.error, fmt="o", markersize=3, **style)
    wanted = reference(rows, network, of_map(rows, network, "localization")[0].results["points"][0])
    if wanted is not None:
        accepted = np.linspace(0.5, 0.999, 100)
        panel.plot(accepted, [100 * step_bias(float(a), 2 * wanted.llc) for a in accepted], color="C1")
    panel.axvline(ACCEPTANCE, color="0.6", linewidth=0.8)
    panel.axhline(0, color="0.6", linewidth=0.8)
    panel.set(xlim=(0.5, 1.01), ylim=(-60, 100), xlabel="acceptance", ylabel="λ̂ over the reference, %")
    panel.set_title(f"{network}: line, the most a step can add", fontsize=9)
