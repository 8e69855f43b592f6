"""λ̂ of a deep linear network while it learns one singular value after another.

The protocol of Furman and Lau (arXiv 2402.03698): a teacher 10 diag(1 ... 5), inputs from N(0, I), n = 10000,
noiseless targets, and a student of four layers of widths 5, 10, 10, 10, 5, initialised with variance
10^-1.5 and trained by SGD with lr 1e-4 and batches of 128. From small weights it learns the largest
singular value first, then the next, and so on (Saxe et al., arXiv 1312.6120). Every 50 steps λ̂ is
estimated at the student's weights by SGLD with lr 1e-6 and localization 1, 100 steps; the targets there are
the student's own outputs, so that its weights are a minimum.

In so few steps SGLD sees the directions that the loss holds firmly. Where the product has r singular values
that are not small, these are as many as a matrix of rank r has dimensions, r (10 - r), and λ̂ is half of
it. (The λ of an infinite sample, Aoyagi's, is 12.5 at every rank of these widths; longer runs tend to it.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl
from swiftllc.experiments.experiment import Check, Report, Row, Task, markdown

TEACHER = 10.0 * np.arange(5, 0, -1)
HIDDEN = 10
WIDTHS = (5, HIDDEN, HIDDEN, HIDDEN, 5)
SAMPLES = 10_000
BATCH = 128
#: Of the training, and of the estimate at every checkpoint.
TRAINING = {"lr": 1e-4, "batch_size": BATCH, "steps": 20_000, "steps_bw_checkpoints": 50}
ESTIMATE = {"lr": 1e-6, "localization": 1.0, "batch_size": BATCH, "num_chains": 4, "num_draws": 100}
#: λ̂ where r = 1 ... 5 singular values have been learnt.
PLATEAUS = {r: r * (10 - r) / 2 for r in range(1, 6)}


def tasks(quick: bool) -> list[Task]:
    """A student for each seed."""
    return [
        Task({"seed": seed, "training": TRAINING, "estimate": ESTIMATE}) for seed in range(2 if quick else 10)
    ]


def measure(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """Trains a student; the loss, the singular values of its product and λ̂ at every checkpoint."""
    seed, training, estimate = settings["seed"], settings["training"], dict(settings["estimate"])
    steps, every = training["steps"], training["steps_bw_checkpoints"]
    optimizer = sl.SGD(training["lr"])
    sampler = sl.SGLD(estimate.pop("lr"), localization=estimate.pop("localization"))
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(SAMPLES, len(TEACHER))).astype(np.float32)
    model = sl.Model(sl.models.deep_linear_network(WIDTHS), input_shape=(WIDTHS[0],), loss="mse")
    data = model.dataset(X, X * TEACHER)
    std = HIDDEN**-0.75
    params: Any = {
        name: std * generator.normal(size=np.shape(value)) for name, value in model.init(seed=0).items()
    }
    checkpoints: list[dict[str, Any]] = []
    for step in range(0, steps + 1, every):
        if step > 0:
            params = sl.train(
                model,
                params,
                data,
                optimizer=optimizer,
                batch_size=training["batch_size"],
                steps=every,
                seed=step,
                progress=False,
            )
        result = sl.estimate_llc(
            model,
            params,
            (X, model(params, X)),
            sampler=sampler,
            num_burnin_steps=0,
            seed=step,
            threads=threads,
            progress=False,
            **estimate,
        )
        checkpoints.append(
            {
                "step": step,
                "loss": model.loss(params, data),
                "singular_values": singular_values(params).tolist(),
                "llc": result.llc,
                "stderr": result.stderr,
            }
        )
        report(step / steps)
    return {"checkpoints": checkpoints}


def singular_values(params: Mapping[str, Any]) -> NDArray[np.float64]:
    """Of the product of all layers, the largest first."""
    product = np.eye(WIDTHS[0])
    for weight in params.values():
        product = np.asarray(weight, dtype=np.float64) @ product
    return np.linalg.svd(product, compute_uv=False).astype(np.float64)


def history(row: Row, name: str) -> NDArray[np.float64]:
    """A number at every checkpoint."""
    return np.array([checkpoint[name] for checkpoint in row.results["checkpoints"]])


def on_plateau(row: Row, rank: int) -> NDArray[np.bool_]:
    """At which checkpoints so many singular values have been learnt to 80 %, and the next not yet to 5 %."""
    shares = history(row, "singular_values") / TEACHER
    learnt = shares[:, rank - 1] > 0.8
    return learnt if rank == len(TEACHER) else learnt & (shares[:, rank] < 0.05)


def plateau(rows: Sequence[Row], rank: int) -> NDArray[np.float64]:
    """λ̂ at all checkpoints on a plateau, of all students."""
    return np.concatenate([history(row, "llc")[on_plateau(row, rank)] for row in rows])


def rise(row: Row, rank: int) -> tuple[int, int]:
    """The steps at which a singular value has reached 5 % and 95 % of the teacher's."""
    share, steps = history(row, "singular_values")[:, rank - 1] / TEACHER[rank - 1], history(row, "step")
    return int(steps[np.argmax(share > 0.05)]), int(steps[np.argmax(share > 0.95)])


