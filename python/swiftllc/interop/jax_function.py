"""A JAX function as the function of an ``External``: JAX evaluates, the native samplers move."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from swiftllc._errors import ArgumentTypeError, InvalidArgumentError


def compiled(
    function: Callable[..., Any], data: Sequence[Any]
) -> tuple[Callable[..., Any], Callable[..., Any], int]:
    """``loss_and_grad`` and ``loss``, compiled by ``jax.jit``, and the number of samples.

    Raises:
        InvalidArgumentError, ArgumentTypeError, ImportError: As for ``External.from_jax``.
    """
    try:
        import jax
    except ImportError as error:
        raise ImportError("External.from_jax needs JAX, which is not installed: pip install jax") from error
    if not callable(function):
        raise ArgumentTypeError(f"function must be a function; got {function!r}.")
    if not isinstance(data, (tuple, list)) or not data:
        raise ArgumentTypeError(f"data must be a tuple of arrays, such as (X, y); got {type(data).__name__}.")
    arrays = [jax.numpy.asarray(part) for part in data]
    counts = {part.shape[:1] for part in arrays}
    if len(counts) != 1 or () in counts:
        shapes = ", ".join(str(part.shape) for part in arrays)
        raise InvalidArgumentError(
            f"data has arrays of shapes {shapes}; each must have a row for each sample."
        )

    def losses(parameters: Any, rows: Any, *parts: Any) -> Any:
        return function(parameters, *(part[rows] for part in parts))

    def mean(parameters: Any, rows: Any, *parts: Any) -> tuple[Any, Any]:
        each = losses(parameters, rows, *parts)
        return each.mean(), each

    differentiated = jax.jit(jax.value_and_grad(mean, has_aux=True))
    evaluated = jax.jit(losses)

    def loss_and_grad(parameters: Any, batch: Any) -> tuple[Any, Any]:
        (_, each), gradient = differentiated(_copied(parameters), batch, *arrays)
        return np.asarray(each), jax.tree.map(np.asarray, gradient)

    def loss(parameters: Any, batch: Any) -> Any:
        return np.asarray(evaluated(_copied(parameters), batch, *arrays))

    return loss_and_grad, loss, len(arrays[0])


def _copied(parameters: Any) -> Any:
    """Arrays that JAX may keep: the chain's own memory changes at the next step."""
    if isinstance(parameters, Mapping):
        return {name: np.array(array) for name, array in parameters.items()}
    return np.array(parameters)
