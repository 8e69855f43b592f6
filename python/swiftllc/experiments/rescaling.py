"""λ̂ of a ReLU network does not change when it is rescaled, if the sampler is rescaled with it.

W₁, b₁ → s W₁, s b₁ and W₂ → W₂/s leave the function of a ReLU network unchanged, and so its learning
coefficient. Plain SGLD does not know that; with the preconditioner A = (s², s², s⁻², 1) for (W₁, b₁, W₂, b₂),
and the localisation in its metric, the chain is the same chain in other units. The networks are those of Lau
et al. (arXiv 2308.12108): 10-20-10, 20-30-20 and 30-40-30, with the hidden units 1, 2, 3, 4, 5 and 8 copied
from unit 0, n = 10 000 inputs uniform on [-10, 10], targets by the network itself; SGLD with lr 1e-5, 10 000
steps, batches of 500.

Run it with ``python examples/rescaling.py``; ``--isotropic`` shows what an isotropic pull does instead.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl

SAMPLES = 10_000
SCALES = [10.0**k for k in range(-4, 5)]
NETWORKS = [(10, 20), (20, 30), (30, 40)]

Weights = dict[str, NDArray[np.float32]]


def network(width: int, hidden: int, seed: int = 0) -> tuple[sl.Model, Weights, NDArray[np.float32]]:
    """The model, weights with copied hidden units, and inputs."""
    generator = np.random.default_rng(seed)
    layers = sl.Sequential(sl.Linear(width, hidden), sl.ReLU(), sl.Linear(hidden, width))
    model = sl.Model(layers, input_shape=(width,), loss="mse")
    weights = model.init(seed=seed).to_dict()
    for unit in (1, 2, 3, 4, 5, 8):
        weights["0.weight"][unit] = weights["0.weight"][0]
        weights["0.bias"][unit] = weights["0.bias"][0]
        weights["2.weight"][:, unit] = weights["2.weight"][:, 0]
    return model, weights, generator.uniform(-10, 10, size=(SAMPLES, width)).astype(np.float32)


def rescaled(weights: Weights, s: float) -> tuple[Weights, Weights]:
    """The same function in other weights, and the preconditioner that goes with them."""
    factors = {"0.weight": s, "0.bias": s, "2.weight": 1 / s, "2.bias": 1.0}
    moved = {name: (weights[name] * factor).astype(np.float32) for name, factor in factors.items()}
    preconditioner = {name: np.full_like(weights[name], factor**2) for name, factor in factors.items()}
    return moved, preconditioner


def estimate(
    width: int,
    hidden: int,
    s: float,
    localization: float,
    metric: str = "preconditioner",
    steps: int = 10_000,
) -> sl.LLCResult:
    """λ̂ of one network at one scale; two chains, the first fifth of the steps as burn-in."""
    model, weights, X = network(width, hidden)
    y = model(weights, X)
    params, preconditioner = rescaled(weights, s)
    sampler = sl.SGLD(
        lr=1e-5, localization=localization, preconditioner=preconditioner, localization_metric=metric
    )
    return sl.estimate_llc(
        model,
        params,
        (X, y),
        sampler=sampler,
        num_chains=2,
        num_burnin_steps=steps // 5,
        num_draws=steps * 4 // 25,
        num_steps_bw_draws=5,
        batch_size=500,
        seed=0,
        progress=False,
    )


def main() -> None:
    """A row for each network and localisation, a column for each scale."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--isotropic", action="store_true", help="pull isotropically, whatever A")
    metric = "isotropic" if parser.parse_args().isotropic else "preconditioner"
    print(f"{'network':<10}{'γ':>3}" + "".join(f"{f's={s:g}':>11}" for s in SCALES) + "    ±  acceptance")
    for width, hidden in NETWORKS:
        for localization in (0.0, 1.0):
            results = [estimate(width, hidden, s, localization, metric) for s in SCALES]
            seen = [result.diagnostics.acceptance for result in results]
            print(
                f"{f'{width}-{hidden}-{width}':<10}{localization:>3g}"
                + "".join(f"{result.llc:>11.2f}" for result in results)
                + f"{max(result.stderr for result in results):>5.1f}  {min(seen):.4f}-{max(seen):.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
