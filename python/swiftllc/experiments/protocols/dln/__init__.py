"""λ̂ of deep linear networks of 1K to 100M parameters, against Aoyagi's λ.

The classes of Lau et al. (arXiv 2308.12108) and Furman and Lau (arXiv 2402.03698), with two kinds of truth:
"exact" ones, all of whose layers have one rank, where Aoyagi's λ holds; and those of the publications, which
are no deepest points, so that λ there is larger, at least half the rank of the Jacobian. λ̂ three ways: as
``estimate_llc`` calibrates itself, from all samples at every step, by as few as have their moments, and from
batches; and by SGLD with the step of the publication, localization 1, batches of 500 and the last tenth of
the trace, from as many sample gradients.
"""

from __future__ import annotations

import resource
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl
from swiftllc.experiments.experiment import Check, Report, Row, Task, markdown
from swiftllc.experiments.protocols.dln.networks import (
    CLASSES,
    Draw,
    Network,
    conditioned,
    network,
    published,
)

#: Sample gradients for one λ̂: what the publication spends on a network of 1K or 10K.
BUDGET = 5_000_000
BATCH = 500
#: That moments are those of: of more they are the same to within 0.1 %.
MOST_INPUTS = 1_000_000


class Share(NamedTuple):
    """What is spent on a class.

    Attributes:
        exact: How many networks with exact truths.
        published: How many with those of the publications.
        batches: Of how many of each λ̂ from batches is shown too.
        sgld: Of how many of each SGLD is.
        median: What the median |relative error| of the calibrated λ̂ must be below, of exact truths.
        budget: Sample gradients for each λ̂ from all samples.
        gain: By what all layers together may stretch a vector that are as far from w* as the localization
            lets them, which decides the localization then; None: as calibrated.
        n: The numbers of samples then, each with an estimate of its own; none: that of the class.
        alone: Whether an estimate takes all threads.
    """

    exact: int
    published: int
    batches: int
    sgld: int
    median: float
    budget: int = BUDGET
    gain: float | None = None
    n: tuple[int, ...] = ()
    alone: bool = False


FULL = {
    "1K": Share(100, 100, 100, 100, 0.015),
    "10K": Share(100, 100, 30, 30, 0.015),
    "100K": Share(30, 30, 3, 5, 0.03, budget=2_000_000, gain=20),
    "1M": Share(10, 3, 0, 1, 0.05, budget=2_000_000, gain=100, alone=True),
    "10M": Share(3, 1, 0, 1, 0.05, budget=2_000_000, gain=100, n=(1_000_000, 10_000_000), alone=True),
    "100M": Share(1, 0, 0, 0, 0.08, budget=4_000_000, gain=1000, n=(100_000_000,), alone=True),
}
QUICK = {"1K": Share(40, 0, 40, 40, 0.015)}
TRUTHS: dict[str, Draw] = {"exact": conditioned, "published": published}
#: By their names in the record, what the table calls them.
SAMPLERS = {"moments": "all samples", "batches": "batches", "SGLD": "SGLD"}
#: Relative errors (λ - λ̂)/λ of the publication, over all classes.
PUBLISHED_ERRORS = (-0.7, 0.83)


def tasks(quick: bool) -> list[Task]:
    """All samplers on every network, the smallest first."""
    return [
        Task(
            {
                "class": name,
                "truth": truth,
                "seed": seed,
                "sampler": sampler,
                **settings,
            },
            cost=CLASSES[name].parameters,
            alone=share.alone,
            group=name,
        )
        for name, share in (QUICK if quick else FULL).items()
        for truth, count in (("exact", share.exact), ("published", share.published))
        for sampler, most in (("moments", count), ("batches", share.batches), ("SGLD", share.sgld))
        for settings in samplings(name, share, sampler)
        for seed in range(min(count, most))
    ]


