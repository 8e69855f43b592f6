"""The last layer of a classifier alone, where λ̂ has a closed form.

With the network's own outputs as targets and the squared error the loss is quadratic in the weights of the
last layer, whatever the layers before it are: |ΔW φ|²/C in the mean over the samples, φ the features with a 1
for the bias and C the outputs. Its curvatures ℓ are 2/C times the eigenvalues of the mean of φ φᵀ, each C
times, in units of the sampler's metric. A direction adds ½ nβℓ/(nβℓ + γ) to λ̂, and SGLD of step ε divides
that by 1 - ε (nβℓ + γ)/4 (docs/math.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc.experiments.experiment import Progress
from swiftllc.experiments.protocols.resnet.classifiers import estimate, model, sizes
from swiftllc.experiments.protocols.resnet.images import load

#: The last layer of a residual network.
_WEIGHT, _BIAS = "fc.weight", "fc.bias"


def features(classifier: Any, params: Any, X: NDArray[Any]) -> NDArray[np.float64]:
    """What the last layer is given, and a 1: outputs of a last layer that hands it on, a part at a time."""
    weights = params.to_dict()
    outputs, inputs = weights[_WEIGHT].shape
    parts = []
    for begin in range(0, inputs, outputs):
        chosen = np.eye(outputs, inputs, begin)
        part = classifier({**weights, _WEIGHT: chosen, _BIAS: np.zeros(outputs)}, X)
        parts.append(part[:, : inputs - begin])
    return np.concatenate([*parts, np.ones((len(X), 1))], axis=1).astype(np.float64)


def curvatures(phi: NDArray[np.float64], scales: NDArray[np.float64], outputs: int) -> NDArray[np.float64]:
    """Of the loss, in units of the metric with the diagonal ``scales``; each ``outputs`` times."""
    scaled = phi * np.sqrt(scales)
    return np.repeat(np.linalg.eigvalsh(2 / outputs * scaled.T @ scaled / len(phi)), outputs)


def closed_form(
    found: NDArray[np.float64], nbeta: float, localization: float, sgld_step: float = 0.0
) -> float:
    """The mean of nβ (L(w) - L(w*)) over such curvatures."""
    stiffness = nbeta * found + localization
    return float(np.sum(nbeta * found / stiffness / (1 - sgld_step * stiffness / 4)) / 2)


def measured(settings: Mapping[str, Any], threads: int, report: Progress) -> dict[str, Any]:
    """λ̂ of the last layer of a network at its initial weights, and the closed form."""
    images, chosen = load(settings["data"]), settings["estimate"]
    classifier = model(settings["network"], images, loss="mse")
    params = classifier.init(seed=settings["training"]["seed"])
    phi = features(classifier, params, images.X)
    found = estimate(
        classifier,
        params,
        (images.X, classifier(params, images.X)),
        chosen,
        threads,
        report,
        mask=[_WEIGHT, _BIAS],
    )
    squares = sizes(params)
    scales = np.ones(phi.shape[1])
    if chosen["metric"] == "relative":
        scales = np.append(squares[_WEIGHT][0], squares[_BIAS][0])
    curvature = curvatures(phi, scales, images.classes)
    step = 0.0 if "friction" in chosen else chosen["lr"]
    return {**found, "exact": closed_form(curvature, found["nbeta"], chosen["localization"], step)}
