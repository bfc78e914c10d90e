"""`kura bench capture`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from api.progress import progress_display
from benchmarks.capture.agreement import JudgedFrames, agreement_figures, taken_counts
from benchmarks.capture.bursts import (
    ShownFrames,
    face_frames,
    finger_frames,
    judge_faces,
    judge_fingers,
    public_face_frames,
    simulated_finger_frames,
)
from benchmarks.capture.speed import measure_speed
from benchmarks.data_hash import data_hash
from benchmarks.datasets import DataSet, finger_sets
from benchmarks.environment import describe_environment
from benchmarks.portraits import face_set
from benchmarks.publishing import figure_lines
from benchmarks.results import Result
from benchmarks.steps.parts import all_files, answer, load_extractor, require_writable_json, resolutions
from biometrics.positions import Modality
from biometrics.protocols import Progress
from biometrics.samples import now_utc
from enrollment.capture.face_hints import FaceLooker
from models.store import ModelStore

_NOBODY = "simulated fingers"
_PUBLIC = "portraits in the public domain"


def run(arguments: argparse.Namespace) -> int:
    """Time the look at frames on one core, and compare its score with the quality that extraction finds."""
    started = now_utc()
    require_writable_json(arguments)
    prints = finger_sets(arguments.data or ())
    portraits = [face_set(folder) for folder in arguments.images or ()]
    with progress_display() as progress:
        figures = measure_speed(ModelStore(), arguments.rounds, progress)
        judged = _judged(prints, portraits, arguments.home, progress)
    for name, frames in judged.items():
        found = agreement_figures(frames, arguments.replicates)
        figures |= {f"{name}/{figure}": value for figure, value in found.items()}
    result = Result(
        name=arguments.step,
        started=started,
        environment=describe_environment().document(),
        data_sha256=data_hash(all_files((*prints, *portraits))),
        parameters={
            "data": resolutions(prints),
            "images": [data.name for data in portraits],
            "rounds": arguments.rounds,
            "replicates": arguments.replicates,
            "threads": 1,
            "clock": "processor time of the process",
        },
        figures=figures,
        notes=_notes(judged),
        sections={"taken": {name: taken_counts(frames) for name, frames in judged.items()}},
    )
    return answer(arguments, result.document(), figure_lines(result))


def _judged(
    prints: Iterable[DataSet], portraits: Iterable[DataSet], home: Path | None, progress: Progress
) -> dict[str, JudgedFrames]:
    """Judge all data sets; without any, simulated fingers and the portraits that packages carry."""
    fingers: dict[str, ShownFrames] = {data.name: finger_frames(data) for data in prints}
    faces: dict[str, ShownFrames] = {data.name: face_frames(data) for data in portraits}
    if not fingers and not faces:
        fingers, faces = {_NOBODY: simulated_finger_frames()}, {_PUBLIC: public_face_frames()}
    judged: dict[str, JudgedFrames] = {}
    if fingers:
        extractor = load_extractor(Modality.FINGER)
        judged |= {name: judge_fingers(shown, extractor, progress) for name, shown in fingers.items()}
    if faces:
        looker, extractor = FaceLooker.load(ModelStore()), load_extractor(Modality.FACE, home)
        judged |= {name: judge_faces(shown, looker.anew(), extractor, progress) for name, shown in faces.items()}
    return judged


def _notes(judged: dict[str, JudgedFrames]) -> tuple[str, ...]:
    told = []
    for name, frames in judged.items():
        counts = taken_counts(frames)
        told.append(
            f"{name}: {counts['taken']} of {counts['frames']} frames reach a score of {frames.good_score:g} and would "
            f"be taken, {counts['poor and taken']} of the {counts['poor']} whose quality is below "
            f"{frames.low_quality:g} among them"
        )
    return tuple(told)
