"""The prints of a set against each other: every score, and how fast they are computed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from benchmarks.accuracy.measured import Places
from benchmarks.figures import Figure
from benchmarks.timing import LEAST_ROUNDS, median_figure, single_threaded
from biometrics.arrays import Flags, Ids, Values
from biometrics.protocols import Progress, no_progress
from biometrics.templates import Template
from matching.minutiae import PrintColumn, prepare

ScoreMatrix: TypeAlias = Float32[NDArray[np.float32], "_samples _samples"]
"""Scores of every print with every other, symmetric; 0 in the rows and columns of prints without a template."""

_TIMED_PROBES = 40


@runtime_checkable
class Comparer(Protocol):
    """The prints of a set, ready to be compared."""

    at_once: int
    """Least comparisons of a probe over which its speed is measured."""

    @property
    def present(self) -> Flags:
        """Which prints have a template, bool [prints]."""
        ...

    def compare(self, probe: int, others: Ids) -> Values:
        """Return the scores of one print with others; all have templates."""
        ...


class ColumnComparer:
    """Prints compared as the product compares them: one prepared probe, many prints in a column.

    Parameters
    ----------
    templates
        A template per print, None where extraction failed.
    """

    at_once = 1_000
    """A gallery prepares a probe once for many more; over the few of a set, that alone would be a fifth of the time."""

    def __init__(self, templates: Sequence[Template | None]) -> None:
        self._prepared = {
            place: prepare(template.minutiae) for place, template in enumerate(templates) if template is not None
        }
        self._column = PrintColumn()
        self._rows = np.full(len(templates), -1, dtype=np.int64)
        for place, item in self._prepared.items():
            self._rows[place] = self._column.append(item)

    @property
    def present(self) -> Flags:
        """Which prints have a template, bool [prints]."""
        return self._rows >= 0

    def compare(self, probe: int, others: Ids) -> Values:
        """Return the scores of one print with others; all have templates."""
        return self._column.compare(self._prepared[probe], self._rows[others])


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


def score_matrix(comparer: Comparer, progress: Progress = no_progress) -> ScoreMatrix:
    """Return every score; a pair is compared once, the print that stands first as the probe, and each with itself."""
    count = len(comparer.present)
    places = np.flatnonzero(comparer.present)
    scores = np.zeros((count, count), dtype=np.float32)
    for done, probe in enumerate(places):
        progress(done, len(places), "comparing")
        others = places[done:]
        scores[probe, others] = scores[others, probe] = comparer.compare(int(probe), others)
    progress(len(places), len(places), "comparing")
    return scores


def comparison_speed(comparer: Comparer) -> Figure | None:
    """Return the comparisons a second of one thread: the median over probes against all other prints; None with few.

    Where the others are fewer than the comparer wants at once, each is compared several times. Processor time is
    counted, that of every thread: neither other programs nor a second core make a difference.
    """
    places = np.flatnonzero(comparer.present)
    if len(places) < LEAST_ROUNDS:
        return None
    picked = places[np.unique(np.linspace(0, len(places) - 1, _TIMED_PROBES).astype(np.int64))]
    speeds = []
    with single_threaded():
        for probe in picked:
            others = places[places != probe]
            others = np.tile(others, -(-comparer.at_once // len(others)))
            start = time.process_time()
            comparer.compare(int(probe), others)
            speeds.append(len(others) / (time.process_time() - start))
    return median_figure(speeds, unit="1/s")


def _first_of_each(subjects: Ids) -> Flags:
    leading = np.zeros(len(subjects), dtype=np.bool_)
    leading[np.unique(subjects, return_index=True)[1]] = True
    return leading
