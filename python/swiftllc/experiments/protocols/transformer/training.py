"""λ̂ along the training of a transformer, and the stages that it tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl
from swiftllc.experiments.experiment import Report, Row
from swiftllc.experiments.protocols.transformer.cases import case
from swiftllc.experiments.protocols.transformer.stages import Smooth, boundaries, smoothed

#: Of the smoothing, in log steps; and how many standard errors a turn of λ̂ takes to be a boundary.
BANDWIDTH, SIGNIFICANCE = 0.4, 4.0


def log_spaced(first: int, last: int, count: int) -> list[int]:
    """Steps whose logarithms are evenly spaced, about so many."""
    return sorted({round(step) for step in np.geomspace(first, last, count)})


def measure(settings: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Trains by Adam; the loss and λ̂ at every checkpoint.

    Each checkpoint is trained from the start, by the same batches: ``sl.train`` does not hand over Adam's
    moments, and to go on from the one before would begin them anew.
    """
    subject = case(settings)
    training, estimate = settings["training"], dict(settings["estimate"])
    steps = training["checkpoints"]
    checkpoints = []
    for number, step in enumerate(steps):
        report(0.5 * sum(steps[:number]) / sum(steps))
        checkpoints.append(
            sl.train(
                subject.model,
                subject.start,
                subject.training,
                optimizer=sl.Adam(training["lr"]),
                batch_size=training["batch_size"],
                steps=step,
                seed=training["seed"],
                progress=False,
            )
        )
    trajectory = sl.estimate_llc_trajectory(
        subject.model,
        checkpoints,
        subject.measured,
        labels=steps,
        sampler=sl.SGLD(estimate.pop("lr"), localization=estimate.pop("localization")),
        threads=1,
        with_replacement=True,
        correct_noise_bias=True,
        progress=lambda done, total: report(0.5 + 0.5 * done / total),
        **estimate,
    )
    return {
        "parameters": subject.model.parameter_count,
        "nbeta": trajectory.results[0].nbeta,
        "levels": subject.levels,
        "checkpoints": [
            {
                "step": step,
                "loss": result.diagnostics.loss,
                "llc": result.llc,
                "stderr": result.stderr,
                "noise_bias": result.noise_bias,
                "gradient_norm": result.diagnostics.gradient_norm,
                "below_baseline": result.diagnostics.below_baseline,
                "acceptance": result.diagnostics.acceptance,
                "rank_rhat": result.diagnostics.rank_rhat,
                "ess": result.diagnostics.ess,
                "distance": result.diagnostics.distance,
            }
            for step, result in zip(steps, trajectory.results, strict=True)
        ],
    }


def history(row: Row, name: str) -> NDArray[np.float64]:
    """A number at every checkpoint."""
    return np.array([checkpoint[name] for checkpoint in row.results["checkpoints"]], dtype=float)


def curve(row: Row) -> Smooth:
    """λ̂ against the logarithm of the step, smoothed."""
    return smoothed(np.log(history(row, "step")), history(row, "llc"), history(row, "stderr"), BANDWIDTH)


def stage_ends(row: Row) -> list[float]:
    """The steps at which λ̂ turns, where Hoogland et al. (arXiv 2402.02364) draw the boundaries of stages."""
    return [float(np.exp(place)) for place in boundaries(curve(row), SIGNIFICANCE)]
