"""Which of a module's outputs is the model's, and how its samples lie in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from swiftllc._errors import InvalidArgumentError
from swiftllc.interop.lowering.layout import Value


def chosen(returned: Any, output: str | int | None) -> Any:
    """The tensor that is meant of what the module returned.

    Args:
        returned: A tensor, or tensors in tuples, dicts or a ``ModelOutput``.
        output: A key, an attribute or a position; None for ``logits``, else for the first tensor of floats.

    Raises:
        InvalidArgumentError: No such output, or one that is no tensor of floats.
    """
    import torch

    found = returned
    if output is not None:
        found = _part(returned, output)
    elif not isinstance(returned, torch.Tensor):
        found = _part(returned, "logits")
        if found is None:
            leaves = torch.utils._pytree.tree_leaves(returned)
            found = next((leaf for leaf in leaves if _floats(leaf)), None)
    if not _floats(found):
        kind = f"a {type(returned).__name__}" + (
            f" with {', '.join(returned)}" if isinstance(returned, Mapping) else ""
        )
        asked = "a tensor of floats" if output is None else f"a tensor of floats as output {output!r}"
        raise InvalidArgumentError(f"module returned {kind}; it must have {asked}.")
    return found


def _floats(leaf: Any) -> bool:
    return hasattr(leaf, "is_floating_point") and bool(leaf.is_floating_point())


def _part(returned: Any, output: str | int) -> Any:
    if isinstance(output, int):
        try:
            return returned[output]
        except (IndexError, KeyError, TypeError):
            return None
    if isinstance(returned, Mapping):
        return returned.get(output)
    return getattr(returned, output, None)


def row_first(tensor: Any, value: Value) -> NDArray[Any]:
    """The module's output as the model gives it: the samples first, and then the node's axes.

    Args:
        tensor: The module's output for any number of samples.
        value: The same output for one sample, and its layout.
    """
    batch = value.batch
    assert batch is not None
    count = tensor.shape[batch.dim] // (batch.before * batch.after)
    parts = tensor.unflatten(batch.dim, (batch.before, count, batch.after))
    samples = parts.movedim(batch.dim + 1, 0)
    array: NDArray[Any] = samples.reshape(count, *value.node.shape).detach().numpy()
    return array
