"""swiftllc: ``estimate_llc`` with what the others do, the loss of each step's batch and no more."""

from __future__ import annotations

import time

import numpy as np
import samplers
from problems import Problem

import swiftllc as sl
from peers.contender import Runner, Variants

THREADS = 2


def variants(problem: Problem, chains: int, sampler: str) -> Variants:
    """One: the library chooses how its threads share the work."""
    return {"": lambda: runner(problem, chains, sampler, THREADS)}


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

    # What a call does once (the gradient at w*, threads, memory) the loops of others did before they began.
    return lambda count: call(count + 1) - call(1)


def loss_at_start(problem: Problem) -> float:
    """The loss of the first batch at the weights they all begin at."""
    x, y = (array[: problem.batch] for array in problem.data)
    return float(np.mean(problem.model.loss(problem.params, (x, y))))
