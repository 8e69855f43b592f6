"""Several estimates in a row, under one progress bar: one that diverges does not lose the others."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

from swiftllc._errors import DivergedError
from swiftllc._progress import Callback, Reporter
from swiftllc.result import LLCResult


@dataclasses.dataclass(frozen=True)
class Series:
    """What came of it.

    Attributes:
        results: One for each estimate that was completed. That of one that diverged has NaN for ``llc``,
            ``stderr`` and ``llc_std``, its traces up to there, and one warning, which says where.
        diverged: Whether it did, for each of them.
        interrupted: Whether Ctrl-C ended the series; the estimate that was under way is not among them.
    """

    results: list[LLCResult]
    diverged: list[bool]
    interrupted: bool


def completed(
    estimates: Sequence[Callable[[Callback], LLCResult]], progress: bool | Callback, title: str
) -> Series:
    """Makes the estimates in turn.

    Args:
        estimates: Each takes the ``progress`` to report to. All are taken to have as many steps.
        progress: As for ``estimate_llc``, over all of them.
        title: What stands before the bar.
    """
    results: list[LLCResult] = []
    diverged: list[bool] = []
    steps = 0

    with Reporter(progress, title) as reporter:

        def report(done: int, total: int) -> None:
            nonlocal steps
            steps = total
            reporter(len(results) * total + done, len(estimates) * total)

        try:
            for estimate in estimates:
                try:
                    result, failed = estimate(report), False
                except DivergedError as error:
                    assert isinstance(error.result, LLCResult)
                    result, failed = _without_estimate(error.result, str(error)), True
                results.append(result)
                diverged.append(failed)
            reporter(len(estimates) * steps, len(estimates) * steps)  # also if the last one diverged
        except KeyboardInterrupt:
            return Series(results[: len(diverged)], diverged, interrupted=True)
    return Series(results, diverged, interrupted=False)


def _without_estimate(result: LLCResult, reason: str) -> LLCResult:
    return dataclasses.replace(result, llc=math.nan, stderr=math.nan, llc_std=math.nan, warnings=[reason])
