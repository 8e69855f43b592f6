"""The estimator: chains around w*, and the local learning coefficient from their losses."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import math
from ctypes import byref, sizeof
from typing import Any, NoReturn

import numpy as np

from swiftllc import _abi, _checks, _runs
from swiftllc._errors import (
    ArgumentTypeError,
    DivergedError,
    InterruptedRun,
    InvalidArgumentError,
    OutOfMemoryError,
)
from swiftllc._library import lib
from swiftllc._progress import Callback, Reporter
from swiftllc._traces import Traces, complete_block, estimated
from swiftllc._warnings import divergence, findings
from swiftllc.diagnostics import Diagnostics, tail_rise
from swiftllc.model import Model
from swiftllc.result import LLCResult
from swiftllc.samplers import SGLD

# What others call the sampler's options.
_SYNONYMS = {"gamma": "localization"} | dict.fromkeys(
    ("epsilon", "eps", "step_size", "stepsize", "learning_rate"), "lr"
)
# In the order of the constants SLLC_INDEPENDENT_BATCHES and SLLC_STEP_BATCHES.
_DRAW_BATCHES = ("independent", "steps")


def estimate_llc(
    model: Model,
    params: Any,
    data: Any,
    *,
    sampler: SGLD | None = None,
    num_chains: int = 4,
    num_draws: int = 500,
    num_burnin_steps: int = 200,
    num_steps_bw_draws: int = 1,
    batch_size: int | None = None,
    nbeta: float | None = None,
    init_loss: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    num_acceptance_checks: int = 100,
    draw_batches: str = "independent",
    progress: bool | Callback = True,
    **unknown: NoReturn,
) -> LLCResult:
    """Estimates the local learning coefficient λ̂ = nbeta (E[L(w)] - L(w*)) at w* = ``params``.

    The draws come from p(w) ∝ exp(-nbeta L(w) - (γ/2) |w - w*|²) by ``sampler``, in chains that start at w*
    (Lau et al., arXiv 2308.12108). A draw is recorded BEFORE the step that leaves it, so that without
    burn-in draw 0 is w* itself. The same seed gives the same bits with any number of threads, and chain i is
    the same however many there are.

    Args:
        model: What is sampled.
        params: w*: anything that ``model.parameters`` takes. It should be a local minimum of the loss.
        data: (X, y) as for ``model.dataset``, or a ``Dataset``.
        sampler: How the chains move; required.
        num_chains: ≥ 1.
        num_draws: Recorded draws of each chain, ≥ 1.
        num_burnin_steps: Steps before the first recorded draw, ≥ 0.
        num_steps_bw_draws: Every so many steps a draw is recorded, ≥ 1.
        batch_size: Samples per step, without replacement within an epoch. None: the smaller of n and 256.
        nbeta: Inverse temperature of the mean loss, > 0. None: n / ln n, whatever the batch size.
        init_loss: L(w*) to subtract from every draw. None: each draw is paired with the loss at w* on its own
            minibatch, which removes the noise of batches.
        seed: 0 ... 2⁶⁴ - 1. None: fresh entropy, recorded in the result.
        threads: ≥ 1. None: one per chain, as many as there are processors.
        num_acceptance_checks: Moves of each chain that are scored as Metropolis proposals, ≥ 0.
        draw_batches: On which minibatch the loss of a draw is measured. "independent": one of its own, at the
            price of a forward pass, so that λ̂ is unbiased. "steps": that of the step, for nothing; but within
            an epoch it is made of samples that have not moved the chain yet, which makes λ̂ too high
            wherever the gradients of the samples at w* differ. All one with full batches.
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
    """
    if unknown:
        raise ArgumentTypeError(_unknown_option(next(iter(unknown))))
    if not isinstance(model, Model):
        raise ArgumentTypeError(f"model must be a swiftllc.Model; got {type(model).__name__}.")
    if not isinstance(sampler, SGLD):
        raise ArgumentTypeError(
            "sampler must be given, as in sampler=sl.SGLD(lr=1e-5, localization=100.0)"
            + ("." if sampler is None else f"; got {sampler!r}.")
        )
    samples = model._dataset(data)
    centre = model._vector(params)
    options = _abi.RunOptions()
    lib.sllc_run_options_init(byref(options), sizeof(options))
    options.num_chains = _checks.integer("num_chains", num_chains, at_least=1)
    options.num_draws = _checks.integer("num_draws", num_draws, at_least=1)
    options.num_burnin_steps = _checks.integer("num_burnin_steps", num_burnin_steps, at_least=0)
    options.num_steps_bw_draws = _checks.integer("num_steps_bw_draws", num_steps_bw_draws, at_least=1)
    options.num_acceptance_checks = _checks.integer(
        "num_acceptance_checks", num_acceptance_checks, at_least=0
    )
    options.draw_batches = _DRAW_BATCHES.index(_checks.choice("draw_batches", draw_batches, _DRAW_BATCHES))
    options.seed = _checks.seed(seed)
    # None is left to the library's own default, and read back from it.
    if nbeta is not None:
        options.nbeta = _checks.real("nbeta", nbeta, above=0)
    elif samples.n == 1:
        raise InvalidArgumentError(
            "nbeta must be given: its default n / ln n does not exist for n = 1 sample."
        )
    options.batch_size = _checks.batch_size(batch_size, samples.n)
    if threads is not None:
        options.threads = _checks.integer("threads", threads, at_least=1)
    if init_loss is not None:
        init_loss = _checks.real("init_loss", init_loss)

    native_sampler, preconditioner = sampler._options(model)
    traces = Traces.allocate(options.num_chains, options.num_draws)
    native_traces = traces.native()
    with Reporter(progress, "estimate_llc") as reporter:
        status, interrupted = _runs.complete(
            lambda run: lib.sllc_run_start(
                model._handle,
                samples._handle,
                centre.ctypes.data,
                byref(native_sampler),
                byref(options),
                byref(native_traces),
                run,
            ),
            (samples, centre, preconditioner, traces),
            reporter,
        )
    result = _result(traces, status, samples.n, centre.size, options, sampler, init_loss)
    if interrupted:
        raise InterruptedRun(
            f"Interrupted after {status.steps_done} of {status.steps_total} steps; the exception's .result "
            "is the estimate from the draws up to then.",
            result=result,
        )
    if status.state == _abi.SLLC_DIVERGED:
        steps = np.where(traces.diverged_steps < 0, np.iinfo(np.int64).max, traces.diverged_steps)
        chain = int(steps.argmin())  # the lowest chain among equals
        raise DivergedError(
            divergence(chain, int(steps[chain]), sampler),
            chain=chain,
            step=int(steps[chain]),
            result=result,
        )
    return result


def _result(
    traces: Traces,
    status: _abi.Progress,
    n: int,
    num_parameters: int,
    options: _abi.RunOptions,
    sampler: SGLD,
    init_loss: float | None,
) -> LLCResult:
    losses = traces.losses
    baselines = traces.baselines if init_loss is None else np.full_like(losses, init_loss)
    chains, draws = complete_block(traces.draws_done)
    done = losses[chains, :draws], baselines[chains, :draws]
    per_chain = np.full(len(losses), math.nan)
    try:
        per_chain[chains], estimate = estimated(*done, status.nbeta)
    except OutOfMemoryError as error:
        error.traces = losses, baselines  # a long run must not be lost with its statistics
        raise
    with np.errstate(over="ignore"):  # of a run that is diverging
        rise, rise_stderr = tail_rise(status.nbeta * (done[0] - done[1]))
    scored = traces.acceptance[np.isfinite(traces.acceptance)]
    result = LLCResult(
        llc=estimate.llc,
        stderr=estimate.standard_error,
        llc_std=estimate.llc_std,
        llc_per_chain=per_chain,
        losses=losses,
        baselines=baselines,
        init_loss=status.init_loss if init_loss is None else init_loss,
        nbeta=status.nbeta,
        n=n,
        seed=options.seed,
        sampler=sampler,
        settings={
            "sampler": type(sampler).__name__,
            "lr": sampler.lr,
            "localization": sampler.localization,
            "noise_level": sampler.noise_level,
            "weight_decay": sampler.weight_decay,
            "preconditioned": sampler.preconditioner is not None,
            "localization_metric": sampler.localization_metric,
            "num_chains": options.num_chains,
            "num_draws": options.num_draws,
            "num_burnin_steps": options.num_burnin_steps,
            "num_steps_bw_draws": options.num_steps_bw_draws,
            "batch_size": status.batch_size,
            "num_parameters": num_parameters,
            "nbeta": status.nbeta,
            "init_loss": "paired" if init_loss is None else init_loss,
            "seed": options.seed,
            "threads": status.threads,
            "num_acceptance_checks": options.num_acceptance_checks,
            "draw_batches": _DRAW_BATCHES[options.draw_batches],
        },
        diagnostics=Diagnostics(
            acceptance=float(scored.mean()) if scored.size else math.nan,
            acceptance_per_chain=traces.acceptance,
            split_rhat=estimate.split_rhat,
            ess=estimate.effective_sample_size,
            loss=status.init_loss,
            gradient_norm=status.gradient_norm,
            below_baseline=estimate.below_baseline,
            tail_rise=rise,
            tail_rise_stderr=rise_stderr,
        ),
    )
    result.warnings.extend(findings(result))
    return result


def _unknown_option(name: str) -> str:
    if name == "temperature":
        hint = " Give nbeta, the inverse temperature: nbeta = 1 / temperature."
    else:
        own = [option for option in inspect.signature(estimate_llc).parameters if option != "unknown"]
        samplers = [field.name for field in dataclasses.fields(SGLD)]
        close = difflib.get_close_matches(_SYNONYMS.get(name, name), own + samplers, n=1)
        whose = "the sampler's " if close and close[0] in samplers else ""
        hint = f" Did you mean {whose}{close[0]}?" if close else ""
    return f"estimate_llc() has no option {name!r}.{hint}"
