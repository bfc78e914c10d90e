"""The rewrites of weights must not change what a network computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.building.algebra import centred_products, kernel_before_doubling, merge_products

Pixels = NDArray[np.float64]


def _normal(*shape: int, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def _convolved(picture: Pixels, kernel: NDArray[np.float32]) -> Pixels:
    """Correlate [height, width, inputs] with [size, size, inputs, outputs], zeros around, tap by tap."""
    size = kernel.shape[0]
    reach = size // 2
    height, width = picture.shape[:2]
    wide = np.pad(picture, ((reach, reach), (reach, reach), (0, 0)))
    result = np.zeros((height, width, kernel.shape[3]))
    for row in range(size):
        for column in range(size):
            result += wide[row : row + height, column : column + width] @ kernel[row, column].astype(np.float64)
    return result


def test_merged_products_do_the_work_of_two() -> None:
    first, second = (_normal(6, 9), _normal(9, seed=2)), (_normal(9, 4, seed=3), _normal(4, seed=4))
    rows = _normal(7, 6, seed=5)
    matrix, bias = merge_products(first, second)
    step_by_step = (rows @ first[0] + first[1]) @ second[0] + second[1]
    np.testing.assert_allclose(rows @ matrix + bias, step_by_step, atol=1e-4)


def test_centred_products_lack_their_mean_and_nothing_else() -> None:
    matrix, bias = _normal(6, 4), _normal(4, seed=2)
    rows = _normal(7, 6, seed=3)
    before = rows @ matrix + bias
    centred_matrix, centred_bias = centred_products((matrix, bias))
    after = rows @ centred_matrix + centred_bias
    np.testing.assert_allclose(after, before - before.mean(axis=1, keepdims=True), atol=1e-5)


def test_kernel_before_doubling_gives_the_same_picture_at_every_pixel() -> None:
    small, kernel = _normal(6, 5, 4).astype(np.float64), _normal(5, 5, 4, 2)
    doubled_first = _convolved(small.repeat(2, axis=0).repeat(2, axis=1), kernel)
    quarters = _convolved(small, kernel_before_doubling(kernel)).reshape(6, 5, 2, 2, 2)
    doubled_last = quarters.transpose(0, 3, 1, 4, 2).reshape(12, 10, 2)
    np.testing.assert_allclose(doubled_last, doubled_first, atol=1e-5)
