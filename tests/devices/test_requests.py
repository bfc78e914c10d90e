"""What can be asked of a device, and what it can answer, is checked where it is made."""

from __future__ import annotations

from typing import Any

import pytest

from biometrics.errors import CaptureError
from biometrics.positions import FINGERS, Position
from biometrics.slaps import Slap
from devices.contract import Captured, CapturedSample, CaptureRequest
from tests.devices.fakes import sample


@pytest.mark.parametrize("position", [*FINGERS, Position.FACE])
def test_each_finger_and_the_face_can_be_asked_for(position: Position) -> None:
    assert CaptureRequest(positions=(position,)).missing == ()


def test_fingers_of_a_slap_that_are_not_presented_are_missing_from_left_to_right() -> None:
    request = CaptureRequest(positions=(Position.LEFT_RING, Position.LEFT_INDEX), slap=Slap.LEFT)
    assert request.missing == (Position.LEFT_LITTLE, Position.LEFT_MIDDLE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"positions": ()},
        {"positions": (Position.UNKNOWN,)},
        {"positions": (Position.RIGHT_INDEX, Position.RIGHT_INDEX), "slap": Slap.RIGHT},
        {"positions": (Position.RIGHT_INDEX, Position.RIGHT_MIDDLE)},
        {"positions": (Position.LEFT_INDEX,), "slap": Slap.RIGHT},
        {"positions": (Position.RIGHT_THUMB,), "slap": Slap.RIGHT},
        {"positions": (Position.FACE,), "slap": Slap.THUMBS},
        {"positions": (Position.FACE,), "least_quality": 0},
        {"positions": (Position.FACE,), "least_quality": 101},
        {"positions": (Position.FACE,), "timeout_s": 0.0},
        {"positions": (Position.FACE,), "timeout_s": float("nan")},
        {"positions": (Position.FACE,), "timeout_s": float("inf")},
        {"positions": (Position.FACE,), "timeout_s": 601.0},
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_a_remedy(wrong: dict[str, Any]) -> None:
    with pytest.raises(CaptureError) as refused:
        CaptureRequest(**wrong)
    assert refused.value.remedy


@pytest.mark.parametrize("quality", [-1.0, 100.5, float("nan")])
def test_a_quality_lies_between_0_and_100(quality: float) -> None:
    with pytest.raises(CaptureError, match="quality"):
        CapturedSample(sample=sample().sample, device_quality=quality)


def test_a_capture_has_a_sample() -> None:
    with pytest.raises(CaptureError, match="without a sample"):
        Captured(samples=())
