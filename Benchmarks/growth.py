"""How speed and peak memory grow with parameters, batch, chains and threads: docs/images/growth.png.

Square linear networks of four layers. Each point is a process of its own, whose peak of resident memory has
Python, the data and the caller's weights in it.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import results
from peers import native
from workers import Contender, interleaved

FIGURE = Path(__file__).resolve().parent.parent / "docs" / "images" / "growth.png"
WIDTHS = (16, 50, 158, 500, 1581, 5000)
BATCHES = (8, 32, 128, 512, 2048)
CHAINS = (1, 2, 4, 8, 16)


def points(most: int) -> dict[str, list[tuple[int, Contender]]]:
    """What is varied, its values, and who runs them."""

    def contender(network: str, chains: int = 2, threads: int = native.THREADS) -> Contender:
        return Contender("native", network, chains, "SGLD", f"threads {threads}")

    widths = [width for width in WIDTHS if 4 * width**2 <= most]
    return {
        "parameters": [(4 * width**2, contender(f"4x{width}, batch 64")) for width in widths],
        "batch": [(batch, contender(f"4x158, batch {batch}")) for batch in BATCHES],
        "chains": [(chains, contender("4x158, batch 64", chains)) for chains in CHAINS],
        "threads": [
            (threads, contender("4x158, batch 64", 2, threads)) for threads in range(1, native.THREADS + 1)
        ],
    }


def exponent(axis: str, values: list[float], rates: list[float]) -> float:
    """The slope in logarithms; of parameters from 100 000 on, where a step is not all overhead."""
    pairs = [pair for pair in zip(values, rates, strict=True) if axis != "parameters" or pair[0] > 90_000]
    if len(pairs) < 2:
        return math.nan
    logarithms = np.log(np.array(pairs))
    return float(np.polyfit(logarithms[:, 0], logarithms[:, 1], 1)[0])


def plot(axes: dict[str, dict[str, Any]], exponents: dict[str, float]) -> None:
    """Speed above, memory below."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, grid = plt.subplots(2, len(axes), figsize=(12, 6), layout="constrained", squeeze=False)
    for column, (axis, found) in enumerate(axes.items()):
        for row, key in enumerate(("rates", "peaks")):
            panel = grid[row, column]
            panel.loglog(found["values"], found[key], "o-", color=("C0", "C1")[row])
            panel.grid(alpha=0.3)
            panel.set_xlabel(axis)
        grid[0, column].set_title(f"~ {axis}^{exponents[axis]:.2f}")
    grid[0, 0].set_ylabel("chain-steps per second")
    grid[1, 0].set_ylabel("peak memory, MiB")
    figure.savefig(FIGURE, dpi=110)


def main() -> None:
    """A part of the results, and the figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--most", type=int, default=100_000_000, help="parameters")
    options = parser.parse_args()
    axes: dict[str, dict[str, Any]] = {}
    for axis, varied in points(options.most).items():
        rows = [interleaved([contender], options.repeats, options.seconds)[0] for _, contender in varied]
        axes[axis] = {
            "values": [value for value, _ in varied],
            "rates": [row["rate"] for row in rows],
            "peaks": [row["peak"] / 2**20 for row in rows],
        }
    exponents = {axis: exponent(axis, found["values"], found["rates"]) for axis, found in axes.items()}
    results.write("growth", {"axes": axes, "exponents": exponents})
    plot(axes, exponents)
    for axis, found in axes.items():
        print(f"{axis}: exponent {exponents[axis]:.2f}; {found}")


if __name__ == "__main__":
    main()
