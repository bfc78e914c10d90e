"""What a case is opened with: candidates with their evidence, what was searched, and what to look at besides."""

from __future__ import annotations

from collections.abc import Mapping

from biometrics.cases import CaseCandidate, CaseDoubt, SearchEvidence
from biometrics.positions import Position
from biometrics.scores import CalibratedFmr, CandidateList, ComparisonScore
from matching.policy import Decision


def case_candidate(subject_id: str, fmr: CalibratedFmr, scores: Mapping[Position, ComparisonScore]) -> CaseCandidate:
    """Return whom a search found, as a case keeps it."""
    return CaseCandidate(
        subject_id=subject_id,
        score=fmr.evidence,
        scores={position.value: score.value for position, score in scores.items()},
        extrapolated=fmr.extrapolated,
        fmrs={position.value: score.fmr.value for position, score in scores.items() if score.fmr is not None},
    )


def search_evidence(
    decision: Decision, found: CandidateList, populations: Mapping[str, str], *, attacked: bool, apart: bool
) -> SearchEvidence:
    """Return what a case keeps of an enrollment's search.

    Parameters
    ----------
    populations
        By modality, whom the scores were calibrated on.
    attacked, apart
        Whether a presentation attack is suspected, and whether the portraits do not look like one person.
    """
    doubts = [CaseDoubt.ATTACK_SUSPECTED] if attacked else []
    doubts += [CaseDoubt.PORTRAITS_APART] if apart else []
    if not (decision.candidates or doubts):
        doubts = [CaseDoubt.GALLERY_NOT_SEARCHED]  # nothing else asks a person about somebody whom nobody comes near
    return SearchEvidence(
        policy_version=decision.policy_version,
        duplicate_fmr=decision.duplicate_fmr,
        review_fmr=decision.review_fmr,
        gallery_size=found.gallery_size,
        compared=found.compared,
        calibrations=populations,
        doubts=tuple(doubts),
    )
