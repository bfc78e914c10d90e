"""Bursts of one finger or face, good and spoiled, judged frame by frame and by extraction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.capture.agreement import JudgedFrames
from benchmarks.capture.pictures import public_portraits, simulated_prints
from benchmarks.capture.spoiling import SPOILED_PORTRAITS, SPOILED_PRINTS, Spoiling
from benchmarks.datasets import DataSet
from biometrics.arrays import Pixels
from biometrics.errors import ResolutionError
from biometrics.extraction import Extractor
from biometrics.images import read_image
from biometrics.positions import Position
from biometrics.protocols import Progress, no_progress
from biometrics.samples import BiometricSample, now_utc
from devices.contract import Frame
from devices.simulated import PPI
from enrollment.capture import face_hints, finger_hints
from enrollment.capture.face_hints import FaceLooker
from enrollment.capture.finger_hints import FingerLooker
from enrollment.capture.looks import Looker
from models.face.align import to_color
from models.face.quality.gate import LOW_VALUE
from models.finger.advice import GOOD_ENOUGH
from models.finger.resample import to_gray

_SIMULATED_FINGERS, _SIMULATED_TOUCHES = 24, 3
_PORTRAIT_ROUNDS = 4
"""Times that each fault is put on each of the few portraits in the public domain."""

MOST_SAMPLES = 320
"""Of a data set, spread over it. FVC2002 set B has as many in its four databases."""

_SPOILED_PRINTS_EACH, _SPOILED_PORTRAITS_EACH = 2, 4
"""Frames with faults for each as captured."""

_LEAST_SHARE = 0.15
"""Of a fault; less is hardly one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """One frame to judge: its pixels, and whose it is."""

    pixels: Pixels
    subject: int
    ppi: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShownFrames:
    """Frames to judge, made when they are asked for, and how many there will be."""

    count: int
    frames: Iterator[Shown]


def simulated_finger_frames() -> ShownFrames:
    """Return touches of simulated fingers, as they are and spoiled."""

    def frames() -> Iterator[Shown]:
        for place, (finger, pixels) in enumerate(simulated_prints(_SIMULATED_FINGERS, _SIMULATED_TOUCHES)):
            for shown in (pixels, *_spoiled(pixels, SPOILED_PRINTS, _SPOILED_PRINTS_EACH, seed=place)):
                yield Shown(pixels=shown, subject=finger, ppi=PPI)

    touches = _SIMULATED_FINGERS * _SIMULATED_TOUCHES
    return ShownFrames(count=touches * (1 + _SPOILED_PRINTS_EACH), frames=frames())


def public_face_frames() -> ShownFrames:
    """Return the portraits in the public domain, as they are and spoiled in all ways, each several times."""
    portraits = public_portraits()

    def frames() -> Iterator[Shown]:
        for subject, pixels in enumerate(portraits):
            yield Shown(pixels=pixels, subject=subject, ppi=None)
            for seed in range(_PORTRAIT_ROUNDS):
                for shown in _spoiled(pixels, SPOILED_PORTRAITS, len(SPOILED_PORTRAITS), seed=seed):
                    yield Shown(pixels=shown, subject=subject, ppi=None)

    each = 1 + _PORTRAIT_ROUNDS * len(SPOILED_PORTRAITS)
    return ShownFrames(count=len(portraits) * each, frames=frames())


def finger_frames(data: DataSet) -> ShownFrames:
    """Return prints of a data set, as they are and spoiled; reading them raises where a file is no picture."""
    places = _spread(data)

    def frames() -> Iterator[Shown]:
        for place in places:
            sample = data.samples[place]
            pixels = to_gray(read_image(sample.path).pixels)
            for shown in (pixels, *_spoiled(pixels, SPOILED_PRINTS, _SPOILED_PRINTS_EACH, seed=place)):
                yield Shown(pixels=shown, subject=int(data.subject_numbers[place]), ppi=sample.ppi)

    return ShownFrames(count=len(places) * (1 + _SPOILED_PRINTS_EACH), frames=frames())


def face_frames(data: DataSet) -> ShownFrames:
    """Return portraits of a folder, as they are and spoiled, each a burst of its own; reading them raises likewise."""
    places = _spread(data)

    def frames() -> Iterator[Shown]:
        for place in places:
            pixels = to_color(read_image(data.samples[place].path).pixels)
            for shown in (pixels, *_spoiled(pixels, SPOILED_PORTRAITS, _SPOILED_PORTRAITS_EACH, seed=place)):
                yield Shown(pixels=shown, subject=place, ppi=None)

    return ShownFrames(count=len(places) * (1 + _SPOILED_PORTRAITS_EACH), frames=frames())


def judge_fingers(shown: ShownFrames, extractor: Extractor, progress: Progress = no_progress) -> JudgedFrames:
    """Judge frames of fingers both ways; what no print can be at its resolution has quality 0, as a refused one."""
    lookers: dict[float, FingerLooker] = {}

    def looker(one: Shown) -> Looker:
        ppi = float(one.ppi or PPI)
        return lookers.setdefault(ppi, FingerLooker(ppi))

    rows = [
        (_score(looker(one), one), _quality(extractor, one, Position.UNKNOWN), one.subject)
        for one in _counted(shown, progress, "judging fingers")
    ]
    return _judged(rows, low_quality=GOOD_ENOUGH, good_score=finger_hints.GOOD_SCORE)


def judge_faces(
    shown: ShownFrames, looker: FaceLooker, extractor: Extractor, progress: Progress = no_progress
) -> JudgedFrames:
    """Judge frames of faces both ways."""
    rows = [
        (_score(looker, one), _quality(extractor, one, Position.FACE), one.subject)
        for one in _counted(shown, progress, "judging faces")
    ]
    return _judged(rows, low_quality=LOW_VALUE, good_score=face_hints.GOOD_SCORE)


def _spread(data: DataSet) -> list[int]:
    """Return the places of up to `MOST_SAMPLES` samples."""
    places: list[int] = np.unique(np.linspace(0, len(data.samples) - 1, MOST_SAMPLES).astype(int)).tolist()
    return places


def _spoiled(pixels: Pixels, faults: Mapping[str, Spoiling], count: int, *, seed: int) -> Iterator[Pixels]:
    """Yield a picture with `count` of the faults, each in any strength."""
    random = np.random.default_rng([seed, 0x5F])
    for name in random.choice(list(faults), size=count, replace=False):
        yield faults[name](pixels, float(random.uniform(_LEAST_SHARE, 1.0)))


def _counted(shown: ShownFrames, progress: Progress, what: str) -> Iterator[Shown]:
    for done, one in enumerate(shown.frames):
        progress(done, shown.count, what)
        yield one
    progress(shown.count, shown.count, what)


def _score(looker: Looker, one: Shown) -> float:
    score = looker.look(Frame(pixels=one.pixels, number=0, captured_at=now_utc())).score
    return 0.0 if score is None else score


def _quality(extractor: Extractor, one: Shown, position: Position) -> float:
    sample = BiometricSample(position=position, pixels=one.pixels, ppi=one.ppi, captured_at=now_utc())
    try:
        return float(extractor.extract(sample).quality.value)
    except ResolutionError:
        return 0.0


def _judged(rows: Sequence[tuple[float, float, int]], *, low_quality: float, good_score: float) -> JudgedFrames:
    scores, qualities, subjects = (np.array(column) for column in zip(*rows, strict=True))
    return JudgedFrames(
        scores=scores.astype(np.float64),
        qualities=qualities.astype(np.float64),
        subjects=subjects.astype(np.int64),
        low_quality=low_quality,
        good_score=good_score,
    )
