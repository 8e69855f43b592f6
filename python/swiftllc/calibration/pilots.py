"""Short runs that a calibration learns from."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from swiftllc._errors import DivergedError, InterruptedRun
from swiftllc._estimation import estimate
from swiftllc._problem import Problem
from swiftllc.calibration.cost import Batches
from swiftllc.calibration.move import Move
from swiftllc.result import LLCResult

_ATTEMPTS = 10
# Of the rejected moves that a pilot can tell from none: the step grows threefold at most.
_LEAST_SHARE = 4e-4


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
            "num_chains": 1,
            "num_draws": draws,
            "num_steps_bw_draws": batches.steps_between_draws,
            "num_burnin_steps": steps - draws * batches.steps_between_draws,
        }

    def largest_step(
        self, move: Move, rejected: tuple[float, float], allowance: float
    ) -> tuple[Move, LLCResult]:
        """With the largest step of which a share between these two is rejected, about; and the last run.

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
            share = max(1 - float(seen.diagnostics.acceptance), _LEAST_SHARE)
            wanted = min(max(share, rejected[0]), rejected[1])
            # What is rejected grows with the cube of the step. Only far above is that worth another look.
            move = replace(move, lr=move.lr * max((wanted / share) ** (1 / 3), 0.25))
            if is_last or not share > 4 * wanted:
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
