"""From what the network finds to minutiae: places between pixels, order, angles, types, limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.templates import MOST_MINUTIAE, TYPE_BIFURCATION, TYPE_ENDING, MinutiaSet
from models.finger.minutiae import FoundMinutiae, to_minutiae


def _bump(height: int, width: int, *peaks: tuple[float, float, float]) -> NDArray[np.float32]:
    """A map with a round hill of given strength at each (x, y)."""
    rows, columns = np.mgrid[0:height, 0:width]
    hills = [s * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 2.0**2)) for x, y, s in peaks]
    return np.asarray(sum(hills), dtype=np.float32)


def _found(
    strength: NDArray[np.float32], angle_rad: float = 0.0, ending: float = 1.0, left: int = 0, top: int = 0
) -> MinutiaSet:
    """Minutiae of a map whose maxima are given to be all pixels of at least 0.45 that none around exceeds."""
    height, width = strength.shape
    around = np.lib.stride_tricks.sliding_window_view(np.pad(strength, 3), (7, 7)).max(axis=(2, 3))
    rows, columns = np.nonzero((strength == around) & (strength >= 0.45))
    answers = FoundMinutiae(
        strength=strength,
        rows=rows.astype(np.int64),
        columns=columns.astype(np.int64),
        direction=np.tile(np.array([[math.cos(angle_rad), math.sin(angle_rad)]], np.float32) * 0.1, (len(rows), 1)),
        ending=np.full(len(rows), ending, np.float32),
    )
    return to_minutiae(answers, left=left, top=top, width=width - 2 * max(left, 0), height=height - 2 * max(top, 0))


def test_a_hill_is_found_between_pixels() -> None:
    found = _found(_bump(40, 60, (31.3, 17.8, 1.0)))
    assert len(found) == 1
    assert found.x[0] == pytest.approx(31.3, abs=0.05)
    assert found.y[0] == pytest.approx(17.8, abs=0.05)


def test_best_come_first() -> None:
    found = _found(_bump(40, 90, (15, 20, 0.8), (45, 20, 1.0), (75, 20, 0.5)))
    np.testing.assert_allclose(found.x, [45, 15, 75], atol=0.01)
    assert found.quality.tolist() == [100, 80, 50]


@pytest.mark.parametrize("degrees", [0, 30, 90, 135, 180, 270, 359.9])
def test_angles_turn_counter_clockwise_in_one_full_turn(degrees: float) -> None:
    found = _found(_bump(30, 30, (15, 15, 1.0)), angle_rad=math.radians(degrees))
    assert math.degrees(float(found.angle[0])) == pytest.approx(degrees, abs=0.01)


def test_an_angle_just_below_zero_is_a_full_turn_less_or_zero() -> None:
    found = _found(_bump(30, 30, (15, 15, 1.0)), angle_rad=-1e-9)
    assert 0 <= found.angle[0] < 2 * math.pi


def test_types() -> None:
    hill = _bump(30, 30, (15, 15, 1.0))
    assert _found(hill, ending=0.7).kind.tolist() == [TYPE_ENDING]
    assert _found(hill, ending=0.3).kind.tolist() == [TYPE_BIFURCATION]


def test_padding_is_taken_off_and_what_lies_in_it_dropped() -> None:
    found = _found(_bump(60, 60, (30, 25, 1.0), (4, 30, 1.0)), left=10, top=8)
    assert len(found) == 1
    assert (found.x[0], found.y[0]) == (pytest.approx(20, abs=0.01), pytest.approx(17, abs=0.01))
    assert (found.width, found.height) == (40, 44)


def test_a_map_of_a_part_gives_places_in_the_whole() -> None:
    found = _found(_bump(30, 30, (12, 14, 1.0)), left=-3, top=-5)
    assert (found.x[0], found.y[0]) == (pytest.approx(15, abs=0.01), pytest.approx(19, abs=0.01))


def test_angle_and_type_stay_with_their_minutia() -> None:
    answers = FoundMinutiae(
        strength=_bump(40, 90, (15, 20, 0.7), (45, 20, 1.0), (75, 20, 0.8)),
        rows=np.array([20, 20, 20]),
        columns=np.array([15, 45, 75]),
        direction=np.array([[1, 0], [0, 1], [-1, 0]], np.float32),
        ending=np.array([0.9, 0.1, 0.9], np.float32),
    )
    found = to_minutiae(answers, left=0, top=0, width=90, height=40)
    np.testing.assert_allclose(found.x, [45, 75, 15], atol=0.01)
    np.testing.assert_allclose(found.angle, [np.pi / 2, np.pi, 0], atol=1e-6)
    assert found.kind.tolist() == [TYPE_BIFURCATION, TYPE_ENDING, TYPE_ENDING]


def test_a_hill_at_the_border_stays_inside() -> None:
    strength = np.zeros((20, 20), dtype=np.float32)
    strength[0:2, 0:2] = strength[18:, 18:] = 0.9
    strength[1, 1] = strength[18, 18] = 1.0
    found = _found(strength)
    assert len(found) == 2
    assert found.x.min() >= 0 and found.x.max() <= 19


def test_of_more_than_255_the_best_are_kept() -> None:
    strengths = np.linspace(0.7, 1.0, 400)
    places = [(8 + 12 * (index % 20), 8 + 12 * (index // 20)) for index in range(400)]
    found = _found(_bump(256, 256, *((x, y, s) for (x, y), s in zip(places, strengths, strict=True))))
    kept = {(round(float(x)), round(float(y))) for x, y in zip(found.x, found.y, strict=True)}
    assert len(found) == MOST_MINUTIAE
    assert kept == set(places[-MOST_MINUTIAE:])


def test_empty_maps_give_an_empty_set() -> None:
    assert len(_found(np.zeros((32, 32), dtype=np.float32))) == 0
