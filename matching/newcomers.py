"""People recorded in the same section as others who are still to be searched: no gallery holds them yet."""

from __future__ import annotations

from dataclasses import replace

from biometrics.protocols import ChangeKind, ReferenceChange
from biometrics.scores import CandidateList
from biometrics.templates import BiometricReference, Probe
from matching.gallery import Gallery


class Newcomers:
    """Whom a section recorded after the last change that a gallery followed; compared as the gallery compares."""

    def __init__(self, gallery: Gallery) -> None:
        self._recent = gallery.beside()

    def add(self, subject_id: str, references: tuple[BiometricReference, ...]) -> None:
        """Add a new subject with its references."""
        change = ReferenceChange(
            sequence=self._recent.generation + 1, kind=ChangeKind.ADDED, subject_id=subject_id, references=references
        )
        self._recent.apply(change)

    def extend(self, found: CandidateList, probe: Probe, largest_fmr: float) -> CandidateList:
        """Return a search of the gallery, at its present generation, extended to the newcomers.

        The result is what the gallery would answer if it held them.
        """
        if not self._recent.generation:
            return found
        recent = self._recent.search(probe, largest_fmr=largest_fmr)
        merged = [*found.candidates, *recent.candidates]
        return replace(
            found,
            candidates=tuple(sorted(merged, key=lambda candidate: (-candidate.score, candidate.subject_id))),
            gallery_size=found.gallery_size + recent.gallery_size,
            compared=found.compared + recent.compared,
            generation=found.generation + recent.generation,
        )
