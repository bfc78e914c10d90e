"""Hints on the face before a camera, frame by frame, in the words of verdicts on portraits where they say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np

from biometrics.arrays import ColorPixels
from biometrics.errors import ProcessingError
from biometrics.quality import Verdict
from devices.contract import Frame
from enrollment.capture.hints import Hint
from enrollment.capture.looks import Look
from models.catalogue import SFACE, YUNET
from models.face.align import align, to_color
from models.face.detect import DetectedFace, FaceDetector, FivePoints
from models.face.extractor import LEAST_FACE_PX, LEAST_SIDE_PX
from models.face.network import FaceNetwork
from models.face.quality.centring import assess_centring
from models.face.quality.count import assess_count
from models.face.quality.exposure import assess_exposure
from models.face.quality.eyes import assess_eyes
from models.face.quality.pose import assess_pose
from models.face.quality.sharpness import assess_sharpness
from models.face.quality.size import assess_size
from models.face.quality.view import FaceView
from models.face.subject import PortraitFaces, choose_subject
from models.sessions import open_session
from models.store import ModelStore

GOOD_SCORE = 55
"""Estimate from which a portrait is good enough to be taken by itself. Of portraits whose quality turns out below 45,
where `models.face.quality.gate` advises another one, 1 of 539 of LFW View 1 and 5 of 809 of the FairFace sample, as
published and spoiled, reach it (`kura bench capture`)."""

_PER_NORM, _USELESS_NORM = 12.8, 6.9
"""Points of 100 per unit of the length of SFace's vector, and the length that stands for 0: least squares on portraits
of LFW View 1 and the FairFace sample, as published and spoiled. The extractor looks at the mirror image too, which
takes twice as long; ranks agree as `kura bench capture` prints."""

_FASTEST = 1.0
"""Eye distances a second, 6 cm/s: in 1/30 s a face 35 pixels between the eyes is smeared over one pixel."""

_JITTER = 0.03
"""Eye distances between two frames: the points of a face that holds still scatter by up to 0.01 in noise of 15 grey
levels (tests/enrollment/capture)."""

_LONGEST_INTERVAL_S = 1.0
"""Frames further apart are not compared."""

_NEAR_SHARE = 0.65
"""Of the picture's height or width that the face's box may take: crown to chin is a third higher."""

_NEVER_BLOCKING = frozenset(("face.eyes.closed", "face.eyes.covered", "face.sharpness.compressed"))
"""What is believed only as a hint, or what the person cannot change: somebody with narrow eyes, or before a camera that
compresses too much, is taken all the same."""

_BLOCKING_ADVICE = frozenset(("face.pose.turned", "face.pose.tilted"))
"""What can be improved at once, and is measured well enough to wait for."""

_ASSESSED = (assess_count, assess_size, assess_centring, assess_pose, assess_sharpness, assess_exposure, assess_eyes)

NOBODY = Hint(key="face.hint.none", blocking=True)
TOO_SMALL = Hint(key="face.size.too_small", blocking=True)
TOO_NEAR = Hint(key="face.hint.too_near", blocking=True)
MOVING = Hint(key="face.hint.hold_still", blocking=True)
UNCLEAR = Hint(key="face.hint.unclear", blocking=True)
GOOD = Hint(key="face.hint.good", blocking=False)


class FaceLooker:
    """Looks at the frames of a camera; implements `enrollment.capture.looks.Looker`.

    Parameters
    ----------
    detector
        YuNet, on one thread.
    network
        SFace: how long its vector is predicts quality.
    """

    def __init__(self, detector: FaceDetector, network: FaceNetwork) -> None:
        self._detector = detector
        self._network = network
        self._movement = FaceMovement()

    @classmethod
    def load(cls, store: ModelStore) -> FaceLooker:
        """Return one with its models from the store, which builds them where necessary.

        Raises
        ------
        ModelUnavailableError
            When a model can neither be found nor built.
        """
        detector = FaceDetector(open_session(store.path(YUNET.model_id), threads=1))
        return cls(detector, FaceNetwork.read(store.path(SFACE.model_id)))

    def anew(self) -> FaceLooker:
        """Return one for another stream, with the same models."""
        return FaceLooker(self._detector, self._network)

    @property
    def praise(self) -> Hint:
        """What to say where there is nothing to do."""
        return GOOD

    def look(self, frame: Frame) -> Look:
        """Look at the next frame."""
        pixels = to_color(frame.pixels)
        height, width = pixels.shape[:2]
        faces = self._detector.detect(pixels) if min(height, width) >= LEAST_SIDE_PX else ()
        if not faces:
            self._movement.forget()
            return Look(hints=(NOBODY,), score=None)
        subject = choose_subject(faces, width=width, height=height)
        moved = self._movement.moved(subject.faces[0], frame.captured_at)
        if subject.faces[0].size < LEAST_FACE_PX:
            return Look(hints=(TOO_SMALL,), score=None)
        try:
            return self._judged(pixels, subject, moved=moved)
        except ProcessingError:  # the points of what was taken for a face fix no alignment
            return Look(hints=(NOBODY,), score=None)

    def _judged(self, pixels: ColorPixels, subject: PortraitFaces, *, moved: bool) -> Look:
        chosen = self._detector.refine(pixels, subject.faces[0])
        aligned = align(pixels, chosen.points)
        view = FaceView.of(pixels, PortraitFaces(faces=(chosen, *subject.faces[1:]), rivals=subject.rivals), aligned)
        norm = float(np.linalg.norm(self._network.vectors([aligned])))
        score = float(np.clip(_PER_NORM * (norm - _USELESS_NORM), 0.0, 100.0))
        hints = (TOO_NEAR,) * _is_near(view) + (MOVING,) * moved + _advice(view)
        if score < GOOD_SCORE and not any(hint.blocking for hint in hints):
            hints = _pressed(hints)
        return Look(hints=tuple(sorted(hints, key=lambda hint: not hint.blocking)), score=score)


class FaceMovement:
    """Compares where the face is with where it was in the frame before."""

    def __init__(self) -> None:
        self._before: tuple[FivePoints, datetime] | None = None

    def forget(self) -> None:
        """Compare the next face with nothing."""
        self._before = None

    def moved(self, face: DetectedFace, seen_at: datetime) -> bool:
        """Return whether it moves too fast to be sharp; False for the first one, and after a second without."""
        before, self._before = self._before, (face.points, seen_at)
        if before is None:
            return False
        points, earlier = before
        interval_s = (seen_at - earlier).total_seconds()
        if interval_s > _LONGEST_INTERVAL_S:
            return False
        way = float(np.hypot(*(face.points - points).T).mean()) / max(face.eye_distance, 1.0)
        return way > max(_JITTER, _FASTEST * interval_s)


def _is_near(view: FaceView) -> bool:
    return max(view.face.height / view.height, view.face.width / view.width) > _NEAR_SHARE


def _advice(view: FaceView) -> tuple[Hint, ...]:
    verdicts = [assess(view).verdict for assess in _ASSESSED]
    return tuple(
        Hint(key=one.message, blocking=_blocks(one.message, one.verdict)) for one in verdicts if one.message is not None
    )


def _pressed(hints: tuple[Hint, ...]) -> tuple[Hint, ...]:
    """Return advice that must be followed, since the face is not clear enough as it is."""
    pressed = tuple(replace(hint, blocking=hint.key not in _NEVER_BLOCKING) for hint in hints)
    return pressed if any(hint.blocking for hint in pressed) else (UNCLEAR, *hints)


def _blocks(key: str, verdict: Verdict) -> bool:
    return key in _BLOCKING_ADVICE or (verdict is Verdict.BAD and key not in _NEVER_BLOCKING)
