"""Impostor scores of a population, and the calibration fitted to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.accuracy.comparison import ColumnComparer, protocol_pairs, score_matrix
from benchmarks.accuracy.face import cosines, embeddings
from benchmarks.accuracy.measured import Bench, Places
from benchmarks.datasets import DataSet
from benchmarks.portraits import require_label
from benchmarks.templates import Enrolled
from biometrics.arrays import Ids, Values
from biometrics.errors import ConfigurationError
from biometrics.positions import Modality
from matching.calibration import Calibration, fit_calibration
from matching.face import cosine_scale
from matching.minutiae import SCALE, warm_up

_SHOWN_FMR = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


def calibrate(  # noqa: PLR0913
    sets: Sequence[DataSet],
    bench: Bench,
    *,
    population: str,
    within: Sequence[str] = (),
    selection: str = "",
    command: str = "",
) -> Calibration:
    """Compare everybody with everybody else of the same data set and group, and fit a calibration.

    Parameters
    ----------
    within
        Columns of the labels: only samples with equal values are compared, as impostors of one sex and group are the
        likeliest to be confused.
    selection
        How the samples were chosen, in words.

    Raises
    ------
    ConfigurationError
        When there are too few pairs, no such column, or samples are simulated.
    SampleError
        When not one sample of a set could be enrolled.
    """
    template_format = bench.extractor.extractor.format
    modality = bench.extractor.position.modality
    if modality is Modality.FINGER:
        warm_up()
    scores = []
    for data in sets:
        enrolled = bench.extractor.extract_all(data, bench.progress)
        enrolled.require_any()
        _refuse_simulated(enrolled)
        first, second = _impostor_pairs(enrolled.subjects, _groups(data, within))
        if modality is Modality.FACE:
            vectors, present = embeddings(enrolled, template_format.dimension)
            found = cosines(vectors, present, first, second)
        else:
            comparer = ColumnComparer(enrolled.templates)
            present, found = comparer.present, score_matrix(comparer, bench.progress)[first, second]
        scores.append(found[present[first] & present[second]])
    impostor: Values = np.concatenate(scores)
    return fit_calibration(
        impostor,
        scale=cosine_scale(template_format) if modality is Modality.FACE else SCALE,
        population=population,
        origin=origin(sets, modality, within) + (f"; {selection}" if selection else ""),
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


def origin(sets: Sequence[DataSet], modality: Modality, within: Sequence[str]) -> str:
    """Say in words what was compared."""
    parts = " and ".join(f"{len(data.samples)} samples of {data.subjects} subjects of {data.name}" for data in sets)
    inside = f" of equal {' and '.join(within)}" if within else ""
    kind = "persons" if modality is Modality.FACE else "fingers"
    return f"all pairs of different {kind}{inside} in each of: {parts}"


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


def _impostor_pairs(subjects: Ids, groups: Ids) -> tuple[Places, Places]:
    first, second = protocol_pairs(subjects, first_impressions_only=False)
    kept = (subjects[first] != subjects[second]) & (groups[first] == groups[second])
    return first[kept], second[kept]


def _groups(data: DataSet, within: Sequence[str]) -> Ids:
    for column in within:
        require_label(data, column)
    values = ["\x00".join((sample.labels or {})[column] for column in within) for sample in data.samples]
    return np.unique(values, return_inverse=True)[1].astype(np.int64)
