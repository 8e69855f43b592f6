"""The parameters of a module: their names, which of them are one, and their initial distributions."""

from __future__ import annotations

import math
from typing import Any

from swiftllc._errors import InvalidArgumentError


def first_names(module: Any) -> dict[str, str]:
    """Every name of a parameter to the first name of the same memory: tied weights are one parameter.

    The order is that of ``module.named_parameters()``.

    Raises:
        InvalidArgumentError: Two parameters that share a part of their memory, or one without values.
    """
    names: dict[str, str] = {}
    known: dict[tuple[Any, ...], str] = {}
    extents: dict[int, list[tuple[int, int, str]]] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        if parameter.is_meta:
            raise InvalidArgumentError(
                f"module's parameter {name!r} has no values: it is on the device meta."
            )
        place = parameter.data_ptr()
        key = (place, tuple(parameter.shape), parameter.stride())
        names[name] = known.setdefault(key, name) if parameter.numel() else name
        if names[name] != name or not parameter.numel():
            continue
        reach = 1 + sum(
            (extent - 1) * step for extent, step in zip(parameter.shape, parameter.stride(), strict=True)
        )
        end = place + reach * parameter.element_size()
        others = extents.setdefault(parameter.untyped_storage().data_ptr(), [])
        for begin, stop, other in others:
            if begin < end and place < stop:
                raise InvalidArgumentError(
                    f"module's parameters {other!r} and {name!r} share a part of their memory; weights may "
                    "be tied as a whole only."
                )
        others.append((place, end, name))
    return names


def add_parameter(graph: Any, name: str, shape: tuple[int, ...]) -> Any:
    """The graph's node of a parameter, with torch's initial distribution of the commonest layers.

    Matrices and kernels start from U(-1/√fan_in, 1/√fan_in), vectors named "weight" at 1, others at 0.
    """
    if len(shape) > 1:
        return graph.parameter(name, shape, bound=1 / math.sqrt(max(1, math.prod(shape[1:]))))
    return graph.parameter(name, shape, value=1.0 if name.rpartition(".")[2] == "weight" else 0.0)
