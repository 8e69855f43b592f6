"""Chains around the published ReLU network, as they were run there and as they are run here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl
from swiftllc.experiments.experiment import Report
from swiftllc.experiments.protocols.initial import Weights
from swiftllc.experiments.protocols.mala_vs_sgld import network as relu_network

#: On which batch a loss is measured, and where: at the draw whose step that batch makes, or after that step.
MEASURED = ("own batch, after its step", "own batch, before its step", "new batch")
#: The steps between draws whose loss is measured otherwise than as published.
_SELDOM = 10


def problem(settings: Mapping[str, Any]) -> tuple[sl.Model, Weights, tuple[NDArray[Any], NDArray[Any]]]:
    """The model, w* and the data."""
    model = relu_network.model()
    weights = relu_network.weights(settings["network"], settings["biases"])
    X, _ = relu_network.inputs_and_order(settings["n"])
    return model, weights, (X, model(weights, X))


def published_sgld(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """One run as published: the batches are those of one order of the samples, which is not drawn again.

    Its λ̂ is from the loss after a step on the batch that made this step. From the same draws also by the loss
    before the step, and on a batch that is drawn for this alone: of all steps, and of the second half.
    """
    model, weights, (X, y) = problem(settings)
    n, size, steps = settings["n"], settings["batch_size"], settings["steps"]
    _, order = relu_network.inputs_and_order(n)
    # What is left over at the end of an epoch was not used.
    batches = [model.dataset(X[rows], y[rows]) for rows in np.split(order[: n // size * size], n // size)]
    nbeta = n / math.log(n) * settings["outputs_weight"]
    chain = sl.Chain(
        sl.SGLD(settings["lr"], localization=settings["localization"]),
        weights,
        n=n,
        batch_size=size,
        nbeta=nbeta,
        mask=settings["moves"],
        seed=settings["run"],
    )
    after, before, apart = np.empty((3, steps))
    before[:] = apart[:] = math.nan
    for step in range(steps):
        batch = batches[step % len(batches)]
        if step % _SELDOM == 0:
            rows = chain.draw_batch()
            before[step] = model.loss(chain.parameters, batch)
            apart[step] = model.loss(chain.parameters, model.dataset(X[rows], y[rows]))
            report(step / steps)
        try:
            # Whether the loss is finite is looked at one step late.
            chain.tell(after[step - 1] if step else 0.0, model.gradient(chain.parameters, batch))
        except (sl.DivergedError, sl.InvalidArgumentError):
            return {"llc": None}
        after[step] = model.loss(chain.parameters, batch)
    found = dict(zip(MEASURED, nbeta * np.array([after, before, apart]), strict=True))
    return {
        "llc": found[MEASURED[0]].mean(),
        **{name: np.nanmean(values) for name, values in found.items()},
        **{f"{name}, second half": np.nanmean(values[steps // 2 :]) for name, values in found.items()},
    }


def mala(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """One run of MALA on all samples, all draws counted."""
    model, weights, data = problem(settings)
    result = sl.estimate_llc(
        model,
        weights,
        data,
        sampler=sl.MALA(settings["lr"], localization=settings["localization"]),
        num_chains=1,
        num_draws=settings["steps"],
        num_burnin_steps=1,
        num_acceptance_checks=settings["steps"],
        seed=settings["run"],
        threads=threads,
        progress=lambda done, total: report(done / total),
    )
    return {"llc": result.llc, "acceptance": result.diagnostics.acceptance}


def sgld(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """Chains of SGLD as ``estimate_llc`` runs them: the order is drawn again for each epoch, losses apart."""
    model, weights, data = problem(settings)
    # Of the small steps not every one.
    every = max(1, settings["steps"] // 10_000)
    result = sl.estimate_llc(
        model,
        weights,
        data,
        sampler=sl.SGLD(settings["lr"], localization=settings["localization"]),
        num_chains=settings["chains"],
        num_draws=settings["steps"] // every,
        num_burnin_steps=0,
        num_steps_bw_draws=every,
        batch_size=settings["batch_size"],
        seed=settings["seed"],
        threads=threads,
        progress=lambda done, total: report(done / total),
    )
    return {"llc": result.llc_per_chain.tolist(), "acceptance": result.diagnostics.acceptance}


def curvatures(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """What the Hessian at w* alone would say."""
    _, weights, (X, _) = problem(settings)
    found = relu_network.eigenvalues(weights, X)
    nbeta, localization = settings["n"] / math.log(settings["n"]), settings["localization"]
    lr, steps = settings["lr"], settings["steps"]
    return {
        "largest": found[-1],
        "rank": int((found > 1e-6 * found[-1]).sum()),
        "settled": relu_network.quadratic(found, nbeta, localization),
        "run": relu_network.quadratic(found, nbeta, localization, lr, steps),
    }


def settled(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """λ̂ of the posterior itself, by chains that have forgotten w*.

    From that of SGLD is subtracted what the noise of its batches adds, as measured, and what its step adds,
    by the closed form for the curvatures at w*.
    """
    model, weights, data = problem(settings)
    localization = settings["localization"]
    sampler = getattr(sl, settings["sampler"])(**settings["options"], localization=localization)
    stochastic = isinstance(sampler, sl.SGLD)
    result = sl.estimate_llc(
        model,
        weights,
        data,
        sampler=sampler,
        num_chains=4,
        num_draws=settings["draws"],
        num_steps_bw_draws=settings["steps_bw_draws"],
        num_burnin_steps=settings["burnin"],
        batch_size=settings["batch_size"],
        with_replacement=stochastic,
        correct_noise_bias=stochastic,
        draw_batches="steps",
        num_acceptance_checks=1000,
        seed=settings["seed"],
        threads=threads,
        progress=lambda done, total: report(done / total),
    )
    step_bias = 0.0
    if stochastic:
        found = relu_network.eigenvalues(weights, data[0])
        given = found, result.nbeta, localization
        step_bias = relu_network.quadratic(*given, sampler.lr) - relu_network.quadratic(*given)
    return {
        "llc": result.llc - step_bias,
        "stderr": result.stderr,
        "noise_bias": result.noise_bias,
        "step_bias": step_bias,
        "acceptance": result.diagnostics.acceptance,
        "rank_rhat": result.diagnostics.rank_rhat,
    }
