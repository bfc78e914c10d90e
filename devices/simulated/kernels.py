"""The one loop of the simulator that NumPy cannot do fast: filtering with another filter at every pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from biometrics.compiled import compiled


@compiled("void(float32[:, ::1], float32[:, :, ::1], int32[:, ::1], float32[:, ::1])")
def filter_each(
    pattern: NDArray[np.float32],
    bank: NDArray[np.float32],
    chosen: NDArray[np.int32],
    result: NDArray[np.float32],
) -> None:
    """Filter every pixel of `pattern` with the filter chosen for it; a margin as wide as half a filter stays 0.

    Filters must be even (equal at opposite offsets): only their upper half and middle row are read.
    """
    height, width = pattern.shape
    half = bank.shape[1] // 2
    size = 2 * half + 1
    for y in range(half, height - half):
        for x in range(half, width - half):
            weights = bank[chosen[y, x]]
            # Four independent sums, because one sum of floats must be added strictly in its order.
            first, second = np.float32(0.0), np.float32(0.0)
            third, fourth = np.float32(0.0), np.float32(0.0)
            for row in range(half):
                above, below = pattern[y - half + row], pattern[y + half - row]
                left = x - half
                right = x + half
                for k in range(0, size - 3, 4):
                    first += weights[row, k] * (above[left + k] + below[right - k])
                    second += weights[row, k + 1] * (above[left + k + 1] + below[right - k - 1])
                    third += weights[row, k + 2] * (above[left + k + 2] + below[right - k - 2])
                    fourth += weights[row, k + 3] * (above[left + k + 3] + below[right - k - 3])
                for k in range(size - size % 4, size):
                    first += weights[row, k] * (above[left + k] + below[right - k])
            middle = pattern[y]
            for k in range(half):
                second += weights[half, k] * (middle[x - half + k] + middle[x + half - k])
            third += weights[half, half] * middle[x]
            result[y, x] = (first + second) + (third + fourth)
