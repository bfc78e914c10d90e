"""Faces are found where they are, as OpenCV's own reading of the published model finds them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from biometrics.arrays import ColorPixels
from biometrics.errors import ProcessingError
from models.catalogue import YUNET
from models.face import detect
from models.face.align import ALIGNED_SIDE_PX, TARGET_POINTS, align, similarity_transform
from models.face.detect import (
    DetectedFace,
    FaceDetector,
    agreed_points,
    decode,
    non_maximum_suppression,
    overlaps,
    padded_blob,
    resized,
)
from models.face.subject import PortraitFaces, choose_subject
from models.sessions import open_session
from models.sources import read_source
from models.store import ModelStore
from tests.models.known_face import noise, portrait, scaled, turned

_EYES = np.array([[228.0, 194.0], [308.0, 196.0]])
"""Where the eyes of the portrait are, read off the picture to a few pixels: image left, image right."""


@pytest.fixture(scope="module")
def detector(store: ModelStore) -> FaceDetector:
    return FaceDetector(open_session(store.path(YUNET.model_id)))


def _only(detector: FaceDetector, pixels: ColorPixels) -> DetectedFace:
    (face,) = detector.detect(pixels)
    return face


def test_opencv_finds_the_same_face(detector: FaceDetector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detect, "AGREEING_OVERLAP", 0.9999)  # the best cell's points, as OpenCV takes them
    published = tmp_path / "yunet.onnx"
    published.write_bytes(read_source(YUNET))
    copy = resized(portrait(), 320)
    reference = cv2.FaceDetectorYN.create(str(published), "", (copy.shape[1], copy.shape[0]), 0.6, 0.3)
    _, rows = reference.detect(np.ascontiguousarray(copy[:, :, ::-1]))
    (face,) = detector.detect_in_copy(copy, 320)
    found = [face.left, face.top, face.width, face.height, *face.points.ravel()]
    np.testing.assert_allclose(found, rows[0, :14], atol=0.02)
    assert face.score == pytest.approx(rows[0, 14], abs=1e-4)


def test_points_are_eyes_nose_and_mouth_in_this_order(detector: FaceDetector) -> None:
    face = _only(detector, portrait())
    np.testing.assert_allclose(face.points[:2], _EYES, atol=8)
    left_eye, right_eye, nose, left_mouth, right_mouth = face.points
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    assert face.left < left_eye[0] and right_eye[0] < face.left + face.width
    assert face.eye_distance == pytest.approx(80, abs=6)


@pytest.mark.parametrize("factor", [0.12, 0.5, 3.0, 6.0])
def test_coordinates_are_those_of_the_picture_at_any_size(detector: FaceDetector, factor: float) -> None:
    face = _only(detector, scaled(portrait(), factor))
    np.testing.assert_allclose(face.points[:2] / factor, _EYES, atol=9)


def test_a_face_that_fills_the_picture_is_found(detector: FaceDetector) -> None:
    face = _only(detector, scaled(portrait()[120:300, 185:350], 4.0))
    np.testing.assert_allclose(face.points[:2] / 4 + [185, 120], _EYES, atol=9)


def test_a_far_away_face_is_found(detector: FaceDetector) -> None:
    canvas = np.full((1500, 2000, 3), 90, np.uint8)
    small = scaled(portrait(), 0.3)
    canvas[600 : 600 + small.shape[0], 900 : 900 + small.shape[1]] = small
    face = detector.refine(canvas, _only(detector, canvas))
    np.testing.assert_allclose((face.points[:2] - [900, 600]) / 0.3, _EYES, atol=5)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 5000), (3000, 2), (33, 4000), (300, 300)])
def test_noise_holds_no_face(detector: FaceDetector, height: int, width: int) -> None:
    assert detector.detect(noise(height, width)) == ()


def test_refining_keeps_the_face_and_ignores_others(detector: FaceDetector) -> None:
    pair = np.hstack([portrait(), portrait()[:, ::-1]])
    for face in detector.detect(pair):
        again = detector.refine(pair, face)
        np.testing.assert_allclose(again.points, face.points, atol=12)
        assert again.score > 0.9


def test_refining_nothing_returns_the_same_face(detector: FaceDetector) -> None:
    face = _only(detector, portrait())
    assert detector.refine(noise(600, 512), face) is face
    assert detector.refine(portrait()[:20, :20], face) is face


def test_refined_points_depend_less_on_the_picture_s_size(detector: FaceDetector) -> None:
    first, second = (
        detector.refine(picture, _only(detector, picture)) for picture in (portrait(), scaled(portrait(), 2))
    )
    np.testing.assert_allclose(second.points / 2, first.points, atol=3)


def test_decoding_one_cell_by_hand() -> None:
    face, objectness = np.zeros(6, np.float32), np.zeros(6, np.float32)
    boxes, points = np.zeros((6, 4), np.float32), np.zeros((6, 10), np.float32)
    face[4], objectness[4] = 0.81, 0.64
    boxes[4] = [0.5, 0.25, np.log(4), np.log(2)]
    points[4] = np.arange(10) / 10
    scores, found, marks = decode((face, objectness, boxes, points), stride=16, columns=3)
    np.testing.assert_allclose(scores, [0.72], rtol=1e-6)
    # Cell 4 of three columns is column 1, row 1; the box's middle is at (1.5, 1.25) cells.
    np.testing.assert_allclose(found, [[24 - 32, 20 - 16, 64, 32]], rtol=1e-5)
    np.testing.assert_allclose(marks[0, 0], [16.0, 17.6], rtol=1e-5)
    np.testing.assert_allclose(marks[0, 4], [16 * 1.8, 16 * 1.9], rtol=1e-5)


def test_overlapping_boxes_leave_the_best() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 1, 10, 10], [8, 0, 10, 10], [0, 50, 5, 5]], np.float32)
    scores = np.array([0.7, 0.9, 0.8, 0.6], np.float32)
    assert non_maximum_suppression(boxes, scores).tolist() == [1, 2, 3]
    assert non_maximum_suppression(boxes[:0], scores[:0]).tolist() == []


def test_the_blob_is_blue_green_red_and_padded_right_and_below() -> None:
    blob = padded_blob(np.full((33, 5, 3), [1, 2, 3], np.uint8))
    assert blob.shape == (1, 3, 64, 32)
    assert blob[0, :, 32, 4].tolist() == [3, 2, 1]
    assert not blob[0, :, 33:].any() and not blob[0, :, :, 5:].any()


def test_the_transform_turns_scales_and_shifts_back() -> None:
    angle, scale, shift = np.radians(25), 1.7, np.array([40.0, -12.0])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    source = (scale * TARGET_POINTS @ turn.T + shift).astype(np.float32)
    transform = similarity_transform(source, TARGET_POINTS)
    np.testing.assert_allclose(source @ transform[:, :2].T + transform[:, 2], TARGET_POINTS, atol=1e-4)
    assert np.linalg.det(transform[:, :2]) == pytest.approx(scale**-2)


def test_the_transform_is_the_least_squares_one_and_never_a_reflection() -> None:
    source = (TARGET_POINTS * [-1, 1] + np.random.default_rng(3).normal(0, 3, (5, 2))).astype(np.float32)
    transform = similarity_transform(source, TARGET_POINTS)
    assert np.linalg.det(transform[:, :2]) > 0
    rows = np.array([[[x, -y, 1, 0], [y, x, 0, 1]] for x, y in source.astype(float)]).reshape(10, 4)
    a, b, x, y = np.linalg.lstsq(rows, TARGET_POINTS.astype(float).ravel(), rcond=None)[0]
    np.testing.assert_allclose(transform, [[a, -b, x], [b, a, y]], atol=1e-6)


def test_points_at_one_place_fix_nothing() -> None:
    with pytest.raises(ProcessingError, match="fix no alignment"):
        similarity_transform(np.ones((5, 2), np.float32), TARGET_POINTS)


@pytest.mark.parametrize("factor", [1.0, 8.0])
def test_an_aligned_face_has_its_points_at_the_target(detector: FaceDetector, factor: float) -> None:
    picture = scaled(turned(portrait(), 20), factor)
    aligned = align(picture, detector.refine(picture, _only(detector, picture)).points)
    assert aligned.shape == (ALIGNED_SIDE_PX, ALIGNED_SIDE_PX, 3)
    np.testing.assert_allclose(_only(detector, aligned).points, TARGET_POINTS, atol=6)


def test_a_large_picture_is_averaged_before_it_is_warped() -> None:
    stripes = np.zeros((1120, 1120, 3), np.uint8)
    stripes[:, ::2] = 255
    aligned = align(stripes, TARGET_POINTS * np.float32(10))
    inside = aligned[5:-5, 5:-5].astype(int)
    assert np.abs(inside - 128).max() < 12


def _face_at(x: float, y: float, size: float) -> DetectedFace:
    points = np.zeros((5, 2), np.float32)
    return DetectedFace(left=x - size / 2, top=y - size / 2, width=size, height=size, points=points, score=0.9)


def test_the_subject_is_nearest_the_middle() -> None:
    middle, behind, aside = _face_at(320, 200, 150), _face_at(320, 240, 60), _face_at(600, 60, 160)
    subject = choose_subject([behind, aside, middle], width=640, height=480)
    assert subject.faces == (middle, aside, behind)
    assert subject.rivals == 1


def test_a_small_face_right_in_the_middle_is_a_bystander() -> None:
    person, behind = _face_at(200, 240, 200), _face_at(320, 240, 80)
    subject = choose_subject([behind, person], width=640, height=480)
    assert subject.faces == (person, behind)
    assert subject.rivals == 0


@pytest.mark.parametrize("first", [(160, 240, 150), (300, 240, 160), (20, 20, 90)])
def test_a_face_alone_is_the_subject_wherever_it_is(first: tuple[float, float, float]) -> None:
    only = _face_at(*first)
    assert choose_subject([only], width=640, height=480) == PortraitFaces(faces=(only,), rivals=0)


def test_cells_that_see_one_face_agree_on_its_points() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 10, 10], [6, 0, 10, 10], [50, 50, 10, 10]], np.float32)
    scores = np.array([0.9, 0.6, 0.8, 0.9], np.float32)
    points = np.arange(4, dtype=np.float32)[:, None, None] * np.ones((4, 5, 2), np.float32)
    np.testing.assert_allclose(overlaps(boxes[0], boxes), [1, 90 / 110, 40 / 160, 0], rtol=1e-6)
    np.testing.assert_allclose(agreed_points(0, boxes, scores, points), np.full((5, 2), 0.4), rtol=1e-6)
    np.testing.assert_allclose(agreed_points(3, boxes, scores, points), points[3])
