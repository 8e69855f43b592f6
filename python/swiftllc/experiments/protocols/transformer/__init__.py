"""λ̂ of small transformers along their training, and SGLD against full-data MALA at a minimum.

A decoder as GPT-2 and an encoder as BERT read the text that ``help()`` of every Python shows, one character
a token; a third transformer regresses in its context, as that of Hoogland et al. (arXiv 2402.02364). Each is
trained by Adam, and λ̂ is estimated by SGLD at log-spaced steps. Where the smoothed λ̂ turns between rise and
fall, a stage ends, as in that publication. The weights there are no minima: a gradient is left, and early λ̂
may be negative.

Then the question that Lau et al. (arXiv 2308.12108) leave open, whether SGLD agrees with MALA beyond fully
connected networks: at minima of transformers so small that MALA and HMC can take all samples at every step,
all samplers draw from the same posterior. MALA and HMC sample it exactly. SGLD does not: its step and the
noise of its batches add to λ̂ what is in proportion to the step, to first order. So λ̂ at several steps,
carried on to the step 0 by a line, has to be that of MALA within the errors of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from swiftllc.experiments.experiment import Check, Report, Row, Task
from swiftllc.experiments.protocols.transformer import report as transformer_report
from swiftllc.experiments.protocols.transformer import samplers as transformer_samplers
from swiftllc.experiments.protocols.transformer import text
from swiftllc.experiments.protocols.transformer import training as transformer_training

Settings = dict[str, Any]

#: Of the samplers at a minimum, in units of its stiffness (``transformer_samplers.Stiffness``).
STEPS: dict[str, tuple[float, ...]] = {"MALA": (2.0,), "HMC": (0.5,), "SGLD": (0.25, 0.5, 1.0)}
QUICK_STEPS: dict[str, tuple[float, ...]] = {"MALA": (1.5, 2.5), "HMC": (), "SGLD": (0.25, 0.5, 1.0)}
KINDS = ("decoder", "encoder", "regressor")
#: Of the runs at a minimum, each of which adds its number.
SEEDS = (0, 100, 200)


def tasks(quick: bool) -> list[Task]:
    """The trainings, then the minima."""
    if quick:
        return [
            Task(_minimum("decoder", 128, QUICK_STEPS, 0.8, 0), cost=3, group="minima"),
            Task(_small_training(), group="training"),
        ]
    return [
        *(Task(_training(kind), cost=3, group="training") for kind in KINDS),
        *(
            Task(_minimum(kind, 500, STEPS, 1.0, seed), cost=2, group="minima")
            for kind in KINDS
            for seed in SEEDS
        ),
    ]


def _network(kind: str, features: int, layers: int, heads: int, hidden: int) -> Settings:
    network = {"kind": kind, "features": features, "layers": layers, "heads": heads, "seed": 0}
    if kind != "encoder":  # whose networks are always four times as wide as itself
        network["hidden"] = hidden
    # GPT-2 draws its tables with std 0.02. Behind norms such small weights are stiff, and steps tiny.
    return network if kind == "regressor" else {**network, "tables_std": 0.2}


def _characters(length: int, samples: int) -> Settings:
    return {"corpus": text.fingerprint(text.corpus()), "length": length, "samples": samples, "seed": 0}


def _training(kind: str) -> Settings:
    if kind == "regressor":
        network = _network(kind, features=64, layers=2, heads=4, hidden=64)
        data = {"dimensions": 4, "examples": 8, "training": 65_536, "samples": 4096, "seed": 0}
        training, step = {"lr": 1e-3, "batch_size": 64}, 2e-5
    else:
        network = _network(kind, features=32, layers=2, heads=4, hidden=128)
        data = _characters(length=32, samples=4096)
        training, step = {"lr": 3e-3, "batch_size": 32}, 6e-5
    checkpoints = transformer_training.log_spaced(4, 4000, 27)
    return {
        "part": "training",
        "network": network,
        "data": data,
        "training": {**training, "checkpoints": checkpoints, "seed": 0},
        "estimate": _estimate(step, burnin=150, draws=100),
    }


def _small_training() -> Settings:
    checkpoints = transformer_training.log_spaced(4, 600, 8)
    return {
        "part": "training",
        "network": _network("decoder", features=16, layers=1, heads=2, hidden=32),
        "data": _characters(length=16, samples=1024),
        "training": {"lr": 1e-2, "batch_size": 32, "checkpoints": checkpoints, "seed": 0},
        "estimate": _estimate(1e-4, burnin=100, draws=100),
    }


def _estimate(lr: float, burnin: int, draws: int) -> Settings:
    return {
        "lr": lr,
        "localization": 500.0,
        "batch_size": 64,
        "num_chains": 2,
        "num_burnin_steps": burnin,
        "num_draws": draws,
        "num_acceptance_checks": 40,
        "seed": 0,
    }


def _minimum(
    kind: str, samples: int, steps: Mapping[str, Sequence[float]], scale: float, seed: int
) -> Settings:
    """A network and its training; and samplers, of so many times the steps of the full protocol."""
    if kind == "regressor":
        network = _network(kind, features=8, layers=2, heads=2, hidden=8)
        data = {"dimensions": 2, "examples": 4, "training": samples, "samples": samples, "seed": 0}
    else:
        network = _network(kind, features=8, layers=1, heads=2, hidden=16)
        data = _characters(length=16, samples=samples)
    batch_size = min(50, samples // 4)

    def run(sampler: str, step: float, burnin: int, draws: int, **others: Any) -> Settings:
        few = {"burnin": round(scale * burnin), "draws": round(scale * draws)}
        return {"sampler": sampler, "step": step, "chains": 4, **few, **others}

    return {
        "part": "minimum",
        "network": network,
        "data": data,
        "training": _phases(kind, samples, batch_size),
        "localization": 1000.0,
        "seed": seed,
        "samplers": [
            *(run("MALA", step, 300, 560, every=3, begin=0.4) for step in steps["MALA"]),
            *(run("HMC", step, 30, 150, every=1, begin=0.5, leapfrog_steps=10) for step in steps["HMC"]),
            *(run("SGLD", step, 300, 600, every=3, batch_size=batch_size) for step in steps["SGLD"]),
        ],
    }


def _phases(kind: str, samples: int, batch_size: int) -> list[Settings]:
    """To a deep place by Adam, then by momentum to its bottom, at last so slowly that nothing swings.

    Large steps of momentum take the decoder to where the loss is flatter (Cohen et al., arXiv 2103.00065), so
    that samplers move faster; the others they throw out of it.
    """
    adam = {"optimizer": "Adam", "lr": 0.01, "batch_size": batch_size}
    momentum = {"optimizer": "SGD", "momentum": 0.9}
    if kind == "decoder":
        return [
            {**adam, "steps": 2000},
            {**momentum, "lr": 0.2, "batch_size": batch_size, "steps": 3000},
            {**momentum, "lr": 0.1, "batch_size": samples, "steps": 700},
            {**momentum, "lr": 0.03, "batch_size": samples, "steps": 300},
        ]
    return [
        {**adam, "steps": 3000},
        {**momentum, "lr": 0.05, "batch_size": samples, "steps": 500},
        {**momentum, "lr": 0.01, "batch_size": samples, "steps": 200},
    ]


def measure(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """A training, or the samplers at a minimum; on one thread."""
    if settings["part"] == "training":
        return transformer_training.measure(settings, report)
    return transformer_samplers.measure(settings, report)


def table(rows: Sequence[Row]) -> str:
    """The stages, the checkpoints, the minima and the samplers."""
    return transformer_report.table(*_parts(rows))


def figure(rows: Sequence[Row], path: Path) -> None:
    """λ̂ and the loss along each training; λ̂ against the step at each minimum."""
    transformer_report.figure(*_parts(rows), path)


def checks(rows: Sequence[Row], quick: bool) -> list[Check]:
    """Of each training that it learnt; at each minimum that the samplers agree, and have mixed."""
    trainings, minima = _parts(rows)
    return [
        *(check for row in trainings for check in transformer_report.checks_of_training(row)),
        *(check for row in minima for check in transformer_report.checks_of_minimum(row)),
    ]


def _parts(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The trainings, and the minima."""
    trainings = [row for row in rows if row.settings["part"] == "training"]
    return trainings, [row for row in rows if row.settings["part"] == "minimum"]
