"""Chain-steps per second with two threads over one: of four chains, and of one that threads may share."""

from __future__ import annotations

import argparse
import statistics
from typing import Any

import results
from peers import native
from problems import DLNS, OTHERS, Problem
from worker import rate


def measured(problem: Problem, chains: int, repeats: int, seconds: float) -> dict[str, Any]:
    """Medians of both numbers of threads, in turns."""
    runs = {threads: native.runner(problem, chains, "SGLD", threads) for threads in (1, 2)}
    counts = {
        threads: max(native.LEAST_STEPS, round(seconds * rate(run)[0])) for threads, run in runs.items()
    }
    taken: dict[int, list[float]] = {threads: [] for threads in runs}
    for _ in range(repeats):
        for threads, run in runs.items():
            taken[threads].append(chains * counts[threads] / run(counts[threads]))
    one, two = (statistics.median(rates) for rates in taken.values())
    return {"problem": problem.name, "chains": chains, "one": one, "two": two, "ratio": two / one}


def main() -> None:
    """A part of the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--most", type=int, default=50_000_000, help="parameters")
    options = parser.parse_args()
    rows = []
    for problem in DLNS[1:] + OTHERS:
        if problem.parameters > options.most:
            continue
        for chains in (4, 1):
            rows.append(measured(problem, chains, options.repeats, options.seconds))
            print(f"{problem.name:24} {chains} chains: {rows[-1]['ratio']:.2f}", flush=True)
    results.write("scaling", rows)


if __name__ == "__main__":
    main()
