"""λ̂ along a trajectory: several checkpoints of one model, with the same batches and noise for all."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from swiftllc import _checks
from swiftllc._errors import ArgumentTypeError, InterruptedRun, InvalidArgumentError
from swiftllc._problem import Problem
from swiftllc._progress import Callback
from swiftllc._run_options import AUTOMATIC
from swiftllc._series import completed
from swiftllc._table import table
from swiftllc._traces import estimated
from swiftllc.calibration.calibration import Calibration
from swiftllc.calibration.search import calibrated, refuse_wishes
from swiftllc.estimate import estimate_llc
from swiftllc.model import Model
from swiftllc.result import LLCResult
from swiftllc.samplers import Sampler

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Differences(NamedTuple):
    """λ̂ of each checkpoint less that of the one before, and the standard errors, each (checkpoint - 1,)."""

    llc: NDArray[np.float64]
    stderr: NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory:
    """λ̂ of several checkpoints.

    Attributes:
        labels: Of the checkpoints, as they were given; else 0, 1, 2, ...
        results: The estimate at each of them. Of one that diverged, NaN.
        seed: Of the batches and the noise, which all of them share.
        calibration: What was chosen for all of them and why, where no sampler was given.
        warnings: Those of all results, each with its checkpoint's label before it.
    """

    labels: list[Any]
    results: list[LLCResult]
    seed: int
    calibration: Calibration | None = None
    warnings: list[str] = field(init=False)

    def __post_init__(self) -> None:
        """Collects the warnings."""
        collected = [
            f"{label}: {sentence}"
            for label, result in zip(self.labels, self.results, strict=True)
            for sentence in result.warnings
        ]
        object.__setattr__(self, "warnings", collected)

    @property
    def llc(self) -> NDArray[np.float64]:
        """λ̂ of each, (checkpoint,)."""
        return np.array([result.llc for result in self.results])

    @property
    def stderr(self) -> NDArray[np.float64]:
        """The standard error of each λ̂ by itself, (checkpoint,). Of differences see ``differences``."""
        return np.array([result.stderr for result in self.results])

    @property
    def differences(self) -> Differences:
        """Consecutive differences of λ̂, with standard errors of their own (see ``difference``)."""
        pairs = [self.difference(i, i + 1) for i in range(len(self.results) - 1)]
        values = np.array(pairs).reshape(-1, 2)
        return Differences(values[:, 0], values[:, 1])

    def difference(self, first: int, second: int) -> tuple[float, float]:
        """λ̂ of checkpoint number ``second`` less that of ``first``, and the standard error of that.

        The same noise moved both, so the error is that of the mean of the paired differences, draw by draw,
        from their own effective sample size: never the root of the sum of two squares, which is larger where
        the chains move alike. NaN where one of them diverged.
        """
        a, b = self.results[first], self.results[second]
        if math.isnan(a.llc) or math.isnan(b.llc):
            return math.nan, math.nan
        _, estimate = estimated(b.llc_per_draw, a.llc_per_draw, 1.0)
        return b.llc - a.llc, estimate.standard_error

    def __len__(self) -> int:
        """The number of checkpoints."""
        return len(self.results)

    def __repr__(self) -> str:
        """One line."""
        found = f", {len(self.warnings)} warnings" if self.warnings else ""
        return f"Trajectory({len(self)} checkpoints, seed = {self.seed}{found})"

    def __str__(self) -> str:
        """A table, and the warnings."""
        change = self.differences
        rows = [
            (
                str(label),
                f"{result.llc:.5g}",
                f"{result.stderr:.2g}",
                f"{change.llc[i - 1]:+.3g}" if i else "",
                f"{change.stderr[i - 1]:.2g}" if i else "",
                f"{result.diagnostics.acceptance:.3f}",
                f"{result.diagnostics.loss:.4g}",
            )
            for i, (label, result) in enumerate(zip(self.labels, self.results, strict=True))
        ]
        header = ("checkpoint", "λ̂", "±", "change", "±", "acceptance", "loss")
        return "\n".join([table(header, rows), *(f"warning: {sentence}" for sentence in self.warnings)])

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Draws λ̂ of the checkpoints with their standard errors; needs matplotlib.

        Args:
            path: Where to save the figure, in the format of its suffix. None: only return it.

        Raises:
            ImportError: matplotlib is not installed.
        """
        from swiftllc._plot_series import trajectory_figure

        return trajectory_figure(self, path)