def samplings(name: str, share: Share, sampler: str) -> list[dict[str, Any]]:
    """Of the sampler; SGLD's are those of the publication, but for the length of the larger classes."""
    if sampler == "batches":
        return [{"budget": BUDGET}]
    if sampler == "moments":
        settings = {"budget": share.budget} | ({} if share.gain is None else {"gain": share.gain})
        return [{**settings, "n": n} for n in share.n] or [settings]
    return [
        {
            "lr": CLASSES[name].lr,
            "localization": 1.0,
            "batch_size": BATCH,
            "steps": BUDGET // BATCH,
        }
    ]


def measure(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """λ̂ of a network beside its λ, or that the chain diverged."""
    chosen = network(settings["class"], TRUTHS[settings["truth"]], settings["seed"], settings.get("n"))
    try:
        result = estimate(chosen, settings, threads, report)
    except sl.DivergedError:
        result = None
    found = {
        "widths": chosen.widths,
        "rank": chosen.rank,
        "parameters": chosen.model.parameter_count,
        "exact": chosen.exact,
        "bound": chosen.bound,
        "llc": None,
        "peak_memory_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    if result is not None:
        found |= {
            "llc": result.llc,
            "stderr": result.stderr,
            "acceptance": result.diagnostics.acceptance,
            "localization": result.sampler.localization,
            "lr": result.sampler.lr,
            "chains_draws": result.losses.shape,
            "warnings": list(result.warnings),
        }
    return found


def estimate(chosen: Network, settings: Mapping[str, Any], threads: int, report: Report) -> sl.LLCResult:
    """By the sampler of the settings."""
    size = CLASSES[settings["class"]]
    options: dict[str, Any] = {"budget": settings.get("budget")}
    if settings["sampler"] == "moments":
        data = chosen.moments(min(chosen.n, MOST_INPUTS))
        options["batch_size"] = len(data[0])
        if "gain" in settings:
            options["localization"] = chosen.localization(settings["gain"])
    else:
        data = chosen.samples(size.rows)
    if settings["sampler"] == "SGLD":
        options = published_options(settings)
    return sl.estimate_llc(
        chosen.model,
        chosen.params,
        data,
        nbeta=chosen.nbeta,
        seed=settings["seed"],
        threads=threads,
        keep=report.folder,
        progress=lambda done, total: report(done / total),
        **options,
    )


def published_options(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Of ``estimate_llc``: one chain, and the last tenth of its trace."""
    last = settings["steps"] // 10
    return {
        "sampler": sl.SGLD(settings["lr"], localization=settings["localization"]),
        "batch_size": settings["batch_size"],
        "num_chains": 1,
        "num_draws": last,
        "num_burnin_steps": settings["steps"] - last,
    }


class Errors:
    """How far the λ̂ of some rows are from λ."""

    def __init__(self, rows: Sequence[Row], reference: str = "exact") -> None:
        """With "exact" or "bound" as λ."""
        ended = [row.results for row in rows if row.results["llc"] is not None]
        self.diverged = len(rows) - len(ended)
        self.exact = np.array([result[reference] for result in ended])
        self.llc = np.array([result["llc"] for result in ended])
        self.relative: NDArray[np.float64] = (self.llc - self.exact) / self.exact

    @property
    def median(self) -> float:
        """Of |relative errors|."""
        return float(np.median(abs(self.relative)))

    @property
    def order(self) -> float:
        """The share of pairs whose λ̂ are in the order of their λ; NaN if no two λ differ."""
        above, below = np.triu_indices(len(self.exact), k=1)
        differ = self.exact[above] != self.exact[below]
        agree = np.sign(self.exact[above] - self.exact[below]) == np.sign(self.llc[above] - self.llc[below])
        return float(agree[differ].mean()) if differ.any() else float("nan")


class Part(NamedTuple):
    """What is judged together."""

    truth: str
    name: str
    n: int
    sampler: str

    @classmethod
    def of(cls, row: Row) -> Part:
        """The one that a row is in."""
        name = row.settings["class"]
        n = row.settings.get("n", CLASSES[name].n)
        return cls(row.settings["truth"], name, n, row.settings["sampler"])

    @property
    def place(self) -> tuple[int, ...]:
        """In the table."""
        truth, name = list(TRUTHS).index(self.truth), list(CLASSES).index(self.name)
        return truth, name, self.n, list(SAMPLERS).index(self.sampler)


def parts(rows: Sequence[Row]) -> dict[Part, list[Row]]:
    """All that there are, in the order of the table."""
    names = sorted({Part.of(row) for row in rows}, key=lambda part: part.place)
    return {name: [row for row in rows if Part.of(row) == name] for name in names}


def table(rows: Sequence[Row]) -> str:
    """The classes with exact truths; then those of the publication, against both values."""
    lines = []
    for (truth, name, n, sampler), found in parts(rows).items():
        errors, bounds = Errors(found), Errors(found, "bound")
        sizes = [row.results["parameters"] for row in found]
        against = [] if truth == "exact" else [bounds]
        lines.append(
            [
                truth,
                name,
                f"{n:.0e}".replace("e+0", "e"),
                f"{min(sizes):,} … {max(sizes):,}".replace(",", " "),
                SAMPLERS[sampler],
                str(len(found)),
                " / ".join(f"{100 * each.median:.2f} %" for each in [errors, *against]),
                " / ".join(
                    f"{100 * min(each.relative):+.1f} … {100 * max(each.relative):+.1f} %"
                    for each in [errors, *against]
                ),
                "–" if np.isnan(errors.order) else f"{errors.order:.3f}",
                str(errors.diverged),
            ]
        )
    return markdown(
        [
            "truth",
            "class",
            "n",
            "parameters",
            "sampler",
            "networks",
            "median \\|relative error\\|",
            "from … to",
            "pairs in order",
            "diverged",
        ],
        lines,
    )


def figure(rows: Sequence[Row], path: Path) -> None:
    """The relative errors against λ, a panel for each kind of truth."""
    from swiftllc.experiments.plotting import panels

    found = parts(rows)
    truths = [truth for truth in TRUTHS if any(key.truth == truth for key in found)]
    with panels(path, len(truths), columns=2) as axes:
        for ax, truth in zip(axes, truths, strict=True):
            for sampler, marker in zip(reversed(SAMPLERS), "s^o", strict=True):
                shown = [
                    row
                    for key, some in found.items()
                    if (key.truth, key.sampler) == (truth, sampler)
                    for row in some
                ]
                if shown:
                    errors = Errors(shown)
                    ax.plot(
                        errors.exact, 100 * errors.relative, marker, markersize=3, label=SAMPLERS[sampler]
                    )
            ax.axhline(0, color="0.6", linewidth=1)
            ax.set(
                xscale="log", xlabel="λ of the deepest point", ylabel="error of λ̂, %", title=f"{truth} truths"
            )
            ax.legend()


def checks(rows: Sequence[Row], quick: bool) -> list[Check]:
    """The medians and the order of exact truths; that nothing diverged; the spread of the publication."""
    found = {key: Errors(some) for key, some in parts(rows).items() if key.sampler != "SGLD"}
    wanted = []
    for (truth, name, n, sampler), errors in found.items():
        part = f"{name}, {SAMPLERS[sampler]}" + ("" if n == CLASSES[name].n else f", n = {n}")
        if truth == "exact":
            most = (QUICK if quick else FULL)[name].median
            wanted.append(Check(f"{part}: median |relative error|", errors.median, most=most))
            if len(errors.exact) >= 10:
                wanted.append(Check(f"{part}: pairs in order", errors.order, least=0.98))
        elif len(errors.exact):
            lowest, highest = PUBLISHED_ERRORS
            wanted.append(Check(f"{part}: largest (λ - λ̂)/λ", float(max(-errors.relative)), most=highest))
            wanted.append(Check(f"{part}: least (λ - λ̂)/λ", float(min(-errors.relative)), least=lowest))
    return [*wanted, Check("chains that diverged", sum(errors.diverged for errors in found.values()), most=0)]
