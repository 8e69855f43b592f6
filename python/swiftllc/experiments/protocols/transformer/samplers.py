"""SGLD at a minimum of a small transformer, which is biased, against MALA and HMC, which are exact.

The bias of SGLD is in proportion to its step, to first order, so that λ̂ at several steps tells it at none.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl
from swiftllc.experiments.experiment import Report, Row
from swiftllc.experiments.protocols.transformer.cases import Case, case
from swiftllc.parameters import Parameters

#: The sampler that is judged, and those it is judged by.
JUDGED, EXACT = "SGLD", ("MALA", "HMC")
Vector = NDArray[np.float64]

#: Random vectors, of ±1, for the traces of the Hessian and of its cube.
PROBES = 16
#: Shares of the work: to get to the minimum, and to sample there.
TRAINING, SAMPLING = 0.15, 0.85


class Value(NamedTuple):
    """A number and its standard error."""

    value: float
    error: float

    def distance(self, other: Value) -> float:
        """In standard errors of the difference; NaN without any."""
        error = math.hypot(self.error, other.error)
        return (self.value - other.value) / error if error else math.nan


def measure(settings: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Trains to a minimum; λ̂ there by each sampler, all of the same posterior."""
    subject = case(settings)
    params = trained(subject, settings["training"])
    report(TRAINING)
    # Of the mean loss of a prediction, of which there are so many: n / log n.
    nbeta = subject.predictions / math.log(subject.predictions)
    stiff = stiffness(subject, params, nbeta, settings["localization"])
    work = [_gradients(run, subject.measured.n) for run in settings["samplers"]]
    found = []
    for number, run in enumerate(settings["samplers"]):
        begin = time.monotonic()
        sampler, options = _sampler(run, stiff.scale, settings["localization"])
        result = sl.estimate_llc(
            subject.model,
            params,
            subject.measured,
            sampler=sampler,
            nbeta=nbeta,
            num_chains=run["chains"],
            num_draws=run["draws"],
            num_burnin_steps=run["burnin"],
            num_steps_bw_draws=run["every"],
            seed=settings["seed"] + number,
            threads=1,
            progress=_part(report, sum(work[:number]) / sum(work), work[number] / sum(work)),
            **options,
        )
        found.append(
            {
                "sampler": run["sampler"],
                "lr": sampler.lr,
                "llc": result.llc + result.noise_bias,
                "stderr": result.stderr,
                "noise_bias": result.noise_bias,
                "acceptance": result.diagnostics.acceptance,
                "rank_rhat": result.diagnostics.rank_rhat,
                "ess": result.diagnostics.ess,
                "below_baseline": result.diagnostics.below_baseline,
                "distance": result.diagnostics.distance,
                "sample_gradients": work[number],
                "seconds": round(time.monotonic() - begin, 1),
            }
        )
    return {
        "parameters": subject.model.parameter_count,
        "loss": subject.model.loss(params, subject.measured),
        "levels": subject.levels,
        "gradient_norm": float(np.linalg.norm(subject.model.gradient(params, subject.measured).flat)),
        "nbeta": nbeta,
        "trace": stiff.trace,
        "scale": stiff.scale,
        "runs": found,
    }


def trained(subject: Case, phases: Sequence[Mapping[str, Any]]) -> Parameters:
    """By one optimizer after another."""
    params = subject.start
    for seed, phase in enumerate(phases):
        optimizer = (
            sl.Adam(phase["lr"])
            if phase["optimizer"] == "Adam"
            else sl.SGD(phase["lr"], momentum=phase["momentum"])
        )
        params = sl.train(
            subject.model,
            params,
            subject.training,
            optimizer=optimizer,
            batch_size=phase["batch_size"],
            steps=phase["steps"],
            seed=seed,
            progress=False,
        )
    return params


class Stiffness(NamedTuple):
    """Of the posterior at w*, with h the eigenvalues of nβ ∇²L + γ.

    Attributes:
        trace: Σ nβ ∇²L, from which the bias of a step of SGLD follows.
        scale: (Σ h³)^⅓. A step of MALA of c / scale is accepted with probability 2 Φ(-c^1.5 / 8) where the
            posterior is normal (Roberts and Rosenthal 1998): 0.9 for c = 1, 0.72 for 2, 0.52 for 3.
    """

    trace: float
    scale: float


