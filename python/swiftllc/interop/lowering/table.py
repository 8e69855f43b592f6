"""Tables of the operations of a format, which the modules that lower them fill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

#: (lowering, *inputs, **attributes) → a ``Value`` or a constant, or several.
Operation = Callable[..., Any]
_Function = TypeVar("_Function", bound=Operation)


def entering(table: dict[str, Operation]) -> Callable[..., Callable[[_Function], _Function]]:
    """The decorator that enters a function into a table, under each of the names that it is given."""

    def lowers(*names: str) -> Callable[[_Function], _Function]:
        def enter(function: _Function) -> _Function:
            for name in names:
                if name in table:
                    raise ValueError(f"{name} is in the table already.")
                table[name] = function
            return function

        return enter

    return lowers
