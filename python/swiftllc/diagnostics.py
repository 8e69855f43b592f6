"""What was seen of a run's health, as numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BATCHES = 10


@dataclass(frozen=True, eq=False)
class Diagnostics:
    """The health of a run.

    Attributes:
        acceptance: Mean probability with which the moves that were checked would be accepted as Metropolis
            proposals; below 0.9 the step size biases λ̂. Of MALA and HMC that with which all moves were. NaN
            if none were checked, or of samplers whose moves are no proposals.
        acceptance_per_chain: The same of each chain, shape (chain,).
        split_rhat: Split R-hat of the trace (Gelman et al. 2013); about 1 when the chains agree. NaN where
            undefined, as for one chain.
        ess: Effective sample size of the trace, over all chains.
        loss: Mean loss at w* over all samples, measured also where ``init_loss`` is given.
        gradient_norm: Euclidean norm of the gradient of the mean loss at w*, over all samples or as many as
            64 steps would use.
        below_baseline: Share of the draws whose loss is below the loss at w*.
        tail_rise: How much the trace of λ̂ rises over the second half of the draws (see ``tail_rise``).
        tail_rise_stderr: The standard error of that.
        drift_norm: Size of what the gradient adds to a move, in the metric of the preconditioner; mean over
            the moves that were checked. Where it is not small against ``noise_norm``, the step is large.
        noise_norm: Root mean square size of what the noise adds.
        temperature: Mean square of the momenta over what it should be: above 1, noise of the gradients heats
            the chain, and λ̂ is too high. NaN of samplers without momenta.
        gradient_noise: tr A C, with C the covariance of ∇U over minibatches and A the preconditioner, from
            pairs of independent batches; 0 with full batches.
        distance: Mean |w - w*| over the draws.
    """

    acceptance: float
    acceptance_per_chain: NDArray[np.float64]
    split_rhat: float
    ess: float
    loss: float
    gradient_norm: float
    below_baseline: float
    tail_rise: float
    tail_rise_stderr: float
    drift_norm: float
    noise_norm: float
    temperature: float
    gradient_noise: float
    distance: float


def tail_rise(values: NDArray[np.float64]) -> tuple[float, float]:
    """The rise of a trace over the second half of its draws, and its standard error.

    The second half of each chain is cut into ten stretches, whose means are nearly independent if a stretch
    is longer than the trace's correlation time. One slope is fitted to the means of all chains by least
    squares, each chain with its own level; what is left over gives the standard error.

    Args:
        values: (chain, draw).

    Returns:
        Slope times length and its standard error, in units of ``values``; NaN below 20 draws.
    """
    length = values.shape[1] // 2 // _BATCHES
    if length == 0:
        return math.nan, math.nan
    with np.errstate(over="ignore", invalid="ignore"):  # of a run that is diverging
        return _slope(values[:, -length * _BATCHES :], length)


def _slope(values: NDArray[np.float64], length: int) -> tuple[float, float]:
    means = values.reshape(len(values), _BATCHES, length).mean(axis=2)
    means = means - means.mean(axis=1, keepdims=True)
    position = np.arange(_BATCHES) / _BATCHES
    position -= position.mean()
    weight = len(means) * (position @ position)
    rise = (means @ position).sum() / weight
    freedom = len(means) * (_BATCHES - 1) - 1
    variance = ((means - rise * position) ** 2).sum() / freedom
    return float(rise), math.sqrt(variance / weight)
