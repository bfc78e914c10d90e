"""Ridges of grown masters: as far apart, and in the direction, as their traits say, and nobody else's."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from biometrics.positions import Position
from devices.simulated import FingerTraits, MasterPrint, PatternClass, Touch, fingers_of, grow_master, impress
from devices.simulated.fields import centred_grid
from devices.simulated.flow import ridge_flow
from devices.simulated.master import HEIGHT_PX, WIDTH_PX
from models.finger.ridges import measure_ridges


def _likeness(one: MasterPrint, other: MasterPrint) -> float:
    return float(np.corrcoef(one.ridges.ravel(), other.ridges.ravel())[0, 1])


def test_a_master_is_the_whole_pad_of_ridges_and_valleys(masters: dict[PatternClass, MasterPrint]) -> None:
    for master in masters.values():
        for field in (master.ridges, master.creases, master.grain):
            assert field.shape == (HEIGHT_PX, WIDTH_PX)
            assert field.dtype == np.float32
            assert np.isfinite(field).all()
        assert (master.ridges.min(), master.ridges.max()) == (-1.0, 1.0)
        assert 0.4 < (master.ridges > 0).mean() < 0.6
        assert 0.0 <= master.creases.min() <= master.creases.max() <= 1.0
        assert abs(master.grain.mean()) < 0.05
        assert master.grain.std() == pytest.approx(1.0, abs=0.05)


def test_ridges_cover_the_pad_to_its_border(masters: dict[PatternClass, MasterPrint]) -> None:
    for master in masters.values():
        border = np.concatenate([np.ravel(side) for side in (master.ridges[:12], master.ridges[-12:])])
        sides = np.concatenate([np.ravel(side) for side in (master.ridges[:, :12], master.ridges[:, -12:])])
        assert border.std() > 0.5 and sides.std() > 0.5


def test_ridges_are_as_far_apart_as_the_traits_say(masters: dict[PatternClass, MasterPrint]) -> None:
    shares = []
    for master in masters.values():
        measured = measure_ridges(impress(master, Touch())).typical_period_px
        assert measured is not None
        shares.append(measured / master.traits.period_px)
    assert shares == pytest.approx([1.0] * len(shares), abs=0.1)
    assert np.mean(shares) == pytest.approx(1.0, abs=0.05)


def test_ridges_run_as_the_flow_says(masters: dict[PatternClass, MasterPrint]) -> None:
    for master in masters.values():
        right, up = (
            cv2.Sobel(master.ridges, cv2.CV_32F, 1, 0, ksize=3),
            -cv2.Sobel(master.ridges, cv2.CV_32F, 0, 1, ksize=3),
        )
        # Of the structure tensor: twice the angle across ridges, averaged over about two of them.
        cosine, sine = (cv2.GaussianBlur(part, (0, 0), 6.0) for part in (right**2 - up**2, 2 * right * up))
        along = np.arctan2(sine, cosine) / 2 + math.pi / 2
        x, y = centred_grid(HEIGHT_PX // 2 + 16, WIDTH_PX // 2 + 16, 2.0)
        said = ridge_flow(master.traits, x, y, 2.0)[8:-8, 8:-8]
        apart = np.mod(along[::2, ::2] - said + math.pi / 2, math.pi) - math.pi / 2
        assert np.degrees(np.median(np.abs(apart))) < 3.0
        assert abs(np.degrees(np.median(apart))) < 1.0
        assert np.degrees(np.quantile(np.abs(apart), 0.9)) < 8.0


def test_the_same_traits_give_the_same_ridges_and_others_give_others(master: MasterPrint) -> None:
    again = grow_master(master.traits)
    for one, other in zip(
        (master.ridges, master.creases, master.grain), (again.ridges, again.creases, again.grain), strict=True
    ):
        assert one.tobytes() == other.tobytes()
    assert abs(_likeness(master, grow_master(replace(master.traits, seed=master.traits.seed + 1)))) < 0.1


def test_identical_twins_have_other_ridges() -> None:
    own, twin = fingers_of(4)[Position.RIGHT_INDEX], fingers_of(4, growth=5)[Position.RIGHT_INDEX]
    same_class = replace(twin, pattern=own.pattern, period_px=own.period_px)
    assert abs(_likeness(grow_master(own), grow_master(same_class))) < 0.1


def test_worn_fingers_have_more_scars() -> None:
    def scarred(wear: float) -> float:
        traits = [
            FingerTraits(position=Position.LEFT_THUMB, pattern=PatternClass.WHORL, seed=seed, wear=wear)
            for seed in range(6)
        ]
        return float(np.mean([grow_master(one).creases for one in traits]))

    assert scarred(2.0) > 1.3 * scarred(0.5)
