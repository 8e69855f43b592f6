"""Scalar arguments: one sentence for each way of being wrong."""

from __future__ import annotations

import math
import numbers
import operator
import os
from collections.abc import Collection
from typing import Any

from swiftllc._errors import ArgumentTypeError, InvalidArgumentError

#: What the C interface has room for.
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


def real(
    name: str,
    value: Any,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
) -> float:
    """A finite Python float from any real number but a bool, inside the given bounds."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ArgumentTypeError(f"{name} must be a number; got {_described(value)}.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidArgumentError(f"{name} must be finite; got {value!r}.")
    if above is not None and not number > above:
        raise InvalidArgumentError(f"{name} must be greater than {above:g}; got {value!r}.")
    if at_least is not None and not number >= at_least:
        raise InvalidArgumentError(f"{name} must be at least {at_least:g}; got {value!r}.")
    if below is not None and not number < below:
        raise InvalidArgumentError(f"{name} must be less than {below:g}; got {value!r}.")
    return number


def integer(name: str, value: Any, *, at_least: int = _SMALLEST, at_most: int = _LARGEST) -> int:
    """A Python int from anything that is one exactly (numpy's included), inside the given bounds."""
    number = _index(value)
    if number is None:
        raise ArgumentTypeError(f"{name} must be an integer; got {_described(value)}.")
    if number < at_least:
        raise InvalidArgumentError(f"{name} must be at least {at_least}; got {number}.")
    if number > at_most:
        raise InvalidArgumentError(f"{name} must be at most {at_most}; got {number}.")
    return number


def batch_size(value: Any, n: int) -> int:
    """1 ... n for n samples; 0, which leaves it to the library's default, for None."""
    if value is None:
        return 0
    size = integer("batch_size", value, at_least=1)
    if size > n:
        raise InvalidArgumentError(f"batch_size is {size}, but there are only {n} samples.")
    return size


def choice(name: str, value: Any, choices: Collection[str]) -> str:
    """One of the given words."""
    if isinstance(value, str) and value in choices:
        return value
    words = " or ".join(repr(word) for word in choices)
    kind = InvalidArgumentError if isinstance(value, str) else ArgumentTypeError
    raise kind(f"{name} must be {words}; got {value!r}.")


def boolean(name: str, value: Any) -> bool:
    """True or False, and nothing that merely counts as one."""
    if isinstance(value, bool):
        return value
    raise ArgumentTypeError(f"{name} must be True or False; got {_described(value)}.")


def seed(value: Any) -> int:
    """A seed in 0 ... 2**64 - 1; fresh entropy for None."""
    if value is None:
        return int.from_bytes(os.urandom(8), "little")
    number = _index(value)
    if number is None:
        raise ArgumentTypeError(f"seed must be one integer or None; got {_described(value)}.")
    if not 0 <= number < 2**64:
        raise InvalidArgumentError(f"seed must lie in 0 ... 2**64 - 1; got {number}.")
    return number


def _index(value: Any) -> int | None:
    # Neither True nor an array of several elements, though both have an __index__.
    try:
        return None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None


def _described(value: Any) -> str:
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"
