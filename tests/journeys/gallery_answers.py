"""What a gallery that lists by vectors must answer, found the slow way: one change at a time, everybody compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from biometrics.scores import CandidateList
from biometrics.templates import Probe
from matching.attributes import Only
from matching.describing import PersonDescriber
from matching.gallery import Gallery
from matching.pairs import PairsFound, PersonPair
from matching.person_vectors import PersonVector
from matching.vectors.requests import Thresholds
from tests.matching.parts import ToySource

NEAR = 1e-5
"""Scores that differ by less are on no side of a threshold for sure."""

Row = tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """A search that was made, and its answer."""

    probe: Probe
    only: Only | None
    largest_fmr: float | None
    answer: CandidateList


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """An earlier answer brought up to date."""

    probe: Probe
    earlier: CandidateList
    answer: CandidateList


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Groups that were compared."""

    left: Sequence[str]
    right: Sequence[str] | None
    largest_fmr: float
    answer: PairsFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A gallery made of what another gave away: its fingerprint, whom it names, and an answer."""

    generation: int
    fingerprint: str
    subjects: tuple[str, ...]
    searched: Searched


Told = Searched | Refreshed | Paired | Exported


def generation_of(told: Told) -> int:
    """Return as of which change something was answered."""
    return told.generation if isinstance(told, Exported) else told.answer.generation


class Model:
    """Follows changes one by one, compares everybody, and lists by plain arithmetic.

    Parameters
    ----------
    source
        All changes.
    gallery
        An empty gallery that compares everybody.
    describer
        Who describes the persons of the gallery under test.
    """

    def __init__(self, source: ToySource, gallery: Gallery, describer: PersonDescriber) -> None:
        self._changes, self._gallery, self._describer = iter(source.changes), gallery, describer
        self._rows: dict[tuple[str, str], Row] = {}

    def differences(self, told: Iterable[Told]) -> list[str]:
        """Return what is wrong with answers."""
        found: list[str] = []
        for one in sorted(told, key=generation_of):
            while self._gallery.generation < generation_of(one):
                self._gallery.apply(next(self._changes))
            wrong = self._wrong_with(one)
            if wrong:
                found.append(f"{type(one).__name__} at {generation_of(one)}: {wrong}")
        return found

    def _wrong_with(self, told: Told) -> str:
        if isinstance(told, Searched):
            return self._wrong_search(told)
        if isinstance(told, Refreshed):
            return self._wrong_refresh(told)
        if isinstance(told, Paired):
            return self._wrong_pairs(told)
        same = (told.fingerprint, told.subjects) == (self._gallery.fingerprint, self._gallery.subjects())
        return self._wrong_search(told.searched) if same else "it holds something else"

    def _wrong_search(self, told: Searched) -> str:
        whole = self._gallery.search(told.probe, only=told.only, largest_fmr=told.largest_fmr)
        must, may = self._listed(told.probe, whole.gallery_size)
        named = {one.subject_id for one in told.answer.candidates}
        everybody = {one.subject_id for one in whole.candidates}
        if not must & everybody <= named <= may & everybody:
            return f"lacks {(must & everybody) - named}, should not list {named - may}"
        wanted = replace(whole, candidates=tuple(one for one in whole.candidates if one.subject_id in named))
        return "" if told.answer == wanted else "scores or counts are others"

    def _listed(self, probe: Probe, size: int) -> tuple[set[str], set[str]]:
        """Return who must be compared with a probe, and who may."""
        everybody, describer = set(self._gallery.subjects()), self._describer
        parts = self._gallery._preparer.probe_parts(probe, self._gallery._state.formats)
        (vector,), (mask,) = describer.describe([parts])
        person = PersonVector(vector=vector, mask=int(mask))
        if not (describer.worthwhile(size) and describer.serves(parts, person, size)):
            return everybody, everybody
        thresholds = describer.search_thresholds(size)
        rows = [(row.astype(np.float64), int(held)) for row, held in zip(*describer.probes(person), strict=True)]
        certain, possible = set[str](), set[str]()
        for subject_id in everybody:
            margins = [self._margin(row, self._row(subject_id), thresholds) for row in rows]
            certain |= {subject_id} if max(margins) > NEAR else set()
            possible |= {subject_id} if max(margins) > -NEAR else set()
        return certain, possible

    def _margin(self, probe: Row, row: Row, thresholds: Thresholds) -> float:
        """Return by how much a row is above what is asked of it; infinite where nothing is, or nothing can be."""
        always = self._describer.layout.always
        shared = probe[1] & row[1] & (always - 1)
        if (probe[1] | row[1]) & always:
            return np.inf
        if not shared:
            return -np.inf
        return float(probe[0] @ row[0]) - float(thresholds.by_shared[shared])

    def _row(self, subject_id: str) -> Row:
        state = self._gallery._state
        version = state.find(subject_id)
        assert version is not None
        key = (subject_id, str(state.people.describe(version).digest))
        if key not in self._rows:
            (vector,), (mask,) = self._describer.describe([state.parts_of(version)])
            self._rows[key] = vector.astype(np.float64), int(mask)
        return self._rows[key]

    def _wrong_refresh(self, told: Refreshed) -> str:
        whole = self._gallery.search(told.probe)
        kept = {one.subject_id for one in told.earlier.candidates}
        kept |= set(self._gallery.changed_since(told.earlier.generation))
        candidates = tuple(one for one in whole.candidates if one.subject_id in kept)
        return "" if told.answer == replace(whole, candidates=candidates) else "it is not what changed, and the rest"

    def _wrong_pairs(self, told: Paired) -> str:
        whole = self._gallery.pairs(told.left, told.right, largest_fmr=told.largest_fmr)
        must = {(one.a, one.b) for one in whole.pairs if self._pair_is_listed(one)}
        found = {(one.a, one.b) for one in told.answer.pairs}
        if not must <= found:
            return f"lacks {must - found}"
        same = replace(whole, pairs=tuple(one for one in whole.pairs if (one.a, one.b) in found))
        return "" if told.answer == same else "pairs, counts or scores are others"

    def _pair_is_listed(self, pair: PersonPair) -> bool:
        thresholds = self._describer.join_thresholds(self._gallery.size)
        if not self._describer.worthwhile(self._gallery.size):
            return True
        return self._margin(self._row(pair.a), self._row(pair.b), thresholds) > NEAR
