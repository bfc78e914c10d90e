"""The gallery: every active reference, following the registry, searched exactly."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from biometrics.errors import ConfigurationError, GalleryError
from biometrics.positions import Modality
from biometrics.protocols import Progress, ReferenceChange, ReferenceSource, no_progress
from biometrics.scores import Candidate, CandidateList
from biometrics.templates import Probe, Template
from matching.agreement import REMEDY, require_agreement
from matching.attributes import Only
from matching.calibration import Calibration
from matching.describing import Describing
from matching.face_fusion import SAME_FACE_FMR, faces_apart, single_face
from matching.face_store import FaceMatcher
from matching.gallery_stats import GalleryStats, stats_of
from matching.pairs import PairsFound
from matching.preparing import PreparedChange, Preparer
from matching.preparing_ahead import prepared_ahead
from matching.print_matcher import PrintMatcher
from matching.references import References
from matching.searching import Searcher
from matching.state import State
from matching.stores import Matcher
from matching.transfer import export_arrays, export_header


class Gallery:
    """A projection of the registry's references that answers who a person is.

    Searches are exact: every comparable finger and face of every active subject is compared and fused. Any number of
    threads may search at once, and beside one that applies changes; nobody waits for another. A search sees the gallery
    as it was at one generation: all of a change or nothing of it.

    Parameters
    ----------
    calibrations
        What scores mean, per modality; their scales must be those of the templates.
    matchers
        How each modality is compared; by default minutiae, and cosines by FAISS.
    described
        Who describes persons by vectors, so that a probe need not be compared with everybody in large galleries; by
        default nobody does.
    folder
        Where prints, faces and vectors lie in nameless files that are gone with the gallery; in memory by default, and
        vectors in the system's folder for temporary files.
    threads
        How many share the scan of vectors in one search.

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
        described: Describing | None = None,
        folder: Path | None = None,
        threads: int = 1,
    ) -> None:
        missing = [modality.value for modality in Modality if modality not in calibrations]
        if missing:
            raise ConfigurationError(f"no calibration for {', '.join(missing)}", remedy="load one for each modality")
        chosen = matchers or {Modality.FINGER: PrintMatcher(), Modality.FACE: FaceMatcher()}
        self._calibrations = dict(calibrations)
        self._matchers = dict(chosen)
        self._preparer = Preparer(self._matchers, self._calibrations, described)
        self._searcher = Searcher(self._preparer, threads)
        self._references = References(self._preparer, folder)
        self._following = threading.Lock()
        self._writing = threading.Lock()

    @property
    def _state(self) -> State:
        return self._references.state

    @property
    def populations(self) -> dict[str, str]:
        """By modality, whom the scores were calibrated on."""
        return {modality.value: calibration.population for modality, calibration in self._calibrations.items()}

    @property
    def calibrations(self) -> Mapping[Modality, Calibration]:
        """What scores mean here, per modality."""
        return dict(self._calibrations)

    @property
    def kernel(self) -> str | None:
        """Name of the scan of vectors; None where persons are not described and all are compared."""
        return None if self._state.table is None else self._state.table.kernel.name

    def lists_among(self, gallery_size: int) -> bool:
        """Return whether vectors list whom to compare among so many persons; else all are compared."""
        describing = self._preparer.describing
        return describing is not None and describing.worthwhile(gallery_size)

    def beside(self) -> Gallery:
        """Return an empty gallery that compares everybody as this one does."""
        return Gallery(calibrations=self._calibrations, matchers=self._matchers)

    @property
    def generation(self) -> int:
        """Number of the last registry change that was applied; 0 before any."""
        return self._state.generation

    @property
    def size(self) -> int:
        """Subjects with at least one active reference."""
        return self._state.size

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that are equal where the same references are the same subjects', however that came."""
        return f"{self._state.census.fingerprint:032x}"

    def holds(self, subject_id: str) -> bool:
        """Return whether a subject has an active reference here."""
        return self._state.find(subject_id) is not None

    def subjects(self) -> tuple[str, ...]:
        """Return the identifiers of all active subjects, in the order they first came."""
        return self._state.subjects()

    def membership(self) -> tuple[tuple[str, ...], int]:
        """Return `subjects()` and the generation as of which they are all."""
        state = self._state
        return state.subjects(), state.generation

    def changed_since(self, generation: int) -> tuple[str, ...]:
        """Return the active subjects who came or whose references changed after a generation, as `subjects` does."""
        return self._state.subjects(after=generation)

    def follow(self, source: ReferenceSource, progress: Progress = no_progress) -> int:
        """Apply every change after the present generation and return how many there were.

        Threads may follow at the same time: one applies, the others then find nothing left to do.
        """
        with self._following:
            start, latest = self.generation, source.latest_sequence()
            for change in prepared_ahead(source.changes_since(start), self._preparer, self._state, latest - start):
                self._apply(change)
                progress(self.generation - start, max(latest, self.generation) - start, "gallery")
            return self.generation - start

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
        self._apply(change)

    def _apply(self, change: ReferenceChange | PreparedChange) -> None:
        with self._writing:
            sequence = (change.change if isinstance(change, PreparedChange) else change).sequence
            if sequence != self.generation + 1:
                raise GalleryError(f"change {sequence} does not follow generation {self.generation}", remedy=REMEDY)
            if not isinstance(change, PreparedChange):
                change = self._preparer.prepare(change, self._state.formats)
            self._references.apply(change)

    def compact(self) -> None:
        """Drop what is gone; searches go on meanwhile.

        Raises
        ------
        StorageError
            When the disk is full; then nothing is dropped.
        """
        with self._writing:
            self._references.compact()

    def knows(self, subject_ids: Collection[str]) -> bool:
        """Return whether anything here is named after one of these subjects, active or not."""
        return any(self._state.people.ids.number(one) is not None for one in subject_ids)

    def forget(self, subject_ids: Collection[str]) -> None:
        """Drop erased subjects, as the registry has, and write over all that is left of them here.

        Searches go on meanwhile. What `export` gave before still holds them.

        Raises
        ------
        GalleryError
            When a change of the gallery broke off before.
        StorageError
            When the disk cannot be written; to be done again.
        """
        with self._writing:
            self._references.forget(subject_ids)

    def search(
        self, probe: Probe, *, largest_fmr: float | None = None, limit: int | None = None, only: Only | None = None
    ) -> CandidateList:
        """Compare a person with everybody and return the candidates, best first.

        Parameters
        ----------
        probe
            Templates of one person.
        largest_fmr
            Leave out candidates whose fused false match rate is larger.
        limit
            Return at most so many, at least 1.
        only
            Search only whom these attributes describe; the size of the gallery is then theirs.

        Raises
        ------
        ConfigurationError
            When the limit is below 1: an empty list would say that nobody is alike.
        IncompatibleTemplatesError
            When the probe's templates have another format than the gallery's.
        """
        (found,) = self.search_many([probe], largest_fmr=largest_fmr, limit=limit, only=only)
        return found

    def search_many(
        self,
        probes: Sequence[Probe],
        *,
        largest_fmr: float | None = None,
        limit: int | None = None,
        only: Only | None = None,
    ) -> tuple[CandidateList, ...]:
        """Search several persons at one generation; the answers are those of `search`.

        Raises
        ------
        ConfigurationError, IncompatibleTemplatesError
            As `search`, for the first probe that cannot be searched.
        """
        if limit is not None and limit < 1:
            raise ConfigurationError(f"a search cannot return {limit} candidates", remedy="ask for at least one")
        return self._searcher.search(self._state, probes, self._references.names.only(only), largest_fmr, limit)

    def refresh(self, earlier: CandidateList, probe: Probe, *, largest_fmr: float | None = None) -> CandidateList:
        """Bring an earlier search of the same probe up to the present generation, comparing only what changed since.

        The result is what `search` would answer now, provided that `earlier` was not limited and had the same
        `largest_fmr`.

        Raises
        ------
        GalleryError
            When the earlier search is from a later generation than this gallery's.
        """
        return self._searcher.refresh(self._state, earlier, probe, largest_fmr)

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
        return self._searcher.search_subject(self._state, subject_id, only_later=only_later, largest_fmr=largest_fmr)

    def pairs(  # noqa: PLR0913
        self,
        left: Sequence[str],
        right: Sequence[str] | None = None,
        *,
        largest_fmr: float,
        as_of: int | None = None,
        gallery_size: int | None = None,
        threads: int = 1,
    ) -> PairsFound:
        """Compare some subjects with others, each pair once, and return the pairs that are alike.

        The one on the left is the probe; of two on the left, the earlier one.

        Parameters
        ----------
        left, right
            Subject identifiers. Who is on both sides is compared with everybody else of either, and nobody with
            themselves; without `right`, every pair of `left`.
        largest_fmr
            Leave out pairs whose fused false match rate is larger.
        as_of
            Who came, changed or left after this generation takes no part; by default, who is not here now.
        gallery_size
            Among how many everybody is compared with everybody, which lists follow where persons are described; by
            default as many as there are now.
        threads
            How many share the work.

        Raises
        ------
        GalleryError
            When a subject is named twice on one side.
        """
        return self._searcher.pairs(
            self._state,
            left,
            right,
            largest_fmr=largest_fmr,
            as_of=as_of,
            gallery_size=gallery_size,
            threads=threads,
        )

    def verify(self, probe: Probe, subject_id: str) -> Candidate | None:
        """Compare a person with one subject; None when the subject is not here or no position can be compared.

        Raises
        ------
        IncompatibleTemplatesError
            When the probe's templates have another format than the gallery's.
        """
        return self._searcher.verify(self._state, probe, subject_id)

    def stats(self) -> GalleryStats:
        """Return how much the gallery holds."""
        return stats_of(self._state)

    def export(self) -> tuple[dict[str, Any], Iterator[tuple[str, NDArray[Any]]]]:
        """Return the gallery at its present generation: a header of JSON values, and named arrays of at most 64 MiB.

        The arrays are made one after the other as they are asked for; searches and changes go on meanwhile.
        """
        state = self._state
        header = export_header(state, self._preparer, self._references.names.names)
        return header, export_arrays(state, header["subjects"])

    @classmethod
    def restore(  # noqa: PLR0913
        cls,
        header: Mapping[str, Any],
        arrays: Mapping[str, NDArray[Any]],
        *,
        calibrations: Mapping[Modality, Calibration],
        matchers: Mapping[Modality, Matcher[Any]] | None = None,
        described: Describing | None = None,
        folder: Path | None = None,
        threads: int = 1,
    ) -> Gallery:
        """Return the gallery that was exported; nothing of the arrays is kept.

        Parameters
        ----------
        header, arrays
            What `export` gave.
        calibrations, matchers, described, folder, threads
            As for a new gallery.

        Raises
        ------
        GalleryError
            When something is missing, damaged or does not fit together.
        ConfigurationError
            When a calibration is missing, or for other scores.
        StorageError
            When the disk is full.
        """
        gallery = cls(calibrations=calibrations, matchers=matchers, described=described, folder=folder, threads=threads)
        gallery._references.restore(header, arrays)
        return gallery

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
        with self._writing:  # what comes meanwhile must not look like a disagreement
            require_agreement(source, self._state)
