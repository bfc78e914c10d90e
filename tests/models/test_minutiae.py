"""From maps to minutiae: maxima, their neighbours, angles, types, limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.templates import MOST_MINUTIAE, TYPE_BIFURCATION, TYPE_ENDING, MinutiaSet
from models.finger.minutiae import MinutiaMaps, find_minutiae


def _bump(height: int, width: int, *peaks: tuple[float, float, float]) -> NDArray[np.float32]:
    """A map with a round hill of given strength at each (x, y)."""
    rows, columns = np.mgrid[0:height, 0:width]
    hills = [s * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 2.0**2)) for x, y, s in peaks]
    return np.asarray(sum(hills), dtype=np.float32)


def _found(
    position: NDArray[np.float32], angle_rad: float = 0.0, ending: float = 1.0, left: int = 0, top: int = 0
) -> MinutiaSet:
    height, width = position.shape
    direction = np.empty((2, height, width), dtype=np.float32)
    direction[0], direction[1] = 0.1 * math.cos(angle_rad), 0.1 * math.sin(angle_rad)
    maps = MinutiaMaps(
        position=position,
        direction=direction,
        ending=np.full((height, width), ending, dtype=np.float32),
        left=left,
        top=top,
    )
    return find_minutiae(maps, width=width - 2 * max(left, 0), height=height - 2 * max(top, 0))


def test_a_hill_is_found_between_pixels() -> None:
    found = _found(_bump(40, 60, (31.3, 17.8, 1.0)))
    assert len(found) == 1
    assert found.x[0] == pytest.approx(31.3, abs=0.05)
    assert found.y[0] == pytest.approx(17.8, abs=0.05)


def test_best_come_first_and_weak_ones_not_at_all() -> None:
    found = _found(_bump(40, 90, (15, 20, 0.8), (45, 20, 1.0), (75, 20, 0.5)))
    np.testing.assert_allclose(found.x, [45, 15], atol=0.01)
    assert found.quality[0] > found.quality[1] >= 45


def test_of_neighbours_the_stronger_stays() -> None:
    position = np.zeros((30, 30), dtype=np.float32)
    position[10:13, 10:13], position[10:13, 14:16] = 1.0, 0.9
    assert len(_found(position)) == 1


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


def test_maps_of_a_part_give_places_in_the_whole() -> None:
    maps = MinutiaMaps(
        position=_bump(30, 30, (12, 14, 1.0)),
        direction=np.ones((2, 30, 30), dtype=np.float32),
        ending=np.ones((30, 30), dtype=np.float32),
        left=-100,
        top=-50,
    )
    found = find_minutiae(maps, width=200, height=200)
    assert (found.x[0], found.y[0]) == (pytest.approx(112, abs=0.01), pytest.approx(64, abs=0.01))


def test_a_hill_at_the_border_stays_inside() -> None:
    position = np.zeros((20, 20), dtype=np.float32)
    position[0:3, 0:3] = position[17:, 17:] = 1.0
    position[0, 0] = position[19, 19] = 3.0
    found = _found(position)
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
