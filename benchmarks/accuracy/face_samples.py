"""Persons with several portraits: what it brings to fuse them, and whether the stated false match rate holds.

The gallery side has the first k portraits of each person who has more; every other portrait of anybody is a probe.
Each way of comparing states a false match rate, by the calibration of single portraits of the same folder, and so do
the figures: false non-matches at a stated rate, and how often strangers are in truth found within it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float64, Int64
from numpy.typing import NDArray

from benchmarks.accuracy.measured import Bench, Measurement
from benchmarks.bootstrap import share
from benchmarks.datasets import DataSet
from benchmarks.figures import Figure
from benchmarks.templates import Enrolled
from biometrics.arrays import Ids, Rates, Vectors
from biometrics.errors import SampleError
from matching.calibration import Calibration, fit_calibration
from matching.face import cosine_scale
from matching.face_fusion import SAME_FACE_FMR, FaceFeature, fuse_faces, single_face
from matching.fusion import best_of

SAMPLES = (2, 3)
"""Portraits of each person on the gallery side."""

STATED = (1e-3, 1e-4)
"""False match rates at which decisions are counted."""

FEWEST_PERSONS = 10

Owners: TypeAlias = Int64[NDArray[np.int64], " persons"]
Shown: TypeAlias = Int64[NDArray[np.int64], " probes"]
PersonRates: TypeAlias = Float64[NDArray[np.float64], "persons probes"]
PersonFlags: TypeAlias = Bool[NDArray[np.bool_], "persons probes"]
Way: TypeAlias = Callable[[Sequence[FaceFeature], Vectors, Calibration], Rates]
"""From a person's portraits and all probes to the false match rate that each comparison states."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Portraits:
    """Portraits with a template: their features, vectors and persons, in the same order."""

    features: tuple[FaceFeature, ...]
    vectors: Vectors
    persons: Ids

    @classmethod
    def of(cls, enrolled: Enrolled) -> Portraits:
        """Leave out what failed to enroll."""
        both = zip(enrolled.templates, enrolled.subjects, strict=True)
        found = [(single_face(template.embedding), int(person)) for template, person in both if template is not None]
        return cls(
            features=tuple(feature for feature, _ in found),
            vectors=np.stack([feature.vector for feature, _ in found]),
            persons=np.array([person for _, person in found], dtype=np.int64),
        )

    def calibration(self, scale: str) -> Calibration:
        """Return what the score of two single portraits means here."""
        strangers = np.triu(self.persons[:, None] != self.persons)
        scores = (self.vectors @ self.vectors.T)[strangers]
        people = len(np.unique(self.persons))
        return fit_calibration(scores, scale=scale, population="here", origin="all portraits", subjects=people)


def measure_samples(data: DataSet, bench: Bench) -> Measurement:
    """Compare persons of whom there are several portraits in each of the ways.

    Raises
    ------
    SampleError
        When fewer than ten persons have enough portraits.
    """
    enrolled = bench.extractor.extract_all(data, bench.progress)
    enrolled.require_any()
    portraits = Portraits.of(enrolled)
    scale = cosine_scale(bench.extractor.extractor.format)
    sides = {
        f"{count} portraits{told}": _sets(portraits.persons, count, stranger=stranger)
        for count in SAMPLES
        for told, stranger in (("", False), (", one a stranger's", True))
    }
    calibration = portraits.calibration(scale)
    figures: dict[str, Figure] = {}
    for side, sets in sides.items():
        for name, way in WAYS.items():
            found = _compared(portraits, sets, way, calibration)
            figures |= {f"{side}/{name}/{key}": figure for key, figure in found.figures(bench.replicates).items()}
    return Measurement(
        figures=figures, pairs={}, scale=scale, notes=enrolled.notes(), failed={data.name: enrolled.failed}
    )


def one_portrait(side: Sequence[FaceFeature], probes: Vectors, calibration: Calibration) -> Rates:
    """Compare the first portrait alone."""
    return calibration.fmr_values(probes @ side[0].vector)


