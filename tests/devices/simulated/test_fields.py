from __future__ import annotations

import numpy as np
import pytest

from devices.simulated.fields import centred_grid, smooth_noise


def test_coordinates_grow_to_the_right_and_up_from_the_middle() -> None:
    x, y = centred_grid(4, 3, 2.0)
    assert x[0].tolist() == [-2, 0, 2]
    assert y[:, 0].tolist() == [3, 1, -1, -3]
    assert (x == x[0]).all() and (y == y[:, :1]).all()


@pytest.mark.parametrize("reach_px", [20.0, 55.0, 120.0])
def test_noise_has_unit_variance_and_changes_over_its_reach(reach_px: float) -> None:
    fields = np.stack([smooth_noise(np.random.default_rng(seed), 400, 336, reach_px) for seed in range(40)])
    assert abs(fields.mean()) < 0.2
    assert fields.std() == pytest.approx(1.0, abs=0.12)
    near, far = int(reach_px / 5), int(2.5 * reach_px)
    variance = fields.var()
    assert (fields[:, near:] * fields[:, :-near]).mean() / variance > 0.85
    assert abs((fields[:, far:] * fields[:, :-far]).mean() / variance) < 0.3
