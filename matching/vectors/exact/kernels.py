"""Numbers of 64 bits on the way: rows to bytes, exact inner products, and the best of many, compiled.

Self-contained, as `biometrics.compiled` demands.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from biometrics.compiled import compiled

Rows: TypeAlias = NDArray[np.float32]
Codes: TypeAlias = NDArray[np.uint8]
Values: TypeAlias = NDArray[np.float32]
Numbers: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]

MOST_VALUE = 127.0
"""Greatest value of a code; the least is its negative, so that no sum of products is one-sided."""

OFFSET = 128.0
"""What a stored code is above its value (`matching.vectors.kernels.CODE_OFFSET`)."""

LEAST_STEP = 1e-12
"""Least step. A row that is shorter becomes zeros and a residual as long as itself: correct, and nothing overflows."""

UPWARDS = 1.0 + 2.0**-22
"""More than what rounding a number to 32 bits can take away from it."""

SOMETHING = 1e-37
"""Likewise, for numbers so near 0 that rounding takes away more than a share of them."""


@compiled("void(float32[:, ::1], uint8[:, ::1], float32[::1], float32[::1], float32[::1])")
def quantize_rows(rows: Rows, codes: Codes, steps: Values, residuals: Values, norms: Values) -> None:
    """Write the codes of finite rows, the step of each, and lengths of what is lost and of what is left, rounded up."""
    for i in range(rows.shape[0]):
        greatest = 0.0
        for j in range(rows.shape[1]):
            greatest = max(greatest, abs(np.float64(rows[i, j])))
        step = np.float64(np.float32(max(greatest / MOST_VALUE, LEAST_STEP)))
        lost = 0.0
        left = 0.0
        for j in range(rows.shape[1]):
            number = np.float64(rows[i, j])
            value = min(max(np.rint(number / step), -MOST_VALUE), MOST_VALUE)
            codes[i, j] = np.uint8(value + OFFSET)
            lost += (number - step * value) * (number - step * value)
            left += value * value
        steps[i] = np.float32(step)
        residuals[i] = np.float32(math.sqrt(lost) * UPWARDS + SOMETHING)
        norms[i] = np.float32(step * math.sqrt(left) * UPWARDS + SOMETHING)


@compiled("void(float32[:, ::1], float32[:, ::1], int64[::1], int64[::1], float32[::1])")
def inner_products(left: Rows, right: Rows, left_rows: Places, right_rows: Places, scores: Values) -> None:
    """Write the inner product of each pair of rows, summed in 64 bits in one fixed order and rounded once."""
    width = left.shape[1]
    for i in range(len(scores)):
        a = left[left_rows[i]]
        b = right[right_rows[i]]
        first, second, third, fourth = 0.0, 0.0, 0.0, 0.0
        for j in range(0, width, 4):
            first += np.float64(a[j]) * np.float64(b[j])
            second += np.float64(a[j + 1]) * np.float64(b[j + 1])
            third += np.float64(a[j + 2]) * np.float64(b[j + 2])
            fourth += np.float64(a[j + 3]) * np.float64(b[j + 3])
        scores[i] = np.float32((first + second) + (third + fourth))


@compiled("void(float64[:, ::1], int64[::1], float64[::1])")
def keep_best(heaps: Numbers, which: Places, numbers: Numbers) -> None:
    """Put each number into the heap that it is for, when it exceeds that heap's least, which it displaces."""
    size = heaps.shape[1]
    for i in range(len(numbers)):
        heap = heaps[which[i]]
        number = numbers[i]
        if not number > heap[0]:
            continue
        place = 0
        while 2 * place + 1 < size:
            child = 2 * place + 1
            if child + 1 < size and heap[child + 1] < heap[child]:
                child += 1
            if heap[child] >= number:
                break
            heap[place] = heap[child]
            place = child
        heap[place] = number
