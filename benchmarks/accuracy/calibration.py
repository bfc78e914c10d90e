"""Impostor scores of prints, and the calibration fitted to them; `kura models calibrate` is the one for faces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.accuracy.comparison import ColumnComparer, protocol_pairs, score_matrix
from benchmarks.accuracy.measured import Bench
from benchmarks.datasets import DataSet
from benchmarks.templates import Enrolled
from biometrics.arrays import Values
from biometrics.errors import ConfigurationError
from matching.calibration import Calibration, fit_calibration
from matching.minutiae import SCALE, warm_up

_SHOWN_FMR = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


def calibrate(sets: Sequence[DataSet], bench: Bench, *, population: str, command: str = "") -> Calibration:
    """Compare every print with those of other fingers of the same data set, and fit a calibration.

    Raises
    ------
    ConfigurationError
        When there are too few pairs, or prints are simulated.
    SampleError
        When not one print of a set could be enrolled.
    """
    warm_up()
    scores = []
    for data in sets:
        enrolled = bench.extractor.extract_all(data, bench.progress)
        enrolled.require_any()
        _refuse_simulated(enrolled)
        subjects = enrolled.subjects
        first, second = protocol_pairs(subjects, first_impressions_only=False)
        comparer = ColumnComparer(enrolled.templates)
        usable = (subjects[first] != subjects[second]) & comparer.present[first] & comparer.present[second]
        scores.append(score_matrix(comparer, bench.progress)[first[usable], second[usable]])
    impostor: Values = np.concatenate(scores)
    return fit_calibration(
        impostor,
        scale=SCALE,
        population=population,
        origin=origin(sets),
        subjects=sum(data.subjects for data in sets),
        command=command,
    )


def _refuse_simulated(enrolled: Enrolled) -> None:
    if enrolled.simulated:
        raise ConfigurationError(
            f"{enrolled.simulated} of {len(enrolled.outcomes)} samples are simulated; decisions about people cannot "
            "rest on them",
            source=enrolled.data.name,
            remedy="calibrate on samples of the people served",
        )


def origin(sets: Sequence[DataSet]) -> str:
    """Say in words what was compared."""
    parts = " and ".join(f"{len(data.samples)} samples of {data.subjects} subjects of {data.name}" for data in sets)
    return f"all pairs of different fingers in each of: {parts}"


def summary(calibration: Calibration) -> dict[str, Any]:
    """Return what a calibration says, JSON-ready: the score at which each false match rate is reached."""
    return {
        "scale": calibration.scale,
        "population": calibration.population,
        "origin": calibration.origin,
        "pairs": calibration.pairs,
        "subjects": calibration.subjects,
        "tail": calibration.tail.model,
        "extrapolated below": calibration.tail.rate,
        **{f"threshold at FMR {fmr:g}": calibration.threshold(fmr) for fmr in _SHOWN_FMR},
    }
