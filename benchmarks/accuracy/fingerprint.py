"""Fingerprint comparison after the FVC protocol: every pair of impressions of a finger, every pair of fingers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from benchmarks.accuracy.measured import Bench, Measurement, Places
from benchmarks.datasets import DataSet
from benchmarks.figures import RATE, Figure, mean_figure
from benchmarks.rates import NOT_COMPARED, ScoredPairs, verification_figures
from benchmarks.templates import Enrolled
from benchmarks.timing import LEAST_ROUNDS, median_figure
from biometrics.arrays import Flags, Ids, Values
from biometrics.protocols import Progress, no_progress
from biometrics.templates import Template
from matching.minutiae import SCALE, PreparedPrint, PrintColumn, prepare, warm_up

Speeds: TypeAlias = Float64[NDArray[np.float64], " probes"]

EXTRACTION, COMPARISON, FAILURES = "extraction", "comparisons", "failure to enroll"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparisons:
    """Scores of pairs, and how fast each probe was compared.

    Parameters
    ----------
    scores
        float32 [count]; `NOT_COMPARED` where a side has no template.
    per_second
        float64 [probes], one thread.
    """

    scores: Values
    per_second: Speeds


def measure_fingerprints(sets: Sequence[DataSet], bench: Bench, *, first_impressions_only: bool = False) -> Measurement:
    """Extract and compare each data set by itself, and take the mean of the rates over them.

    Parameters
    ----------
    first_impressions_only
        Take impostors from the first impression of each finger only, as FVC did, instead of all cross-finger pairs.

    Raises
    ------
    SampleError
        When not one sample of a set could be enrolled.
    ProcessingError
        When a set has no genuine or no impostor pair.
    """
    warm_up()
    figures: dict[str, Figure] = {}
    pairs: dict[str, ScoredPairs] = {}
    notes: tuple[str, ...] = ()
    failed: dict[str, tuple[str, ...]] = {}
    for data in sets:
        enrolled = bench.extractor.extract_all(data, bench.progress)
        first, second = protocol_pairs(enrolled.subjects, first_impressions_only=first_impressions_only)
        compared = compare_pairs(enrolled.templates, first, second, bench.progress)
        pairs[data.name] = ScoredPairs.of(compared.scores, enrolled.subjects[first], enrolled.subjects[second])
        found = verification_figures(pairs[data.name], replicates=bench.replicates)
        found |= _other_figures(enrolled, compared, bench)
        figures |= {f"{data.name}/{name}": figure for name, figure in found.items()}
        notes += enrolled.notes()
        failed[data.name] = enrolled.failed
    return Measurement(
        figures={**_means(figures, sets), **figures}, pairs=pairs, scale=SCALE, notes=notes, failed=failed
    )


def protocol_pairs(subjects: Ids, *, first_impressions_only: bool) -> tuple[Places, Places]:
    """Return the pairs to compare, each once: all of one finger, and those of different fingers.

    Parameters
    ----------
    subjects
        int64 [samples], the finger of each sample; the first of a finger is its first impression.
    """
    first, second = np.triu_indices(len(subjects), k=1)
    if first_impressions_only:
        leading = _first_of_each(subjects)
        kept = (subjects[first] == subjects[second]) | (leading[first] & leading[second])
        first, second = first[kept], second[kept]
    return first.astype(np.int64), second.astype(np.int64)


def compare_pairs(
    templates: Sequence[Template | None], first: Places, second: Places, progress: Progress = no_progress
) -> Comparisons:
    """Compare templates `first[i]` and `second[i]` for every i.

    Parameters
    ----------
    first, second
        int64 [count]; equal entries of `first` stand together.
    """
    column = PrintColumn()
    prepared = [None if template is None else prepare(template.minutiae) for template in templates]
    rows = np.full(len(prepared), -1, dtype=np.int64)
    for index, item in enumerate(prepared):
        if item is not None:
            rows[index] = column.append(item)
    scores = np.full(len(first), NOT_COMPARED, dtype=np.float32)
    probes, starts = np.unique(first, return_index=True)
    ends = np.append(starts[1:], len(first))
    per_second = []
    for done, (probe, start, end) in enumerate(zip(probes, starts, ends, strict=True)):
        progress(done, len(probes), "comparing")
        item = prepared[probe]
        present = np.flatnonzero(rows[second[start:end]] >= 0)
        if item is None or len(present) == 0:
            continue
        found, taken_s = _timed(column, item, rows[second[start:end]][present])
        scores[start + present] = found
        per_second.append(len(present) / taken_s)
    progress(len(probes), len(probes), "comparing")
    return Comparisons(scores=scores, per_second=np.array(per_second, dtype=np.float64))


def _timed(column: PrintColumn, probe: PreparedPrint, rows: Ids) -> tuple[Values, float]:
    start = time.perf_counter()
    scores = column.compare(probe, rows)
    return scores, time.perf_counter() - start


def _other_figures(enrolled: Enrolled, compared: Comparisons, bench: Bench) -> dict[str, Figure]:
    figures = {FAILURES: enrolled.failures(bench.replicates)}
    taken = bench.extractor.time(enrolled)
    if taken is not None:
        figures[EXTRACTION] = taken
    if len(compared.per_second) >= LEAST_ROUNDS:
        figures[COMPARISON] = median_figure(compared.per_second.tolist(), unit="1/s")
    return figures


def _means(figures: dict[str, Figure], sets: Sequence[DataSet]) -> dict[str, Figure]:
    """Return the mean over the data sets of every rate that all of them have."""
    if len(sets) < 2:
        return {}
    names = [name.partition("/")[2] for name in figures if name.startswith(f"{sets[0].name}/")]
    means = {}
    for name in names:
        parts = [figures[f"{data.name}/{name}"] for data in sets if f"{data.name}/{name}" in figures]
        if len(parts) == len(sets) and parts[0].unit == RATE:
            means[f"mean/{name}"] = mean_figure(parts)
    return means


def _first_of_each(subjects: Ids) -> Flags:
    leading = np.zeros(len(subjects), dtype=np.bool_)
    leading[np.unique(subjects, return_index=True)[1]] = True
    return leading
