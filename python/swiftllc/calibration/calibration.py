"""What a calibration found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from swiftllc._errors import DivergedError
from swiftllc.samplers import UnderdampedLangevin


@dataclass(frozen=True, eq=False, repr=False)
class Calibration:
    """Settings for an estimate, and what they were chosen by.

    ``sl.estimate_llc(model, params, data, sampler=calibration.sampler, **calibration.options)`` makes it.

    Attributes:
        sampler: How the chains move.
        options: The others of ``estimate_llc``.
        curvature: The largest eigenvalue of the Hessian of the mean loss at w*, or at a point nearby where
            that is flatter.
        relaxation: The steps in which |w - w*|² settles, in directions that the localization alone holds (if
            it is 0, one such as would have been chosen).
        acceptance: Of the last pilot, by which the step was chosen; its own step may have been another.
        noise_bias: What the noise of the gradients adds to λ̂, as a share: a guess by the pilot, to choose the
            friction by. The run measures it (``LLCResult.noise_bias``).
        budget: The sample gradients that there are.
        sample_gradients: Those that the calibration took.
        reasons: One sentence for each choice.
    """

    sampler: UnderdampedLangevin
    options: dict[str, Any]
    curvature: float
    relaxation: float
    acceptance: float
    noise_bias: float
    budget: int
    sample_gradients: int
    reasons: list[str]

    @property
    def fixed_options(self) -> dict[str, Any]:
        """``options`` with burn-in and length fixed, so that draws of several estimates can be paired."""
        steps = self.options["num_draws"] * self.options["num_steps_bw_draws"]
        fixed = {name: value for name, value in self.options.items() if name not in _ADAPTIVE}
        draws = self.options["num_draws"] - self.options["num_draws"] // 4
        return {**fixed, "num_draws": draws, "num_burnin_steps": steps // 4}

    def after(self, error: DivergedError) -> Calibration:
        """With half the step and half the friction, since a chain diverged."""
        lr, friction = self.sampler.lr / 2, self.sampler.friction / 2
        sampler = replace(self.sampler, lr=lr, friction=friction)
        reason = (
            f"lr {lr:.4g} and friction {friction:.4g} after all: chain {error.chain} had diverged at step "
            f"{error.step}."
        )
        return replace(self, sampler=sampler, reasons=[*self.reasons, reason])

    def __repr__(self) -> str:
        """One line."""
        return f"Calibration({self.sampler!r}, {self.sample_gradients} of {self.budget} sample gradients)"

    def __str__(self) -> str:
        """What was chosen, and why."""
        return "\n".join([f"{type(self.sampler).__name__}:", *(f"  {reason}" for reason in self.reasons)])


_ADAPTIVE = ("num_burnin_steps", "stop_at_relative_error", "num_draws_before_stop")
