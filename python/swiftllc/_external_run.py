"""A run whose model is a function of the user's: the chains one after another, in the thread that calls."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc import _abi, _buffers
from swiftllc._errors import DivergedError, InvalidArgumentError
from swiftllc._progress import Reporter
from swiftllc._traces import Traces
from swiftllc.chain import Chain
from swiftllc.external import External

Rows = NDArray[np.int64]

# As the native runs have it: batches that the loss and its gradient at the centre are measured on, and up to
# how many samples all their losses there are computed, even if the draws look at fewer.
_MEASURED_BATCHES = 16
_FEW_SAMPLES = 65_536


#: What means nothing to such a run, and why.
_REFUSED = {
    "threads": "its chains run one after another, in the thread that calls",
    "gradient_accumulation": "its function may itself go through the batch in parts",
    "microbatch": "its function may itself go through the batch in parts",
    "stop_at_relative_error": (
        "its chains run one after another, so that none can be compared before the last begins"
    ),
}


def refuse(given: Mapping[str, Any]) -> None:
    """InvalidArgumentError where one of those options is given."""
    for name, reason in _REFUSED.items():
        if name in given:
            raise InvalidArgumentError(f"{name} must be left out for an External: {reason}.")


def complete(
    external: External, chain: Chain, options: _abi.RunOptions, traces: Traces, reporter: Reporter
) -> tuple[_abi.Progress, BaseException | None]:
    """Runs all chains, in the memory of one.

    Args:
        external: The functions.
        chain: Made with these options.
        options: The schedule, and which batches measure draws.
        traces: Where the draws are written.
        reporter: Told the steps done and their total.

    Returns:
        The last progress, as of a native run, and what ended it early: Ctrl-C, or what a function raised.
    """
    run = _Run(external, chain, options, traces, reporter)
    try:
        run.go()
        return run.status, None
    except (Exception, KeyboardInterrupt) as error:
        return run.status, error


class _Run:
    """The steps of a native run."""

    def __init__(
        self, external: External, chain: Chain, options: _abi.RunOptions, traces: Traces, reporter: Reporter
    ) -> None:
        self._functions = _Functions(external, chain)
        self._chain = chain
        self._options = options
        self._traces = traces
        self._reporter = reporter
        self._last_step = options.num_burnin_steps + (options.num_draws - 1) * options.num_steps_bw_draws
        self.status = _abi.sized(_abi.Progress)
        self.status.nbeta = chain.nbeta
        self.status.batch_size = self.status.microbatch_size = chain.batch_size
        self.status.threads = 1
        self.status.steps_total = options.num_chains * (self._last_step + 1)
        self.status.init_loss = self.status.gradient_norm = math.nan

    def go(self) -> None:
        self.status.gradient_norm = self._functions.gradient_norm_at_centre()
        drawn = self._options.num_chains * self._options.num_draws * self._chain.batch_size
        self._baseline = _Baseline(self._functions, self._chain, drawn)
        self.status.init_loss = self._baseline.mean
        self.status.init_loss_samples = self._baseline.samples
        # As in a native run, no chain goes on beyond the step at which another diverged.
        end = self._last_step
        for number in range(self._options.num_chains):
            self._chain.restart(number)
            try:
                end = self._run_chain(number, end)
            finally:
                self._record_checks(number)

    def _run_chain(self, number: int, end: int) -> int:
        """Up to that step; returns the one at which the chain diverged, where it did."""
        chain, options, status = self._chain, self._options, self.status
        while (step := chain.step) <= end:
            loss = self._functions.gradient(chain.batch)
            try:
                drawn = chain.arrive(loss)
            except DivergedError:
                self._traces.diverged_steps[number] = step
                status.state = _abi.SLLC_DIVERGED
                return step
            if drawn is None:
                continue
            since = step - options.num_burnin_steps
            if since >= 0 and since % options.num_steps_bw_draws == 0:
                self._record(number, since // options.num_steps_bw_draws, drawn)
            chain.leave()
            status.steps_done += 1
            self._reporter(status.steps_done, status.steps_total)
        return end

    def _record(self, number: int, draw: int, loss: float) -> None:
        chain, traces = self._chain, self._traces
        batch = chain.batch
        if self._options.draw_batches == _abi.SLLC_INDEPENDENT_BATCHES and chain.batch_size < chain.n:
            batch = chain.draw_batch()
            loss, _ = self._functions.loss(batch)
        baseline = self._baseline.on(batch)
        # All of a draw, or nothing: the functions may have been interrupted until here.
        traces.losses[number, draw] = loss
        traces.baselines[number, draw] = baseline
        traces.distances[number, draw] = chain.distance
        traces.draws_done[number] = draw + 1

    def _record_checks(self, number: int) -> None:
        seen, traces = self._chain._measures(), self._traces
        traces.acceptance[number] = seen.acceptance
        traces.drift_norms[number] = seen.drift_norm
        traces.noise_norms[number] = seen.noise_norm
        traces.temperatures[number] = seen.temperature
        traces.gradient_noise[number] = seen.gradient_noise
        traces.stiffness[number] = seen.stiffness


class _Functions:
    """The user's functions where the chain is, with what they return checked."""

    def __init__(self, external: External, chain: Chain) -> None:
        self._external = external
        self._chain = chain
        self._centre = chain._parameters.copy()

    def gradient(self, batch: Rows) -> float:
        """The mean loss; the gradient is written to the chain's."""
        loss, gradient = self._external._evaluate(self._chain.parameters, batch)
        self._chain._write(gradient, "The gradient of loss_and_grad")
        return loss if type(loss) is float else _losses(loss, len(batch), "loss_and_grad")[0]

    def loss(self, batch: Rows) -> tuple[float, NDArray[np.float64] | None]:
        """The mean loss, and that of each row if the function gives it."""
        if self._external.loss is None:
            return _losses(
                self._external._evaluate(self._chain.parameters, batch)[0], len(batch), "loss_and_grad"
            )
        return _losses(self._external.loss(self._chain.parameters, batch), len(batch), "loss")

    def loss_at_centre(self, batch: Rows) -> tuple[float, NDArray[np.float64] | None]:
        with self._at_centre():
            return self.loss(batch)

    def gradient_norm_at_centre(self) -> float:
        """Of the mean loss over all samples, or over as many as 16 batches hold."""
        chain = self._chain
        rows = _some_rows(chain)
        total = np.zeros(chain._gradient.shape)
        for batch in _chunks(rows, chain.batch_size):
            self.gradient(batch)
            total += len(batch) / len(rows) * chain._gradient
        if chain._mask is not None:
            total[chain._mask == 0] = 0
        return float(np.linalg.norm(total))

    @contextmanager
    def _at_centre(self) -> Iterator[None]:
        """With the centre in the chain's parameters, since a function may look at views of them alone."""
        here = self._chain._parameters.copy()
        self._chain._parameters[...] = self._centre
        try:
            yield
        finally:
            self._chain._parameters[...] = here


