"""What runs cost, in sample gradients."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from swiftllc._problem import Problem
from swiftllc.external import External

#: Moves of each chain that are scored; each costs two gradients.
CHECKS = 50

_CENTRE_BATCHES = 64  # of the gradient at the centre


class Batches(NamedTuple):
    """What a step is made from, and what that costs in sample gradients, of which a loss is a third.

    Attributes:
        n: The number of samples.
        size: Of a batch.
        is_external: Whether a baseline may cost as much as a gradient, and one is taken for every draw.
    """

    n: int
    size: int
    is_external: bool

    @classmethod
    def of(cls, problem: Problem, size: int) -> Batches:
        """Of so many samples of a problem."""
        return cls(problem.n, size, isinstance(problem.model, External))

    @property
    def is_full(self) -> bool:
        """Whether a step takes all samples."""
        return self.size == self.n

    @property
    def steps_between_draws(self) -> int:
        """At least so many."""
        return 10 if self.is_external and not self.is_full else 1

    @property
    def options(self) -> dict[str, Any]:
        """With independent batches the noise of the gradients heats by as much as the formula says."""
        noisy = {"with_replacement": True, "correct_noise_bias": True, "draw_batches": "steps"}
        return {"num_acceptance_checks": CHECKS, **({} if self.is_full else noisy)}

    def cost(self, steps: float, chains: int) -> float:
        """Of a run of so many steps of every chain, with the baseline and the gradient at w*."""
        baseline = self.n if self.is_external else self.n / 3
        gradient = min(self.n, _CENTRE_BATCHES * self.size)
        return baseline + gradient + chains * (steps * self._cost_of_step + 2 * CHECKS * self.size)

    def steps(self, budget: float, chains: int) -> int:
        """Of every chain, for so much."""
        return math.floor((budget - self.cost(0, chains)) / (chains * self._cost_of_step))

    @property
    def _cost_of_step(self) -> float:
        between = self.steps_between_draws
        return self.size * (1 + 1 / between if between > 1 else 1)
