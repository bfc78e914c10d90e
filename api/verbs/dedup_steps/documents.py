"""A run and its pairs as JSON documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from biometrics.records import Subject
    from enrollment.deduplication.pairs import ReportedPair
    from enrollment.deduplication.state import RunState


def state_document(state: RunState) -> dict[str, Any]:
    """Return how a run stands."""
    return {
        "run": state.run_id,
        "kind": state.kind.value,
        "status": state.status.value,
        "running_pid": state.running_pid,
        "gallery": state.gallery_id,
        "persons": state.persons,
        "new_persons": state.new_persons,
        "generation": state.generation,
        "since_run": state.since_run,
        "since": state.since,
        "since_policy": state.since_policy,
        "policy": state.policy_version,
        "duplicate_fmr": state.duplicate_fmr,
        "review_fmr": state.review_fmr,
        "pairs_planned": state.pairs_planned,
        "pairs_done": state.pairs_done,
        "compared": state.compared,
        "not_comparable": state.not_comparable,
        "left_out": state.left_out,
        "seconds": round(state.seconds, 3),
        "rate": state.rate,
        "seconds_left": state.seconds_left,
        "interruptions": state.interruptions,
        "kernels": list(state.kernels),
        "findings": {name: state.findings.get(name, 0) for name in ("duplicate", "needs_review")},
        "changed_members": state.changed_members,
        "changed_pairs": state.changed_pairs,
        "answered_pairs": state.answered_pairs,
        "started_at": state.started_at.isoformat(),
        "finished_at": state.finished_at.isoformat() if state.finished_at else None,
    }


def pair_document(reported: ReportedPair, subjects: Mapping[str, Subject]) -> dict[str, Any]:
    """Return a pair, both persons in the order of their labels."""
    pair = reported.pair
    first, second = sorted((subjects[pair.a], subjects[pair.b]), key=lambda subject: subject.label)
    return {
        "a": first.label,
        "b": second.label,
        "a_simulated": first.simulated,
        "b_simulated": second.simulated,
        "outcome": pair.finding.value,
        "score": pair.score,
        "fmr": pair.fmr.value,
        "extrapolated": pair.fmr.extrapolated,
        "scores": {position.value: score.value for position, score in pair.scores.items()},
        "case_id": reported.case_id,
        "subject_a": first.subject_id,
        "subject_b": second.subject_id,
    }
