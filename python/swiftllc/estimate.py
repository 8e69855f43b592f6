"""The estimator: chains around w*, and the local learning coefficient from their losses."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import os
from collections.abc import Mapping
from typing import Any, NoReturn

from swiftllc import _checks, _progress
from swiftllc._errors import ArgumentTypeError, DivergedError
from swiftllc._estimation import estimate
from swiftllc._keeping import Kept
from swiftllc._problem import Problem
from swiftllc._progress import Callback
from swiftllc._warnings import LEAST_ACCEPTANCE, findings
from swiftllc.calibration.calibration import Calibration
from swiftllc.calibration.search import calibrated, refuse_wishes
from swiftllc.external import External
from swiftllc.model import Model
from swiftllc.result import LLCResult
from swiftllc.samplers import SAMPLERS, Sampler

# How often a calibrated step is made smaller: chains go farther than the pilot, to where it may be stiffer.
_REPEATS = 4

# What others call the sampler's options.
_SYNONYMS = {"gamma": "localization"} | dict.fromkeys(
    ("epsilon", "eps", "step_size", "stepsize", "learning_rate"), "lr"
)


def estimate_llc(
    model: Model | External,
    params: Any,
    data: Any = None,
    *,
    sampler: Sampler | None = None,
    budget: int | None = None,
    localization: float | None = None,
    num_chains: int | None = None,
    num_draws: int | None = None,
    num_burnin_steps: int | str | None = None,
    num_steps_bw_draws: int | None = None,
    batch_size: int | None = None,
    microbatch: int | None = None,
    gradient_accumulation: int | None = None,
    with_replacement: bool | None = None,
    correct_noise_bias: bool | None = None,
    mask: Any = None,
    nbeta: float | None = None,
    init_loss: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    num_acceptance_checks: int | None = None,
    draw_batches: str | None = None,
    stop_at_relative_error: float | None = None,
    num_draws_before_stop: int | None = None,
    keep: str | os.PathLike[str] | None = None,
    progress: bool | Callback = True,
    **unknown: NoReturn,
) -> LLCResult:
    """Estimates the local learning coefficient λ̂ = nbeta (E[L(w)] - L(w*)) at w* = ``params``.

    The draws come from p(w) ∝ exp(-nbeta L(w) - (γ/2) |w - w*|²) by ``sampler``, in chains that start at w*
    (Lau et al., arXiv 2308.12108). A draw is recorded BEFORE the step that leaves it, so that without
    burn-in draw 0 is w* itself. The same seed gives the same bits with any number of threads, and chain i is
    the same however many there are.

    Args:
        model: What is sampled; an ``External`` computes its loss and gradient by functions of its own.
        params: w*: anything that ``model.parameters`` takes; of an ``External`` arrays by name or a flat
            vector, in float32 if no array is of more. It should be a local minimum of the loss.
        data: (X, y) as for ``model.dataset``, or a ``Dataset``. None for an ``External``, which has its own.
        sampler: How the chains move. None: ``calibrate`` chooses it, and all options that are not its own.
            What None means below is with a sampler.
        budget: Without a sampler: the sample gradients to spend, see ``calibrate``.
        localization: Without a sampler: γ ≥ 0. None: chosen. Samplers have their own.
        num_chains: ≥ 1. None: 4.
        num_draws: Recorded draws of each chain, ≥ 1. None: 500.
        num_burnin_steps: Steps before the first recorded draw, ≥ 0. "auto": draws are recorded from the
            start, and the trace itself says how many to drop (MSER-5, see docs/math.md), at most half.
            None: 200.
        num_steps_bw_draws: Every so many steps a draw is recorded, ≥ 1. None: 1.
        batch_size: Samples per step, without replacement within an epoch. None: the smaller of n and 256;
            all of them for MALA and HMC.
        microbatch: ≥ 1. So many samples of a batch are computed at once, at most 1024: the fewer, the less
            memory, for the same chain up to rounding (docs/memory.md). None: as many as fit 64 MiB, which
            each thread takes, and with convolutions fewer, which are faster.
        gradient_accumulation: ≥ 1. So many batches of ``batch_size`` make a step: another way to say a larger
            ``batch_size`` with a ``microbatch``. None: 1.
        with_replacement: Whether the samples of a batch are drawn independently, and not epoch by epoch: the
            noise of the gradients is larger, but that of different steps is independent, so that what it
            adds to λ̂ is known (``correct_noise_bias``), and ``draw_batches="steps"`` is unbiased. None:
            False.
        correct_noise_bias: Whether what the noise of the gradients adds to λ̂, as measured by the moves that
            are checked and by the sampler's formula, is subtracted (docs/math.md). None: False.
        mask: Which parameters move: the others stay w*, bit for bit, and λ̂ is the restricted
            (weight-refined) one. A name or pattern such as "*.weight", or a list of them; a dict from names
            or patterns to True, to a boolean array, or to an index such as
            ``{"2.weight": np.s_[:, 16:32]}``; or a flat boolean vector. None: all move.
        nbeta: Inverse temperature of the mean loss, > 0. None: n / ln n, whatever the batch size.
        init_loss: L(w*) to subtract from every draw. None: each draw is paired with the loss at w* on its own
            minibatch, which removes the noise of batches.
        seed: 0 ... 2⁶⁴ - 1. None: fresh entropy, recorded in the result.
        threads: ≥ 1. None: as many as there are processors. Where they are more than chains, and batch_size
            times the number of parameters is at least 2²¹, they share the chains' work; else no more than
            chains are started.
        num_acceptance_checks: Moves of each chain that are scored as Metropolis proposals, ≥ 0. None: 100.
        draw_batches: On which minibatch the loss of a draw is measured. "independent": one of its own, at the
            price of a forward pass, so that λ̂ is unbiased. "steps": that of the step, for nothing; but within
            an epoch it is made of samples that have not moved the chain yet, which makes λ̂ too high
            wherever the gradients of the samples at w* differ. All one with full batches. None:
            "independent".
        stop_at_relative_error: > 0: the run ends before its last draw where ``stderr`` is below this share of
            λ̂ (before ``noise_bias`` is subtracted), the effective sample size at least 100, and the trace
            climbs no more. That is asked at 20 fixed draws, so that the result does not depend on timing.
            Costs the vectors of every chain at once. None: all draws are made.
        num_draws_before_stop: ≥ 0: and not before so many draws of each chain. None: 0.
        keep: A folder, which is made: what the run has so far is written there about every 20 seconds, and
            the same call goes on from there, with the same bits (docs/keeping.md). A seed that is not given
            is that of the run which is kept. None: nothing is.
        progress: True for a bar on runs longer than a second (tqdm where it is installed), or a function
            of (steps done, total).
        **unknown: Nothing: any other option is refused, with a hint.

    Returns:
        The estimate with its traces, diagnostics and warnings.

    Raises:
        InvalidArgumentError: A value that cannot be.
        ArgumentTypeError: A value of the wrong kind, or an unknown option.
        DivergedError: A chain's loss stopped being finite; carries the partial result.
        InterruptedRun: Ctrl-C; carries the partial result.
        Exception: What a function of an ``External`` raises, as it is, with the partial result as its
            attribute ``result`` unless it has one.
    """
    if unknown:
        raise ArgumentTypeError(_unknown_option(next(iter(unknown))))
    problem = Problem.of(model, params, data)
    options = {
        "num_chains": num_chains,
        "num_draws": num_draws,
        "num_burnin_steps": num_burnin_steps,
        "num_steps_bw_draws": num_steps_bw_draws,
        "batch_size": batch_size,
        "microbatch": microbatch,
        "gradient_accumulation": gradient_accumulation,
        "with_replacement": with_replacement,
        "correct_noise_bias": correct_noise_bias,
        "mask": mask,
        "nbeta": nbeta,
        "seed": seed,
        "threads": threads,
        "num_acceptance_checks": num_acceptance_checks,
        "draw_batches": draw_batches,
        "stop_at_relative_error": stop_at_relative_error,
        "num_draws_before_stop": num_draws_before_stop,
    }
    given = {name: value for name, value in options.items() if value is not None}
    wishes = {"budget": budget, "localization": localization}
    kept = None
    if keep is not None:
        kept = Kept(keep, problem, given, wishes)
        given["seed"] = kept.seed
    if sampler is not None:
        refuse_wishes(**wishes)
        return estimate(problem, sampler, given, init_loss, progress, kept=kept)
    _progress.checked(progress)
    if init_loss is not None:
        init_loss = _checks.real("init_loss", init_loss)
    return _calibrated_estimate(problem, given, wishes, init_loss, progress, kept)


def _calibrated_estimate(
    problem: Problem,
    given: dict[str, Any],
    wishes: Mapping[str, Any],
    init_loss: float | None,
    progress: bool | Callback,
    kept: Kept | None,
) -> LLCResult:
    """Without a sampler; the result of what ends it early has the calibration too."""
    calibration = None if kept is None else kept.calibration
    if calibration is None:
        calibration = calibrated([problem], given, progress=progress, **wishes)
        if kept is not None:
            kept.calibrated(calibration)
    while True:
        is_last = calibration.repeats == _REPEATS
        options = {**calibration.options, "stop_below_acceptance": None if is_last else LEAST_ACCEPTANCE}
        try:
            result = estimate(problem, calibration.sampler, options, init_loss, progress, kept=kept)
        except BaseException as error:
            if is_last or not isinstance(error, DivergedError) or not error.step:
                if isinstance(getattr(error, "result", None), LLCResult):
                    error.result = _with(calibration, error.result)  # type: ignore[attr-defined]
                raise
            calibration = calibration.after_divergence(error)
        else:
            if is_last or not result.diagnostics.acceptance < LEAST_ACCEPTANCE:
                return _with(calibration, result)
            calibration = calibration.after_rejections(float(result.diagnostics.acceptance))
        if kept is not None:
            kept.calibrated(calibration)


def _with(calibration: Calibration, result: LLCResult) -> LLCResult:
    """Its warnings leave out what the calibration gives reasons for."""
    result = dataclasses.replace(result, calibration=calibration)
    return dataclasses.replace(result, warnings=findings(result))


def _unknown_option(name: str) -> str:
    if name == "temperature":
        hint = " Give nbeta, the inverse temperature: nbeta = 1 / temperature."
    elif name == "grad_accum_steps":
        hint = " Give gradient_accumulation."
    else:
        own = [option for option in inspect.signature(estimate_llc).parameters if option != "unknown"]
        samplers = sorted({item.name for kind in SAMPLERS for item in dataclasses.fields(kind)})
        close = difflib.get_close_matches(_SYNONYMS.get(name, name), own + samplers, n=1)
        whose = "the sampler's " if close and close[0] in samplers else ""
        hint = f" Did you mean {whose}{close[0]}?" if close else ""
        if close and close[0] == "localization":
            hint += " Without a sampler it is an option."
    return f"estimate_llc() has no option {name!r}.{hint}"
