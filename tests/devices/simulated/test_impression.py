"""Pictures of touches: each part of a touch does what it says, measured on regular touches of one finger."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.arrays import GrayPixels
from devices.simulated import (
    CLEAN,
    ORDINARY,
    PPI,
    PROFILES,
    WORN,
    MasterPrint,
    PatternClass,
    Touch,
    grow_master,
    impress,
    take_impression,
)
from devices.simulated.fields import centred_grid
from devices.simulated.impression import HEIGHT_PX, WIDTH_PX
from models.finger.ridges import measure_ridges

STILL = Touch()
"""The whole pad, firmly pressed, dry neither nor wet, without noise."""

PLACES = ((0, 0), (80, 0), (-80, 0), (0, 105), (0, -105))
"""Of dots on a pad, from its middle, right and up: the first where skin sticks, the others where it gives way."""

Real = NDArray[np.float64]


def _likeness(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    return float(np.corrcoef(one.ravel().astype(float), other.ravel().astype(float))[0, 1])


def _middle(pixels: GrayPixels, reach: int = 40) -> GrayPixels:
    row, column = HEIGHT_PX // 2, WIDTH_PX // 2
    return pixels[row - reach : row + reach, column - reach : column + reach]


def _dots(master: MasterPrint) -> MasterPrint:
    """Return a finger with five round ridges in place of its own."""
    x, y = centred_grid(*master.ridges.shape)
    out = np.min([np.hypot(x - right, y - up) for right, up in PLACES], axis=0)
    bare = np.zeros_like(master.ridges)
    return replace(master, ridges=np.asarray(np.clip(6.0 - out, -1.0, 1.0), np.float32), creases=bare, grain=bare)


def _found(picture: GrayPixels) -> Real:
    """Return where the dots are seen, from the middle, right and up: those of `PLACES` in that order."""
    _, _, _, centres = cv2.connectedComponentsWithStats((picture < 140).astype(np.uint8))
    seen = (centres[1:] - ((WIDTH_PX - 1) / 2, (HEIGHT_PX - 1) / 2)) * (1.0, -1.0)
    nearest = np.hypot(*(seen[:, None] - np.array(PLACES, float)).T).argmin(axis=1)
    assert sorted(nearest) == list(range(len(PLACES)))
    return np.asarray(seen[nearest])


def test_a_picture_is_grey_of_the_sensors_size(master: MasterPrint) -> None:
    assert PPI == 500.0
    for profile in PROFILES.values():
        picture = take_impression(master, 0, profile)
        assert picture.shape == (HEIGHT_PX, WIDTH_PX)
        assert picture.dtype == np.uint8
        assert picture.flags.c_contiguous


def test_ridges_are_dark_on_light_ground(master: MasterPrint) -> None:
    picture = impress(master, STILL)
    corners = np.concatenate([picture[:8, :8], picture[-8:, -8:], picture[:8, -8:], picture[-8:, :8]])
    assert corners.mean() > 200
    middle = _middle(picture)
    assert middle.min() < 80
    assert middle.max() > 180
    rows, columns = (slice((544 - 80) // 2, (544 + 80) // 2), slice((448 - 80) // 2, (448 + 80) // 2))
    assert _likeness(middle, master.ridges[rows, columns]) < -0.9


def test_the_same_numbers_give_the_same_bytes_and_others_others(master: MasterPrint) -> None:
    picture = take_impression(master, 3)
    assert take_impression(grow_master(master.traits), 3, ORDINARY).tobytes() == picture.tobytes()
    other_finger = grow_master(replace(master.traits, seed=master.traits.seed + 50))
    others = [
        take_impression(master, 4),
        take_impression(master, 3, CLEAN),
        take_impression(master, 3, WORN),
        take_impression(other_finger, 3),
    ]
    assert len({one.tobytes() for one in (picture, *others)}) == 5


@pytest.mark.parametrize("degrees", [25.0, -12.0])
def test_a_turned_touch_is_the_still_one_turned_counter_clockwise(master: MasterPrint, degrees: float) -> None:
    still, turned = impress(master, STILL), impress(master, Touch(rotation_deg=degrees))
    about = cv2.getRotationMatrix2D(((WIDTH_PX - 1) / 2, (HEIGHT_PX - 1) / 2), degrees, 1.0)
    expected = np.asarray(cv2.warpAffine(still, about, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_CUBIC), np.uint8)
    assert _likeness(_middle(turned, 100), _middle(expected, 100)) > 0.97
    assert _likeness(_middle(turned), _middle(still)) < 0.5


def test_a_dot_is_seen_where_it_lies_on_the_pad(master: MasterPrint) -> None:
    np.testing.assert_allclose(_found(impress(_dots(master), STILL)), PLACES, atol=0.6)


@pytest.mark.parametrize("shift", [(12.0, 0.0), (0.0, 9.0), (-7.0, -15.0)])
def test_a_shifted_touch_lies_right_and_up(master: MasterPrint, shift: tuple[float, float]) -> None:
    moved = _found(impress(_dots(master), Touch(shift_px=shift))) - _found(impress(_dots(master), STILL))
    np.testing.assert_allclose(moved, [shift] * len(PLACES), atol=0.3)


def test_a_touch_turns_about_the_pads_middle_before_it_is_shifted(master: MasterPrint) -> None:
    middle, right, *_ = _found(impress(_dots(master), Touch(rotation_deg=20.0, shift_px=(10.0, 5.0))))
    np.testing.assert_allclose(middle, (10, 5), atol=0.6)
    np.testing.assert_allclose(right - middle, 80 * np.array([np.cos(np.pi / 9), np.sin(np.pi / 9)]), atol=0.8)


def test_dragged_skin_sticks_in_the_middle_and_stays_behind_at_the_rim(master: MasterPrint) -> None:
    firm = Touch(area=0.45)
    still, slid = (
        _found(impress(_dots(master), replace(firm, slide_px=slide))) for slide in ((0.0, 0.0), (20.0, -15.0))
    )
    middle, *rim = slid - still
    np.testing.assert_allclose(middle, (0, 0), atol=0.1)
    for right, up in rim:
        assert -20 < right < -1
        assert 1 < up < 15


def test_twisted_skin_sticks_in_the_middle_and_stays_behind_at_the_rim(master: MasterPrint) -> None:
    firm = Touch(area=0.45)
    still, twisted = (_found(impress(_dots(master), replace(firm, twist_deg=twist))) for twist in (0.0, 15.0))
    middle, right, left, top, bottom = twisted - still
    np.testing.assert_allclose(middle, (0, 0), atol=0.1)
    # The middle is turned counter-clockwise against the rim, so the rim is seen turned clockwise.
    assert right[1] < -1 < 1 < left[1]
    assert bottom[0] < -1 < 1 < top[0]


def test_wrinkles_displace_a_little(master: MasterPrint) -> None:
    still, wrinkled = impress(master, STILL), impress(master, Touch(wrinkle_px=1.2))
    assert 0.4 < _likeness(_middle(still, 100), _middle(wrinkled, 100)) < 0.97


def test_wetter_skin_prints_darker(master: MasterPrint) -> None:
    levels = [float(_middle(impress(master, Touch(wetness=wetness))).mean()) for wetness in (-0.6, -0.2, 0.0, 0.2, 0.6)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] - levels[-1] > 50


def test_a_smaller_contact_shows_less_print(masters: dict[PatternClass, MasterPrint]) -> None:
    for master in masters.values():
        shown = [float((impress(master, Touch(area=area)) < 140).mean()) for area in (0.2, 0.4, 0.7, 1.0)]
        assert shown == sorted(shown)
        assert shown[0] < 0.35 * shown[-1]


def test_what_is_pressed_is_shown(master: MasterPrint) -> None:
    ink = (impress(master, Touch(area=0.3, press_px=(40.0, 60.0))) < 140).astype(float)
    rows, columns = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX]
    assert (columns * ink).sum() / ink.sum() - WIDTH_PX / 2 == pytest.approx(40, abs=12)
    assert HEIGHT_PX / 2 - (rows * ink).sum() / ink.sum() == pytest.approx(60, abs=12)


def test_noise_is_the_sensors(master: MasterPrint) -> None:
    still = impress(master, STILL).astype(float)
    weak, strong = (np.std(impress(master, Touch(noise_levels=levels)) - still) for levels in (5.0, 15.0))
    assert 2.0 < weak < 5.5
    assert strong == pytest.approx(3 * weak, rel=0.15)


def test_creases_part_the_ridges(masters: dict[PatternClass, MasterPrint]) -> None:
    for master in masters.values():
        creased = impress(master, Touch(creases=1.0)).astype(float) - impress(master, STILL)
        deep = master.creases[72:-72, 56:-56] > 0.6
        if deep.any():
            assert creased[deep].mean() > 5
        assert abs(creased[master.creases[72:-72, 56:-56] == 0]).mean() < 1


@pytest.mark.parametrize("uneven_touch", [Touch(patches=0.9), Touch(speckle=0.9)])
def test_uneven_skin_makes_ridges_less_clear(master: MasterPrint, uneven_touch: Touch) -> None:
    uneven = impress(master, uneven_touch)
    clarity = measure_ridges(impress(master, STILL)).typical_clarity
    assert measure_ridges(uneven).typical_clarity < clarity - 0.02


def test_profiles_are_in_order_of_clarity(masters: dict[PatternClass, MasterPrint]) -> None:
    def clarity(name: str) -> float:
        pictures = [take_impression(one, touch, PROFILES[name]) for one in masters.values() for touch in range(5)]
        return float(np.median([measure_ridges(picture).typical_clarity for picture in pictures]))

    clean, ordinary, worn = (clarity(name) for name in ("clean", "ordinary", "worn"))
    assert clean > ordinary + 0.05
    assert ordinary > worn + 0.03
