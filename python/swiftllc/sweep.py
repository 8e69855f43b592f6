"""λ̂ over a grid of lr, localization and nbeta."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from swiftllc import _checks
from swiftllc._errors import ArgumentTypeError, InterruptedRun, InvalidArgumentError
from swiftllc._problem import Problem
from swiftllc._progress import Callback
from swiftllc._series import completed
from swiftllc._warnings import doubts
from swiftllc.calibration.search import calibrated, refuse_wishes
from swiftllc.estimate import estimate_llc
from swiftllc.grid import TOLERANCE, Sweep, SweepRow
from swiftllc.model import Model
from swiftllc.result import LLCResult
from swiftllc.samplers import HMC, MALA, Sampler

_ACCEPTANCE = 0.9


def sweep(
    model: Model,
    params: Any,
    data: Any,
    *,
    sampler: Sampler | None = None,
    lr: float | Sequence[float] | None = None,
    localization: float | Sequence[float] | None = None,
    nbeta: float | Sequence[float] | None = None,
    budget: int | None = None,
    seed: int | None = None,
    progress: bool | Callback = True,
    **options: Any,
) -> Sweep:
    """Estimates λ̂ on a grid of settings, to find those on which it hardly depends.

    Every point has the same batches and noise. A run that diverges is a row with NaN and the reason.

    Args:
        model: What is sampled.
        params: w*, as for ``estimate_llc``.
        data: (X, y) as for ``model.dataset``, or a ``Dataset``.
        sampler: What all points have in common, such as ``sl.SGLD(lr=1e-5)``. None: ``calibrate`` chooses it,
            and the options that are left out.
        lr: The step sizes, one or several. None: the sampler's.
        localization: One or several. None: the sampler's.
        nbeta: One or several. None: n / ln n.
        budget: Without a sampler: the sample gradients for each point, see ``calibrate``.
        seed: 0 ... 2⁶⁴ - 1. None: fresh entropy, the same for all points.
        progress: As for ``estimate_llc``, over all points.
        **options: The others of ``estimate_llc``.

    Raises:
        InvalidArgumentError: A value that cannot be, before anything is estimated.
        ArgumentTypeError: A value of the wrong kind.
        InterruptedRun: Ctrl-C; its ``result`` is the sweep with the rows that were completed.
    """
    if not isinstance(model, Model):
        raise ArgumentTypeError(f"model must be a swiftllc.Model; got {type(model).__name__}.")
    samples = model._dataset(data)
    options = {**options, "seed": _checks.seed(seed)}
    calibration = None
    if sampler is None:
        # The stiffest of the points needs the smallest step.
        calibration = calibrated(
            [Problem.of(model, params, samples)],
            options | {"nbeta": None if nbeta is None else _axis("nbeta", nbeta)[-1]},
            budget=budget,
            progress=progress,
            localization=None if localization is None else _axis("localization", localization)[-1],
        )
        sampler, options = calibration.sampler, calibration.fixed_options
        options.pop("nbeta", None)
    elif isinstance(sampler, Sampler):
        refuse_wishes(budget)
    else:
        raise ArgumentTypeError(
            f"sampler must be a sampler, such as sl.SGLD(lr=1e-5), or left out; got {sampler!r}. "
            "The sweep replaces its lr and localization."
        )
    lrs = _axis("lr", sampler.lr if lr is None else lr)
    pulls = _axis("localization", sampler.localization if localization is None else localization)
    if nbeta is None and samples.n > 1:
        nbeta = samples.n / math.log(samples.n)
    temperatures = _axis("nbeta", nbeta)
    points = list(itertools.product(lrs, pulls, temperatures))
    samplers = [dataclasses.replace(sampler, lr=step, localization=pull) for step, pull, _ in points]

    def estimate(moving: Sampler, inverse: float) -> Callable[[Callback], LLCResult]:
        return lambda report: estimate_llc(
            model, params, samples, sampler=moving, nbeta=inverse, progress=report, **options
        )

    series = completed(
        [estimate(moving, point[2]) for moving, point in zip(samplers, points, strict=True)],
        progress,
        "sweep",
    )
    rows = [_row(result, failed) for result, failed in zip(series.results, series.diverged, strict=True)]
    made = Sweep(rows, np.array(lrs), np.array(pulls), np.array(temperatures), calibration)
    if series.interrupted:
        raise InterruptedRun(
            f"Interrupted after {len(rows)} of {len(points)} estimates; the exception's .result is the sweep "
            "with those rows.",
            result=made,
        )
    return made


def _axis(name: str, values: Any) -> list[float]:
    """Ascending numbers without repetition; the samplers and ``estimate_llc`` check their ranges."""
    scalar = isinstance(values, (str, bytes)) or not hasattr(values, "__iter__")
    numbers = sorted(_checks.real(name, value) for value in ([values] if scalar else values))
    if not numbers:
        raise InvalidArgumentError(f"{name} is empty; it must hold at least one value.")
    if name == "nbeta":
        _checks.real(name, numbers[0], above=0)
    for number, following in itertools.pairwise(numbers):
        if number == following:
            raise InvalidArgumentError(f"{name} holds {number:g} twice.")
    return numbers


def _row(result: LLCResult, diverged: bool) -> SweepRow:
    seen = result.diagnostics
    return SweepRow(
        lr=result.sampler.lr,
        localization=result.sampler.localization,
        nbeta=result.nbeta,
        llc=result.llc,
        stderr=result.stderr,
        acceptance=seen.acceptance,
        rhat=seen.rank_rhat,
        ess=seen.ess,
        diverged=diverged,
        reason=result.warnings[0] if diverged else _distrust(result),
        result=result,
    )


def _distrust(result: LLCResult) -> str:
    for sentence in doubts(result):
        return sentence
    exact = isinstance(result.sampler, (MALA, HMC))
    if not exact and result.diagnostics.acceptance < _ACCEPTANCE:
        return f"The acceptance is {result.diagnostics.acceptance:.3f}, below {_ACCEPTANCE:g}."
    if not result.stderr < TOLERANCE * result.llc:
        return f"The standard error is not below {TOLERANCE:.0%} of λ̂. Raise num_draws."
    return ""