def jump(row: Row, rank: int) -> int:
    """The step at which λ̂ goes from one plateau to the next: where two levels fit it best."""
    llc, steps = history(row, "llc"), history(row, "step")
    before = 0 if rank == 1 else int(np.argmax(on_plateau(row, rank - 1)))
    after = np.flatnonzero(on_plateau(row, rank))
    part = slice(before, int(after[-1]) + 1 if len(after) else len(llc))
    below, above = PLATEAUS.get(rank - 1, 0.0), PLATEAUS[rank]
    # The sum of squares with all before k on the level below, and all from k on on the one above.
    left = np.concatenate([[0], np.cumsum((llc[part] - below) ** 2)])
    right = np.concatenate([[0], np.cumsum((llc[part] - above) ** 2)])
    best = int(np.argmin(left + right[-1] - right))
    return int(steps[part][min(best, len(llc[part]) - 1)])


def table(rows: Sequence[Row]) -> str:
    """The plateaus; then the jumps of each student."""
    levels = []
    for rank, expected in PLATEAUS.items():
        found = plateau(rows, rank)
        spread = f"{np.quantile(found, 0.25):.2f} … {np.quantile(found, 0.75):.2f}" if len(found) else "–"
        median = f"{np.median(found):.2f}" if len(found) else "–"
        levels.append([str(rank), f"{expected:g}", median, spread, str(len(found))])
    jumps = [
        [
            str(row.settings["seed"]),
            *(f"{jump(row, r)} ({rise(row, r)[0]} … {rise(row, r)[1]})" for r in PLATEAUS),
        ]
        for row in rows
    ]
    return (
        markdown(
            ["singular values learnt", "r (10 - r) / 2", "median λ̂", "half of them", "checkpoints"], levels
        )
        + "\n\nThe step at which λ̂ jumps (and in which the singular value goes from 5 % to 95 %):\n\n"
        + markdown(["seed", *(f"{r - 1} → {r}" for r in PLATEAUS)], jumps)
    )


def figure(rows: Sequence[Row], path: Path) -> None:
    """λ̂ and the singular values along the training of up to three students."""
    from swiftllc.experiments.plotting import panels

    shown = rows[:3]
    with panels(path, 2 * len(shown), columns=len(shown)) as axes:
        for column, row in enumerate(shown):
            above, below = axes[column], axes[column + len(shown)]
            steps = history(row, "step")
            above.plot(steps, history(row, "llc"), ".", markersize=3)
            for level in PLATEAUS.values():
                above.axhline(level, color="0.6", linewidth=0.8)
            above.set(title=f"seed {row.settings['seed']}", ylabel="λ̂", ylim=(0, 18))
            below.plot(steps, history(row, "singular_values"))
            below.set(xlabel="training step", ylabel="singular values of the product")


def checks(rows: Sequence[Row], quick: bool) -> list[Check]:
    """The plateaus within 10 %; the jumps that stand out of the noise while the singular value rises."""
    levels = [
        Check(
            f"λ̂ with {rank} singular values learnt",
            float(np.median(plateau(rows, rank))),
            least=0.9 * expected,
            most=1.1 * expected,
        )
        for rank, expected in PLATEAUS.items()
    ]
    # A jump by 1.5 or 0.5 is lost in the noise of single estimates.
    inside = []
    for row in rows:
        every = row.settings["training"]["steps_bw_checkpoints"]
        for rank in (1, 2, 3):
            begin, end = rise(row, rank)
            inside.append(begin - every <= jump(row, rank) <= end + every)
    return [
        *levels,
        Check("share of the first three jumps while the value rises", float(np.mean(inside)), least=0.9),
    ]
