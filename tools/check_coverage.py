"""Whether λ̂ ± 2 standard errors covers what it should: the mean that the same sampler has in the long run.

200 runs with seeds of their own on each of four problems, against the long run of the same sampler, burn-in
and batches. An honest error bar covers in about 95 % of the runs; between 90 and 99 % passes. A coverage of
95 % leaves that range by chance once in 250 such checks.

Run it with ``make check-coverage``.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

import swiftllc as sl

RUNS = 200
LONGER = 200  # times the draws of a run
LOWEST, HIGHEST = 0.90, 0.99


@dataclass(frozen=True)
class Problem:
    """What is estimated, and how."""

    name: str
    model: sl.Model
    params: Any
    data: tuple[np.ndarray, np.ndarray]
    options: dict[str, Any]

    def estimate(self, seed: int, longer: int = 1) -> sl.LLCResult:
        """One run, with so many times the draws."""
        options = self.options | {"num_draws": self.options["num_draws"] * longer}
        return sl.estimate_llc(
            self.model, self.params, self.data, seed=seed, threads=1, progress=False, **options
        )


def quadratic() -> Problem:
    """A linear regression with noise: four regular directions, minibatches."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(1000, 4))
    y = X @ [[1.0], [-2.0], [0.5], [3.0]] + generator.normal(size=(1000, 1))
    model = sl.Model(sl.Linear(4, 1, bias=False), input_shape=(4,), loss="mse", dtype="float64")
    sampler = sl.SGLD(lr=1e-3, localization=1.0)
    options = {"sampler": sampler, "batch_size": 100, "num_draws": 2000, "num_burnin_steps": 200}
    return Problem("quadratic", model, np.linalg.lstsq(X, y)[0].reshape(-1), (X, y), options)


def crossing_lines() -> Problem:
    """L = a² b² at its centre, nbeta 100: singular, and slow along the lines."""
    layers = sl.Sequential(sl.Linear(1, 1, bias=False), sl.Linear(1, 1, bias=False))
    model = sl.Model(layers, input_shape=(1,), loss="mse", dtype="float64")
    sampler = sl.UnderdampedLangevin(lr=0.02, friction=2.0, localization=1.0)
    options = {
        "sampler": sampler, "nbeta": 100.0, "num_draws": 2000, "num_burnin_steps": 1000,
        "num_steps_bw_draws": 10,
    }  # fmt: skip
    return Problem("a² b²", model, np.zeros(2), (np.ones((1, 1)), np.zeros((1, 1))), options)


def deep_linear() -> Problem:
    """Three layers of rank 2, minibatches."""
    generator = np.random.default_rng(1)
    frames = [np.linalg.qr(generator.normal(size=(width, 2)))[0] for width in (5, 4, 6, 5)]
    weights = {f"{i}.weight": above @ below.T for i, (below, above) in enumerate(pairwise(frames))}
    layers = [sl.Linear(a, b, bias=False) for a, b in ((5, 4), (4, 6), (6, 5))]
    model = sl.Model(sl.Sequential(*layers), input_shape=(5,), loss="mse")
    X = generator.normal(size=(2000, 5)).astype(np.float32)
    params = model.load(weights)
    sampler = sl.UnderdampedLangevin(lr=0.02, friction=10.0, localization=10.0)
    options = {
        "sampler": sampler, "batch_size": 200, "num_draws": 1000, "num_burnin_steps": 500,
        "num_steps_bw_draws": 5,
    }  # fmt: skip
    return Problem("deep linear", model, params, (X, model(params, X)), options)


def oscillating() -> Problem:
    """A linear regression without noise, underdamped: 20 directions that oscillate together."""
    generator = np.random.default_rng(2)
    X = generator.normal(size=(5000, 20))
    params = generator.normal(size=20)
    model = sl.Model(sl.Linear(20, 1, bias=False), input_shape=(20,), loss="mse", dtype="float64")
    sampler = sl.UnderdampedLangevin(lr=0.004, friction=5.0, localization=10.0)
    options = {
        "sampler": sampler, "batch_size": 250, "num_draws": 1000, "num_burnin_steps": 500,
        "num_steps_bw_draws": 2,
    }  # fmt: skip
    return Problem("oscillating", model, params, (X, X @ params[:, None]), options)


def check(make: Callable[[], Problem]) -> bool:
    """Prints the coverage on one problem; whether it passes."""
    problem = make()
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        # Long runs on seeds of their own, of which there are as many as keep the processors busy.
        long = list(pool.map(lambda seed: problem.estimate(seed, LONGER // 4), range(10_000, 10_004)))
        runs = list(pool.map(problem.estimate, range(RUNS)))
    target = float(np.mean([result.llc for result in long]))
    error = math.hypot(*(result.stderr for result in long)) / len(long)
    llc, stderr = np.array([(result.llc, result.stderr) for result in runs]).T
    covered = float((np.abs(llc - target) <= 2 * stderr).mean())
    honest = LOWEST <= covered <= HIGHEST
    print(
        f"{problem.name:<12} long-run mean {target:8.4f} ± {error:.4f}   spread of λ̂ {llc.std(ddof=1):.4f}, "
        f"mean standard error {stderr.mean():.4f}   covered {covered:6.1%}{'' if honest else '   OUTSIDE'}",
        flush=True,
    )
    return honest


def main() -> None:
    """Exit status 1 where one is outside."""
    print(f"{RUNS} runs each, λ̂ ± 2 standard errors against {LONGER} times the draws")
    if not all([check(problem) for problem in (quadratic, crossing_lines, deep_linear, oscillating)]):
        sys.exit(f"The coverage must be within {LOWEST:.0%} ... {HIGHEST:.0%}.")


if __name__ == "__main__":
    main()
