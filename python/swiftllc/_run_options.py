"""The options of a run: from what the user gives to what the native side reads, and what was in force."""

from __future__ import annotations

import math
from collections.abc import Mapping
from ctypes import byref, sizeof
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from swiftllc import _abi, _checks
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError
from swiftllc._library import lib
from swiftllc._masks import mask_vector
from swiftllc.samplers import HMC, MALA, Sampler

#: Of num_burnin_steps: the trace itself is to say.
AUTOMATIC = "auto"

#: What an option is where it is None.
DEFAULTS: dict[str, Any] = {
    "num_chains": 4,
    "num_draws": 500,
    "num_burnin_steps": 200,
    "num_steps_bw_draws": 1,
    "batch_size": None,
    "microbatch": None,
    "gradient_accumulation": 1,
    "with_replacement": False,
    "correct_noise_bias": False,
    "mask": None,
    "nbeta": None,
    "seed": None,
    "threads": None,
    "num_acceptance_checks": 100,
    "draw_batches": "independent",
    "stop_at_relative_error": None,
    "num_draws_before_stop": 0,
    "stop_below_acceptance": None,
}

# In the order of the constants SLLC_INDEPENDENT_BATCHES and SLLC_STEP_BATCHES.
_DRAW_BATCHES = ("independent", "steps")


class Options(NamedTuple):
    """The options of a run, checked.

    Attributes:
        sampler: How the chains move.
        native: What the native side reads; it points into ``mask`` and ``lr_factors``, which must outlive it.
        mask: One flag for each parameter, or None.
        lr_factors: One for each step, or None.
        correct_noise_bias: Whether λ̂ is corrected for the noise of the gradients.
    """

    sampler: Sampler
    native: _abi.RunOptions
    mask: NDArray[np.uint8] | None
    lr_factors: NDArray[np.float64] | None
    correct_noise_bias: bool


def checked_options(
    sampler: Any,
    *,
    n: int,
    shapes: Mapping[str, tuple[int, ...]],
    num_chains: Any,
    num_draws: Any,
    num_burnin_steps: Any,
    num_steps_bw_draws: Any,
    batch_size: Any,
    microbatch: Any,
    gradient_accumulation: Any,
    with_replacement: Any,
    correct_noise_bias: Any,
    mask: Any,
    nbeta: Any,
    seed: Any,
    threads: Any,
    num_acceptance_checks: Any,
    draw_batches: Any,
    stop_at_relative_error: Any,
    num_draws_before_stop: Any,
    stop_below_acceptance: Any,
) -> Options:
    """Whatever the user gave, as options that can be.

    Raises:
        InvalidArgumentError: A value that cannot be.
        ArgumentTypeError: A value of the wrong kind.
    """
    if not isinstance(sampler, Sampler):
        raise ArgumentTypeError(
            f"sampler must be a sampler, such as sl.SGLD(lr=1e-5, localization=100.0); got {sampler!r}."
        )
    options = _abi.RunOptions()
    lib.sllc_run_options_init(byref(options), sizeof(options))
    options.num_chains = _checks.integer("num_chains", num_chains, at_least=1)
    options.num_draws = _checks.integer("num_draws", num_draws, at_least=1)
    automatic = isinstance(num_burnin_steps, str)
    if automatic:
        _checks.choice("num_burnin_steps", num_burnin_steps, (AUTOMATIC,))
        if getattr(sampler, "freeze_after_burnin", False):
            raise InvalidArgumentError(
                f"num_burnin_steps cannot be {AUTOMATIC!r} with {type(sampler).__name__}, whose "
                "preconditioner is frozen when the burn-in ends: give a number, or freeze_after_burnin=False."
            )
    options.num_burnin_steps = (
        0 if automatic else _checks.integer("num_burnin_steps", num_burnin_steps, at_least=0)
    )
    options.num_steps_bw_draws = _checks.integer("num_steps_bw_draws", num_steps_bw_draws, at_least=1)
    options.num_acceptance_checks = _checks.integer(
        "num_acceptance_checks", num_acceptance_checks, at_least=0
    )
    options.draw_batches = _DRAW_BATCHES.index(_checks.choice("draw_batches", draw_batches, _DRAW_BATCHES))
    options.seed = _checks.seed(seed)
    options.nbeta = inverse_temperature(nbeta, n)
    batch_size, microbatch = _accumulated(n, batch_size, microbatch, gradient_accumulation)
    options.batch_size = _checks.batch_size(batch_size, n)
    if isinstance(sampler, (MALA, HMC)) and options.batch_size not in (0, n):
        raise InvalidArgumentError(
            f"batch_size is {options.batch_size}, but {type(sampler).__name__} takes all {n} samples: "
            "leave it out."
        )
    if microbatch is not None:
        options.microbatch_size = _checks.integer("microbatch", microbatch, at_least=1)
    options.with_replacement = _checks.boolean("with_replacement", with_replacement)
    if _checks.boolean("correct_noise_bias", correct_noise_bias) and not options.num_acceptance_checks:
        raise InvalidArgumentError(
            "num_acceptance_checks is 0; with correct_noise_bias it must be at least 1: those moves measure "
            "the noise."
        )
    if stop_at_relative_error is not None:
        options.stop_at_relative_error = _checks.real(
            "stop_at_relative_error", stop_at_relative_error, above=0
        )
    options.num_draws_before_stop = _checks.integer(
        "num_draws_before_stop", num_draws_before_stop, at_least=0
    )
    if stop_below_acceptance is not None:
        options.stop_below_acceptance = stop_below_acceptance
    if threads is not None:
        options.threads = _checks.integer("threads", threads, at_least=1)
    flags = mask_vector(mask, shapes)
    if flags is not None:
        options.mask = flags.ctypes.data
    steps = options.num_burnin_steps + (options.num_draws - 1) * options.num_steps_bw_draws + 1
    factors = sampler._lr_factors(steps)
    if factors is not None:
        options.lr_factors = factors.ctypes.data
        options.lr_factor_count = factors.size
    return Options(sampler, options, flags, factors, correct_noise_bias)


