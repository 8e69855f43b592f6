"""Local learning coefficients of deep linear networks, against their exact values.

40 networks of a class of Lau et al. (arXiv 2308.12108), weight matrices without bias: "1K" has 2 to 4 of them
and widths from 5 to 49, "10K" 2 to 9 and widths from 5 to 99. 100 000 inputs are uniform on [-10, 10], the
targets those of the network itself. λ̂ twice, from as many sample gradients: as ``estimate_llc`` calibrates
itself, and by SGLD with the settings of that paper, one chain of 10 000 steps, lr 5e-7, localization 1,
batches of 500, the last tenth of the trace. The exact λ is Aoyagi's (2024), which holds at the deepest point
of the set of true parameters; so every factor of the truth has the same rank, aligned with its neighbours and
well conditioned.

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
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl

SAMPLES = 100_000
STEPS = 10_000
PAPER = {
    "batch_size": 500,
    "num_chains": 1,
    "num_draws": STEPS // 10,
    "num_burnin_steps": STEPS - STEPS // 10,
}
#: Of each class: one more than the most widths and the largest width.
CLASSES = {"1K": (6, 50), "10K": (11, 100)}


class Problem(NamedTuple):
    """A network at its truth, with its data and the exact λ."""

    widths: list[int]
    rank: int
    model: sl.Model
    params: sl.Parameters
    data: tuple[NDArray[np.float32], NDArray[Any]]
    exact: float


def problem(seed: int, network_class: str, lowest_rank: float) -> Problem:
    """Network number ``seed``: factors W_i = Q_{i+1} diag(s) Q_iᵀ with orthonormal Q_i and s from [0.8, 1.2].

    The rank is uniform from ``lowest_rank`` times the least width (but at least 1) up to the least width.
    """
    generator = np.random.default_rng(seed)
    counts, largest = CLASSES[network_class]
    widths = generator.integers(5, largest, size=generator.integers(3, counts))
    least = int(widths.min())
    rank = int(generator.integers(max(1, round(lowest_rank * least)), least + 1))
    frames = [np.linalg.qr(generator.normal(size=(width, rank)))[0] for width in widths]
    factors = [
        (above * generator.uniform(0.8, 1.2, size=rank)) @ below.T for below, above in pairwise(frames)
    ]
    layers = [sl.Linear(inputs, outputs, bias=False) for inputs, outputs in pairwise(widths.tolist())]
    model = sl.Model(sl.Sequential(*layers), input_shape=(int(widths[0]),), loss="mse")
    params = model.load({f"{i}.weight": factor for i, factor in enumerate(factors)})
    X = generator.uniform(-10, 10, size=(SAMPLES, widths[0])).astype(np.float32)
    exact = float(sl.theory.dln(widths.tolist(), rank).value)
    return Problem(widths.tolist(), rank, model, params, (X, model(params, X)), exact)


@dataclass(frozen=True)
class Estimate:
    """What one sampler says of one network."""

    llc: float
    stderr: float
    relative_error: float
    acceptance: float
    seconds: float


@dataclass(frozen=True)
class Row:
    """One network, with both estimates."""

    seed: int
    widths: list[int]
    rank: int
    parameters: int
    exact: float
    calibrated: Estimate
    sgld: Estimate


def estimates(seed: int, network_class: str, lowest_rank: float) -> Row:
    """Both, for network number ``seed``, on one thread."""
    network = problem(seed, network_class, lowest_rank)

    def estimate(**options: Any) -> Estimate:
        start = time.perf_counter()
        result = sl.estimate_llc(
            network.model, network.params, network.data, seed=seed, threads=1, progress=False, **options
        )
        error = (result.llc - network.exact) / network.exact
        seconds = time.perf_counter() - start
        return Estimate(result.llc, result.stderr, error, result.diagnostics.acceptance, seconds)

    return Row(
        seed=seed,
        widths=network.widths,
        rank=network.rank,
        parameters=network.model.parameter_count,
        exact=network.exact,
        calibrated=estimate(),
        sgld=estimate(sampler=sl.SGLD(lr=5e-7, localization=1.0), **PAPER),
    )


def summary(exact: list[float], estimates: list[Estimate]) -> dict[str, float]:
    """Relative errors, R² of the estimates against λ, the share of pairs in order, and the time."""
    truth, llc = np.array(exact), np.array([estimate.llc for estimate in estimates])
    above, below = np.triu_indices(len(truth), k=1)
    differ = truth[above] != truth[below]
    agree = np.sign(truth[above] - truth[below]) == np.sign(llc[above] - llc[below])
    errors = [abs(estimate.relative_error) for estimate in estimates]
    return {
        "median_relative_error": statistics.median(errors),
        "worst_relative_error": max(errors),
        "r_squared": 1 - float(((llc - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()),
        "order_preservation": float(agree[differ].mean()),
        "seconds_per_network": statistics.mean(estimate.seconds for estimate in estimates),
    }


def figure(rows: list[Row], path: Path) -> None:
    """The relative errors of both against λ."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    exact = [row.exact for row in rows]
    fig, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.axhline(0, color="0.6", linewidth=1)
    for name, label, marker in (
        ("sgld", "SGLD, settings of the paper", "s"),
        ("calibrated", "calibrated", "o"),
    ):
        found = [getattr(row, name) for row in rows]
        axes.errorbar(
            exact, [100 * one.relative_error for one in found],
            yerr=[200 * one.stderr / row.exact for one, row in zip(found, rows, strict=True)],
            fmt=marker, markersize=4, capsize=2, label=label,
        )  # fmt: skip
    axes.set(
        xscale="log", xlabel="exact learning coefficient λ", ylabel="error of λ̂ ± 2 standard errors, %",
        title=f"{len(rows)} deep linear networks",
    )  # fmt: skip
    axes.legend()
    fig.savefig(path, dpi=120)


