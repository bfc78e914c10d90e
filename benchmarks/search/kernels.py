"""Reads memory and does next to nothing with it, compiled. Self-contained, as `biometrics.compiled` demands."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import UInt64
from numpy.typing import NDArray

from biometrics.compiled import compiled

Words: TypeAlias = UInt64[NDArray[np.uint64], " words"]


@compiled("uint64(uint64[::1])")
def read_one(words: Words) -> np.uint64:
    """Return the sum of all words, read in order."""
    total = np.uint64(0)
    for place in range(words.shape[0]):
        total += words[place]
    return total


@compiled("uint64(uint64[::1])")
def read_four(words: Words) -> np.uint64:
    """Return the sum of all words, read at four places at once."""
    length = words.shape[0] // 4
    first, second = words[:length], words[length : 2 * length]
    third, fourth = words[2 * length : 3 * length], words[3 * length : 4 * length]
    one, two, three, four = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
    for place in range(length):
        one += first[place]
        two += second[place]
        three += third[place]
        four += fourth[place]
    return one + two + three + four
