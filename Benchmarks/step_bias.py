"""What the size of the step adds to λ̂ of calibrated chains, beside their acceptance.

For each network long runs of the calibrated sampler, with its step, twice and half of that, at the same ratio
of friction to step: so what flat directions do, and what the noise of the gradients adds, is the same for all
three. BAOAB is of second order, so that the bias of a step is 4/3 of what changes when it is halved.

Run it with ``python Benchmarks/step_bias.py``; about six minutes on two cores.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise

import numpy as np

import swiftllc as sl
from swiftllc.experiments.protocols.dln.networks import CLASSES, conditioned, network

FACTORS = (2.0, 1.0, 0.5)


def run(seed: int, network_class: str, steps: int) -> tuple[str, list[sl.LLCResult]]:
    """Three estimates of network number ``seed``, from the same noise and batches."""
    problem = network(network_class, partial(conditioned, lowest=0.5), seed)
    data = problem.samples(CLASSES[network_class].rows)
    calibration = sl.calibrate(problem.model, problem.params, data, seed=seed, progress=False)
    chosen = calibration.sampler
    options = calibration.options | {
        "num_chains": 2, "num_steps_bw_draws": 5, "num_draws": steps // 5, "num_burnin_steps": steps // 4,
        "stop_at_relative_error": None,
    }  # fmt: skip
    results = []
    for factor in FACTORS:
        sampler = dataclasses.replace(chosen, lr=factor * chosen.lr, friction=factor * chosen.friction)
        try:
            results.append(
                sl.estimate_llc(
                    problem.model, problem.params, data, sampler=sampler, threads=1,
                    progress=False, **options,
                )
            )  # fmt: skip
        except sl.DivergedError as error:
            results.append(error.result)
    return "-".join(map(str, problem.widths)), results


def main() -> None:
    """A row for each network and step."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[2, 4, 5, 10, 13, 18])
    parser.add_argument("--network-class", choices=CLASSES, default="10K")
    parser.add_argument("--steps", type=int, default=40_000, help="of each of two chains (default 40000)")
    options = parser.parse_args()
    print(f"{'widths':<34}{'step':>6}{'acceptance':>12}{'bias of the step':>20}")
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        runs = pool.map(lambda seed: run(seed, options.network_class, options.steps), options.seeds)
        for widths, results in runs:
            for factor, (coarse, fine) in zip(FACTORS, pairwise(results), strict=False):
                if not np.isfinite(coarse.losses).all():
                    print(f"{widths:<34}{factor:>5g}×    diverged", flush=True)
                    continue
                size = fine.llc
                bias = 4 / 3 * (coarse.llc - fine.llc) / size
                error = 4 / 3 * math.hypot(coarse.stderr, fine.stderr) / size
                print(
                    f"{widths:<34}{factor:>5g}×{coarse.diagnostics.acceptance:>12.3f}"
                    f"{bias:>+12.2%} ± {error:.2%}",
                    flush=True,
                )
            last = results[-1]
            print(f"{widths:<34}{FACTORS[-1]:>5g}×{last.diagnostics.acceptance:>12.3f}", flush=True)


if __name__ == "__main__":
    main()
