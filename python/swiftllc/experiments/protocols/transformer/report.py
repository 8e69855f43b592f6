"""What is told of transformers: tables, figures and checks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from swiftllc.experiments.experiment import Check, Row, markdown
from swiftllc.experiments.protocols.transformer.samplers import (
    JUDGED,
    at_no_step,
    exact,
    exact_values,
    judged_runs,
    step_bias,
)
from swiftllc.experiments.protocols.transformer.training import curve, history, stage_ends

#: How far two numbers may be apart, in standard errors of their difference.
SIGMAS = 4.0
#: Above it chains have not mixed (as ``estimate_llc`` warns); with fewer independent draws a standard error
#: is no more than a guess.
RHAT, DRAWS = 1.05, 100
#: What is reached without looking at other positions.
WITHOUT = {"decoder": "by the one before", "encoder": "characters by frequency", "regressor": "always 0"}


def kind(row: Row) -> str:
    """Which network it is."""
    return str(row.settings["network"]["kind"])


def table(trainings: Sequence[Row], minima: Sequence[Row]) -> str:
    """The stages and the checkpoints of every training; the minima, and every sampler there."""
    parts = [
        (
            ["network", "parameters", "nβ", "λ̂ turns at step", "loss at the end", "losses to compare with"],
            _stages,
        ),
        (
            ["network", "step", "loss", "gradient", "λ̂", "noise", "below w*", "acceptance", "R-hat", "ESS"],
            _checkpoints,
        ),
        (["minimum", "seed", "parameters", "loss", "gradient", "nβ", "exact", JUDGED, "apart"], _minimum),
        (
            [
                "minimum",
                "seed",
                "sampler",
                "lr",
                "λ̂",
                "step",
                "noise",
                "acceptance",
                "R-hat",
                "ESS",
                "gradients",
            ],
            _samplers,
        ),
    ]
    rows = [trainings, trainings, minima, minima]
    return "\n\n".join(
        markdown(header, [line for row in of for line in lines(row)])
        for (header, lines), of in zip(parts, rows, strict=True)
        if of
    )


def _stages(row: Row) -> list[list[str]]:
    return [
        [
            kind(row),
            str(row.results["parameters"]),
            f"{row.results['nbeta']:.0f}",
            ", ".join(f"{step:.0f}" for step in stage_ends(row)) or "–",
            f"{history(row, 'loss')[-1]:.3f}",
            "; ".join(f"{name} {loss:.3f}" for name, loss in row.results["levels"].items()),
        ]
    ]


def _checkpoints(row: Row) -> list[list[str]]:
    """Every other one, to the last."""
    found = row.results["checkpoints"]
    return [
        [
            kind(row),
            str(seen["step"]),
            f"{seen['loss']:.3f}",
            f"{seen['gradient_norm']:.2f}",
            f"{seen['llc']:.1f} ± {seen['stderr']:.1f}",
            f"{seen['noise_bias']:.1f}",
            f"{seen['below_baseline']:.0%}",
            f"{seen['acceptance']:.2f}",
            f"{seen['rank_rhat']:.2f}",
            f"{seen['ess']:.0f}",
        ]
        for seen in found[(len(found) - 1) % 2 :: 2]
    ]


def _minimum(row: Row) -> list[list[str]]:
    """What it is, and how far SGLD is from what is exact."""
    found, truth, line = row.results, exact(row), at_no_step(row)
    return [
        [
            kind(row),
            str(row.settings["seed"]),
            str(found["parameters"]),
            f"{found['loss']:.3f}",
            f"{found['gradient_norm']:.4f}",
            f"{found['nbeta']:.0f}",
            f"{truth.value:.2f} ± {truth.error:.2f}",
            f"{line.value:.2f} ± {line.error:.2f}",
            f"{line.distance(truth):+.1f} σ",
        ]
    ]


def _samplers(row: Row) -> list[list[str]]:
    """A line for each run; what step and noise add is that of a quadratic."""
    return [
        [
            kind(row),
            str(row.settings["seed"]),
            run["sampler"],
            f"{run['lr']:.2g}",
            f"{run['llc']:.2f} ± {run['stderr']:.2f}",
            f"{step_bias(row, run['lr']):.1f}" if run["sampler"] == JUDGED else "0",
            f"{run['noise_bias']:.1f}" if run["sampler"] == JUDGED else "0",
            f"{run['acceptance']:.2f}",
            f"{run['rank_rhat']:.3f}",
            f"{run['ess']:.0f}",
            f"{run['sample_gradients'] / 1e6:.2f}e6",
        ]
        for run in row.results["runs"]
    ]


def figure(trainings: Sequence[Row], minima: Sequence[Row], path: Path) -> None:
    """λ̂ and the loss along each training with its stages; λ̂ against the step at each minimum."""
    from swiftllc.experiments.plotting import panels

    kinds = list(dict.fromkeys(map(kind, minima)))
    with panels(path, len(trainings) + len(kinds)) as axes:
        for panel, row in zip(axes, trainings, strict=False):
            steps, smooth, errors = history(row, "step"), curve(row), 2 * history(row, "stderr")
            panel.errorbar(steps, history(row, "llc"), errors, fmt="o", markersize=3, color="C0")
            panel.plot(np.exp(smooth.x), smooth.y, color="C0", linewidth=1)
            for step in stage_ends(row):
                panel.axvline(step, color="0.5", linestyle="--", linewidth=1)
            panel.set(xscale="log", xlabel="training step", title=kind(row))
            panel.set_ylabel("λ̂ ± 2 errors", color="C0")
            loss = panel.twinx()
            loss.plot(steps, history(row, "loss"), color="C1")
            for level in row.results["levels"].values():
                loss.axhline(level, color="C1", linestyle=":", linewidth=0.8)
            loss.set_ylabel("loss", color="C1")
        for panel, name in zip(axes[len(trainings) :], kinds, strict=False):
            for row in minima:
                if kind(row) == name:
                    drawn = _draw_minimum(panel, row)
            panel.set(xlabel=f"lr of {JUDGED}", ylabel="λ̂", title=f"a minimum of a small {name}")
            panel.legend(drawn, ["exact ± 2 errors", JUDGED, "its line at 0"], fontsize=8)


def _draw_minimum(panel: Any, row: Row) -> list[Any]:
    """What is exact as a band, and SGLD of each step and none."""
    truth, line, found = exact(row), at_no_step(row), judged_runs(row)
    ends = truth.value - 2 * truth.error, truth.value + 2 * truth.error
    steps, llcs, errors = (np.array([run[name] for run in found]) for name in ("lr", "llc", "stderr"))
    return [
        panel.axhspan(*ends, color="0.5", alpha=0.2),
        panel.errorbar(steps, llcs, 2 * errors, fmt="o", markersize=4, color="C0"),
        panel.errorbar([0.0], [line.value], [2 * line.error], fmt="s", markersize=4, color="C3"),
    ]


def checks_of_training(row: Row) -> list[Check]:
    """A loss that takes attention; and λ̂ of what was learnt is positive."""
    name, without = f"training of the {kind(row)}", WITHOUT[kind(row)]
    share = history(row, "loss")[-1] / row.results["levels"][without]
    llc = history(row, "llc")[-1] / history(row, "stderr")[-1]
    return [
        Check(f"{name}: loss at the end, where that of '{without}' is 1", float(share), most=1.0),
        Check(f"{name}: λ̂ at the end, in standard errors", float(llc), least=SIGMAS),
    ]


def checks_of_minimum(row: Row) -> list[Check]:
    """The exact samplers among each other, SGLD against them, and whether all have mixed."""
    name, runs = f"minimum of the {kind(row)}, seed {row.settings['seed']}", row.results["runs"]
    apart = [abs(a.distance(b)) for a, b in combinations(exact_values(row), 2)]
    return [
        Check(f"{name}: exact samplers apart, in standard errors", float(np.max(apart)), most=SIGMAS),
        Check(
            f"{name}: {JUDGED} at step 0 from them, in standard errors",
            abs(at_no_step(row).distance(exact(row))),
            most=SIGMAS,
        ),
        Check(f"{name}: largest rank R-hat", float(np.max([run["rank_rhat"] for run in runs])), most=RHAT),
        Check(f"{name}: fewest independent draws", float(np.min([run["ess"] for run in runs])), least=DRAWS),
    ]
