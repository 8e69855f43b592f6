"""One estimate: from a problem, a sampler and options to the result."""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import byref
from typing import Any

from swiftllc import _abi, _checks, _external_run, _runs
from swiftllc._keeping import Kept
from swiftllc._library import lib
from swiftllc._outcome import Ended, built_result, without_burnin
from swiftllc._problem import Problem
from swiftllc._progress import Callback, Reporter
from swiftllc._run_options import AUTOMATIC, DEFAULTS, Options, checked_options, settings_in_force
from swiftllc._traces import Traces
from swiftllc.chain import Chain
from swiftllc.external import External
from swiftllc.result import LLCResult


def checked(problem: Problem, sampler: Any, given: Mapping[str, Any]) -> Options:
    """The options of a run, from those of ``estimate_llc`` that are not None.

    Raises:
        InvalidArgumentError: A value that cannot be.
        ArgumentTypeError: A value of the wrong kind.
    """
    if isinstance(problem.model, External):
        _external_run.refuse(given)
    return checked_options(sampler, n=problem.n, shapes=problem.shapes, **{**DEFAULTS, **given})


def estimate(
    problem: Problem,
    sampler: Any,
    given: Mapping[str, Any],
    init_loss: Any,
    progress: bool | Callback,
    title: str = "estimate_llc",
    kept: Kept | None = None,
) -> LLCResult:
    """What ``estimate_llc`` returns and raises, with a sampler.

    Args:
        problem: What is sampled.
        sampler: How.
        given: The options of ``estimate_llc`` that are not None; the others take their defaults.
        init_loss: As for ``estimate_llc``.
        progress: As for ``estimate_llc``.
        title: What stands before the bar.
        kept: Where the chains are kept, if they are.
    """
    options = checked(problem, sampler, given)
    if init_loss is not None:
        init_loss = _checks.real("init_loss", init_loss)
    if kept is not None:
        kept.hand_over(options)
    native = options.native
    traces = Traces.allocate(native.num_chains, native.num_draws)
    with Reporter(progress, title) as reporter:
        status, ended = _run(problem, options, traces, reporter)
    if kept is not None:
        kept.report(status)
    settings = settings_in_force(options, status, init_loss, problem.centre.size)
    can_stop = native.stop_at_relative_error or native.stop_below_acceptance
    if can_stop and not ended.interrupted and not ended.diverged:
        traces = traces.between(0, int(traces.draws_done.min()))
        settings["stopped_early"] = traces.losses.shape[1] < native.num_draws
        settings["num_draws"] = traces.losses.shape[1]
    if given.get("num_burnin_steps") == AUTOMATIC:
        traces = without_burnin(traces, settings)
    result = built_result(traces, status, problem.n, options.sampler, settings, init_loss)
    doubt = "" if problem.samples is None else problem.samples.doubt
    return ended.outcome(result, traces, options.sampler, doubt)


def _run(
    problem: Problem, options: Options, traces: Traces, reporter: Reporter
) -> tuple[_abi.Progress, Ended]:
    """Fills the traces."""
    model, centre = problem.model, problem.centre
    failure: BaseException | None = None
    if isinstance(model, External):
        chain = Chain._of(centre, problem.shapes, problem.n, options, named=problem.named)
        status, failure = _external_run.complete(model, chain, options.native, traces, reporter)
        interrupted = isinstance(failure, KeyboardInterrupt)
    else:
        samples = problem.samples
        assert samples is not None
        sampler, native_traces = options.sampler._options(problem.shapes, centre.dtype), traces.native()
        status, interrupted = _runs.complete(
            lambda run: lib.sllc_run_start(
                model._handle,
                samples._handle,
                centre.ctypes.data,
                byref(sampler.options),
                byref(options.native),
                byref(native_traces),
                run,
            ),
            (samples, centre, sampler, options, traces),
            reporter,
        )
    return status, Ended(
        interrupted=interrupted,
        failure=failure,
        diverged=status.state == _abi.SLLC_DIVERGED,
        steps_done=status.steps_done,
        steps_total=status.steps_total,
    )
