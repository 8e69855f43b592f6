"""Settings of a sampler from measurements, instead of by eye."""

from __future__ import annotations

from typing import Any

from swiftllc import _checks
from swiftllc._problem import Problem
from swiftllc.calibration.calibration import Calibration
from swiftllc.calibration.search import calibrated
from swiftllc.external import External
from swiftllc.model import Model


def calibrate(
    model: Model | External,
    params: Any,
    data: Any = None,
    *,
    budget: int | None = None,
    localization: float | None = None,
    num_chains: int | None = None,
    batch_size: int | None = None,
    microbatch: int | None = None,
    mask: Any = None,
    nbeta: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    stop_at_relative_error: float | None = None,
    progress: bool = True,
) -> Calibration:
    """Chooses the settings of an estimate from measurements; ``estimate_llc`` without a sampler does so.

    The sampler is ``UnderdampedLangevin``, which crosses the flat directions in a number of steps in which
    Langevin dynamics without momentum hardly leaves w*. The localization follows from the size of the
    layers; the step and the friction from the curvature at w* and from what a pilot sees, its acceptance and
    the noise of its gradients. The length is the budget, or less where λ̂ is known well enough before. The
    seed determines all of it. docs/math.md has the formulas, and what they were measured on.

    Args:
        model: As for ``estimate_llc``.
        params: w*. Of an ``External``, arrays by name tell the size of the layers; a flat vector of d numbers
            is taken for one layer of size √d.
        data: As for ``estimate_llc``.
        budget: Sample gradients for the calibration and the estimate together: one for each sample of each
            step, and a third of one where only a loss is computed. None: 5 000 000.
            ``estimate_llc`` takes more only where a chain diverges, or fewer than 0.9 of the moves are
            accepted, and all chains begin again with a smaller step; less where the standard error is small
            enough, or the chains have 100 000 steps each.
        localization: ≥ 0. None: chosen.
        num_chains: None: one, or as many as have 10 relaxation times each, up to 4.
        batch_size: None: all samples, if there are 2000 or fewer; else 500, or all where the noise of
            batches costs more.
        microbatch: As for ``estimate_llc``.
        mask: As for ``estimate_llc``.
        nbeta: As for ``estimate_llc``.
        seed: As for ``estimate_llc``.
        threads: As for ``estimate_llc``.
        stop_at_relative_error: As for ``estimate_llc``. None: 0.02, but of an ``External`` never.
        progress: Whether pilots that take long have a bar, and what was chosen is printed, with the reasons,
            on stderr.

    Raises:
        InvalidArgumentError: A value that cannot be, or too small a budget.
        ArgumentTypeError: A value of the wrong kind.
        DivergedError: The loss is not finite at w*, or with the smallest step that was tried.
        InterruptedRun: Ctrl-C; it carries nothing.
    """
    options = {
        "num_chains": num_chains,
        "batch_size": batch_size,
        "microbatch": microbatch,
        "mask": mask,
        "nbeta": nbeta,
        "seed": seed,
        "threads": threads,
        "stop_at_relative_error": stop_at_relative_error,
    }
    return calibrated(
        [Problem.of(model, params, data)],
        options,
        budget=budget,
        progress=_checks.boolean("progress", progress),
        localization=localization,
    )
