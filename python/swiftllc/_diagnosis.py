"""The diagnostics of a run: its numbers by their public names, and why one is NaN."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from swiftllc import _abi
from swiftllc._traces import Traces
from swiftllc.diagnostics import Diagnostics

# What compares chains. With one chain there is nothing to compare.
_COMPARISONS = {
    "llc_std": "The spread between chains",
    "rank_rhat": "Rank-normalised R-hat",
    "split_rhat": "Split R-hat",
}
# What is measured of moves.
_CHECKED = {
    "acceptance": "No move was checked, or this sampler's moves are no Metropolis proposals.",
    "drift_norm": "No move was checked.",
    "noise_norm": "No move was checked.",
    "temperature": "No move was checked, or this sampler has no momenta.",
    "gradient_noise": "No move was checked.",
    "stiffness": "No move was checked, or this sampler has momenta or decisions.",
}
# The fewest draws of a chain that each number takes.
_FEWEST = dict.fromkeys(
    ("stderr", "rank_rhat", "split_rhat", "ess", "bulk_ess", "tail_ess", "autocorrelation_time"), 4
) | dict.fromkeys(("tail_rise", "tail_rise_stderr"), 20)


def diagnosis(
    estimate: _abi.Estimate,
    progress: _abi.Progress,
    traces: Traces,
    losses: NDArray[np.float64],
    baselines: NDArray[np.float64],
) -> Diagnostics:
    """The diagnostics of a run.

    Args:
        estimate: The one from losses and baselines.
        progress: Of the run when it had ended.
        traces: What the chains wrote.
        losses: Of the draws that the estimate is made of, (chain, draw).
        baselines: What is subtracted from them.
    """
    numbers = {
        "acceptance": _mean(traces.acceptance),
        "rank_rhat": estimate.rank_rhat,
        "split_rhat": estimate.split_rhat,
        "ess": estimate.effective_sample_size,
        "mcse": estimate.monte_carlo_error,
        "bulk_ess": estimate.bulk_ess,
        "tail_ess": estimate.tail_ess,
        "autocorrelation_time": estimate.autocorrelation_time,
        "loss": progress.init_loss,
        "gradient_norm": progress.gradient_norm,
        "below_baseline": estimate.below_baseline,
        "tail_rise": estimate.tail_rise,
        "tail_rise_stderr": estimate.tail_rise_stderr,
        "drift_norm": _mean(traces.drift_norms),
        "noise_norm": _mean(traces.noise_norms),
        "temperature": _mean(traces.temperatures),
        "gradient_noise": _mean(traces.gradient_noise),
        "stiffness": _mean(traces.stiffness),
        "distance": _mean(traces.distances),
    }
    of_result = {"llc": estimate.llc, "stderr": estimate.standard_error, "llc_std": estimate.llc_std}
    missing = [name for name, number in (of_result | numbers).items() if math.isnan(number)]
    with np.errstate(over="ignore", invalid="ignore"):  # of a run that is diverging
        differences = losses - baselines
    reasons = {name: _reason(name, differences) for name in missing}
    return Diagnostics(
        **numbers,
        loss_samples=progress.init_loss_samples,
        acceptance_per_chain=traces.acceptance,
        reasons=reasons,
    )


def _mean(values: NDArray[np.float64]) -> float:
    """Of what there is; NaN of nothing."""
    seen = values[np.isfinite(values)]
    return float(seen.mean()) if seen.size else math.nan


def _reason(name: str, differences: NDArray[np.float64]) -> str:
    """Why that number is NaN, from what it takes."""
    chains, draws = differences.shape
    if name in _CHECKED:
        return _CHECKED[name]
    if name in ("loss", "gradient_norm"):
        return "The run ended before it was measured, or the loss at params is not finite."
    if draws == 0:
        return "No chain has reached its first draw."
    if not np.isfinite(differences).all():
        return "The loss of a draw is not finite."
    if chains == 1 and name in _COMPARISONS:
        return f"{_COMPARISONS[name]} compares chains, and there is one."
    if draws < _FEWEST.get(name, 1):
        return f"It takes {_FEWEST[name]} draws of each chain, and there are {draws}."
    if (differences == differences[0, 0]).all():
        return "All draws are equal."
    return "The differences are so large or so small that their squares are not finite, or 0."
