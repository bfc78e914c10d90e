"""Plans ask for what was meant, with the scanner that is there, less what a person lacks."""

from __future__ import annotations

from typing import Any

import pytest

from biometrics.errors import ConfigurationError
from biometrics.positions import FINGERS, FOUR_FINGERS, Position
from biometrics.slaps import Slap
from devices.contract import DeviceDescriptor, DeviceInfo, DeviceKind
from enrollment.capture.plan import CapturePlan, CaptureStep, PlanKind
from enrollment.capture.policy import CapturePolicy

RIGHT_HAND = tuple(finger for finger in FINGERS if finger.value.startswith("right"))


def _scanner(*slaps: Slap) -> DeviceInfo:
    descriptor = DeviceDescriptor(uri="toy:1", kind=DeviceKind.FINGERPRINT_SCANNER, name="toy")
    return DeviceInfo(descriptor=descriptor, ppi=500.0, slaps=frozenset(slaps))


def _names(plan: CapturePlan) -> list[str]:
    return [step.name for step in plan.steps]


def test_plans_by_their_names() -> None:
    assert _names(CapturePlan.of(PlanKind.TEN)) == ["right", "left", "thumbs", "face"]
    assert _names(CapturePlan.of(PlanKind.SLAPS)) == ["right", "left", "thumbs"]
    assert _names(CapturePlan.of(PlanKind.SINGLES)) == [finger.value for finger in FINGERS]
    assert _names(CapturePlan.of(PlanKind.FOUR)) == ["thumbs", "right_index", "left_index"]
    assert _names(CapturePlan.of(PlanKind.FACE)) == ["face"]
    assert set(CapturePlan.of(PlanKind.FOUR).positions) == set(FOUR_FINGERS)
    assert set(CapturePlan.of(PlanKind.TEN).positions) == {*FINGERS, Position.FACE}


def test_several_plans_after_each_other() -> None:
    plan = CapturePlan.of(PlanKind.SLAPS, PlanKind.SINGLES, PlanKind.FACE)
    assert len(plan.steps) == 14
    assert len(plan.positions) == 11
    with pytest.raises(ConfigurationError, match="asks twice"):
        CapturePlan.of(PlanKind.TEN, PlanKind.FACE)
    with pytest.raises(ConfigurationError, match="asks for nothing"):
        CapturePlan.of()


def test_a_single_finger_scanner_is_asked_for_single_fingers() -> None:
    plan = CapturePlan.of(PlanKind.TEN, scanner=_scanner())
    assert len(plan.steps) == 11
    assert all(step.slap is None for step in plan.steps)
    assert set(plan.positions) == {*FINGERS, Position.FACE}
    assert _names(CapturePlan.of(PlanKind.FOUR, scanner=_scanner())) == [
        "right_thumb", "left_thumb", "right_index", "left_index",
    ]  # fmt: skip


def test_a_scanner_too_small_for_thumbs_gets_them_one_by_one() -> None:
    plan = CapturePlan.of(PlanKind.SLAPS, scanner=_scanner(Slap.RIGHT, Slap.LEFT))
    assert _names(plan) == ["right", "left", "right_thumb", "left_thumb"]


def test_exceptions_shrink_slaps_and_drop_steps() -> None:
    plan = CapturePlan.of(PlanKind.TEN).without({*RIGHT_HAND, Position.LEFT_RING})
    assert _names(plan) == ["left", "thumbs", "face"]
    assert plan.steps[0].positions == (Position.LEFT_LITTLE, Position.LEFT_MIDDLE, Position.LEFT_INDEX)
    assert plan.steps[1].positions == (Position.LEFT_THUMB,)
    assert CapturePlan.of(PlanKind.TEN).without({*FINGERS, Position.FACE}).steps == ()


@pytest.mark.parametrize(
    ("positions", "slap"),
    [
        ((), None),
        ((Position.RIGHT_INDEX, Position.LEFT_INDEX), None),
        ((Position.UNKNOWN,), None),
        ((Position.RIGHT_INDEX, Position.RIGHT_INDEX), Slap.RIGHT),
        ((Position.RIGHT_MIDDLE, Position.RIGHT_INDEX), Slap.RIGHT),
        ((Position.RIGHT_THUMB,), Slap.RIGHT),
        ((Position.FACE,), Slap.RIGHT),
    ],
)
def test_what_is_no_step(positions: tuple[Position, ...], slap: Slap | None) -> None:
    with pytest.raises(ConfigurationError, match="a step is one finger"):
        CaptureStep(positions=positions, slap=slap)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tries": 0},
        {"tries": 21},
        {"least_finger_quality": 101},
        {"least_face_quality": -1},
        {"least_device_quality": -1},
        {"same_finger_fmr": 0.0},
        {"same_finger_fmr": 0.5},
        {"same_finger_fmr": float("nan")},
        {"finger_timeout_s": 0.0},
        {"face_timeout_s": float("inf")},
        {"device_tries": 0},
        {"device_pause_s": -1.0},
        {"version": " "},
    ],
)
def test_policies_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        CapturePolicy(**wrong)
