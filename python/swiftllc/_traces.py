"""What the chains write, and the estimate that is made of it."""

from __future__ import annotations

import math
from ctypes import byref, c_int64
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from swiftllc import _abi
from swiftllc._errors import OutOfMemoryError, check
from swiftllc._library import lib

# What is measured of the moves that are checked.
_CHECKS = ("acceptance", "drift_norms", "noise_norms", "temperatures", "gradient_noise", "stiffness")


class Traces(NamedTuple):
    """The memory that the chains write to, NaN and -1 until they do."""

    losses: NDArray[np.float64]
    baselines: NDArray[np.float64]
    distances: NDArray[np.float64]
    draws_done: NDArray[np.int64]
    diverged_steps: NDArray[np.int64]
    acceptance: NDArray[np.float64]
    drift_norms: NDArray[np.float64]
    noise_norms: NDArray[np.float64]
    temperatures: NDArray[np.float64]
    gradient_noise: NDArray[np.float64]
    stiffness: NDArray[np.float64]

    @classmethod
    def allocate(cls, chains: int, draws: int) -> Traces:
        """Room for so many chains and draws. OutOfMemoryError if there is none."""
        try:
            return cls(
                **{name: np.full((chains, draws), math.nan) for name in ("losses", "baselines", "distances")},
                **{name: np.full(chains, math.nan) for name in _CHECKS},
                draws_done=np.zeros(chains, np.int64),
                diverged_steps=np.full(chains, -1, np.int64),
            )
        except (MemoryError, ValueError):  # ValueError is numpy's for what no address space can hold
            raise OutOfMemoryError(
                f"The traces of num_chains = {chains} times num_draws = {draws} need "
                f"{24 * chains * draws / 2**30:.3g} GiB, which could not be allocated."
            ) from None

    def native(self) -> _abi.Trace:
        """Points into the arrays, which must outlive it."""
        trace = _abi.sized(_abi.Trace)
        trace.chains, trace.draws = self.losses.shape
        for name, array in self._asdict().items():
            setattr(trace, name, array.ctypes.data)
        return trace

    def between(self, first: int, end: int) -> Traces:
        """Only the draws ``first`` ... ``end`` - 1 of every chain."""
        kept = {name: getattr(self, name)[:, first:end] for name in ("losses", "baselines", "distances")}
        return self._replace(**kept, draws_done=np.clip(self.draws_done, first, end) - first)


def complete_block(draws_done: NDArray[np.int64]) -> tuple[NDArray[np.intp], int]:
    """The chains and the number of their draws that hold the most draws with as many of each chain.

    After an interrupt some chains are further than others, and some may not have begun.
    """
    order = np.argsort(-draws_done, kind="stable")
    sizes = draws_done[order] * np.arange(1, len(order) + 1)
    count = int(sizes.argmax()) + 1
    return np.sort(order[:count]), int(draws_done[order[count - 1]])


def estimated(
    losses: NDArray[np.float64], baselines: NDArray[np.float64], nbeta: float
) -> tuple[NDArray[np.float64], _abi.Estimate]:
    """The native estimate from (chain, draw); all NaN where there is no draw yet."""
    chains, draws = losses.shape
    per_chain = np.full(chains, math.nan)
    estimate = _abi.sized(_abi.Estimate)
    if draws == 0:
        return per_chain, _abi.Estimate(estimate.struct_size, *([math.nan] * (len(estimate._fields_) - 1)))
    losses, baselines = np.ascontiguousarray(losses), np.ascontiguousarray(baselines)
    check(
        lib.sllc_estimate_compute(
            losses.ctypes.data,
            baselines.ctypes.data,
            math.nan,
            chains,
            draws,
            nbeta,
            per_chain.ctypes.data,
            byref(estimate),
        )
    )
    return per_chain, estimate


def chosen_burnin(losses: NDArray[np.float64], baselines: NDArray[np.float64]) -> int:
    """How many of the first draws to discard (MSER-5), from (chain, draw); 0 where there is no draw yet."""
    chains, draws = losses.shape
    if draws == 0:
        return 0
    losses, baselines = np.ascontiguousarray(losses), np.ascontiguousarray(baselines)
    burnin = c_int64()
    check(lib.sllc_burnin_choose(losses.ctypes.data, baselines.ctypes.data, chains, draws, byref(burnin)))
    return burnin.value
