"""Local learning coefficients of deep linear networks, against their exact values.

30 networks of the class "1K" of Lau et al. (arXiv 2308.12108): 2 to 4 weight matrices without bias,
widths from 5 to 49, 100 000 inputs uniform on [-10, 10], targets by the network itself. λ̂ by SGLD with
the settings of that paper: one chain of 10 000 steps, lr 5e-7, localization 1, batches of 500, the last
tenth of the trace. The exact λ is Aoyagi's (2024), which holds at the deepest point of the set of true
parameters; so every factor of the truth has the same rank, aligned with its neighbours and well
conditioned.

Run it with ``make demo``, or ``python examples/deep_linear_networks.py --help``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl

SAMPLES = 100_000
STEPS = 10_000
SETTINGS = {"lr": 5e-7, "localization": 1.0, "batch_size": 500}


@dataclass(frozen=True)
class Row:
    """One network: the truth, the exact value and the estimate."""

    seed: int
    widths: list[int]
    rank: int
    parameters: int
    exact: float
    multiplicity: int
    estimate: float
    stderr: float
    acceptance: float
    seconds: float

    @property
    def relative_error(self) -> float:
        """(λ̂ - λ) / λ."""
        return (self.estimate - self.exact) / self.exact


def truth(
    generator: np.random.Generator, lowest_rank: float
) -> tuple[list[int], int, list[NDArray[np.float64]]]:
    """Widths, rank, and factors W_i = Q_{i+1} diag(s) Q_iᵀ with orthonormal Q_i and s from [0.8, 1.2].

    The rank is uniform from ``lowest_rank`` times the least width (but at least 1) up to the least width.
    """
    widths = generator.integers(5, 50, size=generator.integers(3, 6))
    least = int(widths.min())
    rank = int(generator.integers(max(1, round(lowest_rank * least)), least + 1))
    frames = [np.linalg.qr(generator.normal(size=(width, rank)))[0] for width in widths]
    factors = [
        (above * generator.uniform(0.8, 1.2, size=rank)) @ below.T for below, above in pairwise(frames)
    ]
    return widths.tolist(), rank, factors


def estimate(seed: int, lowest_rank: float) -> Row:
    """Makes network number ``seed``, and estimates its learning coefficient on one thread."""
    generator = np.random.default_rng(seed)
    widths, rank, factors = truth(generator, lowest_rank)
    layers = [sl.Linear(inputs, outputs, bias=False) for inputs, outputs in pairwise(widths)]
    model = sl.Model(sl.Sequential(*layers), input_shape=(widths[0],), loss="mse")
    params = model.load({f"{i}.weight": factor for i, factor in enumerate(factors)})
    X = generator.uniform(-10, 10, size=(SAMPLES, widths[0])).astype(np.float32)
    start = time.perf_counter()
    result = sl.estimate_llc(
        model,
        params,
        (X, model(params, X)),
        sampler=sl.SGLD(lr=SETTINGS["lr"], localization=SETTINGS["localization"]),
        batch_size=SETTINGS["batch_size"],
        num_chains=1,
        num_burnin_steps=STEPS - STEPS // 10,
        num_draws=STEPS // 10,
        seed=seed,
        progress=False,
    )
    exact = sl.theory.dln(widths, rank)
    return Row(
        seed=seed,
        widths=widths,
        rank=rank,
        parameters=model.parameter_count,
        exact=float(exact.value),
        multiplicity=exact.multiplicity,
        estimate=result.llc,
        stderr=result.stderr,
        acceptance=result.diagnostics.acceptance,
        seconds=time.perf_counter() - start,
    )


def summary(rows: list[Row]) -> dict[str, float]:
    """Median relative error, R² of the estimates against λ, and the share of pairs in order."""
    exact = np.array([row.exact for row in rows])
    estimates = np.array([row.estimate for row in rows])
    above, below = np.triu_indices(len(rows), k=1)
    differ = exact[above] != exact[below]
    agree = np.sign(exact[above] - exact[below]) == np.sign(estimates[above] - estimates[below])
    return {
        "median_relative_error": statistics.median(abs(row.relative_error) for row in rows),
        "worst_relative_error": max(abs(row.relative_error) for row in rows),
        "r_squared": 1 - float(((estimates - exact) ** 2).sum() / ((exact - exact.mean()) ** 2).sum()),
        "order_preservation": float(agree[differ].mean()),
    }


def figure(rows: list[Row], path: Path) -> None:
    """λ̂ against λ, on logarithmic axes."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    exact = [row.exact for row in rows]
    fig, axes = plt.subplots(figsize=(5, 5), layout="constrained")
    ends = [min(exact) / 1.3, max(exact) * 1.3]
    axes.plot(ends, ends, color="0.6", linewidth=1, label="λ̂ = λ")
    axes.errorbar(
        exact, [row.estimate for row in rows], yerr=[2 * row.stderr for row in rows], fmt="o", markersize=4,
        capsize=2, label="λ̂ ± 2 standard errors",
    )  # fmt: skip
    axes.set(
        xscale="log", yscale="log", xlabel="exact learning coefficient λ", ylabel="estimate λ̂",
        title=f"{len(rows)} deep linear networks, SGLD",
    )  # fmt: skip
    axes.legend()
    fig.savefig(path, dpi=120)


def main() -> None:
    """Prints a row for each network as it is done, then the summary; writes the figure and the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--networks", type=int, default=30, help="how many (default 30)")
    parser.add_argument(
        "--lowest-rank",
        type=float,
        default=0.5,
        help="the least rank, as a share of the least width (default 0.5)",
    )
    parser.add_argument("--output", type=Path, default=Path(), help="folder for demo.png and demo.json")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)

    print(f"{sl.hardware()}; {options.networks} networks, {STEPS} steps of SGLD each")
    print(f"{'widths':<22}{'rank':>5}{'λ':>8}{'m':>3}{'λ̂':>9}{'±':>6}{'error':>8}{'acceptance':>12}")
    start = time.perf_counter()
    rows = []
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for row in pool.map(estimate, range(options.networks), [options.lowest_rank] * options.networks):
            rows.append(row)
            widths = "-".join(map(str, row.widths))
            print(
                f"{widths:<22}{row.rank:>5}{row.exact:>8.1f}{row.multiplicity:>3}"
                f"{row.estimate:>8.1f}{row.stderr:>6.1f}{row.relative_error:>+8.1%}{row.acceptance:>12.3f}",
                flush=True,
            )
    seconds = time.perf_counter() - start
    results = summary(rows)
    figure(rows, options.output / "demo.png")
    record = {
        "settings": {**SETTINGS, "samples": SAMPLES, "steps": STEPS, "lowest_rank": options.lowest_rank}
    }
    record |= {"summary": results, "seconds": seconds, "networks": [asdict(row) for row in rows]}
    (options.output / "demo.json").write_text(json.dumps(record, indent=1) + "\n")
    print(f"{seconds:.0f} s; wrote {options.output / 'demo.png'} and {options.output / 'demo.json'}")
    print(
        f"median |relative error| {results['median_relative_error']:.1%}, R² {results['r_squared']:.4f}, "
        f"order preservation {results['order_preservation']:.3f}"
    )


if __name__ == "__main__":
    main()
