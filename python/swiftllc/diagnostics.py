"""What was seen of a run's health, as numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Diagnostics:
    """The health of a run. What a number cannot be computed from makes it NaN, and ``reasons`` says why.

    Apart from the acceptance and the two numbers at w*, they are those of the trace of λ̂ (``llc_per_draw``).
    Formulas and sources are in docs/math.md.

    Attributes:
        acceptance: Mean probability with which the moves that were checked would be accepted as Metropolis
            proposals; below 0.9 the step size biases λ̂. Of MALA and HMC that with which all moves were. NaN
            if none were checked, or of samplers whose moves are no proposals.
        acceptance_per_chain: The same of each chain, shape (chain,).
        rank_rhat: Rank-normalised split R-hat (Vehtari et al. 2021), the larger of bulk and tails; about 1
            when the chains agree. NaN where undefined, as for one chain.
        split_rhat: Split R-hat of the trace itself (Gelman et al. 2013).
        ess: Effective sample size for the mean, over all chains: how many independent draws would give
            the same ``mcse``.
        mcse: Monte Carlo standard error of λ̂ by ``ess``; ``stderr`` is larger where the trace oscillates.
        bulk_ess: Effective sample size of the rank-normalised trace.
        tail_ess: The smaller of the effective sample sizes for the 5 % and the 95 % quantile.
        autocorrelation_time: Draws for each effective draw, draws / ``ess``; 1 if they are independent.
        loss: Mean loss at w*, measured also where ``init_loss`` is given.
        loss_samples: Over how many samples: all, or those of 16 batches where there are more than 65 536, and
            more than the draws look at.
        gradient_norm: Euclidean norm of the gradient of the mean loss at w*, over all samples or as many as
            16 steps would use.
        below_baseline: Share of the draws whose loss is below the loss at w*.
        tail_rise: How much the trace rises over the second half of the draws: the slope that is fitted to
            it, each chain with its own level, times its length. NaN below 20 draws.
        tail_rise_stderr: The standard error of that.
        drift_norm: Size of what the gradient adds to a move, in the metric of the preconditioner; mean over
            the moves that were checked. Where it is not small against ``noise_norm``, the step is large.
        noise_norm: Root mean square size of what the noise adds.
        temperature: Mean square of the momenta over what it should be: above 1, noise of the gradients heats
            the chain, and λ̂ is too high. NaN of samplers without momenta.
        gradient_noise: tr A C, with C the covariance of ∇U over minibatches and A the preconditioner, from
            pairs of independent batches; 0 with full batches.
        stiffness: d·(∇U(w + d) - ∇U(w)) of the moves d that were checked, about lr tr A∇²U. A direction
            relaxes by half its part of it a step. NaN of samplers with momenta, and with decisions.
        distance: Mean |w - w*| over the draws.
        reasons: Why a number is NaN, one sentence by its name: of those above, and of ``llc``, ``stderr`` and
            ``llc_std``. Empty if none is.
    """

    acceptance: float
    acceptance_per_chain: NDArray[np.float64]
    rank_rhat: float
    split_rhat: float
    ess: float
    mcse: float
    bulk_ess: float
    tail_ess: float
    autocorrelation_time: float
    loss: float
    loss_samples: int
    gradient_norm: float
    below_baseline: float
    tail_rise: float
    tail_rise_stderr: float
    drift_norm: float
    noise_norm: float
    temperature: float
    gradient_noise: float
    stiffness: float
    distance: float
    reasons: dict[str, str] = field(default_factory=dict)
