"""Networks that classify images: trained by SGD, and measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl
from swiftllc.experiments.experiment import Progress
from swiftllc.experiments.protocols.resnet.images import Images, load
from swiftllc.graph import Node

#: How the localization measures distances: in all weights alike, or each tensor in units of its own size.
METRICS = ("isotropic", "relative")
#: Vectors of random signs by which the trace of the Hessian is estimated.
_PROBES = 4
#: Of the difference of gradients, over the root mean square of the weights.
_STEP = 1e-3


class GroupNormResNet(sl.models.ResNet):
    """A residual network with group norms in place of batch norms.

    Then the loss is a function of the weights and one sample in training too, and what is trained is what is
    measured.
    """

    groups = 4

    def _norm(self, x: Node, name: str) -> Node:
        return sl.GroupNorm(self.groups, x.shape[0])(x, name)


def model(network: Mapping[str, Any], images: Images, loss: str = "cross_entropy") -> sl.Model:
    """A residual network of so many blocks and channels in each stage, or one of linear layers."""
    if "blocks" in network:
        layers: Any = GroupNormResNet(network["blocks"], network["widths"], images.classes, images.shape[0])
    else:
        widths = [math.prod(images.shape), *network["hidden"], images.classes]
        layers = sl.Sequential(sl.Flatten(), sl.models.mlp(widths))
    return sl.Model(layers, input_shape=images.shape, loss=loss)


def trained(settings: Mapping[str, Any], report: Progress) -> tuple[sl.Model, sl.Parameters, Images]:
    """The network of a task after its training by SGD."""
    images, training = load(settings["data"]), settings["training"]
    classifier = model(settings["network"], images)
    params = sl.train(
        classifier,
        classifier.init(seed=training["seed"]),
        (images.X, images.y),
        optimizer=sl.SGD(
            training["lr"], momentum=training["momentum"], weight_decay=training["weight_decay"]
        ),
        steps=math.ceil(training["epochs"] * len(images.y) / training["batch_size"]),
        batch_size=training["batch_size"],
        seed=training["seed"],
        progress=lambda done, total: report(done / total),
    )
    return classifier, params, images


def description(classifier: sl.Model, params: sl.Parameters, images: Images, seed: int) -> dict[str, float]:
    """Losses and errors, and what else is said to tell how a network generalises; seed: of where it began."""
    data, weights = classifier.dataset(images.X, images.y), np.asarray(params, dtype=np.float64)
    test_loss, test_error = expected(classifier(params, images.test_X), images)
    return {
        "parameters": classifier.parameter_count,
        "train_loss": classifier.loss(params, data),
        "train_error": float((classifier(params, images.X).argmax(1) != images.y).mean()),
        "test_loss": test_loss,
        "test_error": test_error,
        "weight_norm": float(np.linalg.norm(weights)),
        "distance": float(np.linalg.norm(weights - np.asarray(classifier.init(seed=seed)))),
        "gradient_norm": float(np.linalg.norm(np.asarray(classifier.gradient(params, data), np.float64))),
        "hessian_trace": hessian_trace(classifier, weights, data),
    }


def expected(logits: NDArray[Any], images: Images) -> tuple[float, float]:
    """The loss and the share of errors on the test's images, in the mean over the noise of the labels."""
    logits = logits.astype(np.float64)
    shifted = logits - logits.max(1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(1, keepdims=True)) - shifted
    right, noise = losses[np.arange(len(losses)), images.test_y], images.noise
    loss = (1 - noise) * right.mean() + noise * losses.mean()
    error = (1 - noise) * (logits.argmax(1) != images.test_y).mean() + noise * (1 - 1 / images.classes)
    return float(loss), float(error)


def hessian_trace(
    classifier: sl.Model, weights: NDArray[np.float64], data: Any, probes: int = _PROBES
) -> float:
    """Of the mean loss, as the mean of vᵀ H v over random signs v (Hutchinson 1989), H v by differences."""
    generator = np.random.default_rng(0)
    step = _STEP * float(np.sqrt(np.mean(weights**2)))
    found = []
    for _ in range(probes):
        signs = generator.choice([-1.0, 1.0], size=weights.shape)
        above, below = (
            np.asarray(classifier.gradient(weights + side * step * signs, data), np.float64)
            for side in (1, -1)
        )
        found.append(float(signs @ (above - below)) / (2 * step))
    return float(np.mean(found))


def sizes(params: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """The mean square of each tensor, everywhere in it; of those with one axis, the mean of the others'."""
    squares = {name: float(np.mean(np.square(value))) for name, value in params.items() if value.ndim > 1}
    usual = float(np.mean(list(squares.values())))
    return {name: np.full(value.shape, squares.get(name, usual)) for name, value in params.items()}


def sampler(settings: Mapping[str, Any], params: sl.Parameters) -> sl.Sampler:
    """Underdamped Langevin where there is a friction, else SGLD."""
    moved: dict[str, Any] = {"localization": settings["localization"]}
    if settings["metric"] == "relative":
        moved |= {"preconditioner": sizes(params), "localization_metric": "preconditioner"}
    if "friction" in settings:
        return sl.UnderdampedLangevin(settings["lr"], friction=settings["friction"], **moved)
    return sl.SGLD(settings["lr"], **moved)


def estimate(
    classifier: sl.Model,
    params: sl.Parameters,
    data: Any,
    settings: Mapping[str, Any],
    threads: int,
    report: Progress,
    mask: Any = None,
) -> dict[str, Any]:
    """λ̂ and its health; a fifth of the steps are dropped. None for λ̂ if a chain diverged."""
    steps = settings["steps"]
    try:
        result = sl.estimate_llc(
            classifier,
            params,
            data,
            sampler=sampler(settings, params),
            num_chains=settings["num_chains"],
            num_burnin_steps=steps // 5,
            num_draws=steps - steps // 5,
            batch_size=settings["batch_size"],
            # So the loss of a draw on the batch of its step is unbiased, and what the noise adds is known.
            with_replacement=True,
            draw_batches="steps",
            correct_noise_bias=True,
            num_acceptance_checks=20,
            mask=mask,
            seed=settings["seed"],
            threads=threads,
            progress=lambda done, total: report(done / total),
        )
    except sl.DivergedError:
        return {"llc": None}
    seen = result.diagnostics
    return {
        "llc": result.llc,
        "stderr": result.stderr,
        "nbeta": result.nbeta,
        "acceptance": seen.acceptance,
        "rank_rhat": seen.rank_rhat,
        "ess": seen.ess,
        "below_baseline": seen.below_baseline,
        "noise_bias": result.noise_bias,
    }


def measured(settings: Mapping[str, Any], threads: int, report: Progress) -> dict[str, Any]:
    """Trains a network, describes it, and estimates λ̂ in both metrics."""
    classifier, params, images = trained(settings, lambda share: report(0.3 * share))
    results: dict[str, Any] = description(classifier, params, images, settings["training"]["seed"])
    for number, metric in enumerate(METRICS):
        begin = 0.35 + 0.32 * number
        report(begin)
        results[metric] = estimate(
            classifier,
            params,
            (images.X, images.y),
            {**settings["estimate"]["common"], **settings["estimate"][metric], "metric": metric},
            threads,
            lambda share, begin=begin: report(begin + 0.32 * share),  # type: ignore[misc]
        )
    return results