def inverse_temperature(nbeta: Any, n: int) -> float:
    """``nbeta``, or n / ln n. InvalidArgumentError if it cannot be, or is missing for one sample."""
    if nbeta is not None:
        return _checks.real("nbeta", nbeta, above=0)
    if n == 1:
        raise InvalidArgumentError(
            "nbeta must be given: its default n / ln n does not exist for n = 1 sample."
        )
    return n / math.log(n)


def _accumulated(n: int, batch_size: Any, microbatch: Any, gradient_accumulation: Any) -> tuple[Any, Any]:
    """Batches of which several make a step, as one batch that is computed in their size."""
    count = _checks.integer("gradient_accumulation", gradient_accumulation, at_least=1)
    if count == 1:
        return batch_size, microbatch
    if batch_size is None or microbatch is not None:
        raise InvalidArgumentError(
            f"gradient_accumulation is {count}: so many batches of batch_size make a step, which must be "
            "given, and microbatch, which is their size then, left out."
        )
    size = _checks.batch_size(batch_size, n)
    if size * count > n:
        raise InvalidArgumentError(
            f"batch_size times gradient_accumulation is {size * count}, but there are only {n} samples."
        )
    return size * count, size


def settings_in_force(
    checked: Options, status: _abi.Progress, init_loss: float | None, num_parameters: int
) -> dict[str, Any]:
    """Everything that a result was made with, defaults resolved."""
    options = checked.native
    moving = num_parameters if checked.mask is None else int(np.count_nonzero(checked.mask))
    return {
        **checked.sampler.settings,
        "num_chains": options.num_chains,
        "num_draws": options.num_draws,
        "burnin": "given",
        "num_burnin_steps": options.num_burnin_steps,
        "num_steps_bw_draws": options.num_steps_bw_draws,
        "batch_size": status.batch_size,
        "microbatch": status.microbatch_size,
        "with_replacement": bool(options.with_replacement),
        "correct_noise_bias": checked.correct_noise_bias,
        "mask": None if checked.mask is None else "given",
        "num_parameters": moving,
        "nbeta": status.nbeta,
        "init_loss": "paired" if init_loss is None else init_loss,
        "seed": options.seed,
        "threads": status.threads,
        "num_acceptance_checks": options.num_acceptance_checks,
        "draw_batches": _DRAW_BATCHES[options.draw_batches],
        "stop_at_relative_error": options.stop_at_relative_error or None,
        "num_draws_before_stop": options.num_draws_before_stop,
        "stopped_early": False,
    }
