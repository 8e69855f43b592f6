"""What a user waits for: the import, and the first step of a model with a million parameters.

Each is measured in new processes: the import after that of numpy; the first step as a whole call of
``estimate_llc`` that makes one, in a process where no call was made before, and in one where one was.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

import results

REPEATS = 9

IMPORT = """
import time, numpy
begin = time.perf_counter()
import swiftllc
print(time.perf_counter() - begin)
"""
FIRST_STEP = """
import sys, time
sys.path.insert(0, "Benchmarks")
import swiftllc as sl
from problems import PROBLEMS
problem = PROBLEMS["DLN 1M"]
data = problem.model.dataset(*(array[:problem.batch] for array in problem.data))
params = problem.params
def call():
    begin = time.perf_counter()
    sl.estimate_llc(
        problem.model, params, data, sampler=sl.SGLD(lr=1e-10), num_chains=1, num_draws=1, num_burnin_steps=0,
        batch_size=problem.batch, num_acceptance_checks=0, draw_batches="steps", progress=False,
    )
    return time.perf_counter() - begin
# Until the threads of numpy's BLAS, which made the data, have ceased to wait for more work by spinning.
time.sleep(0.5)
print(call(), call())
"""


def median(program: str) -> list[float]:
    """Of what a program writes, each time in a new process."""
    rows = []
    for _ in range(REPEATS):
        run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
        rows.append([float(word) for word in run.stdout.split()])
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def main() -> None:
    """A part of the results."""
    (importing,) = median(IMPORT)
    first, second = median(FIRST_STEP)
    results.write("startup", {"import": importing, "first_step": first, "first_step_again": second})
    print(f"import {importing:.3f} s, first step {first:.3f} s, in a later call {second:.3f} s")


if __name__ == "__main__":
    main()
