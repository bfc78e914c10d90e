"""Find faces with YuNet (Wu, Peng and Yu, Machine Intelligence Research 20, 2023): a box, five points and a score."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32, Int64, UInt8
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from biometrics.arrays import ColorPixels, Values

FivePoints: TypeAlias = Float32[NDArray[np.float32], "5 2"]
"""x, y in pixels: the eye on the image's left, the eye on its right, nose tip, left and right mouth corner.

Left and right are the picture's, so the first eye is the person's right one.
"""

Boxes: TypeAlias = Float32[NDArray[np.float32], "count 4"]
"""Left, top, width, height in pixels, one box a row."""

ColorCopy: TypeAlias = UInt8[NDArray[np.uint8], "copy_height copy_width 3"]
"""An image derived from another one, of another size."""

_Box: TypeAlias = Float32[NDArray[np.float32], "4"]
_Kept: TypeAlias = Int64[NDArray[np.int64], " kept"]
_Points: TypeAlias = Float32[NDArray[np.float32], "count 5 2"]
_Grid: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
_Blob: TypeAlias = Float32[NDArray[np.float32], "1 3 padded_height padded_width"]

_HEADS = ("cls", "obj", "bbox", "kps")

STRIDES = (8, 16, 32)
"""Pixels between the cells of the three output grids; padded sides are multiples of the last."""

WORKING_SIDES_PX = (256, 640, 128)
"""Longer sides of the copies in which faces are looked for, in turn, until one is found with certainty.

The detector was trained on faces of about 10 to 300 pixels; a portrait fits that best at 256. Of 1,520 FairFace faces,
which fill their pictures, 1 is missed there and 11 at 320; of the 1,548 pictures of LFW View 1 none either way. Below
256 bystanders are lost. The larger copy is for a person far away, the smaller one for a face that fills the picture.
"""

CERTAIN_SCORE = 0.8
"""A face with this score ends the search through the copies."""

REFINED_SIZE_PX = 192
"""Face size at which the five points are measured again.

On LFW View 1 (all 1.2 million pairs, identities equally weighted, mean over FMR 1e-3 to 3e-6) false non-matches are a
fifth lower than with the points of the first copy. Smaller sizes are worse, larger ones up to 320 no better.
"""

REFINED_SURROUNDINGS = 5 / 3
"""Side of the cut-out in which they are measured, in face sizes; it then fills a copy of 320 pixels."""

AGREEING_OVERLAP = 0.5
"""Cells whose boxes share this with the best one's (intersection over union) measure the same face.

