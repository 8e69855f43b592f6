"""What comes of a run: its result, or the exception that carries it."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from swiftllc import _abi
from swiftllc._diagnosis import diagnosis
from swiftllc._errors import DivergedError, InterruptedRun, OutOfMemoryError
from swiftllc._heat import noise_bias
from swiftllc._run_options import AUTOMATIC
from swiftllc._traces import Traces, chosen_burnin, complete_block, estimated
from swiftllc._warnings import divergence, findings
from swiftllc.result import LLCResult
from swiftllc.samplers import Sampler


@dataclass(frozen=True)
class Ended:
    """How a run ended; ``failure`` is what a function of the user's raised."""

    interrupted: bool
    failure: BaseException | None
    diverged: bool
    steps_done: int
    steps_total: int

    def outcome(self, result: LLCResult, traces: Traces, sampler: Sampler, doubt: str = "") -> LLCResult:
        """The result of a run that was completed.

        Args:
            result: What it found.
            traces: What it wrote.
            sampler: In force.
            doubt: What else may be the cause, where a loss is not finite; "" if nothing (``Dataset.doubt``).

        Raises:
            InterruptedRun: Ctrl-C ended it.
            DivergedError: A chain diverged.
            BaseException: ``failure``, which then has the result as its own, unless it had one.
        """
        if self.interrupted:
            raise InterruptedRun(
                f"Interrupted after {self.steps_done} of {self.steps_total} steps; the exception's .result "
                "is the estimate from the draws up to then.",
                result=result,
            )
        if self.failure is not None:
            if not hasattr(self.failure, "result"):
                with suppress(AttributeError):  # of a class with slots
                    self.failure.result = result  # type: ignore[attr-defined]
            raise self.failure
        if self.diverged:
            steps = np.where(traces.diverged_steps < 0, np.iinfo(np.int64).max, traces.diverged_steps)
            chain = int(steps.argmin())  # the lowest chain among equals
            step = int(steps[chain])
            message = divergence(chain, step, sampler) + doubt
            raise DivergedError(message, chain=chain, step=step, result=result)
        if doubt and not math.isfinite(result.init_loss):
            result.warnings.insert(
                0,
                f"The loss at params, over {result.diagnostics.loss_samples} samples, is {result.init_loss}. "
                f"Check the parameters.{doubt}",
            )
        return result


def without_burnin(traces: Traces, settings: dict[str, Any]) -> Traces:
    """What is left of draws that were recorded from the start; the settings are told what was dropped."""
    chains, draws = complete_block(traces.draws_done)
    burnin = chosen_burnin(traces.losses[chains, :draws], traces.baselines[chains, :draws])
    settings["burnin"] = AUTOMATIC
    settings["num_burnin_steps"] = burnin * settings["num_steps_bw_draws"]
    settings["num_draws"] -= burnin
    return traces.between(burnin, traces.losses.shape[1])


def built_result(
    traces: Traces,
    status: _abi.Progress,
    n: int,
    sampler: Sampler,
    settings: dict[str, Any],
    init_loss: float | None,
) -> LLCResult:
    """The result that traces and status say, with its warnings, and corrected where the settings say so."""
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
    result = LLCResult(
        llc=estimate.llc,
        stderr=estimate.standard_error,
        llc_std=estimate.llc_std,
        llc_per_chain=per_chain,
        losses=losses,
        baselines=baselines,
        distances=traces.distances,
        init_loss=status.init_loss if init_loss is None else init_loss,
        nbeta=status.nbeta,
        n=n,
        seed=settings["seed"],
        sampler=sampler,
        settings=settings,
        diagnostics=diagnosis(estimate, status, traces, *done),
    )
    if settings["correct_noise_bias"]:
        bias = noise_bias(result)
        result = replace(
            result, llc=result.llc - bias, llc_per_chain=result.llc_per_chain - bias, noise_bias=bias
        )
    result.warnings.extend(findings(result))
    return result
