"""The gallery: every active reference in memory, following the registry, searched exactly."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from biometrics.arrays import Flags
from biometrics.errors import ConfigurationError, GalleryError
from biometrics.positions import Modality
from biometrics.protocols import ChangeKind, Progress, ReferenceChange, ReferenceSource, no_progress
from biometrics.scores import Candidate, CandidateList
from biometrics.templates import Probe, Template
from matching.agreement import REMEDY, require_agreement
from matching.calibration import Calibration
from matching.candidates import build_candidates
from matching.comparison import ProbePart, compare_person
from matching.face_fusion import SAME_FACE_FMR, faces_apart, single_face
from matching.face_store import FaceMatcher
from matching.locks import ReadWriteLock
from matching.print_matcher import PrintMatcher
from matching.references import References
from matching.stores import Matcher
from matching.subject_fusion import fuse_subjects

_APPLY = {
    ChangeKind.ADDED: References.add,
    ChangeKind.RETIRED: References.retire,
    ChangeKind.MOVED: References.move,
}


class Gallery:
    """A projection of the registry's references that answers who a person is.

    Searches are exact: every comparable finger and face of every active subject is compared and fused. Any number of
    threads may search at once; one that applies a change waits for running searches, and searches wait for it, so each
    sees all of a change or nothing of it.

    Parameters
    ----------
    calibrations
        What scores mean, per modality; their scales must be those of the templates.
    matchers
        How each modality is compared; by default minutiae, and cosines by FAISS.

    Raises
    ------
    ConfigurationError
        When a modality has no calibration.
    """

    def __init__(
        self,
        *,
        calibrations: Mapping[Modality, Calibration],
        matchers: Mapping[Modality, Matcher[Any]] | None = None,
    ) -> None:
        missing = [modality.value for modality in Modality if modality not in calibrations]
        if missing:
            raise ConfigurationError(f"no calibration for {', '.join(missing)}", remedy="load one for each modality")
        chosen = matchers or {Modality.FINGER: PrintMatcher(), Modality.FACE: FaceMatcher()}
        self._calibrations = dict(calibrations)
        self._matchers = dict(chosen)
        self._references = References(chosen, self._calibrations)
        self._lock = ReadWriteLock()
        self._following = threading.Lock()
        self._generation = 0

    @property
    def populations(self) -> dict[str, str]:
        """By modality, whom the scores were calibrated on."""
        return {modality.value: calibration.population for modality, calibration in self._calibrations.items()}

    @property
    def calibrations(self) -> Mapping[Modality, Calibration]:
        """What scores mean here, per modality."""
        return dict(self._calibrations)

    def beside(self) -> Gallery:
        """Return an empty gallery that compares as this one does."""
        return Gallery(calibrations=self._calibrations, matchers=self._matchers)

    @property
    def generation(self) -> int:
        """Number of the last registry change that was applied; 0 before any."""
        return self._generation

    @property
    def size(self) -> int:
        """Subjects with at least one active reference."""
        with self._lock.reading():
            return self._references.people.size

    def subjects(self) -> tuple[str, ...]:
        """Return the identifiers of all active subjects, in the order they first came."""
        with self._lock.reading():
            return self._subjects()

    def membership(self) -> tuple[tuple[str, ...], int]:
        """Return `subjects()` and the generation as of which they are all."""
        with self._lock.reading():
            return self._subjects(), self._generation

    def follow(self, source: ReferenceSource, progress: Progress = no_progress) -> int:
        """Apply every change after the present generation and return how many there were.

        Threads may follow at the same time: one applies, the others then find nothing left to do.
        """
        with self._following:
            start, latest = self._generation, source.latest_sequence()
            for change in source.changes_since(start):
                self.apply(change)
                progress(self._generation - start, max(latest, self._generation) - start, "gallery")
            return self._generation - start

    def apply(self, change: ReferenceChange) -> None:
        """Add, retire or move the references of one change; all of them, or none when it raises.

        Raises
        ------
        GalleryError
            When it is not the next change, adds what is there, or retires or moves what is not.
        IncompatibleTemplatesError
            When a template has another format than those of its modality here.
        ConfigurationError
            When the calibration of its modality is for scores of another scale.
        """
        with self._lock.writing():
            if change.sequence != self._generation + 1:
                raise GalleryError(
                    f"change {change.sequence} does not follow generation {self._generation}",
                    remedy=REMEDY,
                )
            _APPLY[change.kind](self._references, change)
            self._generation = change.sequence

    def search(self, probe: Probe, *, largest_fmr: float | None = None, limit: int | None = None) -> CandidateList:
        """Compare a person with everybody and return the candidates, best first.

        Parameters
        ----------
        probe
            Templates of one person.
        largest_fmr
            Leave out candidates whose fused false match rate is larger.
        limit
            Return at most so many, at least 1.

        Raises
        ------
        ConfigurationError
            When the limit is below 1: an empty list would say that nobody is alike.
        IncompatibleTemplatesError
            When the probe's templates have another format than the gallery's.
        """
        if limit is not None and limit < 1:
            raise ConfigurationError(f"a search cannot return {limit} candidates", remedy="ask for at least one")
        with self._lock.reading():
            parts, everybody = self._references.prepare(probe), self._references.people.active
            return self._search(parts, everybody, int(everybody.sum()), largest_fmr, limit)

    def refresh(self, earlier: CandidateList, probe: Probe, *, largest_fmr: float | None = None) -> CandidateList:
        """Bring an earlier search of the same probe up to the present generation, comparing only what changed since.

        The result is what `search` would answer now, provided that `earlier` was not limited and had the same
        `largest_fmr`.

        Raises
        ------
        GalleryError
            When the earlier search is from a later generation than this gallery's.
        """
        with self._lock.reading():
            parts = self._references.prepare(probe)
            if earlier.generation > self._generation:
                raise GalleryError(f"a search at {earlier.generation} is ahead of generation {self._generation}")
            people, everybody = self._references.people, self._references.people.active
            changed = everybody & (people.changed_at > earlier.generation)
            news = self._search(parts, changed, int(everybody.sum()), largest_fmr, None)
            unchanged = {people.subject_id(int(number)) for number in np.flatnonzero(everybody & ~changed)}
            kept = [candidate for candidate in earlier.candidates if candidate.subject_id in unchanged]
            merged = sorted([*kept, *news.candidates], key=lambda candidate: (-candidate.score, candidate.subject_id))
            return CandidateList(
                candidates=tuple(merged),
                gallery_size=news.gallery_size,
                compared=self._references.count_comparable(parts, everybody),
                generation=self._generation,
                complete=earlier.complete,
            )

    def search_subject(
        self, subject_id: str, *, only_later: bool = False, largest_fmr: float | None = None
    ) -> CandidateList:
        """Search with a subject's own references as the probe, the subject itself left out.

        Parameters
        ----------
        subject_id
            An active subject.
        only_later
            Compare only with subjects that follow in `subjects()`: over all subjects, each pair is compared once.
        largest_fmr
            As in `search`.

        Raises
        ------
        GalleryError
            When the subject is not in the gallery.
        """
        with self._lock.reading():
            number = self._references.people.number(subject_id)
            if number is None:
                raise GalleryError("the subject is not in the gallery", source=subject_id)
            wanted = self._references.people.active
            wanted[number] = False
            size = int(wanted.sum())
            if only_later:
                wanted[:number] = False
            return self._search(self._references.parts_of(number), wanted, size, largest_fmr, None)

    def verify(self, probe: Probe, subject_id: str) -> Candidate | None:
        """Compare a person with one subject; None when the subject is not here or no position can be compared.

        Raises
        ------
        IncompatibleTemplatesError
            When the probe's templates have another format than the gallery's.
        """
        with self._lock.reading():
            parts = self._references.prepare(probe)
            wanted = np.zeros_like(self._references.people.active)
            number = self._references.people.number(subject_id)
            if number is None:
                return None
            wanted[number] = True
            found = self._search(parts, wanted, 1, None, None)
            return found.candidates[0] if found.candidates else None

    def portraits_apart(self, portraits: Sequence[Template]) -> tuple[int, ...]:
        """Return the indices of portraits given as one person's that would not be fused with most of the others.

        None when all agree; all of them when no group of those that agree is larger than every other.

        Parameters
        ----------
        portraits
            Face templates of one format.
        """
        features = [single_face(portrait.embedding) for portrait in portraits]
        return faces_apart(features, self._calibrations[Modality.FACE].threshold(SAME_FACE_FMR))

    def check(self, source: ReferenceSource) -> None:
        """Compare generation, counts and the identity of every reference with the registry.

        Raises
        ------
        GalleryError
            When they disagree; the gallery must then not be used.
        """
        with self._lock.reading():
            require_agreement(source, self._references.people, self._generation)

    def _subjects(self) -> tuple[str, ...]:
        people = self._references.people
        return tuple(people.subject_id(int(number)) for number in np.flatnonzero(people.active))

    def _search(
        self, parts: tuple[ProbePart, ...], wanted: Flags, size: int, largest_fmr: float | None, limit: int | None
    ) -> CandidateList:
        references = self._references
        fused = fuse_subjects(compare_person(parts, references.columns, self._calibrations, wanted))
        candidates = build_candidates(fused, parts, self._calibrations, references.people, largest_fmr)
        return CandidateList(
            candidates=candidates[:limit],
            gallery_size=size,
            compared=len(fused.subjects),
            generation=self._generation,
        )
