"""What is kept of a search: in the case it opens, with candidates and what to look at besides, and in the trail."""

from __future__ import annotations

from collections.abc import Mapping

from biometrics.cases import CaseCandidate, CaseDoubt, CasePriority, SearchEvidence
from biometrics.decisions import Duplicate, NeedsReview
from biometrics.positions import Position
from biometrics.records import Subject
from biometrics.scores import CalibratedFmr, CandidateList, ComparisonScore
from matching.policy import Decision, Finding
from registry.writing import Writer


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


def decision_evidence(decision: Decision, found: CandidateList, *, suspicions: int, apart: int) -> dict[str, object]:
    """Return what the audit trail keeps of a decision: what was searched, at which thresholds, what is suspected."""
    return {
        "outcome": decision.finding.value,
        "gallery_size": found.gallery_size,
        "compared": found.compared,
        "generation": found.generation,
        "complete": found.complete,
        "duplicate_fmr": decision.duplicate_fmr,
        "review_fmr": decision.review_fmr,
        "attacks_suspected": suspicions,
        "portraits_apart": apart,
    }


def open_question(
    writer: Writer, subject: Subject, decision: Decision, evidence: SearchEvidence
) -> Duplicate | NeedsReview:
    """Open the case about a person who was just recorded."""
    duplicate = decision.finding is Finding.DUPLICATE
    case_id = writer.open_case(
        subject_id=subject.subject_id,
        candidates=tuple(case_candidate(one.subject_id, one.fmr, one.scores) for one in decision.candidates),
        priority=CasePriority.HIGH if duplicate else CasePriority.NORMAL,
        reason=decision.reason,
        evidence=evidence,
    )
    if duplicate:
        return Duplicate(subject_id=subject.subject_id, of=decision.candidates[0].subject_id, case_id=case_id)
    return NeedsReview(subject_id=subject.subject_id, case_id=case_id)