def best_portrait(side: Sequence[FaceFeature], probes: Vectors, calibration: Calibration) -> Rates:
    """Take the best comparison, corrected for the choice."""
    highest = np.max([probes @ one.vector for one in side], axis=0)
    return best_of(calibration.fmr_values(highest), np.full(len(probes), len(side)))


def mean_score(side: Sequence[FaceFeature], probes: Vectors, calibration: Calibration) -> Rates:
    """Take the mean of the scores for a score."""
    return calibration.fmr_values(probes @ np.mean([one.vector for one in side], axis=0))


def mean_vector(side: Sequence[FaceFeature], probes: Vectors, calibration: Calibration) -> Rates:
    """Compare the mean of the vectors, at length 1."""
    mean = np.mean([one.vector for one in side], axis=0)
    return calibration.fmr_values(probes @ (mean / np.linalg.norm(mean)))


def fused(side: Sequence[FaceFeature], probes: Vectors, calibration: Calibration) -> Rates:
    """Compare as the gallery does."""
    vectors = fuse_faces(side, calibration.threshold(SAME_FACE_FMR))
    return best_portrait(vectors, probes, calibration)


WAYS: Mapping[str, Way] = {
    "one portrait": one_portrait,
    "best portrait": best_portrait,
    "mean score": mean_score,
    "mean vector": mean_vector,
    "fused": fused,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Compared:
    """Every person with several portraits against every probe; what `used` holds is on the gallery side itself."""

    owners: Owners
    persons: Shown
    rates: PersonRates
    used: PersonFlags

    def figures(self, replicates: int) -> dict[str, Figure]:
        mated, strange = self._pairs()
        own, others = self.owners[mated[0]][:, None], self.owners[strange[0]][:, None]
        found: dict[str, Figure] = {}
        for rate in STATED:
            missed, matched = self.rates[mated] > rate, self.rates[strange] <= rate
            found[f"FNMR at stated {rate:g}"] = share(missed, own, replicates=replicates)
            found[f"FMR at stated {rate:g}"] = _times(share(matched, others, replicates=replicates), rate)
        return found

    def _pairs(self) -> tuple[tuple[NDArray[np.int64], ...], tuple[NDArray[np.int64], ...]]:
        same = self.owners[:, None] == self.persons
        # Nobody's portraits are impostors of a person whose gallery side shows them too.
        shown = np.stack([np.isin(self.persons, self.persons[used]) for used in self.used])
        return np.nonzero(same & ~self.used), np.nonzero(~same & ~shown)


def _times(measured: Figure, stated: float) -> Figure:
    """Return how many times the stated rate the measured one is."""
    return Figure(
        value=measured.value / stated,
        low=measured.low / stated,
        high=measured.high / stated,
        unit="times that",
        counts=measured.counts,
    )


def _sets(persons: Ids, count: int, *, stranger: bool) -> list[list[int]]:
    """Return for each person with more than `count` portraits which are on the gallery side."""
    by_person = [np.flatnonzero(persons == person) for person in np.unique(persons)]
    sets = [[int(row) for row in rows[:count]] for rows in by_person if len(rows) > count]
    if len(sets) < FEWEST_PERSONS:
        raise SampleError(
            f"{len(sets)} persons have more than {count} portraits, fewer than {FEWEST_PERSONS}",
            remedy="give a folder per person, with several portraits in each",
        )
    if stranger:
        last = [rows[-1] for rows in sets]
        sets = [[*rows[:-1], last[place - 1]] for place, rows in enumerate(sets)]
    return sets


def _compared(portraits: Portraits, sets: list[list[int]], way: Way, calibration: Calibration) -> _Compared:
    used = np.zeros((len(sets), len(portraits.persons)), dtype=np.bool_)
    for place, rows in enumerate(sets):
        used[place, rows] = True
    return _Compared(
        owners=portraits.persons[[rows[0] for rows in sets]],
        persons=portraits.persons,
        rates=np.stack(
            [way([portraits.features[row] for row in rows], portraits.vectors, calibration) for rows in sets]
        ),
        used=used,
    )
