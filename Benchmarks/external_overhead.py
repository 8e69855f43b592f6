"""What a step of a chain that is driven from Python costs beside the model.

Each step asks for the batch, calls a model that does nothing, and tells the chain the loss; with a gradient
of d numbers that is copied, and with one that is written in place. Next to it the two native calls alone,
which check the gradient and update d parameters. What a step takes beyond them is the overhead. The best of
several repetitions: the machine may have other things to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

import swiftllc as sl
from swiftllc._library import lib

SIZES = (10, 1_000, 100_000, 1_000_000)
SAMPLES, BATCH_SIZE = 10_000, 256
REPETITIONS = 7


def microseconds(step: Callable[[], object], count: int) -> float:
    """The time of one step, in the best of several repetitions of ``count``."""
    times = []
    for _ in range(REPETITIONS):
        begin = time.perf_counter()
        for _ in range(count):
            step()
        times.append(time.perf_counter() - begin)
    return 1e6 * min(times) / count


def measured(size: int, dtype: str) -> tuple[float, float, float]:
    """A whole step, one whose gradient is there already, and the two native calls alone, in microseconds."""
    chain = sl.Chain(sl.SGLD(lr=1e-6), np.zeros(size, dtype), n=SAMPLES, batch_size=BATCH_SIZE, seed=0)
    zeros = np.zeros(size, dtype)

    def no_model(parameters: object, batch: object) -> tuple[float, np.ndarray]:
        return 0.5, zeros

    def step() -> None:
        loss, gradient = no_model(chain.parameters, chain.batch)
        chain.tell(loss, gradient)

    def in_place() -> None:
        loss, _ = no_model(chain.parameters, chain.batch)
        chain.tell(loss)

    def native() -> None:
        lib.sllc_chain_tell(chain._handle, 0.5, chain._state_reference)
        lib.sllc_chain_leave(chain._handle, chain._state_reference)

    count = max(50, min(20_000, 10_000_000 // size))
    step()
    return microseconds(step, count), microseconds(in_place, count), microseconds(native, count)


def main() -> None:
    """Prints a table."""
    print(f"{sl.hardware()}; SGLD, batches of {BATCH_SIZE} of {SAMPLES} rows; µs per step")
    print(
        f"{'d':>9} {'dtype':>8} {'native':>9} {'in place':>9} {'overhead':>9} {'copied':>9} {'overhead':>9}"
    )
    for dtype in ("float32", "float64"):
        for size in SIZES:
            step, in_place, native = measured(size, dtype)
            print(
                f"{size:9d} {dtype:>8} {native:9.1f} {in_place:9.1f} {in_place - native:9.1f} {step:9.1f} "
                f"{step - native:9.1f}"
            )


if __name__ == "__main__":
    main()
