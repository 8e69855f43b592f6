"""Lists in messages, of which the long ones are cut."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

_LONGEST = 8


def listed(items: Collection[str]) -> str:
    """The first eight, and how many more there are, as in "a, b and 117 more"."""
    rest = len(items) - _LONGEST
    return ", ".join(islice(items, _LONGEST)) + (f" and {rest} more" if rest > 0 else "")