def main() -> None:
    """Prints a row for each network as it is done, then the summary; writes the figure and the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--network-class", choices=CLASSES, default="1K", help="default 1K")
    parser.add_argument("--networks", type=int, default=40, help="how many (default 40)")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first (default 0)")
    parser.add_argument(
        "--lowest-rank",
        type=float,
        default=0.5,
        help="the least rank, as a share of the least width (default 0.5)",
    )
    parser.add_argument("--output", type=Path, default=Path(), help="folder for demo.png and demo.json")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)

    print(f"{sl.hardware()}; {options.networks} networks of class {options.network_class}")
    print(f"{'':<46}{'calibrated':>28}{'SGLD':>34}")
    columns = f"{'λ̂':>9}{'±':>6}{'error':>8}{'accept.':>9}{'s':>6}"
    print(f"{'widths':<32}{'rank':>5}{'λ':>9}{columns}{columns}")
    start = time.perf_counter()
    seeds = range(options.first, options.first + options.networks)
    rows = []
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for row in pool.map(lambda seed: estimates(seed, options.network_class, options.lowest_rank), seeds):
            rows.append(row)
            found = "".join(
                f"{one.llc:>8.1f}{one.stderr:>6.1f}{one.relative_error:>+8.1%}{one.acceptance:>9.3f}{one.seconds:>6.1f}"
                for one in (row.calibrated, row.sgld)
            )
            print(f"{'-'.join(map(str, row.widths)):<32}{row.rank:>5}{row.exact:>8.1f}{found}", flush=True)
    seconds = time.perf_counter() - start
    exact = [row.exact for row in rows]
    results = {
        "calibrated": summary(exact, [row.calibrated for row in rows]),
        "SGLD": summary(exact, [row.sgld for row in rows]),
    }
    figure(rows, options.output / "demo.png")
    record = {
        "class": options.network_class, "samples": SAMPLES, "lowest_rank": options.lowest_rank,
        "summary": results, "seconds": seconds, "networks": [asdict(row) for row in rows],
    }  # fmt: skip
    (options.output / "demo.json").write_text(json.dumps(record, indent=1) + "\n")
    print(f"{seconds:.0f} s; wrote {options.output / 'demo.png'} and {options.output / 'demo.json'}")
    for name, found in results.items():
        print(
            f"{name + ':':<12}|relative error| median {found['median_relative_error']:.2%}, worst "
            f"{found['worst_relative_error']:.1%}; R² {found['r_squared']:.4f}, order preservation "
            f"{found['order_preservation']:.3f}, {found['seconds_per_network']:.1f} s a network"
        )


if __name__ == "__main__":
    main()
