"""Fingerprint comparison after the FVC protocol: every pair of impressions of a finger, every pair of fingers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.accuracy.comparison import (
    ColumnComparer,
    Comparer,
    ScoreMatrix,
    comparison_speed,
    protocol_pairs,
    score_matrix,
)
from benchmarks.accuracy.fingerprint_rows import COMPARISON, EXTRACTION, FAILURES, missing_notes, system_document
from benchmarks.accuracy.measured import Bench, Measurement
from benchmarks.bootstrap import share
from benchmarks.datasets import DataSet
from benchmarks.figures import RATE, Figure, mean_figure
from benchmarks.rates import ScoredPairs, verification_figures
from benchmarks.results import write_scores
from matching.minutiae import SCALE, warm_up


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComparedSet:
    """What the comparison of one set of prints came to.

    Parameters
    ----------
    names
        Of the prints.
    scores
        float32 [prints, prints].
    pairs
        Those of the protocol; None where there are no genuine or no impostor pairs.
    figures
        By name.
    notes
        What a reader must know.
    """

    names: tuple[str, ...]
    scores: ScoreMatrix
    pairs: ScoredPairs | None
    figures: Mapping[str, Figure]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FingerMeasurement(Measurement):
    """A measurement of prints.

    Parameters
    ----------
    compared
        By data set.
    """

    compared: Mapping[str, ComparedSet] = field(default_factory=dict)


def measure_fingerprints(
    sets: Sequence[DataSet], bench: Bench, *, first_impressions_only: bool = False
) -> FingerMeasurement:
    """Extract and compare each data set by itself, and take the mean of the figures over them.

    A print that could not be extracted scores 0 with every other, and all its pairs count.

    Parameters
    ----------
    first_impressions_only
        Take impostors from the first impression of each finger only, as FVC did, instead of all cross-finger pairs.
    """
    warm_up()
    compared: dict[str, ComparedSet] = {}
    notes: tuple[str, ...] = ()
    failed: dict[str, Mapping[str, str]] = {}
    for data in sets:
        enrolled = bench.extractor.extract_all(data, bench.progress)
        compared[data.name] = compare_set(
            data,
            ColumnComparer(enrolled.templates),
            bench,
            extraction=bench.extractor.time(enrolled),
            first_impressions_only=first_impressions_only,
        )
        notes += enrolled.notes() + compared[data.name].notes
        failed[data.name] = enrolled.failed
    by_set = {name: found.figures for name, found in compared.items()}
    means = mean_rates(list(by_set.values()))
    return FingerMeasurement(
        figures=figures_by_set({**({"mean": means} if len(sets) > 1 else {}), **by_set}),
        pairs={name: found.pairs for name, found in compared.items() if found.pairs is not None},
        scale=SCALE,
        notes=notes,
        failed=failed,
        compared=compared,
        sections={**system_document(by_set, means), "failed": failed},
    )


def compare_set(
    data: DataSet, comparer: Comparer, bench: Bench, *, extraction: Figure | None, first_impressions_only: bool
) -> ComparedSet:
    """Compare the prints of a set with each other.

    Parameters
    ----------
    extraction
        How long one took, where it was measured.
    """
    subjects = data.subject_numbers
    scores = score_matrix(comparer, bench.progress)
    first, second = protocol_pairs(subjects, first_impressions_only=first_impressions_only)
    same = subjects[first] == subjects[second]
    pairs: ScoredPairs | None = None
    figures: dict[str, Figure] = {}
    if same.any() and not same.all():
        pairs = ScoredPairs.of(scores[first, second], subjects[first], subjects[second])
        figures = verification_figures(pairs, replicates=bench.replicates)
    figures[FAILURES] = share(~comparer.present, subjects[:, None], replicates=bench.replicates)
    timed = {EXTRACTION: extraction, COMPARISON: comparison_speed(comparer)}
    figures |= {name: figure for name, figure in timed.items() if figure is not None}
    return ComparedSet(
        names=tuple(sample.name for sample in data.samples),
        scores=scores,
        pairs=pairs,
        figures=figures,
        notes=missing_notes(data, genuine=int(same.sum()), impostors=int((~same).sum())),
    )


def mean_rates(by_set: Sequence[Mapping[str, Figure]]) -> dict[str, Figure]:
    """Return the mean over the data sets of every rate that all of them have."""
    shared = [name for name, figure in by_set[0].items() if figure.unit == RATE and all(name in one for one in by_set)]
    return {name: mean_figure([one[name] for one in by_set]) for name in shared}


def figures_by_set(by_set: Mapping[str, Mapping[str, Figure]]) -> dict[str, Figure]:
    """Return all figures, each named after its set and itself."""
    return {f"{name}/{what}": figure for name, figures in by_set.items() for what, figure in figures.items()}


def write_matrices(compared: Mapping[str, ComparedSet], folder: Path) -> None:
    """Write `<set>.npz` for each set: `names` of the prints, and `scores` float32 [prints, prints].

    Raises
    ------
    StorageError
        When one cannot be written.
    """
    for name, found in compared.items():
        write_scores({"names": np.array(found.names), "scores": found.scores}, folder / f"{name}.npz")
