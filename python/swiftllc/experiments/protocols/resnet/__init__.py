"""λ̂ of ResNet-20 against the settings of its training, and how steady it is on one network.

Furman and Lau (arXiv 2402.03698) estimate λ̂ of ResNet-18 on CIFAR-10: the higher the learning rate it was
trained with, the lower λ̂, from 7900 at 0.005 to 3070 at 0.2. Here it is ResNet-20 (He et al., arXiv
1512.03385) on scikit-learn's digits at their own size, 600 of them to train on, with group norms, trained by
SGD; learning rate, batch size, momentum and weight decay are varied one at a time around a base. λ̂ is
estimated by underdamped Langevin dynamics with one nβ and one localization for all networks, in two metrics:
that of the weights, and that in which each tensor has the size 1, so that the sizes of weights before a norm,
which do not change the function, do not change λ̂.

On the base network the same posterior is sampled by SGLD and by underdamped Langevin dynamics, with several
seeds, steps and lengths; and its last layer alone, where λ̂ has a closed form.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from swiftllc.experiments.experiment import Check, Report, Row, Task, markdown
from swiftllc.experiments.protocols.resnet import classifiers, last_layer, stability
from swiftllc.experiments.protocols.resnet.classifiers import METRICS

#: What is varied, one at a time; all else is the base's. Momentum m has the step lr/(1 - m) in the long run.
BASE = {"lr": 0.05, "batch_size": 64, "momentum": 0.0, "weight_decay": 1e-3}
VARIED: dict[str, tuple[float, ...]] = {
    "lr": (0.0125, 0.025, 0.1, 0.2, 0.4),
    "batch_size": (16, 32, 128),
    "momentum": (0.5, 0.75, 0.875),
    "weight_decay": (0.0, 5e-3, 2e-2),
}
SEEDS = 3
#: Of the full protocol and of --quick.
DATA = {"images": "digits", "training": 600, "seed": 0}
NETWORK = {"blocks": [3, 3, 3], "widths": [16, 32, 64]}
QUICK_DATA = {"images": "patterns", "training": 300, "test": 600, "noise": 1.0, "seed": 0}
QUICK_NETWORK = {"blocks": [1, 1], "widths": [8, 16]}
#: The weights of the base's layers have a root mean square of 0.031, of which 1/√γ is 0.6: chains go far, and
#: the mean loss still stays well below that of a guess. In the other metric it is half of each tensor's size.
ESTIMATE = {
    "common": {"num_chains": 2, "batch_size": 25, "steps": 1200, "seed": 0},
    "isotropic": {"localization": 3000.0, "lr": 8e-4, "friction": 220.0},
    "relative": {"localization": 4.0, "lr": 0.02, "friction": 8.0},
}
QUICK_ESTIMATE = {
    "common": {"num_chains": 2, "batch_size": 25, "steps": 600, "seed": 0},
    "isotropic": {"localization": 300.0, "lr": 4e-3, "friction": 70.0},
    "relative": {"localization": 4.0, "lr": 0.03, "friction": 8.0},
}
#: Of the last layer alone, so that the localization binds in a few hundred steps what the loss does not.
LAST = {"num_chains": 2, "batch_size": 25, "metric": "isotropic", "seed": 7}
LAST_WAYS: dict[str, dict[str, float]] = {
    "SGLD": {"localization": 100.0, "lr": 5e-4, "steps": 1000},
    "UnderdampedLangevin": {"localization": 100.0, "lr": 0.03, "friction": 40.0, "steps": 1000},
}
QUICK_LAST_WAYS: dict[str, dict[str, float]] = {
    "SGLD": {"localization": 10.0, "lr": 1.5e-3, "steps": 2500},
    "UnderdampedLangevin": {"localization": 10.0, "lr": 0.03, "friction": 12.0, "steps": 2500},
}


def network_tasks(quick: bool) -> list[Task]:
    """The networks, each with its training and the estimates."""
    varied = {"lr": (0.2, 0.4)} if quick else VARIED
    base = {**BASE, "lr": 0.1, "batch_size": 32} if quick else BASE
    trainings = [{**base, "seed": seed} for seed in range(1 if quick else SEEDS)]
    trainings += [{**base, name: value, "seed": 0} for name, values in varied.items() for value in values]
    return [
        Task(
            {
                "kind": "network",
                "data": QUICK_DATA if quick else DATA,
                "network": QUICK_NETWORK if quick else NETWORK,
                "training": {**training, "epochs": 40 if quick else 50},
                "estimate": QUICK_ESTIMATE if quick else ESTIMATE,
            },
            cost=2.5,
        )
        for training in trainings
    ]


def tasks(quick: bool) -> list[Task]:
    """The networks; then the base network, sampled in other ways, and its last layer."""
    networks = network_tasks(quick)
    of_base = {name: networks[0].settings[name] for name in ("data", "network", "training")}
    estimate = networks[0].settings["estimate"]
    usual = {**estimate["common"], **estimate["isotropic"], "metric": "isotropic"}
    runs = stability.runs(usual, quick)
    others = [Task({"kind": "stability", **of_base, **run}) for run in runs]
    others += [
        Task({"kind": "last layer", **of_base, "way": way, "estimate": {**LAST, **chosen}})
        for way, chosen in (QUICK_LAST_WAYS if quick else LAST_WAYS).items()
    ]
    return networks + others


def measure(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """A network; or an estimate at the base network."""
    kinds = {
        "network": classifiers.measured,
        "stability": stability.measured,
        "last layer": last_layer.measured,
    }
    return kinds[settings["kind"]](settings, threads, report)


def of_kind(rows: Sequence[Row], kind: str) -> list[Row]:
    """The rows of a kind."""
    return [row for row in rows if row.settings["kind"] == kind]


def series(rows: Sequence[Row], name: str) -> list[Row]:
    """The networks that differ from the base in this setting alone, and the base, by its values."""
    networks = of_kind(rows, "network")
    base = networks[0].settings["training"]
    found = [row for row in networks if {**row.settings["training"], name: None} == {**base, name: None}]
    return sorted(found, key=lambda row: float(row.settings["training"][name]))


def table(rows: Sequence[Row]) -> str:
    """The networks, the base network in other ways, and its last layer."""
    parts = []
    for name in VARIED:
        lines = []
        for row in series(rows, name):
            results, training = row.results, row.settings["training"]
            seed = f" (seed {training['seed']})" if training["seed"] else ""
            lines.append(
                [
                    f"{training[name]:g}{seed}",
                    *(_with_error(results[metric]) for metric in METRICS),
                    f"{results['train_loss']:.2g}",
                    f"{results['test_loss']:.3f}",
                    f"{100 * results['train_error']:.1f} %",
                    f"{100 * results['test_error']:.1f} %",
                    f"{results['weight_norm']:.1f}",
                    f"{max(results[metric].get('rank_rhat', math.inf) for metric in METRICS):.3f}",
                ]
            )
        header = [
            name.replace("_", " "),
            *(f"λ̂, {metric}" for metric in METRICS),
            "train loss",
            "test loss",
            "train error",
            "test error",
            "norm",
            "R-hat",
        ]
        if len(lines) > 1:
            parts.append(markdown(header, lines))
    if found := of_kind(rows, "stability"):
        parts.append(stability.table(found))
    if found := of_kind(rows, "last layer"):
        last = [
            [
                row.settings["way"],
                _with_error(row.results),
                f"{row.results['exact']:.3f}",
                f"{row.results['rank_rhat']:.3f}",
                f"{row.results['acceptance']:.2f}",
            ]
            for row in found
        ]
        parts.append(markdown(["last layer alone", "λ̂", "closed form", "R-hat", "acceptance"], last))
    return "\n\n".join(parts)


def _with_error(result: Mapping[str, Any]) -> str:
    return "diverged" if result["llc"] is None else f"{result['llc']:.2f} ± {result['stderr']:.2f}"


def figure(rows: Sequence[Row], path: Path) -> None:
    """λ̂ against each setting."""
    from swiftllc.experiments.plotting import panels

    found = {name: of for name in VARIED if len(of := series(rows, name)) > 1}
    with panels(path, len(found), columns=2) as axes:
        for panel, (name, of) in zip(axes, found.items(), strict=True):
            for metric, marker in zip(METRICS, "os", strict=True):
                good = [row for row in of if row.results[metric]["llc"] is not None]
                panel.errorbar(
                    [row.settings["training"][name] for row in good],
                    [row.results[metric]["llc"] for row in good],
                    [2 * row.results[metric]["stderr"] for row in good],
                    fmt=marker,
                    markersize=4,
                    label=f"{metric}, ± 2 errors",
                )
            panel.set(xlabel=name.replace("_", " "), ylabel="λ̂", yscale="log")
            if name in ("lr", "batch_size"):
                panel.set_xscale("log", base=2)
        axes[0].legend(fontsize=8)


def checks(rows: Sequence[Row], quick: bool) -> list[Check]:
    """Samplers agree with each other and the closed form, and so do seeds; all networks are trained."""
    networks = [row.results for row in of_kind(rows, "network")]
    estimates = [results[metric] for results in networks for metric in METRICS]
    last = [row.results for row in of_kind(rows, "last layer")]
    away = max(abs(result["llc"] - result["exact"]) / result["stderr"] for result in last)
    return [
        *stability.checks(of_kind(rows, "stability")),
        Check("last layer alone: worst |λ̂ - closed form| in standard errors", away, most=4.0),
        Check("largest rank R-hat", max(found.get("rank_rhat", math.inf) for found in estimates), most=1.1),
        Check("least λ̂", min(found["llc"] or -math.inf for found in estimates), least=0.0),
        Check("largest train error", max(results["train_error"] for results in networks), most=0.02),
    ]
