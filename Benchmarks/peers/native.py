"""swiftllc: ``estimate_llc`` with what the others do, the loss of each step's batch and no more."""

from __future__ import annotations

import os
import statistics
import time

import numpy as np
import samplers
from problems import Problem

import swiftllc as sl
from peers.contender import Runner, Variants

THREADS = len(os.sched_getaffinity(0))
#: What a call does once is subtracted, and takes as long as up to ten steps.
LEAST_STEPS = 20


def variants(problem: Problem, chains: int, sampler: str) -> Variants:
    """So many threads; the library chooses how they share the work."""
    return {
        f"threads {threads}": lambda threads=threads: runner(problem, chains, sampler, threads)
        for threads in range(THREADS, 0, -1)
    }


def runner(problem: Problem, chains: int, sampler: str, threads: int) -> Runner:
    """So many chains on so many threads."""
    data = problem.model.dataset(*problem.data)
    steps = {"lr": problem.lr, "localization": problem.localization}
    if sampler == "SGLD":
        method = sl.SGLD(**steps)
    else:
        method = sl.RMSPropSGLD(
            **steps,
            second_moment_decay=samplers.DECAY,
            epsilon=samplers.EPSILON,
            moments="uncorrected",
            freeze_after_burnin=False,
        )

    def call(draws: int) -> float:
        begin = time.perf_counter()
        sl.estimate_llc(
            problem.model,
            problem.params,
            data,
            sampler=method,
            num_chains=chains,
            num_draws=draws,
            num_burnin_steps=0,
            batch_size=problem.batch,
            nbeta=problem.nbeta,
            init_loss=0.0,
            num_acceptance_checks=0,
            draw_batches="steps",
            threads=threads,
            seed=0,
            progress=False,
        )
        return time.perf_counter() - begin

    once: list[float] = []

    def run(count: int) -> float:
        # What a call does once (the gradient at w*, threads, memory) others did before they began.
        once.append(call(1))
        return max(call(count + 1) - statistics.median(once), 0.0)

    return run


def loss_at_start(problem: Problem) -> float:
    """The loss of the first batch at the weights they all begin at."""
    x, y = (array[: problem.batch] for array in problem.data)
    return float(np.mean(problem.model.loss(problem.params, (x, y))))
