"""From scores to findings: thresholds follow from the gallery size and the false positive rate a search may have."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

from biometrics.decisions import DecisionPolicy
from biometrics.errors import ConfigurationError
from biometrics.scores import Candidate, CandidateList

DEFAULT_POLICY = DecisionPolicy(
    version="2026-1",
    duplicate_fpir=0.001,
    review_fpir=0.03,
    verification_fmr=1e-4,
    smallest_gallery=100,
    least_compared_share=0.0,
)
"""One search in a thousand wrongly reports a duplicate and three in a hundred a doubtful candidate. Every subject may
have other positions than the next, so no share of the gallery is demanded beyond one person; where all are captured
alike, demand more."""


class Finding(Enum):
    """What a search came to. Duplicate and review both ask a person; neither decides against anybody."""

    UNIQUE = "unique"
    DUPLICATE = "duplicate"
    REVIEW = "needs_review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A finding, with what a person needs in order to judge it.

    Parameters
    ----------
    finding
        Unique, duplicate or review.
    candidates
        Those at or below the review threshold, best first.
    reason
        Why, in one sentence for the case.
    policy_version
        The policy that was applied.
    duplicate_fmr, review_fmr
        Person-level thresholds at this gallery size.
    """

    finding: Finding
    candidates: tuple[Candidate, ...]
    reason: str
    policy_version: str
    duplicate_fmr: float
    review_fmr: float

    def doubted(self, doubt: str) -> Decision:
        """Return the decision with a doubt that a person must judge: no longer unique, with every candidate kept."""
        finding = Finding.REVIEW if self.finding is Finding.UNIQUE else self.finding
        return replace(self, finding=finding, reason=f"{self.reason}; {doubt}")


def threshold_fmr(fpir: float, gallery_size: int) -> float:
    """Return the person-level false match rate at which a search of N subjects has this false positive rate.

    FPIR = 1 - (1 - FMR)^N, solved without loss of digits for rates far below 1e-16.

    Parameters
    ----------
    fpir
        False positive identification rate, in (0, 1).
    gallery_size
        Subjects that are searched (N), at least 1.

    Raises
    ------
    ConfigurationError
        When either is out of range.
    """
    if not 0.0 < fpir < 1.0 or gallery_size < 1:
        raise ConfigurationError(f"no threshold gives FPIR {fpir} in a gallery of {gallery_size}")
    return -math.expm1(math.log1p(-fpir) / gallery_size)


def thresholds(policy: DecisionPolicy, gallery_size: int) -> tuple[float, float]:
    """Return the duplicate and the review threshold of a policy in a gallery of this size (0 or more subjects)."""
    subjects = max(gallery_size, policy.smallest_gallery)
    return threshold_fmr(policy.duplicate_fpir, subjects), threshold_fmr(policy.review_fpir, subjects)


def decide(candidates: CandidateList, policy: DecisionPolicy) -> Decision:
    """Judge a search of the whole gallery.

    Duplicate, when the best candidate is at or below the duplicate threshold. Review, when it is at or below the review
    threshold, when a part of the gallery did not answer, or when nobody or too small a share of it could be compared.
    An empty gallery holds nobody: unique.
    """
    duplicate_fmr, review_fmr = thresholds(policy, candidates.gallery_size)
    matter = tuple(candidate for candidate in candidates.candidates if candidate.fmr.value <= review_fmr)
    finding, reason = _judge(candidates, policy, matter, duplicate_fmr)
    return Decision(
        finding=finding,
        candidates=matter,
        reason=reason,
        policy_version=policy.version,
        duplicate_fmr=duplicate_fmr,
        review_fmr=review_fmr,
    )


def _judge(
    candidates: CandidateList, policy: DecisionPolicy, matter: tuple[Candidate, ...], duplicate_fmr: float
) -> tuple[Finding, str]:
    if matter and matter[0].fmr.value <= duplicate_fmr:
        return Finding.DUPLICATE, "the best candidate is very likely the same person"
    if matter:
        return Finding.REVIEW, "the best candidate may be the same person"
    if not candidates.complete:
        return Finding.REVIEW, "a part of the gallery did not answer"
    least = max(1.0, policy.least_compared_share * candidates.gallery_size) if candidates.gallery_size else 0.0
    if candidates.compared < least:
        return Finding.REVIEW, f"only {candidates.compared} of {candidates.gallery_size} subjects could be compared"
    return Finding.UNIQUE, "nobody in the gallery comes near"
