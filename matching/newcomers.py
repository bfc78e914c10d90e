"""People recorded in the same section as others who are still to be searched: no gallery holds them so yet."""

from __future__ import annotations

from dataclasses import replace

from biometrics.protocols import ChangeKind, ReferenceChange
from biometrics.scores import CandidateList
from biometrics.templates import BiometricReference, Probe
from matching.gallery import Gallery


class Newcomers:
    """Whom a section recorded after the last change that a gallery followed; compared as the gallery compares."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._recent = gallery.beside()
        self._references: dict[str, tuple[BiometricReference, ...]] = {}
        self._known: set[str] = set()

    def add(self, subject_id: str, references: tuple[BiometricReference, ...], *, known: bool = False) -> None:
        """Add a subject with all the references it now has, at least one.

        Parameters
        ----------
        known
            Whether it had some before the section: the gallery holds it with others than these.
        """
        earlier = self._references.get(subject_id)
        if earlier is not None:
            self._apply(ChangeKind.RETIRED, subject_id, earlier)
        elif known:
            self._known.add(subject_id)
        try:
            self._apply(ChangeKind.ADDED, subject_id, references)
        except BaseException:
            # Whoever follows in the section is compared with what was there before: it is what stays recorded.
            self._known.discard(subject_id)
            if earlier is not None:
                self._apply(ChangeKind.ADDED, subject_id, earlier)
            raise
        self._references[subject_id] = references

    def extend(self, found: CandidateList, probe: Probe, largest_fmr: float) -> CandidateList:
        """Return a search of the gallery, at its present generation, extended to the newcomers.

        The result is what the gallery would answer if it held them as they are now.
        """
        if not self._references:
            return found
        recent = self._recent.search(probe, largest_fmr=largest_fmr)
        kept = [one for one in found.candidates if one.subject_id not in self._known]
        compared_before = sum(self._gallery.verify(probe, one) is not None for one in self._known)
        return replace(
            found,
            candidates=tuple(sorted([*kept, *recent.candidates], key=lambda one: (-one.score, one.subject_id))),
            gallery_size=found.gallery_size - len(self._known) + recent.gallery_size,
            compared=found.compared - compared_before + recent.compared,
            generation=found.generation + len(self._references),
        )

    def _apply(self, kind: ChangeKind, subject_id: str, references: tuple[BiometricReference, ...]) -> None:
        change = ReferenceChange(
            sequence=self._recent.generation + 1, kind=kind, subject_id=subject_id, references=references
        )
        self._recent.apply(change)
