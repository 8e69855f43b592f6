"""Which tensor of another framework is which parameter: by the order of layers of one kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any, NamedTuple

from swiftllc._errors import InvalidArgumentError
from swiftllc._listing import listed
from swiftllc._wanted import in_out
from swiftllc.graph import ParameterSpec, Shape


class _Tensor(NamedTuple):
    """``shape`` is that of the layout in_out."""

    name: str
    shape: Shape

    def __str__(self) -> str:
        return f"{self.name!r} {self.shape}"


class _Module(NamedTuple):
    name: str
    tensors: dict[str, _Tensor]


# What layers must have in common: for each tensor its name, whether it is a kernel, the number of axes.
_Kind = tuple[tuple[str, bool, int], ...]


def paired(
    specs: Mapping[str, ParameterSpec],
    arrays: Mapping[str, Any],
    weights: Mapping[str, str],
    source: str,
    *,
    numbered: bool,
) -> dict[str, str]:
    """The model's names to those of the arrays, all of them, with shapes that agree.

    Args:
        specs: The model's parameters.
        arrays: The other framework's, by dotted names, in the layout in_out.
        weights: Last parts of those names to what they are called here; kernels are "kernel".
        source: What the caller knows the arrays as; errors begin with it.
        numbered: Whether their order is that of the numbers in the names of their layers, or the given one.

    Raises:
        InvalidArgumentError: Shapes or numbers of layers that differ, or names that give no order.
    """
    mine = _by_kind(
        (name, name.rpartition(".")[2], spec.kernel, in_out(spec.shape) if spec.kernel else spec.shape)
        for name, spec in specs.items()
    )
    theirs = _by_kind(
        (name, weights.get(leaf, leaf), leaf == "kernel", tuple(array.shape))
        for name, array in arrays.items()
        for leaf in [name.rpartition(".")[2]]
    )
    pairs: list[tuple[_Tensor | None, _Tensor | None]] = []
    for kind in dict.fromkeys([*mine, *theirs]):
        ours, others = _ordered(mine.get(kind, []), "The model"), theirs.get(kind, [])
        if numbered:
            others = _ordered(others, source)
        for one, other in zip_longest(ours, others):
            pairs += [(one and one.tensors[leaf], other and other.tensors[leaf]) for leaf, _, _ in kind]
    wrong = [
        f"{b or 'nothing'} for {a or 'nothing'}" for a, b in pairs if not (a and b and a.shape == b.shape)
    ]
    if wrong:
        raise InvalidArgumentError(
            f"{source} does not match this model layer by layer: in the layout in_out it has {listed(wrong)}."
        )
    return {a.name: b.name for a, b in pairs if a and b}


def _by_kind(tensors: Iterable[tuple[str, str, bool, Shape]]) -> dict[_Kind, list[_Module]]:
    modules: dict[str, list[tuple[tuple[str, bool, int], _Tensor]]] = {}
    for name, leaf, is_kernel, shape in tensors:
        module = modules.setdefault(name.rpartition(".")[0], [])
        module.append(((leaf, is_kernel, len(shape)), _Tensor(name, shape)))
    kinds: dict[_Kind, list[_Module]] = {}
    for name, parts in modules.items():
        kind = tuple(sorted((key for key, _ in parts), reverse=True))
        kinds.setdefault(kind, []).append(_Module(name, {key[0]: tensor for key, tensor in parts}))
    return kinds


def _ordered(modules: list[_Module], source: str) -> list[_Module]:
    """By the numbers in their names, which must differ in nothing else."""
    words = {tuple(dict.fromkeys(re.findall(r"[^\d.]+", module.name))) for module in modules}
    if len(words) > 1:
        raise InvalidArgumentError(
            f"{source} has {listed([repr(module.name) for module in modules])}, whose names give no order; "
            "names= of Model.load says which is which."
        )
    return sorted(modules, key=lambda module: [int(number) for number in re.findall(r"\d+", module.name)])
