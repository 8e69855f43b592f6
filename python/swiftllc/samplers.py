"""Samplers: how a chain moves.

All of them sample p(w) ∝ exp(-U(w)), with

    U(w) = nbeta L(w) + (localization/2) |w - w*|² + (weight_decay/2) |w|²,

L the mean loss and w* the parameters that are given (Lau et al., arXiv 2308.12108). z ~ N(0, I), and A is the
preconditioner, 1 by default. ``docs/math.md`` has the laws that each of them is held to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from swiftllc import _abi, _checks
from swiftllc._errors import InvalidArgumentError
from swiftllc._sampler import Native, Preconditioned, Sampler, decay, nonnegative, positive

__all__ = [
    "HMC",
    "MALA",
    "SAMPLERS",
    "SGHMC",
    "SGLD",
    "SGNHT",
    "AdamSGLD",
    "RMSPropSGLD",
    "Sampler",
    "UnderdampedLangevin",
]

_MOMENTS = {"corrected": _abi.SLLC_MOMENTS_CORRECTED, "uncorrected": _abi.SLLC_MOMENTS_UNCORRECTED}


@dataclass(frozen=True, eq=False)
class SGLD(Preconditioned):
    """Stochastic gradient Langevin dynamics (Welling & Teh 2011), localised and tempered.

        w ← w - (lr/2) A ∇U(w) + √(lr A) noise_level z

    It is stable while lr · A · (nbeta ∂²L + localization) < 4 in every direction, and biased upwards well
    before: watch the acceptance in the result's diagnostics.

    Args:
        lr: The step size ε, > 0.
        noise_level: Factor of the noise, ≥ 0. Only 1 samples the posterior; 0 is plain descent.
        localization, weight_decay, bounding_box, lr_schedule: See ``Sampler``.
        preconditioner: Diagonal A > 0: a flat vector, a dict of arrays by name, or ``Parameters``. None: 1.
        localization_metric: "isotropic", or "preconditioner" for (localization/2) (w - w*)ᵀ A⁻¹ (w - w*),
            which rescaling symmetries leave alone.
    """

    noise_level: float = nonnegative(1.0)
    _kind = _abi.SLLC_SGLD


@dataclass(frozen=True, eq=False)
class RMSPropSGLD(Sampler):
    """SGLD with the preconditioner of RMSProp (Li et al. 2016).

        v ← second_moment_decay v + (1 - second_moment_decay) ∇L²,   A = 1 / (√v̂ + epsilon)
        w ← w - (lr/2) A ∇U(w) + √(lr A) noise_level z

    Args:
        lr: The step size ε, > 0, before the preconditioner.
        noise_level: Factor of the noise, ≥ 0.
        second_moment_decay: In [0, 1).
        epsilon: > 0; bounds A by 1/epsilon.
        moments: "corrected" (Hitchcock & Hoogland, arXiv 2507.21449): v begins at 1, and
            v̂ = v / (1 - decayᵗ); "uncorrected" (devinterp 1.3.2): v begins at 0, and v̂ = v.
        freeze_after_burnin: Whether A stays what it is when the burn-in ends. An A that goes on adapting
            changes the law, since the drift that would correct it is left out.
        localization, weight_decay, bounding_box, lr_schedule: See ``Sampler``.
    """

    noise_level: float = nonnegative(1.0)
    second_moment_decay: float = decay(0.99)
    epsilon: float = positive(0.1)
    moments: str = field(default="corrected", kw_only=True)
    freeze_after_burnin: bool = field(default=True, kw_only=True)
    _kind = _abi.SLLC_RMSPROP_SGLD

    def __post_init__(self) -> None:
        """Checks every value."""
        super().__post_init__()
        _checks.choice("moments", self.moments, _MOMENTS)
        _checks.boolean("freeze_after_burnin", self.freeze_after_burnin)

    def _options(self, shapes: dict[str, tuple[int, ...]], dtype: np.dtype[Any]) -> Native:
        native = super()._options(shapes, dtype)
        native.options.moments = _MOMENTS[self.moments]
        return native


@dataclass(frozen=True, eq=False)
class AdamSGLD(Sampler):
    """SGLD with the moments of Adam: the preconditioner of RMSProp, and a running mean of ∇L in the drift.

        m ← first_moment_decay m + (1 - first_moment_decay) ∇L,      m̂ = m / (1 - first_moment_decayᵗ)
        v ← second_moment_decay v + (1 - second_moment_decay) ∇L²,   A = 1 / (√v̂ + epsilon)
        w ← w - (lr/2) A (nbeta m̂ + localization (w - w*) + weight_decay w) + √(lr A) noise_level z

    Args:
        lr: The step size ε, > 0, before the preconditioner.
        noise_level: Factor of the noise, ≥ 0.
        first_moment_decay: In [0, 1).
        second_moment_decay: In [0, 1).
        epsilon: > 0; bounds A by 1/epsilon.
        freeze_after_burnin: Whether A stays what it is when the burn-in ends.
        localization, weight_decay, bounding_box, lr_schedule: See ``Sampler``.
    """

    noise_level: float = nonnegative(1.0)
    first_moment_decay: float = decay(0.9)
    second_moment_decay: float = decay(0.999)
    epsilon: float = positive(1e-8)
    freeze_after_burnin: bool = field(default=True, kw_only=True)
    _kind = _abi.SLLC_ADAM_SGLD

    def __post_init__(self) -> None:
        """Checks every value."""
        super().__post_init__()
        _checks.boolean("freeze_after_burnin", self.freeze_after_burnin)


@dataclass(frozen=True, eq=False)
class SGHMC(Sampler):
    """Stochastic gradient Hamiltonian Monte Carlo (Chen, Fox & Guestrin 2014, eq. 15).

        v ← (1 - friction) v - lr ∇U(w) + √(2 (friction - noise_estimate) lr) noise_level z
        w ← w + v

    Args:
        lr: The step size η, > 0.
        friction: α, > 0.
        noise_estimate: β̂, the part of the friction whose noise the gradients are thought to bring, in
            0 ... friction.
        noise_level: Factor of the noise, ≥ 0.
        localization, weight_decay, bounding_box, lr_schedule: See ``Sampler``.
    """

    friction: float = positive(0.1)
    noise_estimate: float = nonnegative(0.0)
    noise_level: float = nonnegative(1.0)
    _kind = _abi.SLLC_SGHMC

    def __post_init__(self) -> None:
        """Checks every value."""
        super().__post_init__()
        if self.noise_estimate > self.friction:
            raise InvalidArgumentError(
                f"noise_estimate is {self.noise_estimate:g}; it must not exceed friction, {self.friction:g}."
            )


@dataclass(frozen=True, eq=False)
class SGNHT(Sampler):
    """The stochastic gradient Nosé-Hoover thermostat (Ding et al. 2014).

        p ← (1 - ξ) p - lr ∇U(w) + √(2 friction lr) noise_level z,   w ← w + p,   ξ ← ξ + |p|²/d - lr

    ξ begins at ``friction``, and rises while the momenta are hotter than they should be: so noise of the
    gradients whose size nobody knows does not heat the chain. It settles at ξ ≈ friction + lr C/2, with C the
    variance of ∇U in a direction, and λ̂ is then too low by about ξ/2 of itself: keep it below 0.1. With a
    handful of parameters ξ swings widely, and may run away.

    Args:
        lr: The step size η, > 0.
        friction: A, > 0.
        noise_level: Factor of the noise, ≥ 0.
        localization, weight_decay, bounding_box, lr_schedule: See ``Sampler``.
    """

    friction: float = positive(0.1)
    noise_level: float = nonnegative(1.0)
    _kind = _abi.SLLC_SGNHT


@dataclass(frozen=True, eq=False)
class UnderdampedLangevin(Preconditioned):
    """Underdamped Langevin dynamics, by the BAOAB splitting (Leimkuhler & Matthews 2013).

        p ← p - lr √A ∇U(w);   w ← w + (lr/2) √A p;
        p ← e^(-friction lr) p + √(1 - e^(-2 friction lr)) noise_level z;   w ← w + (lr/2) √A p

    On a quadratic the step has no bias. Flat directions relax in a time friction/localization, which is a
    number of steps like √h rather than h, with h the largest curvature of U: so it reaches what SGLD, with
    the same gradients, does not. The noise of minibatch gradients heats it, by lr/(2 friction) times their
    variance.

    Args:
        lr: The step Δt in time, > 0; stable below 2/√h.
        friction: c > 0, in units of 1/time.
        noise_level: Factor of the noise, ≥ 0.
        localization, weight_decay, bounding_box, lr_schedule: See ``Sampler``.
        preconditioner: Diagonal A > 0, the inverse mass: a flat vector, a dict by name, or ``Parameters``.
        localization_metric: "isotropic" or "preconditioner", as for ``SGLD``.
    """

    friction: float = positive()
    noise_level: float = nonnegative(1.0)
    _kind = _abi.SLLC_UNDERDAMPED_LANGEVIN


@dataclass(frozen=True, eq=False)
class MALA(Preconditioned):
    """The Metropolis-adjusted Langevin algorithm (Roberts & Tweedie 1996) on the full data.

    SGLD's move, with the gradient over all samples, accepted or rejected so that the law is the posterior
    exactly: the reference for the others where the model is small.

    Args:
        lr: The step size ε, > 0; best where about 0.57 of the moves are accepted.
        localization, weight_decay, bounding_box, lr_schedule: See ``Sampler``.
        preconditioner: Diagonal A > 0: a flat vector, a dict by name, or ``Parameters``.
        localization_metric: "isotropic" or "preconditioner", as for ``SGLD``.
    """

    _kind = _abi.SLLC_MALA


@dataclass(frozen=True, eq=False)
class HMC(Preconditioned):
    """Hamiltonian Monte Carlo (Duane et al. 1987; Neal 2011) on the full data.

    A step is a trajectory of ``leapfrog_steps`` gradients over all samples, from fresh momenta, accepted or
    rejected so that the law is the posterior exactly.

    Args:
        lr: The leapfrog's step Δt in time, > 0; best where about 0.65 ... 0.9 of the moves are accepted.
        leapfrog_steps: ≥ 1.
        localization, weight_decay, bounding_box, lr_schedule: See ``Sampler``.
        preconditioner: Diagonal A > 0, the inverse mass: a flat vector, a dict by name, or ``Parameters``.
        localization_metric: "isotropic" or "preconditioner", as for ``SGLD``.
    """

    leapfrog_steps: int = field(default=10, kw_only=True)
    _kind = _abi.SLLC_HMC

    def __post_init__(self) -> None:
        """Checks every value."""
        super().__post_init__()
        steps = _checks.integer("leapfrog_steps", self.leapfrog_steps, at_least=1)
        object.__setattr__(self, "leapfrog_steps", steps)


#: Every sampler there is.
SAMPLERS: tuple[type[Sampler], ...] = (
    SGLD,
    RMSPropSGLD,
    AdamSGLD,
    SGHMC,
    SGNHT,
    UnderdampedLangevin,
    MALA,
    HMC,
)
