"""Nested dicts and lists of arrays, as JAX's libraries keep weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from swiftllc._errors import ArgumentTypeError, InvalidArgumentError


def flatten_tree(tree: Any) -> dict[str, Any]:
    """The arrays of a nested mapping or list, not copied, by dotted names such as "Dense_0.kernel".

    Mappings give their keys, lists and tuples the positions. None is left out, as JAX does.

    Args:
        tree: A dict, list or tuple of such and of arrays: a Flax ``variables["params"]``, an
            ``nnx.state(module, nnx.Param)``.

    Raises:
        ArgumentTypeError: Something in it that is no array; names it.
        InvalidArgumentError: Two arrays that would have the same name.

    Example::

        params = model.load(sl.interop.flatten_tree(tree), layout="in_out", names=names)
    """
    if not isinstance(tree, (Mapping, list, tuple)):
        raise ArgumentTypeError(f"tree must be a nested dict or list of arrays; got {type(tree).__name__}.")
    arrays: dict[str, Any] = {}
    _collect(tree, "", arrays)
    return arrays


def _collect(branch: Any, name: str, arrays: dict[str, Any]) -> None:
    parts: Iterable[tuple[Any, Any]]
    if isinstance(branch, Mapping):
        parts = branch.items()
    elif isinstance(branch, (list, tuple)):
        parts = enumerate(branch)
    elif branch is None:
        return
    elif not hasattr(branch, "shape"):
        raise ArgumentTypeError(f"tree has a {type(branch).__name__} as {name!r}; it must be an array.")
    elif name in arrays:
        raise InvalidArgumentError(f"tree has two arrays whose name would be {name!r}.")
    else:
        arrays[name] = branch
        return
    for key, part in parts:
        _collect(part, f"{name}.{key}" if name else str(key), arrays)
