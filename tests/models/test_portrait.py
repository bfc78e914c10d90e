"""Portraits are cut where documents want them, upright, without a pixel made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.arrays import ColorPixels, Pixels
from biometrics.errors import SampleError
from models.face.detect import DetectedFace
from models.face.extractor import FaceExtractor
from models.face.portrait import (
    EYES_TO_CROWN,
    HEAD_LENGTH,
    HEAD_WIDTH,
    LEAST_EYE_LINE,
    MOST_EYE_LINE,
    MOST_HEAD_SHARE,
    PortraitPlan,
    cut_portrait,
    plan_portrait,
    steadied,
)
from tests.models.known_face import face_sample, gray, portrait, scaled, turned
from tests.models.rigid_head import face_turned_by


def _face(extractor: FaceExtractor, pixels: ColorPixels) -> DetectedFace:
    face = extractor.detect(face_sample(pixels))[0]
    return steadied(pixels, face, lambda copy: extractor.detect(face_sample(copy)))


def _cut(extractor: FaceExtractor, pixels: ColorPixels, width_px: int | None = None) -> Pixels:
    plan = plan_portrait(_face(extractor, pixels), width=pixels.shape[1], height=pixels.shape[0])
    return cut_portrait(pixels, plan, width_px)


@pytest.mark.parametrize("angle", [-15.0, 0.0, 12.0])
def test_the_head_is_upright_and_where_documents_want_it(face_extractor: FaceExtractor, angle: float) -> None:
    cut = _cut(face_extractor, turned(portrait(), angle))
    height, width = cut.shape[:2]
    assert width / height == pytest.approx(35 / 45, abs=0.01)
    face = _face(face_extractor, cut)
    x, y = face.points[:2].mean(axis=0)
    assert abs(x / width - 0.5) < 0.06
    assert LEAST_EYE_LINE - 0.02 < y / height < MOST_EYE_LINE + 0.02
    across, down = face.points[1] - face.points[0]
    assert abs(np.degrees(np.arctan2(down, across))) < 3.5
    head = HEAD_LENGTH * face.eye_distance / height
    assert 0.66 < head < MOST_HEAD_SHARE + 0.05


@given(
    st.floats(-30, 30), st.floats(-35, 35), st.floats(30, 120), st.integers(200, 1200), st.integers(200, 1200)
)  # fmt: skip
def test_a_plan_keeps_to_the_picture_and_to_its_ranges(
    yaw: float, roll: float, eyes: float, width: int, height: int
) -> None:
    face = face_turned_by(yaw, 0.0, roll, eye_distance_px=eyes)
    try:
        plan = plan_portrait(face, width=width, height=height)
    except SampleError as error:
        assert "too little room" in error.message
        return
    corners = plan.corners
    assert corners.min() >= -0.501
    assert corners[:, 0].max() <= width - 0.499
    assert corners[:, 1].max() <= height - 0.499
    head_top = plan.eye_line - EYES_TO_CROWN / HEAD_LENGTH * plan.head_share
    assert 0 <= head_top < head_top + plan.head_share <= 1
    assert 0.5 <= HEAD_WIDTH * plan.eye_distance_px / plan.width_px <= 0.75


def test_with_room_the_plan_is_the_ideal_one() -> None:
    face = face_turned_by(0.0, 0.0, 0.0, eye_distance_px=20)
    plan = plan_portrait(face, width=400, height=400)
    assert (plan.head_share, plan.eye_line, plan.aside) == pytest.approx((0.72, 0.45, 0.0))


def test_a_cut_picks_the_pixels_of_the_picture() -> None:
    """A plan without roll whose corners lie between pixels (at halves) copies them unchanged."""
    pixels = np.random.default_rng(1).integers(0, 256, (90, 70, 3), np.uint8)
    plan = PortraitPlan(
        x=34.0, y=44.0, roll_deg=0.0, eye_distance_px=10.0, head_share=0.8, eye_line=0.5, aside=0.0
    )  # fmt: skip
    cut = cut_portrait(pixels, plan)
    assert (plan.width_px, plan.height_px) == pytest.approx((35, 45))
    np.testing.assert_array_equal(cut, pixels[22:67, 17:52])


def test_what_the_picture_lacks_is_said_and_not_made_up(face_extractor: FaceExtractor) -> None:
    above = portrait()[100:]
    with pytest.raises(SampleError, match=r"it lacks \d+ pixels above") as caught:
        _cut(face_extractor, above)
    assert "below" not in caught.value.message
    aside = portrait()[:, 150:]
    with pytest.raises(SampleError, match="on the left"):
        _cut(face_extractor, aside)


def test_a_portrait_is_made_smaller_but_never_larger(face_extractor: FaceExtractor) -> None:
    assert _cut(face_extractor, portrait(), 140).shape == (180, 140, 3)
    with pytest.raises(SampleError, match="would be enlarged"):
        _cut(face_extractor, portrait(), 400)
    assert _cut(face_extractor, scaled(portrait(), 2), 400).shape[1] == 400


def test_a_grey_picture_stays_grey(face_extractor: FaceExtractor) -> None:
    plan = plan_portrait(_face(face_extractor, portrait()), width=512, height=600)
    assert cut_portrait(gray(portrait()), plan).ndim == 2


def test_a_head_on_its_side_is_refused() -> None:
    with pytest.raises(SampleError, match="leans by 60 degrees"):
        plan_portrait(face_turned_by(0.0, 0.0, 60.0), width=800, height=800)


def test_points_that_tremble_are_steadied(face_extractor: FaceExtractor) -> None:
    rolls = []
    for angle in (-6.0, -3.0, 0.0, 3.0, 6.0):
        pixels = turned(portrait(), angle)
        across, down = np.diff(_face(face_extractor, pixels).points[:2], axis=0)[0]
        rolls.append(float(np.degrees(np.arctan2(down, across))) - angle)
    assert np.std(rolls) < 1.5