def estimate_llc_trajectory(
    model: Model,
    params_list: Iterable[Any],
    data: Any,
    *,
    labels: Sequence[Any] | None = None,
    sampler: Sampler | None = None,
    budget: int | None = None,
    localization: float | None = None,
    seed: int | None = None,
    progress: bool | Callback = True,
    **options: Any,
) -> Trajectory:
    """Estimates λ̂ at several checkpoints, all with the same settings, batches and noise.

    So λ̂ of one can be told from that of the next with less error than either has
    (``Trajectory.differences``). The estimate at a checkpoint is the one that ``estimate_llc`` gives with
    the same seed and sampler. One that diverges is NaN, with a warning, and the others go on.

    Args:
        model: What is sampled.
        params_list: The checkpoints, each anything that ``model.parameters`` takes; at least one.
        data: (X, y) as for ``model.dataset``, or a ``Dataset``; checked and handed over once.
        labels: One for each checkpoint, such as the numbers of training steps. None: 0, 1, 2, ...
        sampler: How the chains move, the same for all. None: ``calibrate`` chooses it, and the options that
            are left out, at the checkpoint with the largest curvature.
        budget: Without a sampler: the sample gradients for each checkpoint, see ``calibrate``.
        localization: Without a sampler: ≥ 0, that of all checkpoints. None: chosen.
        seed: 0 ... 2⁶⁴ - 1. None: fresh entropy, one for all, recorded in the trajectory.
        progress: As for ``estimate_llc``, over all checkpoints.
        **options: Those of ``estimate_llc``, but ``init_loss``, ``stop_at_relative_error`` and an automatic
            burn-in, which differ from one checkpoint to the next.

    Raises:
        InvalidArgumentError: A value that cannot be; of checkpoints, before any of them is estimated.
        ArgumentTypeError: A value of the wrong kind.
        InterruptedRun: Ctrl-C; its ``result`` is the trajectory of the checkpoints that were completed.
    """
    if not isinstance(model, Model):
        raise ArgumentTypeError(f"model must be a swiftllc.Model; got {type(model).__name__}.")
    if options.get("init_loss") is not None:
        raise InvalidArgumentError(
            "init_loss is one number, but every checkpoint has a loss of its own. Leave it out."
        )
    if options.get("num_burnin_steps") == AUTOMATIC or options.get("stop_at_relative_error") is not None:
        raise InvalidArgumentError(
            "num_burnin_steps='auto' and stop_at_relative_error choose the draws of each checkpoint from its "
            "own trace, so that draws of two could not be paired. Give num_burnin_steps and num_draws."
        )
    checkpoints = _checked(model, params_list)
    names = list(range(len(checkpoints))) if labels is None else list(labels)
    if len(names) != len(checkpoints):
        raise InvalidArgumentError(f"labels has {len(names)} entries for {len(checkpoints)} checkpoints.")
    samples = model._dataset(data)
    options = {**options, "seed": _checks.seed(seed)}
    calibration = None
    if sampler is not None:
        refuse_wishes(budget, localization)
    else:
        problems = (Problem.of(model, params, samples) for params in checkpoints)
        calibration = calibrated(
            problems, options, budget=budget, progress=progress, localization=localization
        )
        sampler, options = calibration.sampler, calibration.fixed_options

    def estimate(params: Any) -> Callable[[Callback], LLCResult]:
        return lambda report: estimate_llc(
            model, params, samples, sampler=sampler, progress=report, **options
        )

    series = completed([estimate(params) for params in checkpoints], progress, "estimate_llc_trajectory")
    done = len(series.results)
    trajectory = Trajectory(names[:done], series.results, options["seed"], calibration)
    if series.interrupted:
        raise InterruptedRun(
            f"Interrupted after {done} of {len(checkpoints)} checkpoints; the exception's .result is the "
            "trajectory up to there.",
            result=trajectory,
        )
    return trajectory


def _checked(model: Model, params_list: Any) -> list[Any]:
    """The checkpoints as a list, after a look at each."""
    if isinstance(params_list, (Mapping, str, bytes)) or not isinstance(params_list, Iterable):
        raise ArgumentTypeError(
            f"params_list must be a list of checkpoints; got {type(params_list).__name__}. Of a single one, "
            "estimate_llc() makes an estimate."
        )
    checkpoints = list(params_list)
    if not checkpoints:
        raise InvalidArgumentError("params_list is empty; it must hold at least one checkpoint.")
    for i, params in enumerate(checkpoints):
        model._vector(params, f"params_list[{i}]")
    return checkpoints
