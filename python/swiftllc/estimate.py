"""The estimator: chains around w*, and the local learning coefficient from their losses."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
from collections.abc import Mapping
from ctypes import byref
from typing import Any, NoReturn

from swiftllc import _abi, _checks, _external_run, _runs
from swiftllc._errors import ArgumentTypeError
from swiftllc._library import lib
from swiftllc._outcome import Ended, built_result, without_burnin
from swiftllc._progress import Callback, Reporter
from swiftllc._run_options import AUTOMATIC, checked_options, settings_in_force
from swiftllc._traces import Traces
from swiftllc._weights import flattened, layout
from swiftllc.chain import Chain
from swiftllc.external import External
from swiftllc.model import Model
from swiftllc.result import LLCResult
from swiftllc.samplers import SAMPLERS, Sampler

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
    num_chains: int = 4,
    num_draws: int = 500,
    num_burnin_steps: int | str = 200,
    num_steps_bw_draws: int = 1,
    batch_size: int | None = None,
    gradient_accumulation: int = 1,
    mask: Any = None,
    nbeta: float | None = None,
    init_loss: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    num_acceptance_checks: int = 100,
    draw_batches: str = "independent",
    stop_at_relative_error: float | None = None,
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
        sampler: How the chains move; required.
        num_chains: ≥ 1.
        num_draws: Recorded draws of each chain, ≥ 1.
        num_burnin_steps: Steps before the first recorded draw, ≥ 0. "auto": draws are recorded from the
            start, and the trace itself says how many to drop (MSER-5, see docs/math.md), at most half.
        num_steps_bw_draws: Every so many steps a draw is recorded, ≥ 1.
        batch_size: Samples per step, without replacement within an epoch. None: the smaller of n and 256;
            all of them for MALA and HMC.
        gradient_accumulation: ≥ 1. The gradient of a step is accumulated over so many batches of
            ``batch_size``: the same chain, up to rounding, as with one batch of their joint size, in less
            memory.
        mask: Which parameters move: the others stay w*, bit for bit, and λ̂ is the restricted
            (weight-refined) one. A name or pattern such as "*.weight", or a list of them; a dict from names
            or patterns to True, to a boolean array, or to an index such as
            ``{"2.weight": np.s_[:, 16:32]}``; or a flat boolean vector. None: all move.
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
        stop_at_relative_error: > 0: the run ends before its last draw where ``stderr`` is below this share of
            λ̂, the effective sample size at least 100, and the trace climbs no more. That is asked at 20 fixed
            draws, so that the result does not depend on timing. Costs the vectors of every chain at once.
            None: all draws are made.
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
    if isinstance(model, External):
        _external_run.refuse(data, threads, gradient_accumulation, stop_at_relative_error)
        shapes, dtype = layout(params, "params")
        n = model.n
    elif isinstance(model, Model):
        samples = model._dataset(data)
        shapes, dtype = model.parameter_shapes, model.dtype
        n = samples.n
    else:
        raise ArgumentTypeError(
            f"model must be a swiftllc.Model or a swiftllc.External; got {type(model).__name__}."
        )
    centre = flattened(params, "params", shapes, dtype, copy=False)
    sampler, options, borrowed = checked_options(
        sampler,
        n=n,
        shapes=shapes,
        num_chains=num_chains,
        num_draws=num_draws,
        num_burnin_steps=num_burnin_steps,
        num_steps_bw_draws=num_steps_bw_draws,
        batch_size=batch_size,
        gradient_accumulation=gradient_accumulation,
        mask=mask,
        nbeta=nbeta,
        seed=seed,
        threads=threads,
        num_acceptance_checks=num_acceptance_checks,
        draw_batches=draw_batches,
        stop_at_relative_error=stop_at_relative_error,
    )
    if init_loss is not None:
        init_loss = _checks.real("init_loss", init_loss)

    traces = Traces.allocate(options.num_chains, options.num_draws)
    failure: BaseException | None = None
    with Reporter(progress, "estimate_llc") as reporter:
        if isinstance(model, External):
            chain = Chain._of(
                sampler, centre, shapes, n, options, borrowed, named=isinstance(params, Mapping)
            )
            status, failure = _external_run.complete(model, chain, options, traces, reporter)
            interrupted = isinstance(failure, KeyboardInterrupt)
        else:
            native = sampler._options(shapes, dtype)
            native_traces = traces.native()
            status, interrupted = _runs.complete(
                lambda run: lib.sllc_run_start(
                    model._handle,
                    samples._handle,
                    centre.ctypes.data,
                    byref(native.options),
                    byref(options),
                    byref(native_traces),
                    run,
                ),
                (samples, centre, native, borrowed, traces),
                reporter,
            )
    ended = Ended(
        interrupted=interrupted,
        failure=failure,
        diverged=status.state == _abi.SLLC_DIVERGED,
        steps_done=status.steps_done,
        steps_total=status.steps_total,
    )
    settings = settings_in_force(sampler, options, status, init_loss, centre.size, borrowed)
    if options.stop_at_relative_error and not interrupted and not ended.diverged:
        traces = traces.between(0, int(traces.draws_done.min()))
        settings["num_draws"] = traces.losses.shape[1]
    if num_burnin_steps == AUTOMATIC:
        traces = without_burnin(traces, settings)
    return ended.outcome(built_result(traces, status, n, sampler, settings, init_loss), traces, sampler)


def _unknown_option(name: str) -> str:
    if name == "temperature":
        hint = " Give nbeta, the inverse temperature: nbeta = 1 / temperature."
    else:
        own = [option for option in inspect.signature(estimate_llc).parameters if option != "unknown"]
        samplers = sorted({item.name for kind in SAMPLERS for item in dataclasses.fields(kind)})
        close = difflib.get_close_matches(_SYNONYMS.get(name, name), own + samplers, n=1)
        whose = "the sampler's " if close and close[0] in samplers else ""
        hint = f" Did you mean {whose}{close[0]}?" if close else ""
    return f"estimate_llc() has no option {name!r}.{hint}"
