"""λ̂ while a network that has learnt modular addition by heart comes to understand it.

f(a, b) = W₂ (W₁ [a, b])² with squares for a nonlinearity (Gromov, arXiv 2301.02679) is trained by Adam with
weight decay on a share of all sums modulo p: first it knows the sums that it was shown, and much later,
rather suddenly, the others (grokking: Power et al., arXiv 2201.02177). λ̂ is taken at every checkpoint with
the same settings, batches (all samples) and noise.

Weight decay μ is a part of what is trained: ∇L = -μ w where training settles, so that w* is no minimum of L.
Therefore the chains have it too, as a prior: exp(-nβ (L + μ |w|²/2) - γ |w - w*|²/2), with γ = 10 nβ μ. Where
nβ is large λ̂ = nβ (E[L] - L(w*)) counts each direction by ℓ/(ℓ + 11 μ)/2, with ℓ its curvature: half the
number of parameters that the data hold against that pull. To this comes that the loss slopes at w*, by -μ w,
and the mean of the draws is not w* where the surface bends. Products of the Hessian with random vectors
give all of that without a chain (``laplace``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from swiftllc.experiments.experiment import Check, Report, Row, Task, markdown
from swiftllc.experiments.protocols.grokking.laplace import Expansion
from swiftllc.experiments.protocols.grokking.modular_addition import accuracy, network, split
from swiftllc.experiments.protocols.grokking.students import by_heart, estimated, expanded, trained

#: Full and quick: the network and its training.
LARGE = {"modulus": 53, "hidden": 256, "share": 0.3, "std": 0.1, "lr": 2e-3, "decay": 2e-4}
SMALL = {"modulus": 23, "hidden": 96, "share": 0.5, "std": 0.2, "lr": 2e-3, "decay": 3e-4}
STEPS, EVERY = 4000, 250
#: γ over nβ μ, whether the prior is there, and step and friction: so many 1/√h and √(γ + nβ μ).
ESTIMATE = {
    "nbeta": 1e6,
    "pull": 10.0,
    "prior": True,
    "curvature": 1.3,
    "step": 0.4,
    "friction": 2.0,
    "chains": 2,
    "steps": 1000,
    "seed": 0,
}
#: What else is tried, where the network knows its sums by heart and at the end; 0 is n / log n.
OTHERS = [{"nbeta": 1e5}, {"nbeta": 1e7}, {"pull": 1.0}, {"prior": False}, {"nbeta": 0.0}]
PROBES = 12


def tasks(quick: bool) -> list[Task]:
    """A student for each seed."""
    steps = {*range(0, STEPS + 1, EVERY), 100, 150, 200}
    return [
        Task(
            {
                "seed": seed,
                **(SMALL if quick else LARGE),
                "checkpoints": sorted(steps),
                "estimate": ESTIMATE,
                "others": [] if quick else OTHERS,
                "probes": PROBES,
            }
        )
        for seed in range(2 if quick else 5)
    ]


def measure(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """Trains a student; accuracies, losses and λ̂ at all checkpoints, and more at two of them."""
    known, others = split(settings["modulus"], settings["share"], settings["seed"])
    model = network(settings["modulus"], settings["hidden"])
    data = model.dataset(*known)
    checkpoints = trained(model, data, settings, lambda share: report(0.15 * share))
    history = [
        {
            "step": step,
            "train_loss": model.loss(params, data),
            "train_accuracy": accuracy(model, params, known),
            "test_loss": model.loss(params, others),
            "test_accuracy": accuracy(model, params, others),
            "slope": float(
                np.linalg.norm(model.gradient(params, data).flat + settings["decay"] * params.flat)
            ),
        }
        for step, params in zip(settings["checkpoints"], checkpoints, strict=True)
    ]
    trajectory = estimated(
        model, checkpoints, data, settings, {}, threads, lambda done, total: report(0.15 + 0.5 * done / total)
    )
    for checkpoint, result in zip(history, trajectory.results, strict=True):
        checkpoint |= {
            "llc": result.llc,
            "stderr": result.stderr,
            "acceptance": result.diagnostics.acceptance,
            "rank_rhat": result.diagnostics.rank_rhat,
        }
    first = by_heart(history)
    if first is None:
        return {"history": history}
    ends = [checkpoints[first], checkpoints[-1]]
    fall, fall_stderr = trajectory.difference(len(history) - 1, first)
    tried = []
    for count, other in enumerate(settings["others"]):
        pair = estimated(model, ends, data, settings, other, threads, False)
        tried.append({**other, "llc": pair.llc.tolist(), "stderr": pair.stderr.tolist()})
        report(0.65 + 0.25 * (count + 1) / len(settings["others"]))
    return {
        "history": history,
        "by_heart": first,
        "fall": fall,
        "fall_stderr": fall_stderr,
        "others": tried,
        "expansions": [expanded(params, known, settings)._asdict() for params in ends],
    }


def reached(row: Row, name: str, least: float) -> float:
    """The step at which an accuracy is first so high; NaN if it never is."""
    steps = [checkpoint["step"] for checkpoint in row.results["history"] if checkpoint[name] >= least]
    return float(steps[0]) if steps else math.nan


def delay(row: Row) -> float:
    """How many times as long it takes to know the sums of the test, 99 % of them, as those of training."""
    return reached(row, "test_accuracy", 0.99) / reached(row, "train_accuracy", 1.0)


def ends(row: Row) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """The checkpoint that knows its sums by heart, and the last, if that knows the others."""
    history = row.results["history"]
    if "by_heart" not in row.results or history[-1]["test_accuracy"] < 0.99:
        return None
    return history[row.results["by_heart"]], history[-1]


def expansions(row: Row) -> list[Expansion]:
    """What λ̂ should be at the two ends."""
    return [Expansion(**terms) for terms in row.results["expansions"]]


def table(rows: Sequence[Row]) -> str:
    """A line for each student; what λ̂ consists of; then other settings."""
    lines = []
    for row in rows:
        pair = ends(row)
        cells = ["–"] * 4
        if pair is not None:
            cells = [
                *(f"{end['llc']:.0f} ± {end['stderr']:.0f}" for end in pair),
                f"{row.results['fall']:.0f} ± {row.results['fall_stderr']:.0f}",
                f"{pair[0]['train_loss']:.4f}, {pair[1]['train_loss']:.4f}",
            ]
        lines.append(
            [
                str(row.settings["seed"]),
                f"{reached(row, 'train_accuracy', 1.0):g}",
                f"{reached(row, 'test_accuracy', 0.99):g}",
                "–" if pair is None else str(pair[0]["step"]),
                *cells,
            ]
        )
    header = ["seed", "training 100 %", "test 99 %", "by heart", "λ̂ then", "λ̂ in the end", "fall", "losses"]
    parts = [markdown(header, lines), "λ̂ without a chain, term by term:", terms(rows)]
    if any(row.results.get("others") for row in rows):
        parts += ["With other settings, the means of all students:", others(rows)]
    return "\n\n".join(parts)


def terms(rows: Sequence[Row]) -> str:
    """The expansions beside λ̂."""
    lines = [
        [
            str(row.settings["seed"]),
            name,
            f"{end['llc']:.0f} ± {end['stderr']:.0f}",
            f"{exact.llc:.0f} ± {exact.stderr:.0f}",
            *(f"{term:.0f}" for term in (exact.curvature, exact.bend, exact.slope)),
        ]
        for row in rows
        if (pair := ends(row)) is not None
        for name, end, exact in zip(("by heart", "end"), pair, expansions(row), strict=True)
    ]
    return markdown(["seed", "at", "λ̂", "without a chain", "curvature", "bend", "slope"], lines)


def others(rows: Sequence[Row]) -> str:
    """λ̂ by heart and in the end, whatever was tried."""
    lines = []
    for number, other in enumerate(rows[0].settings["others"]):
        found = np.array([row.results["others"][number]["llc"] for row in rows if "others" in row.results])
        before, after = found.mean(axis=0)
        name = ", ".join(f"{key} {value}" for key, value in other.items())
        name = {"nbeta 0.0": "nβ = n / log n", "prior False": "no prior, γ = 11 nβ μ"}.get(name, name)
        lines.append([name, f"{before:.0f}", f"{after:.0f}", f"{after / before:.2f}"])
    return markdown(["changed", "by heart", "in the end", "ratio"], lines)


def figure(rows: Sequence[Row], path: Path) -> None:
    """λ̂, accuracies and losses along the training of up to three students."""
    from swiftllc.experiments.plotting import panels

    shown = rows[:3]
    with panels(path, 3 * len(shown), columns=len(shown)) as axes:
        for column, row in enumerate(shown):
            history = row.results["history"]
            steps = [checkpoint["step"] for checkpoint in history]
            above, middle, below = axes[column :: len(shown)]
            llc = np.array([checkpoint["llc"] for checkpoint in history])
            above.plot(steps, llc, ".-")
            above.set(title=f"seed {row.settings['seed']}", ylabel="λ̂", ylim=(0, 1.1 * llc.max()))
            for name in ("train", "test"):
                middle.plot(steps, [checkpoint[f"{name}_accuracy"] for checkpoint in history], label=name)
                below.plot(steps, [checkpoint[f"{name}_loss"] for checkpoint in history], label=name)
            middle.set(ylabel="accuracy")
            below.set(xlabel="training step", ylabel="loss", yscale="log")
        axes[len(shown)].legend()


def checks(rows: Sequence[Row], quick: bool) -> list[Check]:
    """That it groks, that λ̂ falls, and that it is what the Hessian says."""
    complete = [row for row in rows if ends(row) is not None]
    falls = [row.results["fall"] / row.results["fall_stderr"] for row in complete]
    errors = [
        abs(end["llc"] - exact.llc) / math.hypot(end["stderr"], exact.stderr)
        for row in complete
        for end, exact in zip(ends(row) or (), expansions(row), strict=True)
    ]
    return [
        Check("share of students that know by heart and then understand", len(complete) / len(rows), least=1),
        Check("least delay of the test", float(np.min([delay(row) for row in rows])), least=5),
        Check("least fall of λ̂ in standard errors", min(falls, default=math.nan), least=5),
        Check("λ̂ furthest from the expansion in standard errors", max(errors, default=math.nan), most=4),
    ]