class _Baseline:
    """The loss at the centre: of each sample where the function gives it, else of each batch as it is needed.

    Attributes:
        mean: The mean loss there,
        samples: over so many samples: all, or, where there are more than the draws look at, some.
    """

    def __init__(self, functions: _Functions, chain: Chain, drawn: int) -> None:
        """Evaluates them once; the chain is at the centre, and all its draws look at ``drawn`` samples."""
        self._functions = functions
        self._n = chain.n
        kept = chain.n <= max(_FEW_SAMPLES, drawn)
        rows = np.arange(chain.n) if kept else _some_rows(chain)
        self._losses: NDArray[np.float64] | None = np.empty(chain.n) if kept else None
        self.mean, self.samples = 0.0, len(rows)
        for batch in _chunks(rows, chain.batch_size):
            mean, losses = functions.loss(batch)
            self.mean += len(batch) / len(rows) * mean
            if losses is None:
                self._losses = None
            elif self._losses is not None:
                self._losses[batch] = losses

    def on(self, batch: Rows) -> float:
        """The mean over these rows."""
        if self._losses is not None:
            return float(self._losses[batch].mean())
        return self.mean if len(batch) == self._n else self._functions.loss_at_centre(batch)[0]


def _some_rows(chain: Chain) -> Rows:
    """All of them, or as many as 16 batches hold."""
    limit = _MEASURED_BATCHES * chain.batch_size
    if limit >= chain.n:
        return np.arange(chain.n)
    rows: Rows = np.random.default_rng(chain.seed).choice(chain.n, limit, replace=False)
    return rows


def _chunks(rows: Rows, size: int) -> Iterator[Rows]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _losses(value: object, count: int, name: str) -> tuple[float, NDArray[np.float64] | None]:
    """The mean loss, and that of each row, from what a function returned."""
    array = _buffers.as_array(value, f"The loss of {name}")
    _buffers.require_real(array, f"The loss of {name}")
    if array.ndim == 0:
        return float(array), None
    if array.shape != (count,):
        raise InvalidArgumentError(
            f"{name} returned a loss of shape {array.shape} for {count} rows; it must be their mean, a "
            f"number, or one for each of them, of shape ({count},)."
        )
    losses = array.astype(np.float64)
    return float(losses.mean()), losses
