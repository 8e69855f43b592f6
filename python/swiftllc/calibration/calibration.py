"""What a calibration found."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from swiftllc._errors import DivergedError
from swiftllc.samplers import UnderdampedLangevin

#: The least friction / √localization: twice what just damps the flat directions.
DAMPING = 4.0

# The share of rejected moves that a step which was too large is made smaller for.
_REJECTED = 0.03


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
        repeats: How often the step has been made smaller since, and the estimate begun again.
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
    repeats: int = 0

    @property
    def fixed_options(self) -> dict[str, Any]:
        """``options`` with burn-in and length fixed, so that draws of several estimates can be paired."""
        steps = self.options["num_draws"] * self.options["num_steps_bw_draws"]
        fixed = {name: value for name, value in self.options.items() if name not in _ADAPTIVE}
        draws = self.options["num_draws"] - self.options["num_draws"] // 4
        return {**fixed, "num_draws": draws, "num_burnin_steps": steps // 4}

    def after_divergence(self, error: DivergedError) -> Calibration:
        """With half the step, since a chain diverged."""
        return self._slower(0.5, f"chain {error.chain} had diverged at step {error.step}")

    def after_rejections(self, acceptance: float) -> Calibration:
        """With a step of which so few moves are rejected, about, as a calibration wants.

        What is rejected grows with the cube of the step.
        """
        factor = (_REJECTED / (1 - acceptance)) ** (1 / 3)
        return self._slower(
            min(max(factor, 0.25), 0.7), f"where the chains went {acceptance:.3f} of the moves were accepted"
        )

    def _slower(self, factor: float, why: str) -> Calibration:
        """With a smaller step. With it goes the friction, down to where flat directions are just damped.

        While friction / lr remains, flat directions relax in as many steps, and noise heats as much. With
        less friction than that stiff directions would heat where chains go to where they are stiffer.
        """
        lr, friction = factor * self.sampler.lr, factor * self.sampler.friction
        friction = max(friction, min(self.sampler.friction, DAMPING * math.sqrt(self.sampler.localization)))
        longer = friction / self.sampler.friction / factor
        before_stop = self.options.get("num_draws_before_stop")
        options = dict(self.options)
        if before_stop is not None:
            options["num_draws_before_stop"] = min(math.ceil(longer * before_stop), options["num_draws"])
        return replace(
            self,
            sampler=replace(self.sampler, lr=lr, friction=friction),
            options=options,
            relaxation=longer * self.relaxation,
            reasons=[*self.reasons, f"lr {lr:.4g} and friction {friction:.4g} after all: {why}."],
            repeats=self.repeats + 1,
        )

    def __repr__(self) -> str:
        """One line."""
        return f"Calibration({self.sampler!r}, {self.sample_gradients} of {self.budget} sample gradients)"

    def __str__(self) -> str:
        """What was chosen, and why."""
        return "\n".join([f"{type(self.sampler).__name__}:", *(f"  {reason}" for reason in self.reasons)])


_ADAPTIVE = ("num_burnin_steps", "stop_at_relative_error", "num_draws_before_stop")
