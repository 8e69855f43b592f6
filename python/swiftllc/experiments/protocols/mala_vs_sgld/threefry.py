"""Random numbers of JAX in numpy, with which a published network can be drawn again.

They are Threefry-2x32 with 20 rounds (Salmon et al. 2011) of a counter, in the order that JAX had until 2024
(``jax_threefry_partitionable`` off): the counters are split in two halves, which are encrypted as pairs.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


def key(seed: int) -> Words:
    """That of a seed below 2³²."""
    return np.array([0, seed], np.uint32)


def encrypted(of: Words, first: Words, second: Words) -> tuple[Words, Words]:
    """Threefry-2x32 of pairs of words."""
    schedule = [of[0], of[1], of[0] ^ of[1] ^ np.uint32(_PARITY)]
    x, y = first + schedule[0], second + schedule[1]
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            x = x + y
            y = (y << np.uint32(rotation)) | (y >> np.uint32(32 - rotation))
            y = y ^ x
        x = x + schedule[(group + 1) % 3]
        y = y + schedule[(group + 2) % 3] + np.uint32(group + 1)
    return x, y


def bits(of: Words, count: int) -> Words:
    """So many words."""
    counters = np.arange(count + count % 2, dtype=np.uint32)
    counters[count:] = 0
    return np.concatenate(encrypted(of, *np.split(counters, 2)))[:count]


def split(of: Words, count: int = 2) -> list[Words]:
    """So many new keys."""
    return list(bits(of, 2 * count).reshape(count, 2))


def uniform(of: Words, count: int, low: float, high: float) -> NDArray[np.float32]:
    """From [low, high)."""
    # 23 bits behind the point of a float in [1, 2).
    unit = ((bits(of, count) >> np.uint32(9)) | np.uint32(0x3F800000)).view(np.float32) - np.float32(1)
    low32, high32 = np.float32(low), np.float32(high)
    return np.asarray(np.maximum(low32, unit * (high32 - low32) + low32))


def normal(of: Words, count: int, cut_off: float = math.inf) -> NDArray[np.float64]:
    """From the standard normal between -cut_off and cut_off."""
    # JAX keeps clear of -1, where the inverse of erf is infinite.
    end = math.erf(cut_off / math.sqrt(2))
    low = float(np.nextafter(np.float32(-1), np.float32(0))) if cut_off == math.inf else -end
    inverse = NormalDist().inv_cdf
    return np.array([inverse((1 + float(u)) / 2) for u in uniform(of, count, low, end)])