The mean of their points is nearer the truth than the best cell's: false non-matches as above fall by a tenth.
"""

ALIASING_SCALE = 0.5
"""Copies are averaged below this scale and interpolated above: as many faces are found, in a fifth of the time."""

LEAST_SCORE = 0.6
"""Detections below this score are dropped."""

MOST_OVERLAP = 0.3
"""Of two boxes whose intersection over union is larger, the one with the lower score is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DetectedFace:
    """A face in an image, in pixels of that image.

    Parameters
    ----------
    left, top, width, height
        The box; it may reach beyond the image when the face does.
    points
        float32 [5, 2], see `FivePoints`.
    score
        0-1, the detector's confidence.
    """

    left: float
    top: float
    width: float
    height: float
    points: FivePoints
    score: float

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the box, x and y."""
        return self.left + self.width / 2, self.top + self.height / 2

    @property
    def size(self) -> float:
        """Side of a square with the area of the box, pixels."""
        return float(np.sqrt(self.width * self.height))

    @property
    def eye_distance(self) -> float:
        """Distance between the eye points, pixels."""
        across, down = self.points[1] - self.points[0]
        return float(np.hypot(across, down))


class FaceDetector:
    """Finds faces in images of any size; safe to call from several threads.

    Parameters
    ----------
    session
        The folded YuNet.
    """

    def __init__(self, session: InferenceSession) -> None:
        self._session = session

    def detect(self, pixels: ColorPixels) -> tuple[DetectedFace, ...]:
        """Return the faces in an RGB image, the most certain first; none is an empty tuple."""
        found: tuple[DetectedFace, ...] = ()
        for side in WORKING_SIDES_PX:
            faces = self.detect_in_copy(pixels, side)
            if faces and (not found or faces[0].score > found[0].score):
                found = faces
            if found and found[0].score >= CERTAIN_SCORE:
                break
        return found

    def refine(self, pixels: ColorPixels, face: DetectedFace) -> DetectedFace:
        """Return the face measured again in a cut-out at `REFINED_SIZE_PX`; unchanged when it is lost there."""
        reach = REFINED_SURROUNDINGS / 2 * face.size
        (x, y), (height, width) = face.centre, pixels.shape[:2]
        left, top = max(0, int(x - reach)), max(0, int(y - reach))
        right, bottom = min(width, int(x + reach) + 1), min(height, int(y + reach) + 1)
        cut = pixels[top:bottom, left:right]
        if cut.size == 0:
            return face
        longer_side = max(1, round(max(cut.shape[:2]) * REFINED_SIZE_PX / face.size))
        found = [_shifted(again, left, top) for again in self.detect_in_copy(cut, longer_side)]
        return next((again for again in found if _is_same(face, again)), face)

    def detect_in_copy(self, pixels: ColorPixels, longer_side_px: int) -> tuple[DetectedFace, ...]:
        """Look for faces in a copy with the given longer side, and return them in pixels of the original."""
        copy = resized(pixels, longer_side_px)
        blob = padded_blob(copy)
        scores, boxes, points = self._run(blob)
        kept = non_maximum_suppression(boxes, scores)
        agreed = {row: agreed_points(row, boxes, scores, points) for row in kept.tolist()}
        x_scale, y_scale = pixels.shape[1] / copy.shape[1], pixels.shape[0] / copy.shape[0]
        scale = np.array([x_scale, y_scale], np.float32)
        boxes = boxes * np.tile(scale, 2)
        return tuple(_face(boxes[row], points * scale, scores[row]) for row, points in agreed.items())

    def _run(self, blob: _Blob) -> tuple[Values, Boxes, _Points]:
        """Return score, box and points of every cell that may hold a face."""
        names = [f"{head}_{stride}" for stride in STRIDES for head in _HEADS]
        outputs = [output[0] for output in self._session.run(names, {"input": blob})]
        parts = []
        for stride, start in zip(STRIDES, range(0, len(outputs), len(_HEADS)), strict=True):
            face, objectness, offsets, marks = outputs[start : start + len(_HEADS)]
            grid = (face[:, 0], objectness[:, 0], offsets, marks)
            parts.append(decode(grid, stride=stride, columns=blob.shape[3] // stride))
        scores, boxes, points = zip(*parts, strict=True)
        return np.concatenate(scores), np.concatenate(boxes), np.concatenate(points)


def decode(grid: _Grid, *, stride: int, columns: int) -> tuple[Values, Boxes, _Points]:
    """Turn the outputs of one grid into scores, boxes and points in pixels, for scores above `LEAST_SCORE` only.

    A cell's score is sqrt(face * objectness). Offsets count in cells from the cell's upper left corner, box sides are
    exponentials in cells.

    Parameters
    ----------
    grid
        Per cell, row by row: float32 [cells] face, [cells] objectness, [cells, 4] box, [cells, 10] points.
    stride
        Pixels per cell.
    columns
        Cells per row.
    """
    face, objectness, boxes, points = grid
    scores = np.sqrt(np.clip(face * objectness, 0, 1))
    cells = np.flatnonzero(scores >= LEAST_SCORE)
    corners = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
    centres = (corners + boxes[cells, :2]) * stride
    sides = np.exp(boxes[cells, 2:]) * stride
    marks = (corners[:, None, :] + points[cells].reshape(-1, 5, 2)) * stride
    return scores[cells], np.concatenate([centres - sides / 2, sides], axis=1), marks


def non_maximum_suppression(boxes: Boxes, scores: Values) -> _Kept:
    """Return the rows to keep, best score first, so that no two kept boxes overlap by more than `MOST_OVERLAP`."""
    order = np.argsort(-scores, kind="stable")
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        order = rest[overlaps(boxes[best], boxes[rest]) <= MOST_OVERLAP]
    return np.array(kept, np.int64)


def agreed_points(row: int, boxes: Boxes, scores: Values, points: _Points) -> FivePoints:
    """Return the mean, weighted by score, of the points of all rows that see the face of one row."""
    same = overlaps(boxes[row], boxes) >= AGREEING_OVERLAP
    return np.asarray(np.average(points[same], axis=0, weights=scores[same]), np.float32)


def overlaps(box: _Box, boxes: Boxes) -> Values:
    """Return a box's intersection over union with each of several boxes."""
    start, size = box[:2], box[2:]
    starts, sizes = boxes[:, :2], boxes[:, 2:]
    shared = np.minimum(start + size, starts + sizes) - np.maximum(start, starts)
    intersection = np.prod(np.maximum(shared, 0), axis=1)
    return np.asarray(intersection / (np.prod(size) + np.prod(sizes, axis=1) - intersection), np.float32)


def resized(pixels: ColorPixels, longer_side_px: int) -> ColorCopy:
    """Return a copy with the given longer side and about the same aspect ratio; no side falls below one pixel."""
    height, width = pixels.shape[:2]
    factor = longer_side_px / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    method = cv2.INTER_AREA if factor < ALIASING_SCALE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)


def padded_blob(pixels: ColorPixels) -> _Blob:
    """Return RGB pixels as the detector wants them: BGR 0-255, black to the right and below up to multiples of 32."""
    height, width = pixels.shape[:2]
    rows, columns = (-(-side // STRIDES[-1]) * STRIDES[-1] for side in (height, width))
    blob = np.zeros((1, 3, rows, columns), np.float32)
    blob[0, :, :height, :width] = pixels[:, :, ::-1].transpose(2, 0, 1)
    return blob


def _face(box: Values, points: FivePoints, score: np.float32) -> DetectedFace:
    left, top, width, height = (float(number) for number in box)
    return DetectedFace(left=left, top=top, width=width, height=height, points=points, score=float(score))


def _shifted(face: DetectedFace, x: float, y: float) -> DetectedFace:
    points = face.points + np.array([x, y], np.float32)
    return replace(face, left=face.left + x, top=face.top + y, points=points)


def _is_same(face: DetectedFace, again: DetectedFace) -> bool:
    """Return whether the middles of both boxes are within a quarter of the face's size."""
    away = np.hypot(face.centre[0] - again.centre[0], face.centre[1] - again.centre[1])
    return bool(away < face.size / 4)
