"""The networks as functions in JAX, of weights with swiftllc's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from problems import Problem

Weights = dict[str, Any]


def weights(problem: Problem) -> Weights:
    """Those that all contenders begin at; kernels of convolutions with their channels last for XLA."""
    arrays = {name: np.array(array) for name, array in problem.params.items()}
    return {name: jnp.asarray(a.transpose(2, 3, 1, 0) if a.ndim == 4 else a) for name, a in arrays.items()}


def data(problem: Problem) -> tuple[jax.Array, jax.Array]:
    """Inputs and targets; images with their channels last, and integers of 32 bits."""
    x, y = problem.data
    if problem.kind == "resnet":
        x = x.transpose(0, 2, 3, 1)
    return tuple(jnp.asarray(a.astype(np.int32) if a.dtype == np.int64 else a) for a in (x, y))


def loss_function(problem: Problem) -> Callable[[Weights, jax.Array, jax.Array], jax.Array]:
    """The mean loss of a batch."""
    network = {"linear": _linear, "mlp": _mlp, "resnet": _resnet, "gpt2": _gpt2}[problem.kind]
    if not problem.classes:
        return lambda w, x, y: jnp.mean(jnp.square(network(w, x) - y))

    def cross_entropy(w: Weights, x: jax.Array, y: jax.Array) -> jax.Array:
        logits = network(w, x)
        picked = jnp.take_along_axis(logits, y[..., None], axis=-1)[..., 0]
        return jnp.mean(jax.nn.logsumexp(logits, axis=-1) - picked)

    return cross_entropy


def _linear(w: Weights, x: jax.Array) -> jax.Array:
    for weight in w.values():
        x = x @ weight.T
    return x


def _mlp(w: Weights, x: jax.Array) -> jax.Array:
    layers = [name.split(".")[0] for name in w if name.endswith("weight")]
    for i in layers:
        x = x @ w[f"{i}.weight"].T + w[f"{i}.bias"]
        if i != layers[-1]:
            x = jax.nn.relu(x)
    return x


def _convolved(w: Weights, name: str, x: jax.Array, stride: int = 1) -> jax.Array:
    kernel = w[f"{name}.weight"]
    pad = kernel.shape[0] // 2
    return jax.lax.conv_general_dilated(
        x, kernel, (stride, stride), ((pad, pad), (pad, pad)), dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _normed(w: Weights, name: str, x: jax.Array) -> jax.Array:
    return x * (w[f"{name}.weight"] / np.sqrt(1 + 1e-5)) + w[f"{name}.bias"]


def _resnet(w: Weights, x: jax.Array) -> jax.Array:
    x = jax.nn.relu(_normed(w, "bn1", _convolved(w, "conv1", x)))
    for stage in (1, 2, 3):
        for block in range(3):
            name = f"layer{stage}.{block}"
            stride = 2 if stage > 1 and block == 0 else 1
            y = jax.nn.relu(_normed(w, f"{name}.bn1", _convolved(w, f"{name}.conv1", x, stride)))
            y = _normed(w, f"{name}.bn2", _convolved(w, f"{name}.conv2", y))
            if f"{name}.downsample.0.weight" in w:
                x = _normed(w, f"{name}.downsample.1", _convolved(w, f"{name}.downsample.0", x, stride))
            x = jax.nn.relu(x + y)
    return jnp.mean(x, axis=(1, 2)) @ w["fc.weight"].T + w["fc.bias"]


def _layer_normed(w: Weights, name: str, x: jax.Array) -> jax.Array:
    centred = x - jnp.mean(x, axis=-1, keepdims=True)
    variance = jnp.mean(jnp.square(centred), axis=-1, keepdims=True)
    return centred * jax.lax.rsqrt(variance + 1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"]


def _attention(w: Weights, name: str, x: jax.Array, heads: int) -> jax.Array:
    samples, positions, features = x.shape
    projected = x @ w[f"{name}.in_proj_weight"].T + w[f"{name}.in_proj_bias"]
    q, k, v = jnp.split(projected, 3, axis=-1)
    q, k, v = (a.reshape(samples, positions, heads, -1).transpose(0, 2, 1, 3) for a in (q, k, v))
    scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(features // heads)
    scores = jnp.where(jnp.tril(jnp.ones((positions, positions), bool)), scores, -jnp.inf)
    y = (jax.nn.softmax(scores, axis=-1) @ v).transpose(0, 2, 1, 3).reshape(x.shape)
    return y @ w[f"{name}.out_proj.weight"].T + w[f"{name}.out_proj.bias"]


def _gpt2(w: Weights, tokens: jax.Array) -> jax.Array:
    x = w["wte.weight"][tokens] + w["wpe.weight"][: tokens.shape[-1]]
    for layer in range(2):
        name = f"h.{layer}"
        x = x + _attention(w, f"{name}.attention", _layer_normed(w, f"{name}.norm1", x), heads=4)
        y = _layer_normed(w, f"{name}.norm2", x) @ w[f"{name}.mlp.0.weight"].T + w[f"{name}.mlp.0.bias"]
        x = x + jax.nn.gelu(y) @ w[f"{name}.mlp.2.weight"].T + w[f"{name}.mlp.2.bias"]
    return _layer_normed(w, "ln_f", x) @ w["wte.weight"].T
