"""The cost of an answer: seconds to a standard error of 2 % of λ̂, on real data.

Each estimator makes many independent replicates of four chains from the same trained weights. Of them is
measured:

- the variance of one chain's mean over D draws, from all chains of all replicates: nothing is assumed about
  how the draws depend on each other;
- the variance of the baseline over replicates, for those who take it from a few batches;
- the seconds of a step: for swiftllc those of whole calls, with everything that an estimate has; for the
  others those of their loops alone, in their fastest variant, whose baselines and start cost nothing here.

An answer takes burn-in and D draws of each chain, with the D that is cheapest; where that leaves too large an
error, as many whole runs as average it away. Step, nβ, localization, batch and number of chains are the same
for all who sample by SGLD, and so is the burn-in: that in which what a flat direction adds to the loss comes
within 2 % of its level, four times 1/(step · localization).

- swiftllc: every step is a draw, the loss of its minibatch against that at w* of the same samples.
  Minibatches are drawn with replacement, as by the JAX loop: then they know nothing of where the chain is,
  and the pairs are unbiased.
- swiftllc, underdamped: the same by ``UnderdampedLangevin``, with its own step, friction and burn-in.
- JAX: the losses of the steps' batches, against the loss of all samples at w*.
- devinterp: the losses of the steps' batches, against as many batches at w* as there are chains, as it does.
"""

from __future__ import annotations

import argparse
import importlib
import math
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import digits
import numpy as np
import results
from numpy.typing import NDArray
from problems import Problem
from workers import Contender, interleaved

import swiftllc as sl

PEERS = {"jax_loop": "JAX loop", "devinterp1": "devinterp 1.3.2"}
CHAINS = 4
TARGET = 0.02
UNDERDAMPED = {32: (0.015, 40.0), 512: (0.02, 10.0)}  # step and friction for each batch


@dataclass
class Measured:
    """Draws of one estimator, less their baseline, times nβ: replicates, chains, draws after the burn-in."""

    name: str
    burnin: int
    seconds_per_step: float
    draws: NDArray[Any]
    baselines: NDArray[Any] = field(default_factory=lambda: np.zeros(2))

    @property
    def llc(self) -> float:
        """λ̂ of all replicates together."""
        return float(self.draws.mean() - self.baselines.mean())

    def stderr(self, count: int) -> float:
        """Of one run with so many draws of each chain."""
        available = self.draws.shape[2]
        means = self.draws[:, :, : min(count, available)].mean(axis=2)
        variance = means.var(ddof=1) * min(count, available) / count
        return math.sqrt(variance / CHAINS + self.baselines.var(ddof=1))

    def seconds(self, count: int) -> float:
        """Until the standard error is the target's, by runs of so many draws."""
        run = CHAINS * (self.burnin + count) * self.seconds_per_step
        return run * max(1.0, (self.stderr(count) / (TARGET * self.llc)) ** 2)

    def report(self) -> dict[str, Any]:
        """The cheapest number of draws, and what it costs."""
        counts = [round(self.draws.shape[2] * 2 ** (power / 4)) for power in range(-20, 41)]
        best = min((count for count in counts if count > 1), key=self.seconds)
        return {
            "name": self.name,
            "llc": self.llc,
            "burnin": self.burnin,
            "draws": best,
            "stderr_of_a_run": self.stderr(best) / self.llc,
            "microseconds_per_chain_step": 1e6 * self.seconds_per_step,
            "seconds": self.seconds(best),
        }


def by_swiftllc(name: str, problem: Problem, sampler: sl.Sampler, burnin: int, options: Any) -> Measured:
    """Whole calls of ``estimate_llc``, one after another."""
    data = problem.model.dataset(*problem.data)
    draws, seconds = [], 0.0
    for seed in range(options.replicates):
        begin = time.perf_counter()
        result = sl.estimate_llc(
            problem.model, problem.params, data, sampler=sampler, batch_size=problem.batch, num_chains=CHAINS,
            num_burnin_steps=burnin, num_draws=options.steps, draw_batches="steps", with_replacement=True,
            threads=2, seed=seed, progress=False,
        )  # fmt: skip
        seconds += time.perf_counter() - begin
        draws.append(problem.nbeta * (result.losses - result.baselines))
    steps = options.replicates * CHAINS * (burnin + options.steps)
    return Measured(name, burnin, seconds / steps, np.array(draws))


def by_peer(name: str, peer: str, problem: Problem, burnin: int, rate: float, options: Any) -> Measured:
    """Traces from a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        jobs = [
            pool.submit(_traces, peer, problem.name, burnin + options.steps, seed)
            for seed in range(options.replicates)
        ]
        found = [job.result() for job in jobs]
    draws = problem.nbeta * np.array([losses[:, burnin:] for losses, _ in found], np.float64)
    baselines = problem.nbeta * np.array([baseline for _, baseline in found])
    return Measured(name, burnin, 1 / rate, draws, baselines)


def _traces(peer: str, problem: str, steps: int, seed: int) -> tuple[NDArray[Any], float]:
    return importlib.import_module(f"peers.{peer}").traces(digits.PROBLEMS[problem], CHAINS, steps, seed)


def measured(problem: Problem, options: Any) -> list[dict[str, Any]]:
    """All estimators on one problem."""
    contenders = [Contender(peer, problem.name, CHAINS, "SGLD") for peer in options.peers]
    rates = {row["peer"]: row["rate"] for row in interleaved(contenders, repeats=5, seconds=0.5)}
    burnin = math.ceil(4 / (problem.lr * problem.localization))
    sgld = sl.SGLD(lr=problem.lr, localization=problem.localization)
    step, friction = UNDERDAMPED[problem.batch]
    underdamped = sl.UnderdampedLangevin(lr=step, friction=friction, localization=problem.localization)
    settled = math.ceil(2 * friction / (problem.localization * step))
    rows = [by_swiftllc("swiftllc", problem, sgld, burnin, options).report()]
    rows.append(by_swiftllc("swiftllc, underdamped", problem, underdamped, settled, options).report())
    for peer in options.peers:
        rows.append(by_peer(PEERS[peer], peer, problem, burnin, rates[peer], options).report())
    return [{"problem": problem.name, **row} for row in rows]


def main() -> None:
    """A part of the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--replicates", type=int, default=16)
    parser.add_argument("--steps", type=int, default=4000, help="of each chain after the burn-in")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS)
    options = parser.parse_args()
    rows = []
    for problem in digits.PROBLEMS.values():
        for row in measured(problem, options):
            rows.append(row)
            print(
                f"{row['problem']:20} {row['name']:24} λ̂ {row['llc']:6.2f}, "
                f"{row['microseconds_per_chain_step']:7.1f} µs per chain-step, {row['seconds']:8.2f} s",
                flush=True,
            )
    results.write("answer", rows)


if __name__ == "__main__":
    main()
