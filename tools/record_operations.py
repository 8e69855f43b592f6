"""What torch and JAX say of every case of python/tests/operation_cases.py, in float64.

python tools/record_operations.py

writes python/tests/reference/operations.npz. Needs torch and JAX; the tests need neither.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as F

TESTS = Path(__file__).parents[1] / "python" / "tests"
sys.path.insert(0, str(TESTS))
from operation_cases import CASES, LOSSES, SAMPLES  # noqa: E402

jax.config.update("jax_enable_x64", True)


def rotary(x, library, concatenate):
    """By complex numbers: a pair turns by its position times its frequency."""
    positions, half = x.shape[-2], x.shape[-1] // 2
    angles = np.arange(positions)[:, None] * 10000.0 ** (-np.arange(half) / half)
    turned = (x[..., :half] + 1j * x[..., half:]) * library.exp(1j * library.asarray(angles))
    return concatenate([turned.real, turned.imag], -1)


TORCH = SimpleNamespace(
    relu=F.relu,
    tanh=torch.tanh,
    gelu=F.gelu,
    gelu_tanh=functools.partial(F.gelu, approximate="tanh"),
    silu=F.silu,
    sigmoid=torch.sigmoid,
    softplus=functools.partial(F.softplus, threshold=1000),
    leaky_relu=lambda x, negative_slope: F.leaky_relu(x, negative_slope),
    elu=lambda x, alpha: F.elu(x, alpha),
    exp=torch.exp,
    erf=torch.erf,
    sin=torch.sin,
    cos=torch.cos,
    abs=torch.abs,
    log=torch.log,
    sqrt=torch.sqrt,
    power=lambda x, exponent: torch.pow(x, exponent),
    maximum=torch.maximum,
    minimum=torch.minimum,
    permute=torch.permute,
    take=lambda x, indices, axis: torch.index_select(x, axis, torch.tensor(indices)),
    expand=lambda x, shape: x.expand(shape),
    concatenate=torch.cat,
    stack=torch.stack,
    mean=lambda x, axes: x.mean(axes, keepdim=True),
    max=lambda x, axis: x.max(axis).values,
    softmax=torch.softmax,
    log_softmax=torch.log_softmax,
    embedding=F.embedding,
    token_losses=functools.partial(F.cross_entropy, reduction="none"),
    conv2d=lambda x, w, stride, padding, dilation, groups: F.conv2d(
        x[None], w, None, stride, padding, dilation, groups
    )[0],
    norm=lambda x, axes, eps: F.layer_norm(x, [x.shape[axis] for axis in axes], eps=eps),
    batch_norm=lambda x, w, b, mean, variance, eps: F.batch_norm(
        x[None], mean, torch.tensor(variance, dtype=x.dtype), w, b, eps=eps
    )[0],
    max_pool=lambda x, kernel, stride, padding: F.max_pool2d(x[None], kernel, stride, padding)[0],
    avg_pool=lambda x, kernel, stride, padding: F.avg_pool2d(x[None], kernel, stride, padding)[0],
    causal_attention=lambda q, k, v, scale: F.scaled_dot_product_attention(
        q, k, v, is_causal=True, scale=scale
    ),
    rotary=lambda x: rotary(x, torch, torch.cat),
    gaussian=lambda f, y, sigma: -torch.distributions.Normal(f, sigma).log_prob(y).sum(),
    binary=F.binary_cross_entropy_with_logits,
    cross_entropy=lambda f, y, ignored, smoothing: F.cross_entropy(
        f, y, ignore_index=ignored, label_smoothing=smoothing
    ),
)


def cross_entropy(f, y, ignored, smoothing):
    """By its definition: the mean over the positions that count of the target's cross-entropy."""
    classes = f.shape[-1]
    target = (1 - smoothing) * jax.nn.one_hot(y, classes, dtype=f.dtype) + smoothing / classes
    losses = -(target * jax.nn.log_softmax(f)).sum(-1)
    counts = y != ignored
    return jnp.where(counts, losses, 0).sum() / counts.sum()


def windows(x, initial, combine, kernel, stride, padding):
    """What JAX makes of each window of (C, H, W)."""
    edges = ((0, 0), *((size, size) for size in padding))
    return jax.lax.reduce_window(x, initial, combine, (1, *kernel), (1, *stride), edges)


