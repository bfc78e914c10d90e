"""Learns the shipped centres of face groups, and fits the shipped face calibrations beside them.

`python -m benchmarks.face_population --labelled DIR --others DIR --out DIR`
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from api.progress import progress_display
from benchmarks.face_population.groups import learn
from benchmarks.face_population.held_out import Scores, held_out_scores, within_groups
from benchmarks.face_population.vectors import SeenPortraits, see
from biometrics.arrays import Values
from enrollment.population.labels import listed_names
from enrollment.population.portraits import find_portraits
from matching.calibration import Calibration, fit_calibration, write_calibration
from matching.face import cosine_scale
from models.face.centres import write_centres
from models.face.extractor import FACE_FORMAT, FaceExtractor
from models.store import ModelStore

SERVED = "Black"
"""The group whose rates the default calibration states: those the product is made for first."""

CAUTION = 2.0
"""Its rates are stated twice as high as measured, so that they hold for the other groups too: 2.2 in a thousand pairs
of East and Southeast Asian strangers lie at the score that one in a thousand of this group's reaches."""

_COMMAND = "python -m benchmarks.face_population"
_HELD_OUT = "moved by centres learned from others"
_RATES = (1e-3, 1e-4)


def main() -> None:
    """Learn, fit, write three files and print the thresholds."""
    parser = argparse.ArgumentParser(prog=_COMMAND, description=main.__doc__)
    parser.add_argument("--labelled", type=Path, required=True, metavar="DIR", help="portraits with labels.csv")
    parser.add_argument("--others", type=Path, required=True, metavar="DIR", help="portraits in a folder a person")
    parser.add_argument("--leave-out", type=Path, metavar="FILE", help="names of labelled portraits to leave out")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write them")
    arguments = parser.parse_args()
    left_out = listed_names(arguments.leave_out) if arguments.leave_out else frozenset[str]()
    folder = find_portraits(arguments.labelled, arguments.labelled / "labels.csv").chosen(left_out=left_out)
    for column in ("group", "sex", "age"):
        folder.require_column(column)
    extractor = FaceExtractor.load(ModelStore())
    with progress_display() as progress:
        labelled = see(folder, extractor, progress)
        others = see(find_portraits(arguments.others), extractor, progress)
    write_centres(learn(labelled, others), arguments.out / "centres.npz")
    scores, other_scores = held_out_scores(labelled, others)
    served = _served(labelled, scores)
    for calibration in (served, _of_others(others, other_scores)):
        scale = calibration.scale.replace("/", "-")
        write_calibration(calibration, arguments.out / f"{scale}.{calibration.population}.json")
        thresholds = ", ".join(f"{rate:g}: {calibration.threshold(rate):.3f}" for rate in (1e-2, *_RATES, 1e-5, 1e-6))
        print(f"{calibration.population}: {thresholds}")
    for group, sex, similar in within_groups(labelled, scores):
        rates = ", ".join(f"{(similar >= served.threshold(rate)).mean():.1e} at {rate:g}" for rate in _RATES)
        print(f"{group}, {sex}: false match rate {rates} ({len(similar)} pairs, held out)")


def _served(labelled: SeenPortraits, scores: Scores) -> Calibration:
    similar = np.concatenate([pairs for group, _, pairs in within_groups(labelled, scores) if group == SERVED])
    return _fitted(
        similar,
        population=f"{labelled.name.partition('_')[0]}-{SERVED.lower()}",
        origin=f"all pairs of equal sex of the group {SERVED} of {labelled.name}, {_HELD_OUT}; rates stated "
        f"{CAUTION:g} times as high as measured",
        subjects=sum((portrait.labels or {})["group"] == SERVED for portrait in labelled.portraits),
        caution=CAUTION,
    )


def _of_others(others: SeenPortraits, scores: Scores) -> Calibration:
    person = np.array([portrait.person for portrait in others.portraits])
    return _fitted(
        scores[np.triu(person[:, None] != person, k=1)],
        population=others.name.replace("_", "-"),
        origin=f"all pairs of different persons of {others.name}, {_HELD_OUT}",
        subjects=len(set(person)),
    )


def _fitted(similar: Values, *, population: str, origin: str, subjects: int, caution: float = 1.0) -> Calibration:
    return fit_calibration(
        similar,
        scale=cosine_scale(FACE_FORMAT),
        population=population,
        origin=origin,
        subjects=subjects,
        command=_COMMAND,
        caution=caution,
    )


if __name__ == "__main__":
    main()
