"""How λ̂ depends on step, localization, temperature, batch and length, on four kinds of networks.

SGLD, four chains from w*, the first half of the steps dropped, over grids of lr and localization, of lr and
nβ, of lr and the size of a batch, and over lengths, at a minimum of a deep linear network, whose λ is exact,
of a ReLU network, of a network of convolutions and of a transformer. Beside λ̂ stand the acceptance and
R-hat; the plateaus are those that ``sl.sweep`` finds. The reference at every localization and nβ is the
sampler that ``sl.calibrate`` chooses, with the settings it chooses, and on the deep linear network HMC too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import swiftllc as sl
from swiftllc.experiments.experiment import Report, Task
from swiftllc.experiments.protocols.sensitivity.maps import figure, table
from swiftllc.experiments.protocols.sensitivity.networks import NETWORKS, Network, network
from swiftllc.experiments.protocols.sensitivity.results import checks

__all__ = ["checks", "figure", "measure", "table", "tasks"]

CHAINS, DRAWS = 4, 500

HALF_DECADES = (1.0, 3.0, 10.0, 30.0, 100.0)


class Plan(NamedTuple):
    """What is swept on a network, and what holds for the rest of a sweep.

    Attributes:
        lrs: Of all maps.
        localizations: Of the map with lr.
        nbetas: Of the map with lr.
        batches: Of the map with lr.
        lengths: In steps.
        usual_lrs: Those of which the lengths are swept.
        localization: Where it is not swept.
        nbeta: Where it is not swept.
        batch_size: Where it is not swept.
        steps: Where they are not swept.
        budget: Of every reference, in sample gradients.
        reference_batch: Of the references; None: as calibrated.
        hmc: Step and leapfrog steps.
    """

    lrs: Sequence[float]
    usual_lrs: Sequence[float]
    batch_size: int
    steps: int
    budget: int
    localizations: Sequence[float] = HALF_DECADES
    nbetas: Sequence[float] = (30.0, 100.0, 263.0, 1000.0)
    batches: Sequence[int] = (3, 10, 30, 100)
    lengths: Sequence[int] = (100, 300, 1000, 3000, 10_000)
    localization: float = 10.0
    nbeta: float = 263.0
    reference_batch: int | None = None
    hmc: tuple[float, int] | None = None


PLANS = {
    "deep linear": Plan(
        lrs=[1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3],
        nbetas=[1e2, 1e3, 1e4, 1e5],
        batches=[3, 10, 30, 100, 300],
        lengths=[100, 300, 1000, 3000, 10_000, 30_000],
        usual_lrs=[3e-5, 1e-4],
        nbeta=1e3,
        batch_size=100,
        steps=20_000,
        budget=40_000_000,
        hmc=(0.007, 40),
    ),
    "ReLU": Plan(
        lrs=[1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4],
        batches=[3, 10, 30, 100, 300],
        lengths=[100, 300, 1000, 3000, 10_000, 30_000],
        usual_lrs=[1e-5, 3e-5],
        batch_size=100,
        steps=20_000,
        budget=100_000_000,
    ),
    "convolutions": Plan(
        lrs=[3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3],
        usual_lrs=[3e-5, 1e-4],
        batch_size=30,
        steps=5000,
        budget=4_000_000,
        reference_batch=200,
    ),
    # As language models are sampled: hotter, and held more firmly.
    "transformer": Plan(
        lrs=[1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3],
        localizations=[10 * localization for localization in HALF_DECADES],
        nbetas=[10.0, 30.0, 100.0, 263.0],
        usual_lrs=[1e-4, 3e-4],
        localization=100.0,
        nbeta=30.0,
        batch_size=30,
        steps=3000,
        budget=4_000_000,
        reference_batch=200,
    ),
}
_NO_MORE: dict[str, Any] = {"batches": [], "lengths": []}
QUICK = {
    "deep linear": PLANS["deep linear"]._replace(
        lrs=[1e-5, 3e-5, 1e-4, 3e-4, 3e-3],
        localizations=[3.0, 10.0, 30.0],
        nbetas=[1e5],
        steps=10_000,
        budget=20_000_000,
        hmc=(0.007, 20),
        **_NO_MORE,
    ),
    "ReLU": PLANS["ReLU"]._replace(
        lrs=[2.5e-5, 3.5e-5, 5e-5, 3e-4],
        localizations=[100.0, 300.0],
        localization=100.0,
        nbetas=[],
        steps=10_000,
        budget=20_000_000,
        **_NO_MORE,
    ),
}


def tasks(quick: bool) -> list[Task]:
    """For every network its maps, and the references."""
    return [
        Task({"network": name, "made": NETWORKS[name], **settings, "chains": CHAINS, "seed": 0}, cost=cost)
        for name, plan in (QUICK if quick else PLANS).items()
        for settings, cost in (*_sweeps(plan), *_references(plan))
    ]


def _sweeps(plan: Plan) -> Iterator[tuple[dict[str, Any], float]]:
    """Settings of the maps, and costs."""
    usual: dict[str, Any] = {
        "lr": plan.lrs,
        "localization": [plan.localization],
        "nbeta": [plan.nbeta],
        "batch_size": plan.batch_size,
        "steps": plan.steps,
    }
    changes: list[dict[str, Any]] = [{"map": "localization", "localization": plan.localizations}]
    if len(plan.nbetas) > 1:
        changes.append({"map": "nbeta", "nbeta": plan.nbetas})
    changes += [{"map": "batch", "batch_size": size} for size in plan.batches]
    changes += [{"map": "length", "lr": plan.usual_lrs, "steps": steps} for steps in plan.lengths]
    for change in changes:
        sweep = usual | change
        points = math.prod(len(sweep[axis]) for axis in ("lr", "localization", "nbeta"))
        yield sweep, float(points * CHAINS * sweep["steps"] * (sweep["batch_size"] + 30))


def _references(plan: Plan) -> Iterator[tuple[dict[str, Any], float]]:
    """Settings at every localization and nbeta, and with the localization that is calibrated; and costs."""
    at = [(localization, plan.nbeta) for localization in (None, *plan.localizations)]
    at += [(plan.localization, nbeta) for nbeta in plan.nbetas if nbeta != plan.nbeta]
    for localization, nbeta in at:
        where = {"localization": localization, "nbeta": nbeta}
        how = {"budget": plan.budget, "batch_size": plan.reference_batch}
        yield {"map": "calibrated", **where, **how}, plan.budget / 10
        if plan.hmc is not None and localization is not None and nbeta == plan.nbeta:
            lr, steps = plan.hmc
            yield {"map": "HMC", **where, "lr": lr, "leapfrog_steps": steps, "draws": 600}, 5e6


def measure(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """A sweep, or a reference."""
    of = network(settings["network"], settings["made"])
    how = {"calibrated": _calibrated, "HMC": _hmc}.get(settings["map"], _sweep)
    return how(of, settings, threads, report)


def _sweep(of: Network, settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    steps = settings["steps"]
    between = max(1, steps // 2 // DRAWS)
    found = sl.sweep(
        of.model,
        of.params,
        of.data,
        sampler=sl.SGLD(lr=1.0),
        lr=settings["lr"],
        localization=settings["localization"],
        nbeta=settings["nbeta"],
        batch_size=settings["batch_size"],
        num_chains=settings["chains"],
        num_burnin_steps=steps // 2,
        num_draws=steps // 2 // between,
        num_steps_bw_draws=between,
        seed=settings["seed"],
        threads=threads,
        progress=lambda done, total: report(done / total),
    )
    columns = ("lr", "localization", "nbeta", "llc", "stderr", "acceptance", "rhat", "diverged", "reason")
    points = [
        {name: _plain(getattr(row, name)) for name in columns} | {"plateau": bool(inside)}
        for row, inside in zip(found.rows, found.plateau.ravel(), strict=True)
    ]
    best = found.best
    return {
        "points": points,
        "advice": found.advice,
        "best": None if best is None else found.rows.index(best),
    }


def _calibrated(of: Network, settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    calibration = sl.calibrate(
        of.model,
        of.params,
        of.data,
        localization=settings["localization"],
        nbeta=settings["nbeta"],
        batch_size=settings["batch_size"],
        budget=settings["budget"],
        num_chains=settings["chains"],
        stop_at_relative_error=0.005,
        seed=settings["seed"],
        threads=threads,
        progress=False,
    )
    sampler = calibration.sampler
    result = sl.estimate_llc(
        of.model,
        of.params,
        of.data,
        sampler=sampler,
        progress=lambda done, total: report(done / total),
        **calibration.options,
    )
    return {
        **_seen(result),
        "lr": sampler.lr,
        "friction": sampler.friction,
        "localization": sampler.localization,
        "batch_size": result.settings["batch_size"],
        "curvature": calibration.curvature,
        # The step of SGLD that moves a slow direction as far.
        "step_of_sgld": sampler.lr**2 / math.tanh(sampler.friction * sampler.lr / 2),
        "exact": None if of.exact is None else list(of.exact),
    }


def _hmc(of: Network, settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    result = sl.estimate_llc(
        of.model,
        of.params,
        of.data,
        sampler=sl.HMC(
            settings["lr"], leapfrog_steps=settings["leapfrog_steps"], localization=settings["localization"]
        ),
        nbeta=settings["nbeta"],
        num_chains=settings["chains"],
        num_draws=settings["draws"],
        num_burnin_steps=settings["draws"] // 4,
        seed=settings["seed"] + 1,
        threads=threads,
        progress=lambda done, total: report(done / total),
    )
    return _seen(result)


def _seen(result: sl.LLCResult) -> dict[str, Any]:
    seen = result.diagnostics
    return {
        "llc": result.llc,
        "stderr": result.stderr,
        "acceptance": seen.acceptance,
        "rhat": _plain(seen.rank_rhat),
        "gradient_norm": seen.gradient_norm,
    }


def _plain(value: Any) -> Any:
    """What JSON has a word for."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
