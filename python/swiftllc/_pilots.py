"""Short runs that a calibration learns from, and what runs cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from swiftllc._errors import DivergedError, InterruptedRun
from swiftllc._estimation import estimate
from swiftllc._problem import Problem
from swiftllc.external import External
from swiftllc.result import LLCResult
from swiftllc.samplers import UnderdampedLangevin

#: Moves of each chain that are scored; each costs two gradients.
CHECKS = 50

_CENTRE_BATCHES = 64  # of the gradient at the centre
_ATTEMPTS = 10


@dataclass(frozen=True)
class Move:
    """How a chain moves.

    Attributes:
        lr: The step.
        rate: friction / lr. It alone decides how fast flat directions relax, and how much the noise of the
            gradients heats, whatever lr is.
        localization: The pull.
    """

    lr: float
    rate: float
    localization: float

    @property
    def sampler(self) -> UnderdampedLangevin:
        """It as a sampler."""
        return UnderdampedLangevin(lr=self.lr, friction=self.rate * self.lr, localization=self.localization)


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


class Pilots:
    """Runs of one chain each.

    Attributes:
        cost: Sample gradients so far.
    """

    def __init__(
        self, problem: Problem, options: Mapping[str, Any], batches: Batches, steps: int, *, progress: bool
    ) -> None:
        """Prepares runs of so many steps."""
        self.cost = 0.0
        self._problem = problem
        self._progress = progress
        self._batches = batches
        self._cost_of_run = batches.cost(steps, 1)
        # What counts is seen where the chain has spread.
        draws = max(steps // (3 * batches.steps_between_draws), 2)
        self._options = {
            **options,
            **batches.options,
            "num_chains": 1,
            "num_draws": draws,
            "num_steps_bw_draws": batches.steps_between_draws,
            "num_burnin_steps": steps - draws * batches.steps_between_draws,
        }

    def largest_step(self, move: Move, rejected: float, allowance: float) -> tuple[Move, LLCResult]:
        """With the largest step, up to its own, of which about that share is rejected; and the last run.

        There is room for two runs at least; the allowance of sample gradients says for how many more.

        Raises:
            DivergedError: The last of them diverged, or one at w* itself.
        """
        for attempt in range(_ATTEMPTS):
            is_late = attempt > 0 and self.cost + 2 * self._cost_of_run > allowance
            is_last = attempt == _ATTEMPTS - 1 or is_late
            try:
                seen = self._run(move)
            except DivergedError as error:
                if is_last or not error.step:
                    raise
                self.cost += self._batches.cost(error.step + 1, 1)
                move = replace(move, lr=move.lr / 2)
                continue
            self.cost += self._cost_of_run
            share = 1 - float(seen.diagnostics.acceptance)
            if share > rejected:  # which grows with the cube of the step
                move = replace(move, lr=move.lr * max((rejected / share) ** (1 / 3), 0.25))
            if is_last or not share > 4 * rejected:
                break
        return move, seen

    def _run(self, move: Move) -> LLCResult:
        """One; what ends it early does not take it for the estimate that was asked for."""
        try:
            return estimate(self._problem, move.sampler, self._options, None, self._progress, "calibrate")
        except InterruptedRun:
            raise InterruptedRun(
                "Interrupted during the calibration, before there was an estimate.", result=None
            ) from None
        except DivergedError:
            raise
        except Exception as error:
            if isinstance(getattr(error, "result", None), LLCResult):
                with suppress(AttributeError):
                    error.result = None  # type: ignore[attr-defined]
            raise
