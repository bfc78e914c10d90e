"""Groups of the gallery against each other: each pair once, and those that look like one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from biometrics.decisions import DecisionPolicy
from biometrics.errors import GalleryError
from biometrics.positions import Position
from biometrics.scores import CalibratedFmr, ComparisonScore
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRates:
    """What a comparison of many with many judges by, fixed when it begins.

    Parameters
    ----------
    members
        Subjects of whom each is compared with all others, or some with all: N of a search plus one.
    generation
        As of which change of the registry they are members.
    duplicate_fmr, review_fmr
        Person-level thresholds, those of a search of N = members - 1 subjects.
    """

    members: int
    generation: int
    duplicate_fmr: float
    review_fmr: float

    @classmethod
    def by(cls, policy: DecisionPolicy, members: int, generation: int) -> PairRates:
        """Return the rates of a policy among so many subjects."""
        duplicate_fmr, review_fmr = thresholds(policy, members - 1)
        return cls(members=members, generation=generation, duplicate_fmr=duplicate_fmr, review_fmr=review_fmr)

    def finding(self, fmr: CalibratedFmr) -> Finding:
        """Return what a person-level rate at or below the review threshold comes to."""
        return Finding.DUPLICATE if fmr.value <= self.duplicate_fmr else Finding.REVIEW


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPairs:
    """What a comparison of two groups, or within one, came to.

    Parameters
    ----------
    pairs
        Those that are alike, by a and b.
    compared, not_comparable
        Pairs that share a comparable position, and those that do not. Pairs with somebody who came, changed or left
        since the generation are in neither.
    """

    pairs: tuple[DuplicatePair, ...]
    compared: int
    not_comparable: int


def compare_groups(
    gallery: Gallery, probes: Sequence[str], others: Sequence[str] | None, rates: PairRates, *, threads: int = 1
) -> ComparedPairs:
    """Compare each of one group with each of another, or all within one, and return the pairs that are alike.

    The answer depends on the two subjects of a pair, on the rates, and on who is the probe: the one in `probes`, or
    who comes first in it. How groups are cut changes nothing. Few probes and many others are faster than the reverse.

    Parameters
    ----------
    gallery
        The gallery; enrollments may go on.
    probes, others
        Subject identifiers without anybody in common; without others, the probes are compared with each other.
    rates
        What to judge by.
    threads
        How many share the work.
    """
    found = gallery.pairs(
        probes,
        others,
        largest_fmr=rates.review_fmr,
        as_of=rates.generation,
        gallery_size=rates.members,
        threads=threads,
    )
    pairs = tuple(
        DuplicatePair(a=pair.a, b=pair.b, finding=rates.finding(pair.fmr), fmr=pair.fmr, scores=pair.scores)
        for pair in found.pairs
    )
    return ComparedPairs(pairs=pairs, compared=found.compared, not_comparable=found.not_comparable)
