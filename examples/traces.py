"""What a good trace looks like, and three bad ones.

One tanh network, sampled four times: well; with too large a step; for too short a time; and from weights that
are not a minimum. Prints what ``estimate_llc`` says of each, and writes the traces as a figure.

    python examples/traces.py --output docs/images/traces.png
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

import swiftllc as sl

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def results() -> dict[str, sl.LLCResult]:
    """The four runs, by what is right or wrong with them."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(5000, 8))
    y = np.sin(X @ generator.normal(size=(8, 3))) + 0.1 * generator.normal(size=(5000, 3))
    network = sl.Sequential(sl.Linear(8, 32), sl.Tanh(), sl.Linear(32, 3))
    model = sl.Model(network, input_shape=(8,), loss="mse")
    data = model.dataset(X, y)
    untrained = model.init(seed=0)
    trained = sl.train(model, untrained, data, steps=20_000, seed=0)
    # Full batches at a low rate settle what minibatches leave restless.
    trained = sl.train(model, trained, data, optimizer=sl.Adam(lr=1e-4), steps=5000, batch_size=data.n)

    def run(params: sl.Parameters, lr: float, localization: float = 100.0, **lengths: int) -> sl.LLCResult:
        sampler = sl.SGLD(lr=lr, localization=localization)
        return sl.estimate_llc(model, params, data, sampler=sampler, seed=0, progress=False, **lengths)

    long: dict[str, Any] = {"num_draws": 2000, "num_steps_bw_draws": 10, "num_burnin_steps": 5000}
    return {
        "healthy": run(trained, 3e-5, **long),
        "step too large": run(trained, 6e-4, **long),
        "too short: still climbing": run(trained, 3e-6, num_draws=2000, num_burnin_steps=500),
        "not a minimum": run(untrained, 1e-5, 1.0, num_draws=2000, num_burnin_steps=500),
    }


def main() -> None:
    """Prints and draws the four runs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--output", type=Path, default=Path("traces.png"), help="the figure (default traces.png)"
    )
    path = parser.parse_args().output
    fig, grid = plt.subplots(2, 2, figsize=(9, 6), layout="constrained")
    for (name, result), axes in zip(results().items(), grid.flat, strict=True):
        print(f"{name}\n{result}\n")
        axes.plot(result.llc_per_draw.T, linewidth=0.5, alpha=0.6)
        axes.plot(result.running_llc.T, color="black", linewidth=1)
        axes.set(title=f"{name}: λ̂ = {result.llc:.1f} ± {result.stderr:.1f}", xlabel="draw")
        axes.set_ylabel("nbeta (L(w) − L(w*))")
    fig.savefig(path, dpi=100)
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
