"""A loop in JAX: all steps in one compiled ``fori_loop``, from random batches to the noise.

Tried for each problem: one chain after another or all by ``vmap``, its default generator or those of XLA, and
a compiled step that is called from Python, which is what convolutions need.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import samplers
from networks import in_jax
from numpy.typing import NDArray
from problems import Problem

from peers.contender import Runner, Variants

#: Losses are written into a ring of so many.
RING = 1 << 14


def variants(problem: Problem, chains: int, sampler: str) -> Variants:
    """Generators, and ways to make several chains."""
    ways: Variants = {}
    ways["threefry2x32, step by step"] = lambda: _stepwise(problem, chains, sampler)
    if problem.kind == "resnet":
        return ways  # within a loop XLA has slow convolutions: minutes a step
    for generator in ("threefry2x32", "rbg", "unsafe_rbg"):
        ways[generator] = lambda g=generator: _runner(problem, chains, sampler, g, vectorised=False)
        if chains > 1 and generator != "rbg":  # of which vmap makes one call per chain
            ways[f"{generator}, vmap"] = lambda g=generator: _runner(problem, chains, sampler, g, True)
    return ways


def loss_at_start(problem: Problem) -> float:
    """The loss of the first batch at the weights they all begin at."""
    x, y = (a[: problem.batch] for a in in_jax.data(problem))
    return float(jax.jit(in_jax.loss_function(problem))(in_jax.weights(problem), x, y))


def step_of(problem: Problem, sampler: str) -> Callable[..., Any]:
    """A function that makes step i of a chain: from weights, moments and losses to the next."""
    differentiated = jax.value_and_grad(in_jax.loss_function(problem))

    def step(i: Any, state: Any, key: Any, centre: Any, x: Any, y: Any) -> Any:
        weights, moments, losses = state
        batch_key, *noise_keys = jax.random.split(jax.random.fold_in(key, i), 1 + len(weights))
        rows = jax.random.randint(batch_key, (problem.batch,), 0, problem.n)
        loss, gradient = differentiated(weights, x[rows], y[rows])
        new, new_moments = {}, {}
        for (name, w), noise_key in zip(weights.items(), noise_keys, strict=True):
            drift = problem.nbeta * gradient[name] + problem.localization * (w - centre[name])
            lr = problem.lr
            if sampler != "SGLD":
                v = samplers.DECAY * moments[name] + (1 - samplers.DECAY) * jnp.square(gradient[name])
                new_moments[name] = v
                lr = lr / (jnp.sqrt(v) + samplers.EPSILON)
            noise = jax.random.normal(noise_key, w.shape)
            new[name] = w - lr / 2 * drift + jnp.sqrt(lr) * noise
        return new, new_moments, losses.at[i % RING].set(loss)

    return step


def chain_of(problem: Problem, sampler: str) -> Callable[..., Any]:
    """A function that makes so many steps, and returns weights, moments and losses."""
    step = step_of(problem, sampler)

    def chain(weights: Any, moments: Any, key: Any, count: Any, centre: Any, x: Any, y: Any) -> Any:
        def body(i: Any, state: Any) -> Any:
            return step(i, state, key, centre, x, y)

        return jax.lax.fori_loop(0, count, body, (weights, moments, jnp.zeros(RING)))

    return chain


def traces(problem: Problem, chains: int, steps: int, seed: int) -> tuple[NDArray[Any], float]:
    """The losses of each chain's steps, at most ``RING``, and the loss of all samples at the start."""
    x, y = in_jax.data(problem)
    centre = in_jax.weights(problem)
    compiled = jax.jit(jax.vmap(chain_of(problem, "SGLD"), in_axes=(None, None, 0, None, None, None, None)))
    *_, losses = compiled(centre, {}, jax.random.split(jax.random.key(seed), chains), steps, centre, x, y)
    return np.asarray(losses)[:, :steps], float(in_jax.loss_function(problem)(centre, x, y))


def _runner(problem: Problem, chains: int, sampler: str, generator: str, vectorised: bool) -> Runner:
    x, y = in_jax.data(problem)
    centre = in_jax.weights(problem)
    chain = chain_of(problem, sampler)
    moments = jax.tree.map(jnp.zeros_like, centre) if sampler != "SGLD" else {}
    keys = jax.random.split(jax.random.key(0, impl=generator), chains)
    if vectorised:
        axes = (0, 0, 0, None, None, None, None)
        compiled = jax.jit(jax.vmap(chain, in_axes=axes), donate_argnums=(0, 1))
        state = jax.tree.map(lambda a: jnp.stack([a] * chains), (centre, moments))

        def run(count: int) -> float:
            nonlocal state
            begin = time.perf_counter()
            *moved, losses = compiled(*state, keys, count, centre, x, y)
            losses.block_until_ready()
            state = tuple(moved)
            return time.perf_counter() - begin

        return run

    compiled = jax.jit(chain, donate_argnums=(0, 1))
    states = [jax.tree.map(jnp.copy, (centre, moments)) for _ in range(chains)]

    def run_each(count: int) -> float:
        begin = time.perf_counter()
        for i in range(chains):
            *moved, losses = compiled(*states[i], keys[i], count, centre, x, y)
            losses.block_until_ready()
            states[i] = tuple(moved)
        return time.perf_counter() - begin

    return run_each


def _stepwise(problem: Problem, chains: int, sampler: str) -> Runner:
    x, y = in_jax.data(problem)
    centre = in_jax.weights(problem)
    compiled = jax.jit(step_of(problem, sampler), donate_argnums=1)
    moments = jax.tree.map(jnp.zeros_like, centre) if sampler != "SGLD" else {}
    states = [jax.tree.map(jnp.copy, (centre, moments, jnp.zeros(RING))) for _ in range(chains)]
    keys = jax.random.split(jax.random.key(0), chains)

    def run(count: int) -> float:
        begin = time.perf_counter()
        for chain in range(chains):
            for i in range(count):
                states[chain] = compiled(i, states[chain], keys[chain], centre, x, y)
            states[chain][2].block_until_ready()
        return time.perf_counter() - begin

    return run
