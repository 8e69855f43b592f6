"""How a calibration finds its settings; docs/calibration.md has the measurements behind it."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from swiftllc import _checks
from swiftllc._errors import InvalidArgumentError
from swiftllc._estimation import checked
from swiftllc._heat import noise_bias
from swiftllc._problem import Problem
from swiftllc._run_options import AUTOMATIC
from swiftllc.calibration import reasons
from swiftllc.calibration.calibration import DAMPING, Calibration
from swiftllc.calibration.cost import DRAWS, Batches
from swiftllc.calibration.curvature import typical_curvature
from swiftllc.calibration.localization import Localization, usual_pull
from swiftllc.calibration.move import Move
from swiftllc.calibration.pilots import Pilots
from swiftllc.result import LLCResult
from swiftllc.samplers import UnderdampedLangevin

_BUDGET = 5_000_000  # sample gradients where none are given: 10 000 steps with batches of 500
# Samples of a batch, and up to how many are all taken for each step.
_BATCH, _ALL = 500, 2000
# With h = nbeta · curvature + localization: lr √h, without noise of gradients and with it.
_QUIET_STEP, _NOISY_STEP = 0.5, 0.12
# friction / lr against that noise, in units of √(localization h). Pilots have less, and so spread as far as
# longer chains do.
_RATE, _PILOT_RATE = 60.0, 6.0
# The share of a pilot's moves that is rejected: below the first the step grows, if the pilot had time to go
# where a longer chain goes; above the second it shrinks. A longer chain rejects more all the same.
_REJECTED = (0.01, 0.05)
# What the noise of the gradients may add to λ̂, as a share: below the first there is less friction, above the
# second more.
_HEAT = (0.01, 0.1)
# A pilot's share of the budget, its fewest and most steps, and those of a chain of the estimate.
_PILOT_SHARE, _PILOT_STEPS, _STEPS = 0.1, (150, 1000), (300, 100_000)
# Relaxation times: of each chain where there are several, and of a run to know what there is to know.
_RELAXATIONS_OF_CHAIN, _RELAXATIONS = 10, 5
_CHAINS = 4
_STOP = 0.02

# The options of ``estimate_llc`` that a calibration takes into account, and those of its pilots among them.
_TAKEN = (
    "batch_size", "gradient_accumulation", "mask", "microbatch", "nbeta", "num_chains", "seed",
    "stop_at_relative_error", "threads",
)  # fmt: skip
_COMMON = ("batch_size", "gradient_accumulation", "mask", "microbatch", "nbeta", "threads")


def calibrated(
    problems: Iterable[Problem],
    options: Mapping[str, Any],
    *,
    budget: Any,
    progress: Any,
    localization: Any = None,
) -> Calibration:
    """What ``calibrate`` returns for one problem; for several, that of the one with the largest curvature.

    Its step is small enough for the others too.

    Args:
        problems: Of the same model and data; two of them are in memory at a time.
        options: Options of ``estimate_llc``, of which None are none.
        budget: As for ``calibrate``.
        progress: Whether the choice is printed, and bars are shown, if it is True.
        localization: As for ``calibrate``.

    Raises:
        InvalidArgumentError: An option that is the calibration's to choose, or a value that cannot be.
        ArgumentTypeError: A value of the wrong kind.
    """
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if name not in _TAKEN:
            raise InvalidArgumentError(
                f"{name} must be left out where no sampler is given: it is chosen, to fit the budget. To "
                "choose it yourself, give the sampler and the options of sl.calibrate()."
            )
    searches = (_Search(problem, given, budget, localization, progress is True) for problem in problems)
    found = max(searches, key=lambda search: search.curvature).calibration()
    if progress is True and sys.stderr is not None:
        print(found, file=sys.stderr)
    return found


def refuse_wishes(budget: Any, localization: Any = None) -> None:
    """InvalidArgumentError where there is a wish for a calibration beside a sampler."""
    if budget is not None:
        raise InvalidArgumentError(
            "budget must be left out where a sampler is given: num_chains and num_draws say how long it runs."
        )
    if localization is not None:
        raise InvalidArgumentError(
            "localization must be left out where a sampler is given, which has its own: "
            "sl.SGLD(lr, localization=...)."
        )


class _Setting(NamedTuple):
    """How the chains move, on which batches, and the last pilot."""

    batches: Batches
    move: Move
    pilot: LLCResult
    noise_bias: float  # as a share of λ̂


class _Search:
    """What is known of a problem, and what is left of the budget."""

    def __init__(
        self, problem: Problem, given: Mapping[str, Any], budget: Any, localization: Any, progress: bool
    ) -> None:
        """Checks everything that is given, then measures the curvature."""
        n = problem.n
        self._problem = problem
        self._given = given
        self._progress = progress
        self._budget = _checks.integer("budget", _BUDGET if budget is None else budget, at_least=1)
        if localization is not None:
            localization = _checks.real("localization", localization, at_least=0)
        options = checked(problem, UnderdampedLangevin(lr=1.0, friction=1.0), given)
        self._chains = options.native.num_chains if "num_chains" in given else None
        self._options = {name: given[name] for name in _COMMON if name in given}
        self._options["seed"] = options.native.seed
        self._batches = Batches.of(problem, options.native.batch_size or (n if n <= _ALL else _BATCH))
        free = None if options.mask is None else options.mask != 0
        rows = np.random.default_rng([options.native.seed, 0]).choice(n, min(n, _BATCH), replace=False)
        usual, nbeta = usual_pull(problem.shapes, free, problem.tables), options.native.nbeta
        self.curvature, evaluations = typical_curvature(
            problem.gradient_on(rows), problem.centre, free, nbeta=nbeta, pull=usual, seed=options.native.seed
        )
        self._localization = Localization.chosen(usual, nbeta * self.curvature, localization)
        self._cost = float(evaluations * len(rows))

    def calibration(self) -> Calibration:
        """All that is chosen."""
        setting = self._setting(self._batches)
        if setting.noise_bias > _HEAT[1] and "batch_size" not in self._given:
            setting = self._quieter(setting)
        move, batches = setting.move, setting.batches
        relaxation = self._relaxation(move)
        affordable = batches.steps(self._budget - self._cost, 1)
        chains = self._chains or min(max(int(affordable / relaxation / _RELAXATIONS_OF_CHAIN), 1), _CHAINS)
        affordable = batches.steps(self._budget - self._cost, chains)
        steps = min(affordable, _STEPS[1])
        return Calibration(
            sampler=move.sampler,
            options={**self._common(batches), **self._schedule(batches, chains, steps, relaxation)},
            curvature=self.curvature,
            relaxation=relaxation,
            acceptance=float(setting.pilot.diagnostics.acceptance),
            noise_bias=setting.noise_bias,
            budget=self._budget,
            sample_gradients=math.ceil(self._cost),
            reasons=[
                reasons.localization(self._localization),
                reasons.batch(batches),
                reasons.step(move, setting.pilot),
                reasons.friction(move, relaxation),
                reasons.length(
                    chains,
                    steps,
                    times=steps / relaxation,
                    budget=self._budget,
                    spent=math.ceil(self._cost),
                    is_longest=steps < affordable,
                    is_held=self._localization.pull > 0,
                ),
            ],
        )

    def _common(self, batches: Batches) -> dict[str, Any]:
        """The options of pilots and of the estimate."""
        return {"batch_size": batches.size, **self._options, **batches.options}

    def _least(self, batches: Batches) -> float:
        """What must be left for the shortest of pilots, twice, and of estimates."""
        return 2 * batches.cost(_PILOT_STEPS[0], 1) + batches.cost(_STEPS[0], self._chains or 1)

    def _setting(self, batches: Batches) -> _Setting:
        """The step by pilots, and the friction by the noise that the last of them saw."""
        left = self._budget - self._cost
        if left < self._least(batches):
            raise InvalidArgumentError(
                f"budget is {self._budget} sample gradients; with n = {batches.n} and batches of "
                f"{batches.size} (fewer chains or a smaller batch_size take less) it must be at least "
                f"{math.ceil(self._cost + self._least(batches))}."
            )
        allowance = left - batches.cost(_STEPS[0], self._chains or 1)
        steps = min(_PILOT_SHARE * self._budget / batches.size, batches.steps(allowance / 2, 1))
        steps = round(min(max(steps, _PILOT_STEPS[0]), _PILOT_STEPS[1]))
        pilots = Pilots(self._problem, self._common(batches), batches, steps, progress=self._progress)
        first = self._first_move(batches)
        quick = first if batches.is_full else replace(first, rate=_PILOT_RATE / _RATE * first.rate)
        has_time = steps >= _RELAXATIONS * self._relaxation(quick)
        rejected = (_REJECTED[0] if has_time else 0.0, _REJECTED[1])
        pilot, seen = pilots.largest_step(quick, rejected, allowance / 2)
        self._cost += pilots.cost

        damping = self._damping(pilot.lr)
        move = replace(first, lr=pilot.lr, rate=max(first.rate, damping))
        share = _heat(move, seen)
        if share > _HEAT[1]:  # more friction, as far as there is time to relax
            steps = batches.steps(self._budget - self._cost, self._chains or 1)
            most = 2 * self._localization.scale * steps / _RELAXATIONS
            move = replace(move, rate=max(move.rate, min(most, move.rate * share / _HEAT[1])))
        elif 0 < share < _HEAT[0]:
            move = replace(move, rate=max(damping, move.rate * max(share / _HEAT[0], _PILOT_RATE / _RATE)))
        return _Setting(batches, move, seen, _heat(move, seen))

    def _first_move(self, batches: Batches) -> Move:
        pull, scale = self._localization.pull, self._localization.scale
        stiffness = self._localization.stiffness + scale
        lr = (_QUIET_STEP if batches.is_full else _NOISY_STEP) / math.sqrt(stiffness)
        rate = self._damping(lr) if batches.is_full else _RATE * math.sqrt(scale * stiffness)
        return Move(lr, rate, pull)

    def _damping(self, lr: float) -> float:
        return DAMPING * math.sqrt(self._localization.scale) / lr

    def _relaxation(self, move: Move) -> float:
        """The steps in which |w - w*|² settles in a direction that the pull alone holds."""
        return move.rate / (2 * self._localization.scale)

    def _quieter(self, noisy: _Setting) -> _Setting:
        """With all samples for each step, where that leaves more relaxation times."""
        batches = Batches.of(self._problem, self._problem.n)
        left = self._budget - self._cost
        if left < self._least(batches):
            return noisy
        pilot = batches.cost(_PILOT_STEPS[0], 1)
        times = batches.steps(left - pilot, 1) / self._relaxation(self._first_move(batches))
        if times < noisy.batches.steps(left, 1) / self._relaxation(noisy.move):
            return noisy
        return self._setting(batches)

    def _schedule(self, batches: Batches, chains: int, steps: int, relaxation: float) -> dict[str, Any]:
        between = max(batches.steps_between_draws, math.ceil(steps / DRAWS))
        draws = steps // between
        schedule = {
            "num_chains": chains,
            "num_draws": draws,
            "num_steps_bw_draws": between,
            "num_burnin_steps": AUTOMATIC,
        }
        if batches.is_external:  # whose chains run one after another
            return schedule
        return {
            **schedule,
            "stop_at_relative_error": self._given.get("stop_at_relative_error", _STOP),
            "num_draws_before_stop": min(math.ceil(_RELAXATIONS * relaxation / between), draws),
        }


def _heat(move: Move, seen: LLCResult) -> float:
    """What the noise that a pilot saw adds to λ̂ in a chain that moves so, as a share of the pilot's λ̂.

    0 if that is negative; of a pilot that was nearly all heat, the λ̂ that is left is no more than a guess.
    """
    llc = max(seen.llc, 0.1 * (seen.llc + seen.noise_bias))
    return noise_bias(replace(seen, sampler=move.sampler)) / llc if llc > 0 else 0.0
