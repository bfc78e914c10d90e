"""What is kept of a search: in the case it opens, with candidates and what to look at besides, and in the trail."""

from __future__ import annotations

from collections.abc import Mapping

from biometrics.cases import CaseCandidate, CaseDoubt, CasePriority, SearchEvidence
from biometrics.decisions import Duplicate, NeedsReview
from biometrics.positions import Position
from biometrics.records import Encounter
from biometrics.scores import CalibratedFmr, ComparisonScore
from enrollment.judging import Judgement
from matching.policy import Finding
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


def search_evidence(judgement: Judgement) -> SearchEvidence:
    """Return what a case keeps of an enrollment's search."""
    decision, found, doubts = judgement.decision, judgement.found, judgement.doubts
    if not (decision.candidates or doubts):
        doubts = (CaseDoubt.GALLERY_NOT_SEARCHED,)  # nothing else asks about somebody whom nobody comes near
    return SearchEvidence(
        policy_version=decision.policy_version,
        duplicate_fmr=decision.duplicate_fmr,
        review_fmr=decision.review_fmr,
        gallery_size=found.gallery_size,
        compared=found.compared,
        calibrations=judgement.populations,
        doubts=doubts,
    )


def decision_evidence(judgement: Judgement) -> dict[str, object]:
    """Return what the audit trail keeps of a decision: what was searched, at which thresholds, what is suspected."""
    decision, found = judgement.decision, judgement.found
    evidence: dict[str, object] = {
        "outcome": decision.finding.value,
        "gallery_size": found.gallery_size,
        "compared": found.compared,
        "generation": found.generation,
        "complete": found.complete,
        "duplicate_fmr": decision.duplicate_fmr,
        "review_fmr": decision.review_fmr,
        "attacks_suspected": judgement.attacks_suspected,
        "portraits_apart": judgement.portraits_apart,
    }
    if len(judgement.findings) > 1:
        evidence["findings"] = {name: finding.value for name, finding in judgement.findings.items()}
    return evidence


def open_question(writer: Writer, encounter: Encounter, judgement: Judgement) -> Duplicate | NeedsReview:
    """Open the case about an encounter that is recorded."""
    decision, subject_id = judgement.decision, encounter.subject_id
    duplicate = decision.finding is Finding.DUPLICATE
    case_id = writer.open_case(
        subject_id=subject_id,
        encounter_id=encounter.encounter_id,
        candidates=tuple(case_candidate(one.subject_id, one.fmr, one.scores) for one in decision.candidates),
        priority=CasePriority.HIGH if duplicate else CasePriority.NORMAL,
        reason=decision.reason,
        evidence=search_evidence(judgement),
    )
    if duplicate:
        return Duplicate(subject_id=subject_id, of=decision.candidates[0].subject_id, case_id=case_id)
    return NeedsReview(subject_id=subject_id, case_id=case_id)
