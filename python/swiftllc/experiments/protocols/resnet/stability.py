"""How steady λ̂ of one network is: over seeds, two samplers of the same posterior, and settings."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from swiftllc.experiments.experiment import Check, Progress, Row, markdown
from swiftllc.experiments.protocols.resnet import classifiers

#: Ways that differ in the sampler alone, with several seeds each.
UNDERDAMPED, SGLD, HALF = "underdamped Langevin", "SGLD", "SGLD, half the step"
SEEDS = 3
#: Of SGLD, and the steps of a chain.
_STEP, _QUICK_STEP, _STEPS, _QUICK_STEPS = 2e-5, 8e-5, 800, 1200
#: A fixed number of standard errors, and that quantile of the normal law: 1e-4 beyond it.
_ERRORS, _QUANTILE = 4.0, 3.72
#: A standard error is itself known to about so much of itself, by a few dozen effective draws.
_OF_ERRORS = 0.25

_network: dict[str, Any] = {}
_lock = threading.Lock()


def runs(usual: Mapping[str, Any], quick: bool) -> list[dict[str, Any]]:
    """Ways and their estimates, from that of the networks in the metric of the weights."""
    steps, step = (_QUICK_STEPS, _QUICK_STEP) if quick else (_STEPS, _STEP)
    underdamped = {**usual, "steps": steps}
    sgld = {name: value for name, value in underdamped.items() if name != "friction"}
    # No two have a seed in common: the same batches would move them alike.
    ways = [
        (way, {**chosen, "seed": 1 + number * SEEDS + seed})
        for number, (way, chosen) in enumerate(
            {
                UNDERDAMPED: underdamped,
                SGLD: {**sgld, "lr": step},
                HALF: {**sgld, "lr": step / 2, "steps": 2 * steps if quick else steps},
            }.items()
        )
        for seed in range(SEEDS)
    ]
    if not quick:
        others = {
            "half the step": {"lr": usual["lr"] / 2, "steps": 2 * steps},
            "twice the friction": {"friction": 2 * usual["friction"]},
            "four times the batch, a quarter of the steps": {
                "batch_size": 4 * usual["batch_size"],
                "steps": steps // 4,
            },
            "one chain, twice the steps": {"num_chains": 1, "steps": 2 * steps},
        }
        # The friction stays 4 √γ, twice what just damps the directions that the localization holds.
        others |= {
            f"{factor:g} times the localization": {
                "localization": factor * usual["localization"],
                "friction": math.sqrt(factor) * usual["friction"],
            }
            for factor in (0.05, 0.25, 0.5, 2.0, 4.0)
        }
        ways += [
            (f"underdamped Langevin, {name}", {**underdamped, **changed, "seed": 100 + number})
            for number, (name, changed) in enumerate(others.items())
        ]
    return [{"way": way, "estimate": estimate} for way, estimate in ways]


def measured(settings: Mapping[str, Any], threads: int, report: Progress) -> dict[str, Any]:
    """An estimate at a network that is trained once for all of them."""
    of_network = {name: settings[name] for name in ("data", "network", "training")}
    with _lock:
        key = json.dumps(of_network, sort_keys=True)
        if key not in _network:
            _network.clear()
            _network[key] = classifiers.trained(of_network, lambda share: report(share / 2))
        classifier, params, images = _network[key]
    return classifiers.estimate(
        classifier,
        params,
        (images.X, images.y),
        settings["estimate"],
        threads,
        lambda share: report((1 + share) / 2),
    )


class Mean(NamedTuple):
    """λ̂ over seeds."""

    llc: float
    stderr: float


def mean(rows: Sequence[Row], way: str) -> Mean:
    """Of all seeds of a way; NaN where there is none, or one diverged."""
    found = [row.results for row in rows if row.settings["way"] == way]
    if not found or any(result["llc"] is None for result in found):
        return Mean(math.nan, math.nan)
    errors = math.sqrt(sum(result["stderr"] ** 2 for result in found))
    return Mean(sum(result["llc"] for result in found) / len(found), errors / len(found))


def without_step(rows: Sequence[Row]) -> Mean:
    """λ̂ by SGLD with its step extrapolated to 0: what a step adds is in proportion to it."""
    whole, half = mean(rows, SGLD), mean(rows, HALF)
    return Mean(2 * half.llc - whole.llc, math.hypot(2 * half.stderr, whole.stderr))


def spread(rows: Sequence[Row]) -> tuple[float, int]:
    """Of λ̂ over the seeds of each way: the root of χ² over its degrees of freedom, and these.

    It is 1 where the seeds differ by as much as their standard errors say.
    """
    squares, freedom = 0.0, 0
    for way in (UNDERDAMPED, SGLD, HALF):
        found = [row.results for row in rows if row.settings["way"] == way]
        middle = mean(rows, way).llc
        squares += sum(
            ((result["llc"] - middle) / result["stderr"]) ** 2 for result in found if result["llc"]
        )
        freedom += len(found) - 1
    return math.sqrt(squares / freedom), freedom


def largest_spread(freedom: int) -> float:
    """Beyond which 1e-4 of all spreads are, if the errors are too small by what they are uncertain by.

    The quantile of χ² by Wilson and Hilferty (1931).
    """
    part = 2 / (9 * freedom)
    return (1 + _OF_ERRORS) * math.pow(1 - part + _QUANTILE * math.sqrt(part), 1.5)


def table(rows: Sequence[Row]) -> str:
    """A line for each way; the seeds together."""
    lines = []
    for way in dict.fromkeys(row.settings["way"] for row in rows):
        of_way = [row for row in rows if row.settings["way"] == way]
        together, worst = mean(rows, way), max(row.results.get("rank_rhat", math.inf) for row in of_way)
        values = [row.results["llc"] for row in of_way]
        lines.append(
            [
                way,
                f"{of_way[0].settings['estimate']['localization']:g}",
                f"{together.llc:.2f} ± {together.stderr:.2f}",
                ", ".join("diverged" if value is None else f"{value:.2f}" for value in values),
                f"{worst:.3f}",
                f"{min(row.results.get('acceptance', math.nan) for row in of_way):.2f}",
            ]
        )
    extrapolated = without_step(rows)
    value = f"{extrapolated.llc:.2f} ± {extrapolated.stderr:.2f}"
    usual = next(row for row in rows if row.settings["way"] == SGLD).settings["estimate"]
    lines.append(["SGLD, step extrapolated to 0", f"{usual['localization']:g}", value, "", "", ""])
    return markdown(["sampler", "γ", "λ̂", "of each seed", "largest R-hat", "least acceptance"], lines)


def checks(rows: Sequence[Row]) -> list[Check]:
    """The two samplers agree, and the seeds of each."""
    exact, sampled = mean(rows, UNDERDAMPED), without_step(rows)
    apart = abs(exact.llc - sampled.llc) / math.hypot(exact.stderr, sampled.stderr)
    over_seeds, freedom = spread(rows)
    return [
        Check("two samplers of one posterior, apart by standard errors", apart, most=_ERRORS),
        Check("spread over seeds, in standard errors", over_seeds, most=largest_spread(freedom)),
    ]
