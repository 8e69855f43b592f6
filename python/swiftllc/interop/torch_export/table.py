"""The table of ATen operations: the name of an overload to the function that adds it to a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

#: (lowering, *arguments, **keywords) → a ``Value``, or several.
Operation = Callable[..., Any]
_Function = TypeVar("_Function", bound=Operation)

#: "aten.linear.default" to its function. Filled by the modules ``operations_*``.
OPERATIONS: dict[str, Operation] = {}


def lowers(*names: str) -> Callable[[_Function], _Function]:
    """Enters a function under the names of overloads, as in ``lowers("aten.relu.default")``."""

    def enter(function: _Function) -> _Function:
        for name in names:
            if name in OPERATIONS:
                raise ValueError(f"{name} is in the table already.")
            OPERATIONS[name] = function
        return function

    return enter
