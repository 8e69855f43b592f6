"""The options of a run: from what the user gives to what the native side reads, and what was in force."""

from __future__ import annotations

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

# In the order of the constants SLLC_INDEPENDENT_BATCHES and SLLC_STEP_BATCHES.
_DRAW_BATCHES = ("independent", "steps")


class Borrowed(NamedTuple):
    """What the options point into, and that must outlive them."""

    mask: NDArray[np.uint8] | None
    lr_factors: NDArray[np.float64] | None


def checked_options(
    sampler: Sampler | None,
    *,
    n: int,
    shapes: Mapping[str, tuple[int, ...]],
    num_chains: Any,
    num_draws: Any,
    num_burnin_steps: Any,
    num_steps_bw_draws: Any,
    batch_size: Any,
    gradient_accumulation: Any,
    mask: Any,
    nbeta: Any,
    seed: Any,
    threads: Any,
    num_acceptance_checks: Any,
    draw_batches: Any,
    stop_at_relative_error: Any,
) -> tuple[Sampler, _abi.RunOptions, Borrowed]:
    """The sampler, which is one, the native options, and what they point into.

    Raises:
        InvalidArgumentError: A value that cannot be.
        ArgumentTypeError: A value of the wrong kind.
    """
    if not isinstance(sampler, Sampler):
        raise ArgumentTypeError(
            "sampler must be given, as in sampler=sl.SGLD(lr=1e-5, localization=100.0)"
            + ("." if sampler is None else f"; got {sampler!r}.")
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
    # None is left to the library's own default, and read back from it.
    if nbeta is not None:
        options.nbeta = _checks.real("nbeta", nbeta, above=0)
    elif n == 1:
        raise InvalidArgumentError(
            "nbeta must be given: its default n / ln n does not exist for n = 1 sample."
        )
    _set_batch(options, sampler, n, batch_size, gradient_accumulation)
    if stop_at_relative_error is not None:
        options.stop_at_relative_error = _checks.real(
            "stop_at_relative_error", stop_at_relative_error, above=0
        )
    if threads is not None:
        options.threads = _checks.integer("threads", threads, at_least=1)
    borrowed = Borrowed(
        mask_vector(mask, shapes),
        sampler._lr_factors(
            options.num_burnin_steps + (options.num_draws - 1) * options.num_steps_bw_draws + 1
        ),
    )
    if borrowed.mask is not None:
        options.mask = borrowed.mask.ctypes.data
    if borrowed.lr_factors is not None:
        options.lr_factors = borrowed.lr_factors.ctypes.data
        options.lr_factor_count = borrowed.lr_factors.size
    return sampler, options, borrowed


def _set_batch(
    options: _abi.RunOptions, sampler: Sampler, n: int, batch_size: Any, gradient_accumulation: Any
) -> None:
    size = _checks.batch_size(batch_size, n)
    count = _checks.integer("gradient_accumulation", gradient_accumulation, at_least=1)
    if count > 1:
        if not size:
            raise InvalidArgumentError(
                f"batch_size must be given with gradient_accumulation = {count}: it says how many samples "
                "are computed at a time."
            )
        if size * count > n:
            raise InvalidArgumentError(
                f"batch_size times gradient_accumulation is {size * count}, but there are only {n} samples."
            )
        options.microbatch_size = size
    if isinstance(sampler, (MALA, HMC)) and size * count not in (0, n):
        raise InvalidArgumentError(
            f"batch_size is {size * count}, but {type(sampler).__name__} takes all {n} samples: leave it out."
        )
    options.batch_size = size * count


def settings_in_force(
    sampler: Sampler,
    options: _abi.RunOptions,
    status: _abi.Progress,
    init_loss: float | None,
    num_parameters: int,
    borrowed: Borrowed,
) -> dict[str, Any]:
    """Everything that a result was made with, defaults resolved."""
    moving = num_parameters if borrowed.mask is None else int(np.count_nonzero(borrowed.mask))
    microbatch_size = options.microbatch_size or status.batch_size
    return {
        **sampler.settings,
        "num_chains": options.num_chains,
        "num_draws": options.num_draws,
        "burnin": "given",
        "num_burnin_steps": options.num_burnin_steps,
        "num_steps_bw_draws": options.num_steps_bw_draws,
        "batch_size": status.batch_size,
        "microbatch_size": microbatch_size,
        "gradient_accumulation": status.batch_size // microbatch_size,
        "mask": None if borrowed.mask is None else "given",
        "num_parameters": moving,
        "nbeta": status.nbeta,
        "init_loss": "paired" if init_loss is None else init_loss,
        "seed": options.seed,
        "threads": status.threads,
        "num_acceptance_checks": options.num_acceptance_checks,
        "draw_batches": _DRAW_BATCHES[options.draw_batches],
        "stop_at_relative_error": options.stop_at_relative_error or None,
    }