JAX = SimpleNamespace(
    relu=jax.nn.relu,
    tanh=jnp.tanh,
    gelu=functools.partial(jax.nn.gelu, approximate=False),
    gelu_tanh=functools.partial(jax.nn.gelu, approximate=True),
    silu=jax.nn.silu,
    sigmoid=jax.nn.sigmoid,
    softplus=jax.nn.softplus,
    leaky_relu=jax.nn.leaky_relu,
    elu=jax.nn.elu,
    exp=jnp.exp,
    erf=jax.scipy.special.erf,
    sin=jnp.sin,
    cos=jnp.cos,
    abs=jnp.abs,
    log=jnp.log,
    sqrt=jnp.sqrt,
    power=lambda x, exponent: jnp.power(x, exponent),
    maximum=jnp.maximum,
    minimum=jnp.minimum,
    permute=jnp.transpose,
    take=lambda x, indices, axis: jnp.take(x, jnp.array(indices), axis),
    expand=jnp.broadcast_to,
    concatenate=jnp.concatenate,
    stack=jnp.stack,
    mean=lambda x, axes: x.mean(axes, keepdims=True),
    max=jnp.max,
    softmax=jax.nn.softmax,
    log_softmax=jax.nn.log_softmax,
    embedding=lambda indices, w: w[indices],
    token_losses=lambda x, labels: -jnp.take_along_axis(jax.nn.log_softmax(x), labels[:, None], axis=1)[:, 0],
    conv2d=lambda x, w, stride, padding, dilation, groups: jax.lax.conv_general_dilated(
        x[None],
        w,
        stride,
        [(size, size) for size in padding],
        rhs_dilation=dilation,
        dimension_numbers=("NCHW", "OIHW", "NCHW"),
        feature_group_count=groups,
    )[0],
    norm=lambda x, axes, eps: jax.nn.standardize(x, axes, epsilon=eps),
    batch_norm=lambda x, w, b, mean, variance, eps: (
        (x - mean[:, None, None]) / jnp.sqrt(jnp.array(variance) + eps)[:, None, None] * w[:, None, None]
        + b[:, None, None]
    ),
    max_pool=lambda x, kernel, stride, padding: windows(x, -jnp.inf, jax.lax.max, kernel, stride, padding),
    avg_pool=lambda x, kernel, stride, padding: (
        windows(x, 0.0, jax.lax.add, kernel, stride, padding) / np.prod(kernel)
    ),
    causal_attention=lambda q, k, v, scale: (
        jax.nn.softmax(jnp.where(np.tri(q.shape[1], dtype=bool), scale * q @ jnp.swapaxes(k, 1, 2), -jnp.inf))
        @ v
    ),
    rotary=lambda x: rotary(x, jnp, jnp.concatenate),
    gaussian=lambda f, y, sigma: -jax.scipy.stats.norm.logpdf(y, f, sigma).sum(),
    binary=lambda f, y: (jax.nn.softplus(f) - y * f).mean(),
    cross_entropy=cross_entropy,
)


def main() -> None:
    """Records and shows where the two libraries differ most."""
    recorded = {}
    for case in LOSSES:
        outputs, targets = case.values()
        for library, namespace, array in (("torch", TORCH, torch.tensor), ("jax", JAX, jnp.asarray)):
            losses = [
                case.reference(namespace, array(f), array(y)) for f, y in zip(outputs, targets, strict=True)
            ]
            recorded[f"loss {case.name}/{library}"] = np.array(losses)
    for case in CASES:
        values = case.values(SAMPLES)

        def of_each(namespace, array, case=case, values=values):
            def sample(i):
                return {name: array(v[i] if name.isupper() else v) for name, v in values.items()}

            return np.stack([np.asarray(case.reference(namespace, **sample(i))) for i in range(SAMPLES)])

        by_torch, by_jax = of_each(TORCH, torch.tensor), of_each(JAX, jnp.asarray)
        assert by_torch.dtype == by_jax.dtype == np.float64, case.name
        recorded[f"{case.name}/torch"], recorded[f"{case.name}/jax"] = by_torch, by_jax
        print(f"{case.name:40} {np.abs(by_torch - by_jax).max():.1e}")
    np.savez_compressed(TESTS / "reference" / "operations.npz", **recorded)


if __name__ == "__main__":
    main()
