"""Comparison scores and the candidates a search returns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from biometrics.errors import GalleryError, ProcessingError
from biometrics.positions import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedFmr:
    """The false match rate a score stands for: how often an impostor scores at least this high.

    Parameters
    ----------
    value
        0 < value <= 1.
    extrapolated
        True below the rate that the calibration data support; then `model` names the assumed tail.
    model
        How the value was obtained.
    """

    value: float
    extrapolated: bool
    model: str

    def __post_init__(self) -> None:
        if not 0.0 < self.value <= 1.0:
            raise ProcessingError(f"a false match rate of {self.value} is outside (0, 1]")

    @property
    def evidence(self) -> float:
        """-log10 of the rate: 0 says nothing, 6 is one in a million."""
        return -math.log10(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonScore:
    """Similarity of two templates, higher is more alike.

    Parameters
    ----------
    value
        A finite number on `scale`.
    scale
        The comparison algorithm and version; scores on different scales are not comparable.
    fmr
        What the score means, once calibrated.
    """

    value: float
    scale: str
    fmr: CalibratedFmr | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ProcessingError("a comparison score is not a finite number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One subject a search found, with the evidence per position.

    Parameters
    ----------
    subject_id
        Whom.
    fmr
        Person-level rate after fusion.
    scores
        Comparison per probe position that was compared.
    """

    subject_id: str
    fmr: CalibratedFmr
    scores: Mapping[Position, ComparisonScore] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """Person-level evidence, -log10 of the fused false match rate."""
        return self.fmr.evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateList:
    """What a search answers: candidates by descending score, and what was searched.

    Parameters
    ----------
    candidates
        Descending by score.
    gallery_size
        Subjects in the gallery (N).
    compared
        Subjects that shared at least one comparable position with the probe.
    generation
        The registry change the gallery had followed up to.
    complete
        False when a part of the gallery did not answer; then nobody may be called unique.

    Raises
    ------
    GalleryError
        When the order or the counts contradict each other.
    """

    candidates: tuple[Candidate, ...]
    gallery_size: int
    compared: int
    generation: int
    complete: bool = True

    def __post_init__(self) -> None:
        scores = [candidate.score for candidate in self.candidates]
        if scores != sorted(scores, reverse=True):
            raise GalleryError("candidates are not in descending order")
        if len({candidate.subject_id for candidate in self.candidates}) != len(self.candidates):
            raise GalleryError("a subject appears twice among the candidates")
        if not len(self.candidates) <= self.compared <= self.gallery_size:
            raise GalleryError(f"{len(scores)} candidates of {self.compared} compared of {self.gallery_size}")
