"""blackjax's SGLD kernel, in a compiled loop of our own: it has none."""

from __future__ import annotations

import time
from typing import Any

import blackjax
import jax
import jax.numpy as jnp
from networks import in_jax
from problems import Problem

from peers.contender import Runner, Unable, Variants
from peers.jax_loop import RING, loss_at_start

__all__ = ["loss_at_start", "variants"]


def variants(problem: Problem, chains: int, sampler: str) -> Variants:
    """Generators, and ways to make several chains."""
    if sampler != "SGLD":
        raise Unable("blackjax has no RMSProp-SGLD")
    if problem.kind == "resnet":
        raise Unable("within a loop XLA takes half a minute for a step with convolutions")
    ways: Variants = {}
    for generator in ("threefry2x32", "unsafe_rbg"):
        ways[generator] = lambda g=generator: _runner(problem, chains, g, False)
        if chains > 1:
            ways[f"{generator}, vmap"] = lambda g=generator: _runner(problem, chains, g, True)
    return ways


def _runner(problem: Problem, chains: int, generator: str, vectorised: bool) -> Runner:
    x, y = in_jax.data(problem)
    centre = in_jax.weights(problem)
    differentiated = jax.value_and_grad(in_jax.loss_function(problem))
    kernel = blackjax.sgmcmc.sgld.build_kernel()

    def chain(weights: Any, key: Any, count: Any, centre: Any, x: Any, y: Any) -> Any:
        def step(i: Any, state: Any) -> Any:
            weights, losses = state
            batch_key, noise_key = jax.random.split(jax.random.fold_in(key, i))
            rows = jax.random.randint(batch_key, (problem.batch,), 0, problem.n)
            loss = None

            def gradient_of_log_density(weights: Any, batch: Any) -> Any:
                nonlocal loss
                loss, gradient = differentiated(weights, *batch)
                return jax.tree.map(
                    lambda w, g, c: -problem.nbeta * g - problem.localization * (w - c),
                    weights,
                    gradient,
                    centre,
                )

            # Its step is half of ours: w + step g + √(2 step) z.
            moved = kernel(noise_key, weights, gradient_of_log_density, (x[rows], y[rows]), problem.lr / 2)
            return moved, losses.at[i % RING].set(loss)

        return jax.lax.fori_loop(0, count, step, (weights, jnp.zeros(RING)))

    keys = jax.random.split(jax.random.key(0, impl=generator), chains)
    if vectorised:
        compiled = jax.jit(jax.vmap(chain, in_axes=(0, 0, None, None, None, None)), donate_argnums=0)
        states = [jax.tree.map(lambda a: jnp.stack([a] * chains), centre)]
        all_keys = [keys]
    else:
        compiled = jax.jit(chain, donate_argnums=0)
        states = [jax.tree.map(jnp.copy, centre) for _ in range(chains)]
        all_keys = list(keys)

    def run(count: int) -> float:
        begin = time.perf_counter()
        for i, key in enumerate(all_keys):
            states[i], losses = compiled(states[i], key, count, centre, x, y)
            losses.block_until_ready()
        return time.perf_counter() - begin

    return run
