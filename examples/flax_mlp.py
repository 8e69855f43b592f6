"""A network of Flax, trained by Optax, and its learning coefficient.

    python examples/flax_mlp.py

Needs flax and optax. ``--quick`` trains and samples less; docs/frameworks.md has the output, and what
it means.
"""

from __future__ import annotations

import argparse
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn

import swiftllc as sl


class MLP(nn.Module):
    """4 inputs, two layers of 16, and one output."""

    @nn.compact
    def __call__(self, x):
        """The outputs."""
        x = nn.tanh(nn.Dense(16)(x))
        x = nn.tanh(nn.Dense(16)(x))
        return nn.Dense(1)(x)


def trained(X, y, steps: int):
    """By Adam on all samples, at a rate that falls to zero."""
    module = MLP()
    variables = module.init(jax.random.key(0), X)
    optimizer = optax.adam(optax.cosine_decay_schedule(1e-2, steps))

    def loss(variables):
        return jnp.mean((module.apply(variables, X) - y) ** 2)

    @jax.jit
    def step(variables, state):
        updates, state = optimizer.update(jax.grad(loss)(variables), state)
        return optax.apply_updates(variables, updates), state

    state = optimizer.init(variables)
    for _ in range(steps):
        variables, state = step(variables, state)
    return module, variables


def main() -> None:
    """Trains, copies the weights, compares outputs, estimates."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="train and sample less")
    quick = parser.parse_args().quick

    generator = np.random.default_rng(0)
    X = generator.normal(size=(1000, 4)).astype(np.float32)
    noise = 0.1 * generator.normal(size=(1000, 1))
    y = (np.sin(2 * X[:, :1]) * X[:, 1:2] + noise).astype(np.float32)
    module, variables = trained(X, y, steps=2000 if quick else 20_000)

    network = sl.Sequential(
        sl.Linear(4, 16), sl.Tanh(), sl.Linear(16, 16), sl.Tanh(), sl.Linear(16, 1)
    )  # the same network: what from_flax takes is weights alone
    model = sl.Model(network, input_shape=(4,), loss="mse")
    params = sl.from_flax(model, variables)

    difference = np.abs(model(params, X) - module.apply(variables, X)).max()
    print(f"outputs differ from Flax's by {difference:.1g} at most")
    if not difference < 1e-4:
        raise SystemExit("the two networks are not the same")

    result = sl.estimate_llc(
        model,
        params,
        (X, y),
        num_chains=4,
        budget=5_000_000 if quick else 20_000_000,
        seed=0,
        progress=sys.stderr.isatty(),
    )
    print(result)
    bound = model.parameter_count / 2
    print(f"d/2 = {bound:g} for {model.parameter_count} parameters; λ̂ is {result.llc / bound:.1%} of it")


if __name__ == "__main__":
    main()
