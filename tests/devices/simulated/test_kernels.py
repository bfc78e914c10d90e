from __future__ import annotations

import numpy as np
import pytest

from devices.simulated.kernels import filter_each


@pytest.mark.parametrize("half", [1, 2, 3, 4, 8])
def test_every_pixel_is_filtered_with_its_own_filter_and_the_margin_stays_zero(half: int) -> None:
    random = np.random.default_rng(half)
    size = 2 * half + 1
    height, width = size + 9, size + 14
    pattern = random.standard_normal((height, width)).astype(np.float32)
    raw = random.standard_normal((5, size, size))
    bank = np.ascontiguousarray(raw + raw[:, ::-1, ::-1], dtype=np.float32)
    chosen = random.integers(0, len(bank), (height, width)).astype(np.int32)
    result = np.zeros_like(pattern)
    filter_each(pattern, bank, chosen, result)
    expected = np.zeros((height, width))
    for y in range(half, height - half):
        for x in range(half, width - half):
            around = pattern[y - half : y + half + 1, x - half : x + half + 1].astype(np.float64)
            expected[y, x] = (around * bank[chosen[y, x]]).sum()
    np.testing.assert_allclose(result, expected, atol=1e-3)
    assert (result[half:-half, half:-half] != 0).all()
    result[half:-half, half:-half] = 0
    assert not result.any()
