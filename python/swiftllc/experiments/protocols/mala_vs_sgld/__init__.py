"""λ̂ of a ReLU network by SGLD and by MALA, from 100 to 100 000 samples.

The protocol of Lau et al. (arXiv 2308.12108), in the details as published with its code
(github.com/edmundlth/validating_lambdahat): a network 10-20-20-10 with random weights and biases, inputs
uniform on [-10, 10], targets by the network itself; lr 1e-5, localization 1, nβ = n / log n, 10 000 steps
from w*, all of them counted, five runs. The network is drawn from JAX's key 0, the samples from numpy's
RandomState(0): both are drawn again here, and only the noise of the chains is another.

SGLD takes batches of 32, and there the loss of a draw is measured after the step that left it, on the very
batch that made this step. Beside it the same draws are measured otherwise. None of these chains settles in
10 000 steps; where others do, at few samples, samplers of all kinds have to agree on λ̂.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from swiftllc.experiments.experiment import Report, Task
from swiftllc.experiments.protocols.mala_vs_sgld import chains as relu_chains
from swiftllc.experiments.protocols.mala_vs_sgld.comparison import SIZES, SMALL_STEP, STEP, checks
from swiftllc.experiments.protocols.mala_vs_sgld.tables import figure, table

__all__ = ["checks", "figure", "measure", "table", "tasks"]

NETWORK = {"network": 0, "biases": "normal"}
PROTOCOL = {
    **NETWORK,
    "moves": None,
    "outputs_weight": 1,
    "lr": STEP,
    "localization": 1.0,
    "batch_size": 32,
    "steps": 10_000,
}
#: Of the protocol, one at a time: what else it might have been.
VARIANTS: dict[str, dict[str, Any]] = {
    "biases 0": {"biases": "zero"},
    "no biases": {"biases": "zero", "moves": "*.weight"},
    "loss summed over the outputs": {"outputs_weight": 10},
    **{f"the network of key {key}": {"network": key} for key in (1, 2, 3, 4)},
}
VARIED = (100, 1000, 10_000, 100_000)
#: The same time in steps of a tenth.
SMALL = {"lr": SMALL_STEP, "steps": 100_000}
#: Runs of MALA at each n, at least as many as were published: at 100 000 they differ by 4 % and more.
RUNS = {100: 10, 316: 10, 1000: 10, 3162: 5, 10_000: 5, 31_623: 5, 100_000: 5}

#: Chains that settle, at n and γ: for each sampler its options, the batch, and draws with steps between them.
Settled = dict[tuple[int, float], dict[str, tuple[dict[str, Any], int | None, int, int]]]
SETTLED: Settled = {
    (100, 100.0): {
        "HMC": ({"lr": 0.0125, "leapfrog_steps": 8}, None, 1000, 1),
        "MALA": ({"lr": 4e-4}, None, 2000, 5),
        "SGLD": ({"lr": 2e-4}, 32, 5000, 4),
    },
    (1000, 100.0): {
        "HMC": ({"lr": 0.0052, "leapfrog_steps": 19}, None, 250, 1),
        "MALA": ({"lr": 7e-5}, None, 1000, 6),
        "SGLD": ({"lr": 4e-5}, 32, 5000, 5),
    },
}
SETTLED_AT_1: Settled = {
    (100, 1.0): {
        "HMC": ({"lr": 0.009, "leapfrog_steps": 110}, None, 700, 1),
        "MALA": ({"lr": 3e-4}, None, 10_000, 10),
        "UnderdampedLangevin": ({"lr": 0.01, "friction": 1.0}, None, 8000, 5),
    },
    (316, 1.0): {
        "UnderdampedLangevin": ({"lr": 0.005, "friction": 1.0}, None, 8000, 10),
        "HMC": ({"lr": 0.005, "leapfrog_steps": 160}, None, 400, 1),
    },
    (1000, 1.0): {
        "UnderdampedLangevin": ({"lr": 0.00125, "friction": 16.0}, None, 4000, 20),
        "HMC": ({"lr": 0.003, "leapfrog_steps": 200}, None, 400, 1),
    },
}
#: Underdamped Langevin dynamics at n = 1000 and γ = 1, by step and friction: what does its acceptance tell?
HEATED = [(0.0025, 1.0), (0.00125, 1.0), (0.000625, 1.0), (0.0025, 4.0), (0.0025, 16.0)]


def tasks(quick: bool) -> list[Task]:
    """The longest first, so that nothing waits for them at the end.

    Python drives the chains as published, and can do so with one at a time: each stands beside a task in
    which it only waits.
    """
    sizes = (1000, 100) if quick else SIZES[::-1]
    native = [_task("MALA", n, n, PROTOCOL, run=run) for n in sizes for run in range(4 if quick else RUNS[n])]
    native += [
        _settled("settled", n, localization, name, *chains, seed=seed)
        for (n, localization), samplers in (SETTLED if quick else SETTLED | SETTLED_AT_1).items()
        for seed, (name, chains) in enumerate(samplers.items())
    ]
    driven = [
        _task("published SGLD", n, 4000, PROTOCOL, run=run) for n in sizes for run in range(4 if quick else 8)
    ]
    if not quick:
        for lr, friction in HEATED:
            options = {"lr": lr, "friction": friction}
            between = round(0.025 / lr)
            native.append(
                _settled("heated", 1000, 1.0, "UnderdampedLangevin", options, None, 4000, between, seed=0)
            )
        for n in sizes:
            native.append(_task("SGLD", n, 20_000, PROTOCOL | SMALL, chains=4, seed=0))
            native.append(_task("SGLD", n, 2000, PROTOCOL, chains=4, seed=0))
            native.append(_task("curvatures", n, n / 10, PROTOCOL))
        driven += [
            _task("published SGLD", n, 4000, PROTOCOL | changed, run=run, variant=name)
            for name, changed in VARIANTS.items()
            for n in VARIED
            for run in range(2)
        ]
    return [task for pair in zip_longest(native, driven) for task in pair if task is not None]


def _task(chain: str, n: int, cost: float, settings: Mapping[str, Any], **more: Any) -> Task:
    return Task({"chain": chain, "n": n, **settings, **more}, cost=cost)


def _settled(
    chain: str,
    n: int,
    localization: float,
    sampler: str,
    options: Mapping[str, Any],
    batch_size: int | None,
    draws: int,
    steps_bw_draws: int,
    *,
    seed: int,
) -> Task:
    return _task(
        chain,
        n,
        5000,
        NETWORK,
        localization=localization,
        sampler=sampler,
        options=options,
        batch_size=batch_size,
        draws=draws,
        steps_bw_draws=steps_bw_draws,
        burnin=draws * steps_bw_draws // 4,
        seed=seed,
    )


MEASURES = {
    "published SGLD": relu_chains.published_sgld,
    "MALA": relu_chains.mala,
    "SGLD": relu_chains.sgld,
    "curvatures": relu_chains.curvatures,
    "settled": relu_chains.settled,
    "heated": relu_chains.settled,
}


def measure(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """A run, or what else the task's ``chain`` says."""
    return MEASURES[settings["chain"]](settings, threads, report)
