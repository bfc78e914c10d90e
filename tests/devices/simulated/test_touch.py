from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from biometrics.errors import ConfigurationError
from biometrics.positions import Position
from devices.simulated import CLEAN, ORDINARY, PROFILES, WORN, FingerTraits, PatternClass, Profile, Touch, draw_touch

TRAITS = FingerTraits(position=Position.LEFT_INDEX, pattern=PatternClass.WHORL, seed=9)


def _touches(profile: Profile, traits: FingerTraits = TRAITS, count: int = 400) -> list[Touch]:
    return [draw_touch(traits, number, profile) for number in range(count)]


def test_a_number_gives_the_same_touch_and_another_another() -> None:
    assert _touches(ORDINARY, count=50) == _touches(ORDINARY, count=50)
    assert len({touch.seed for touch in _touches(ORDINARY)}) == 400
    other = replace(TRAITS, seed=10)
    assert {touch.seed for touch in _touches(ORDINARY, other)}.isdisjoint(touch.seed for touch in _touches(ORDINARY))
    assert draw_touch(TRAITS, 2**64 + 1, ORDINARY) != draw_touch(TRAITS, 2**64, ORDINARY)


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="-1") as refused:
        draw_touch(TRAITS, -1, ORDINARY)
    assert refused.value.remedy


@pytest.mark.parametrize("name", PROFILES)
def test_touches_spread_as_their_profile_says(name: str) -> None:
    profile = PROFILES[name]
    touches = _touches(profile)
    areas = [touch.area for touch in touches]
    assert profile.name == name
    assert profile.area[0] <= min(areas) < max(areas) <= profile.area[1]
    assert np.std([touch.twist_deg for touch in touches]) == pytest.approx(profile.twist_deg, rel=0.15)
    assert np.std([touch.slide_px for touch in touches]) == pytest.approx(profile.slide_px, rel=0.15)
    turns = np.array([touch.rotation_deg for touch in touches])
    assert np.median(np.abs(turns)) == pytest.approx(0.6745 * profile.rotation_deg, rel=0.35)
    assert np.abs(turns).max() <= 40
    assert np.abs([touch.shift_px for touch in touches]).max() <= 90


def test_some_ordinary_touches_lie_far_off_and_no_clean_ones() -> None:
    off = {
        profile.name: np.mean([abs(touch.rotation_deg) > 2.8 * profile.rotation_deg for touch in _touches(profile)])
        for profile in (ORDINARY, CLEAN)
    }
    assert 0.03 < off["ordinary"] < 0.15
    assert off["clean"] < 0.02


def test_skin_decides_how_wet_and_rough_touches_are() -> None:
    def mean(traits: FingerTraits, of: str) -> float:
        return float(np.mean([getattr(touch, of) for touch in _touches(ORDINARY, traits)]))

    assert mean(replace(TRAITS, moisture=1.5), "wetness") > 0.2
    assert mean(replace(TRAITS, moisture=-1.5), "wetness") < -0.2
    assert mean(replace(TRAITS, wear=2.0), "speckle") > 1.3 * mean(TRAITS, "speckle")


def test_extremes_are_limited() -> None:
    soaked = _touches(WORN, replace(TRAITS, moisture=50.0, wear=50.0), 20)
    assert max(touch.wetness for touch in soaked) <= 0.8
    assert max(touch.speckle for touch in soaked) <= 1.5


@pytest.mark.parametrize(
    "fields",
    [
        {"area": 0.0},
        {"area": math.nan},
        {"shift_px": (math.nan, 0.0)},
        {"press_px": (0.0, math.inf)},
        {"wetness": -math.inf},
        {"speckle": -0.1},
        {"noise_levels": -1.0},
        {"seed": -1},
    ],
)
def test_impossible_touches_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="no finger touches like this"):
        Touch(**fields)
