"""λ̂ of a ReLU network does not change when it is rescaled, if the sampler is rescaled with it.

W₁, b₁ → s W₁, s b₁ and W₂ → W₂/s leave the function of a ReLU network unchanged, and so its learning
coefficient. Plain SGLD does not know that; with the preconditioner A = (s², s², s⁻², 1) for (W₁, b₁, W₂, b₂),
and the localisation in its metric, the chain is the same chain in other units. The networks are those of Lau
et al. (arXiv 2308.12108): 10-20-10, 20-30-20 and 30-40-30, with the hidden units 1, 2, 3, 4, 5 and 8 copied
from unit 0, n = 10 000 inputs uniform on [-10, 10], targets by the network itself; SGLD with lr 1e-5, 10 000
steps, batches of 500.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl
from swiftllc.experiments.experiment import Check, Report, Row, Task, markdown
from swiftllc.experiments.protocols.initial import Weights, truncated_normal

SAMPLES = 10_000
SCALES = [10.0**k for k in range(-4, 5)]
#: Inputs and hidden units, and the published λ̂.
PUBLISHED = {(10, 20): 167.0, (20, 30): 537.0, (30, 40): 1110.0}
COPIES = (1, 2, 3, 4, 5, 8)
LR, BATCH, CHAINS = 1e-5, 500, 2
#: Whether the sampler is rescaled too, γ, and its metric.
WAYS = {
    "A, γ = 0": (True, 0.0, "preconditioner"),
    "A, γ = 1 in its metric": (True, 1.0, "preconditioner"),
    "A, γ = 1 isotropic": (True, 1.0, "isotropic"),
    "A = I, γ = 0": (False, 0.0, "preconditioner"),
}
RIGHT = tuple(WAYS)[:2]


def tasks(quick: bool) -> list[Task]:
    """Every network in every way at every scale."""
    return [
        Task(
            {
                "widths": list(widths),
                "way": way,
                "s": s,
                "lr": LR,
                "batch_size": BATCH,
                "num_chains": CHAINS,
                "steps": 2000 if quick else 10_000,
                "seed": 0,
            },
            cost=widths[0] * widths[1],
        )
        for widths in (tuple(PUBLISHED)[:1] if quick else PUBLISHED)
        for way in WAYS
        for s in (SCALES[::4] if quick else SCALES)
    ]


def network(width: int, hidden: int, seed: int) -> tuple[sl.Model, Weights, NDArray[np.float32]]:
    """The model, weights with copied hidden units, and inputs."""
    generator = np.random.default_rng(seed)
    layers = sl.Sequential(sl.Linear(width, hidden), sl.ReLU(), sl.Linear(hidden, width))
    model = sl.Model(layers, input_shape=(width,), loss="mse")
    weights = truncated_normal(model, generator)
    for unit in COPIES:
        weights["0.weight"][unit] = weights["0.weight"][0]
        weights["2.weight"][:, unit] = weights["2.weight"][:, 0]
    return model, weights, generator.uniform(-10, 10, size=(SAMPLES, width)).astype(np.float32)


def rescaled(weights: Weights, s: float) -> tuple[Weights, Weights]:
    """The same function in other weights, and the preconditioner that goes with them."""
    factors = {"0.weight": s, "0.bias": s, "2.weight": 1 / s, "2.bias": 1.0}
    moved = {name: (weights[name] * factor).astype(np.float32) for name, factor in factors.items()}
    preconditioner = {name: np.full(moved[name].shape, factor**2) for name, factor in factors.items()}
    return moved, preconditioner


def estimate(
    widths: Sequence[int],
    s: float,
    way: str,
    *,
    steps: int = 10_000,
    seed: int = 0,
    threads: int | None = None,
    localization: float | None = None,
    progress: Any = False,
) -> sl.LLCResult:
    """λ̂ of one network at one scale; two chains, the first fifth of the steps as burn-in."""
    width, hidden = widths
    model, weights, X = network(width, hidden, seed)
    y = model(weights, X)
    params, preconditioner = rescaled(weights, s)
    is_rescaled, usual_localization, metric = WAYS[way]
    sampler = sl.SGLD(
        lr=LR,
        localization=usual_localization if localization is None else localization,
        preconditioner=preconditioner if is_rescaled else None,
        localization_metric=metric if is_rescaled else "isotropic",
    )
    return sl.estimate_llc(
        model,
        params,
        (X, y),
        sampler=sampler,
        num_chains=CHAINS,
        num_burnin_steps=steps // 5,
        num_draws=steps * 4 // 25,
        num_steps_bw_draws=5,
        batch_size=BATCH,
        seed=seed,
        threads=threads,
        progress=progress,
    )


def measure(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """λ̂, or that the chain diverged."""
    try:
        result = estimate(
            settings["widths"],
            settings["s"],
            settings["way"],
            steps=settings["steps"],
            seed=settings["seed"],
            threads=threads,
            progress=lambda done, total: report(done / total),
        )
    except sl.DivergedError:
        return {"llc": None}
    return {
        "llc": result.llc,
        "stderr": result.stderr,
        "acceptance": result.diagnostics.acceptance,
        "warnings": list(result.warnings),
    }


def line(rows: Sequence[Row], widths: Sequence[int], way: str) -> dict[float, Mapping[str, Any]]:
    """The results of a network in one way, by scale."""
    return {
        row.settings["s"]: row.results
        for row in rows
        if (row.settings["widths"], row.settings["way"]) == (list(widths), way)
    }


def deviation(results: Mapping[float, Mapping[str, Any]]) -> float:
    """The largest share by which λ̂ differs from that at s = 1; infinite if a chain diverged."""
    plain = results[1.0]["llc"]
    found = [result["llc"] for result in results.values()]
    return math.inf if None in found else max(abs(llc / plain - 1) for llc in found)


def table(rows: Sequence[Row]) -> str:
    """A line for each network and way."""
    scales = sorted({row.settings["s"] for row in rows})
    written = []
    for widths, published in PUBLISHED.items():
        for way in WAYS:
            results = line(rows, widths, way)
            if results:
                cells = [
                    "diverged" if r["llc"] is None else f"{r['llc']:.1f}" for _, r in sorted(results.items())
                ]
                error = f"{results[1.0]['stderr']:.1f}"
                written.append([f"{widths[0]}-{widths[1]}-{widths[0]}", way, *cells, error, f"{published:g}"])
    return markdown(["network", "", *(f"s = {s:g}" for s in scales), "±", "published"], written)


def figure(rows: Sequence[Row], path: Path) -> None:
    """λ̂ against the scale."""
    from swiftllc.experiments.plotting import panels

    networks = [widths for widths in PUBLISHED if line(rows, widths, RIGHT[0])]
    with panels(path, len(networks)) as axes:
        for panel, widths in zip(axes, networks, strict=True):
            for way, marker in zip(WAYS, "os^x", strict=True):
                results = {
                    s: r["llc"] for s, r in sorted(line(rows, widths, way).items()) if r["llc"] is not None
                }
                panel.plot(list(results), list(results.values()), marker + "-", markersize=4, label=way)
            panel.axhline(PUBLISHED[widths], color="0.6", linewidth=1)
            panel.set(xscale="log", yscale="log", xlabel="s", title=f"{widths[0]}-{widths[1]}-{widths[0]}")
        axes[0].set_ylabel("λ̂")
        axes[0].legend(fontsize=8)


def checks(rows: Sequence[Row], quick: bool) -> list[Check]:
    """Flat where the sampler is rescaled, and only there; near the published λ̂."""
    found = []
    for widths, published in PUBLISHED.items():
        lines = {way: line(rows, widths, way) for way in WAYS}
        if not lines[RIGHT[0]]:
            continue
        name = f"{widths[0]}-{widths[1]}-{widths[0]}"
        for way, results in lines.items():
            bounds = {"most": 1e-3} if way in RIGHT else {"least": 0.2}
            found.append(
                Check(f"{name}, {way}: largest deviation over the scales", deviation(results), **bounds)
            )
        if not quick:
            share = lines[RIGHT[0]][1.0]["llc"] / published
            found.append(Check(f"{name}: λ̂ over the published", share, least=0.95, most=1.05))
    return found
