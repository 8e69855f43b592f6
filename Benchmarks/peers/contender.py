"""What a contender is: a module of this package with ``variants`` and ``loss_at_start``."""

from __future__ import annotations

from collections.abc import Callable

#: Makes so many steps of each chain, and says how many seconds they took.
Runner = Callable[[int], float]
#: Ways in which a peer can do the same, by name, each made when it is asked for: a worker tries all of them,
#: and goes on with the fastest.
Variants = dict[str, Callable[[], Runner]]


class Unable(Exception):
    """A contender cannot run the problem; the text says why."""
