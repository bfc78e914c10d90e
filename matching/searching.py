"""Searches of a gallery's state: whom to compare, what comes of it, and how many there were."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biometrics.errors import GalleryError
from biometrics.scores import Candidate, CandidateList
from biometrics.templates import Probe
from matching.attributes import AttributeBits
from matching.census import comparable_bits
from matching.comparing import candidates_among
from matching.comparison import ProbePart
from matching.listing import list_pairs, list_persons
from matching.pairs import PairsFound, Sides, Some, pairs_of, require_different
from matching.preparing import Preparer
from matching.state import EVERYBODY, State


class Searcher:
    """Answers what a gallery is asked about one of its states; safe for use by several threads.

    Parameters
    ----------
    preparer
        Makes templates ready, and knows how persons are described.
    threads
        How many share the scan of vectors in one search.
    """

    def __init__(self, preparer: Preparer, threads: int) -> None:
        self._preparer = preparer
        self._threads = threads

    def search(
        self, state: State, probes: Sequence[Probe], who: AttributeBits, largest_fmr: float | None, limit: int | None
    ) -> tuple[CandidateList, ...]:
        """Compare each probe with those who are listed for it, or with everybody; see `Gallery.search_many`."""
        people = [self._preparer.probe_parts(probe, state.formats) for probe in probes]
        listed = list_persons(state, self._preparer.describing, people, who, self._threads)
        size, answers = state.census.size(who), list[CandidateList]()
        for parts, persons in zip(people, listed, strict=True):
            candidates = self._candidates(state, parts, state.active(who) if persons is None else persons, largest_fmr)
            compared = state.census.count_comparable([part.position for part in parts], who)
            answers.append(
                CandidateList(
                    candidates=candidates[:limit], gallery_size=size, compared=compared, generation=state.generation
                )
            )
        return tuple(answers)

    def refresh(self, state: State, earlier: CandidateList, probe: Probe, largest_fmr: float | None) -> CandidateList:
        """Compare only who came or changed since; see `Gallery.refresh`."""
        parts = self._preparer.probe_parts(probe, state.formats)
        if earlier.generation > state.generation:
            raise GalleryError(f"a search at {earlier.generation} is ahead of generation {state.generation}")
        first_new = state.people.first_after(earlier.generation)
        news = self._candidates(state, parts, state.active(start=min(first_new, state.count)), largest_fmr)
        kept = [one for one in earlier.candidates if _is_before(state.find(one.subject_id), first_new)]
        merged = sorted([*kept, *news], key=lambda candidate: (-candidate.score, candidate.subject_id))
        return CandidateList(
            candidates=tuple(merged),
            gallery_size=state.size,
            compared=state.census.count_comparable([part.position for part in parts], EVERYBODY),
            generation=state.generation,
            complete=earlier.complete,
        )

    def search_subject(
        self, state: State, subject_id: str, *, only_later: bool, largest_fmr: float | None
    ) -> CandidateList:
        """Compare a subject with the others; see `Gallery.search_subject`."""
        person = state.find(subject_id)
        if person is None:
            raise GalleryError("the subject is not in the gallery", source=subject_id)
        parts, others = state.parts_of(person), state.active()
        others = others[others != person]
        if only_later:
            number = int(state.people.numbers(np.array([person]))[0])
            others = others[state.people.numbers(others) > number]
        (listed,) = list_persons(state, self._preparer.describing, [parts], EVERYBODY, self._threads)
        persons = others if listed is None else np.intersect1d(others, listed, assume_unique=True)
        shared = state.people.positions(others) & comparable_bits([part.position for part in parts])
        return CandidateList(
            candidates=self._candidates(state, parts, persons, largest_fmr),
            gallery_size=state.size - 1,
            compared=int((shared != 0).sum()),
            generation=state.generation,
        )

    def verify(self, state: State, probe: Probe, subject_id: str) -> Candidate | None:
        """Compare a person with one subject; see `Gallery.verify`."""
        parts, person = self._preparer.probe_parts(probe, state.formats), state.find(subject_id)
        candidates = () if person is None else self._candidates(state, parts, np.array([person]), None)
        return candidates[0] if candidates else None

    def pairs(  # noqa: PLR0913
        self,
        state: State,
        left: Sequence[str],
        right: Sequence[str] | None,
        *,
        largest_fmr: float,
        as_of: int | None,
        gallery_size: int | None,
        threads: int,
    ) -> PairsFound:
        """Compare some subjects with others; see `Gallery.pairs`."""
        for side in (left, right or ()):
            require_different(side)
        there = {subject_id: state.find(subject_id) for subject_id in (*left, *(right or ()))}
        first_new = state.count if as_of is None else state.people.first_after(as_of)
        present = {one: person for one, person in there.items() if person is not None and person < first_new}
        sides = Sides(
            left=[present[one] for one in left if one in present],
            right=None if right is None else [present[one] for one in right if one in present],
        )
        compared, not_comparable = sides.count(state)
        others = self._others(state, sides, state.size if gallery_size is None else gallery_size, threads)
        return PairsFound(
            pairs=pairs_of(state, others, self._preparer.calibrations, largest_fmr, threads),
            compared=compared,
            not_comparable=not_comparable,
            absent=tuple(sorted(there.keys() - present.keys())),
            generation=state.generation,
        )

    def _others(self, state: State, sides: Sides, gallery_size: int, threads: int) -> list[tuple[int, Some]]:
        """Return for each person on the left with whom it is compared: those who are listed, or all of the others."""
        describing = self._preparer.describing
        if describing is None or not describing.worthwhile(gallery_size):
            return sides.others()
        return list_pairs(state, describing, sides, gallery_size, threads)

    def _candidates(
        self, state: State, parts: tuple[ProbePart, ...], persons: Some, largest_fmr: float | None
    ) -> tuple[Candidate, ...]:
        return candidates_among(state, parts, persons, self._preparer.calibrations, largest_fmr)


def _is_before(person: int | None, first_new: int) -> bool:
    return person is not None and person < first_new
