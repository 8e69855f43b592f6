"""Text that every Python has: the language reference that ``help()`` shows, as sequences of characters."""

from __future__ import annotations

import hashlib
import re

import numpy as np
from numpy.typing import NDArray

#: The 26 letters, and the space for everything between them.
CHARACTERS = " abcdefghijklmnopqrstuvwxyz"
#: Stands where a character is to be guessed, after all others.
MASK = len(CHARACTERS)
#: The label of a position that does not count.
IGNORED = -100

Integers = NDArray[np.int64]


def corpus() -> str:
    """The topics of ``help()`` in the order of their names, in lower case, with one space between words."""
    from pydoc_data.topics import topics

    return re.sub("[^a-z]+", " ", " ".join(topics[name] for name in sorted(topics)).lower()).strip()


def fingerprint(text: str) -> str:
    """That of another version of Python differs."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def tokens(text: str) -> Integers:
    """The number of every character."""
    places = np.full(256, -1)
    places[np.frombuffer(CHARACTERS.encode(), np.uint8)] = np.arange(len(CHARACTERS))
    return places[np.frombuffer(text.encode(), np.uint8)].astype(np.int64)


def windows(text: str, length: int, count: int, seed: int) -> Integers:
    """So many pieces of this length, none of which overlap, in an order drawn by the seed.

    Raises:
        ValueError: The text has fewer.
    """
    numbers = tokens(text)
    available = len(numbers) // length
    if count > available:
        raise ValueError(f"The text has {available} pieces of {length} characters, not {count}.")
    order = np.random.default_rng(seed).permutation(available)[:count]
    return numbers[: available * length].reshape(available, length)[order]


def next_characters(text: str, length: int, count: int, seed: int) -> tuple[Integers, Integers]:
    """Sequences, and what follows each of their characters."""
    pieces = windows(text, length + 1, count, seed)
    return pieces[:, :-1], pieces[:, 1:]


def masked_characters(
    text: str, length: int, count: int, seed: int, share: float = 0.15
) -> tuple[Integers, Integers]:
    """Sequences in which a share of the characters is masked, as many in each, and those characters.

    What is masked is drawn once: so the loss is a function of the weights.
    """
    pieces = windows(text, length, count, seed)
    hidden = max(1, round(share * length))
    ranks = np.random.default_rng((seed, 1)).random(pieces.shape).argsort(axis=1).argsort(axis=1)
    return np.where(ranks < hidden, MASK, pieces), np.where(ranks < hidden, pieces, IGNORED)


def entropy(y: Integers, X: Integers | None = None) -> float:
    """Of the characters y, or what is left of it when those in X at the same places are known; in nats."""
    size = int(max(y.max(), 0 if X is None else X.max())) + 1
    known = np.zeros_like(y) if X is None else X
    counts = np.bincount((known * size + y).ravel(), minlength=size * size).reshape(size, size)
    shares = counts / counts.sum()
    seen = shares > 0
    given = np.broadcast_to(shares.sum(axis=1, keepdims=True), shares.shape)
    return float(-np.sum(shares[seen] * np.log(shares[seen] / given[seen])))