def stiffness(subject: Case, params: Parameters, nbeta: float, localization: float) -> Stiffness:
    """By random vectors, and differences of gradients over all samples."""
    center = params.flat
    shift = float(np.finfo(center.dtype).eps ** (1 / 3) * np.linalg.norm(center))

    def product(vector: Vector) -> Vector:
        length = float(np.linalg.norm(vector))
        step = (vector * (shift / length)).astype(center.dtype)
        above = subject.model.gradient(center + step, subject.measured).flat.astype(np.float64)
        below = subject.model.gradient(center - step, subject.measured).flat
        hessian: Vector = (above - below) * (length / (2 * shift))
        return nbeta * hessian + localization * vector

    generator = np.random.default_rng(0)
    traces, cubes = [], []
    for _ in range(PROBES):
        probe = generator.choice([-1.0, 1.0], size=center.size)
        once = product(probe)
        traces.append(probe @ once)
        cubes.append(once @ product(once))
    return Stiffness(float(np.mean(traces)) - localization * center.size, float(np.cbrt(np.mean(cubes))))


def _gradients(run: Mapping[str, Any], n: int) -> int:
    """Of single samples, that a run takes."""
    steps = run["chains"] * (run["burnin"] + run["draws"] * run["every"])
    return int(steps * run.get("leapfrog_steps", 1) * run.get("batch_size", n))


def _part(report: Report, before: float, share: float) -> Callable[[int, int], None]:
    """Reports the progress of a sampler, which is this share of all sampling."""

    def progress(done: int, total: int) -> None:
        report(TRAINING + SAMPLING * (before + share * done / total))

    return progress


def _sampler(run: Mapping[str, Any], scale: float, localization: float) -> tuple[sl.Sampler, dict[str, Any]]:
    """With a step in units of the stiffness, and the options that go with it."""
    if run["sampler"] == JUDGED:
        # Batches drawn independently: the noise of their gradients adds to λ̂ in proportion to the step.
        options = {"batch_size": run["batch_size"], "with_replacement": True, "correct_noise_bias": True}
        return sl.SGLD(run["step"] / scale, localization=localization), options
    # At w* the loss is stiffer than where the chains live, and the step that is good there is refused: chains
    # stay at w*, and nothing but the acceptance tells. So they begin with smaller ones.
    schedule = [*([run["begin"]] * run["burnin"]), 1.0]
    if run["sampler"] == "MALA":
        return sl.MALA(run["step"] / scale, localization=localization, lr_schedule=schedule), {}
    hmc = sl.HMC(
        run["step"] / math.sqrt(scale),
        leapfrog_steps=run["leapfrog_steps"],
        localization=localization,
        lr_schedule=schedule,
    )
    return hmc, {}


def judged_runs(row: Row) -> list[Mapping[str, Any]]:
    """Those of SGLD."""
    return [run for run in row.results["runs"] if run["sampler"] == JUDGED]


def exact_values(row: Row) -> list[Value]:
    """λ̂ by each run of MALA and HMC."""
    return [Value(run["llc"], run["stderr"]) for run in row.results["runs"] if run["sampler"] in EXACT]


def exact(row: Row) -> Value:
    """Their mean, weighted by their precision."""
    found = exact_values(row)
    with np.errstate(divide="ignore", invalid="ignore"):  # of a chain that never moved: NaN
        precision = np.array([value.error for value in found]) ** -2.0
        mean = np.sum(precision * [value.value for value in found]) / precision.sum()
        return Value(float(mean), float(precision.sum() ** -0.5))


def at_no_step(row: Row) -> Value:
    """λ̂ where a line through those of SGLD, weighted by their precision, comes to the step 0."""
    lr = np.array([run["lr"] for run in judged_runs(row)])
    llc = np.array([run["llc"] for run in judged_runs(row)])
    error = np.array([run["stderr"] for run in judged_runs(row)])
    if not np.all(error > 0):
        return Value(math.nan, math.nan)
    design = np.stack([np.ones_like(lr), lr / lr.max()], axis=1) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    line = covariance @ design.T @ (llc / error)
    return Value(float(line[0]), float(np.sqrt(covariance[0, 0])))


def step_bias(row: Row, lr: float) -> float:
    """What a step of SGLD adds to λ̂ of a quadratic with this Hessian, to first order: lr nβ tr H / 8."""
    return float(lr * row.results["trace"] / 8)
