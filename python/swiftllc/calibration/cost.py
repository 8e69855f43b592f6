"""What runs cost, in sample gradients."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from swiftllc._problem import Problem
from swiftllc.external import External

#: Moves of each chain that are scored; each costs two gradients.
CHECKS = 50

#: That are recorded of each chain, about.
DRAWS = 5000

# As the runs have it: batches that the loss and the gradient at w* are measured on, and how many samples are
# gone through there in any case.
_CENTRE_BATCHES = 16
_FEW_SAMPLES = 65_536


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
        """Of a run of so many steps of every chain, with the loss and the gradient at w*."""
        measured = min(self.n, _CENTRE_BATCHES * self.size)
        moves = chains * (steps + 2 * CHECKS) * self.size
        return measured + moves + self._cost_of_baselines(steps, chains, measured)

    def _cost_of_baselines(self, steps: float, chains: int, measured: int) -> float:
        """Of the losses at w*: of all samples once, or of those that draws look at where there are more."""
        if self.is_external:
            between = self.steps_between_draws
            drawn = chains * steps * self.size / between if between > 1 else 0
            return drawn + (self.n if self.n <= max(_FEW_SAMPLES, drawn) else measured)
        drawn = chains * min(steps, DRAWS) * self.size
        return min(self.n, max(_FEW_SAMPLES, drawn)) / 3

    def steps(self, budget: float, chains: int) -> int:
        """Of every chain, for so much."""
        none, too_many = -1, math.ceil(max(budget, 0) / (chains * self.size)) + 1
        while too_many - none > 1:
            steps = (none + too_many) // 2
            none, too_many = (steps, too_many) if self.cost(steps, chains) <= budget else (none, steps)
        return none
