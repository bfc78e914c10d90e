"""The gallery against itself: every pair of subjects once, and those that look like one person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from biometrics.decisions import DecisionPolicy
from biometrics.errors import GalleryError
from biometrics.positions import Position
from biometrics.protocols import Progress, no_progress
from biometrics.scores import CalibratedFmr, Candidate, ComparisonScore
from matching.gallery import Gallery
from matching.policy import Finding, thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatePair:
    """Two subjects who may be one person.

    Parameters
    ----------
    a, b
        Subject identifiers, a < b.
    finding
        Duplicate or review.
    fmr
        Person-level false match rate after fusion.
    scores
        Comparison per position.

    Raises
    ------
    GalleryError
        When a and b are not in order, or the finding is unique.
    """

    a: str
    b: str
    finding: Finding
    fmr: CalibratedFmr
    scores: Mapping[Position, ComparisonScore]

    def __post_init__(self) -> None:
        if not self.a < self.b or self.finding is Finding.UNIQUE:
            raise GalleryError("a pair holds two different subjects in order, found to be alike")

    @property
    def score(self) -> float:
        """Person-level evidence, -log10 of the fused false match rate."""
        return self.fmr.evidence


def deduplicate(gallery: Gallery, policy: DecisionPolicy, progress: Progress = no_progress) -> Iterator[DuplicatePair]:
    """Compare all subjects with each other and yield each pair that is alike, as soon as it is found.

    Each subject is searched against those after it, so each pair is compared once: N (N - 1) / 2 comparisons. The
    thresholds are those of a search of N - 1 subjects. Whoever takes the pairs may stop at any time. Subjects that come
    meanwhile are left out, as are those that go.

    Parameters
    ----------
    gallery
        The gallery; enrollments may go on.
    policy
        Rates of false positives per search.
    progress
        Told after each subject.
    """
    subjects = gallery.subjects()
    present = set(subjects)
    duplicate_fmr, review_fmr = thresholds(policy, len(subjects) - 1)
    for done, subject_id in enumerate(subjects, start=1):
        try:
            found = gallery.search_subject(subject_id, only_later=True, largest_fmr=review_fmr)
        except GalleryError:
            if subject_id in gallery.subjects():
                raise
            continue
        for candidate in found.candidates:
            if candidate.subject_id in present:
                yield _pair(subject_id, candidate, duplicate_fmr)
        progress(done, len(subjects), "deduplication")


def _pair(subject_id: str, candidate: Candidate, duplicate_fmr: float) -> DuplicatePair:
    a, b = sorted((subject_id, candidate.subject_id))
    finding = Finding.DUPLICATE if candidate.fmr.value <= duplicate_fmr else Finding.REVIEW
    return DuplicatePair(a=a, b=b, finding=finding, fmr=candidate.fmr, scores=candidate.scores)
