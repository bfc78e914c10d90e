"""Made-up cases and examiners: what tests of adjudication start from."""

from __future__ import annotations

from datetime import timedelta

from biometrics.cases import AdjudicationCase, CaseCandidate, CaseOutcome, CasePriority
from biometrics.records import Actor, ActorRole, EncounterStatus
from registry.store import Registry
from tests.registry.people import enroll, new_encounter, new_references, new_subject

HOUR = timedelta(hours=1)
ADA, BEN, CLO = (Actor(name=name, role=ActorRole.EXAMINER) for name in ("ada", "ben", "clo"))
SUE, TOM = (Actor(name=name, role=ActorRole.SUPERVISOR) for name in ("sue", "tom"))
OPERATOR = Actor(name="olu", role=ActorRole.OPERATOR)


def candidate(subject_id: str, score: float = 8.5) -> CaseCandidate:
    return CaseCandidate(
        subject_id=subject_id, score=score, scores={"right_index": 40.0}, extrapolated=True, fmrs={"right_index": 1e-7}
    )


def pending_case(registry: Registry, label: str, *others: str) -> AdjudicationCase:
    """Record a new subject whose encounter waits for a case against others."""
    subject = new_subject(label)
    encounter = new_encounter(subject, status=EncounterStatus.PENDING)
    with registry.writing() as writer:
        writer.add_encounter(subject, encounter, new_references(subject, seed=len(label)))
        case_id = writer.open_case(
            subject_id=subject.subject_id,
            candidates=tuple(candidate(other) for other in others),
            priority=CasePriority.NORMAL,
            reason="above review",
        )
        return writer.case(case_id)


def pair_case(registry: Registry, one: str, other: str, *, priority: CasePriority = CasePriority.NORMAL) -> str:
    return registry.open_case(
        subject_id=one, candidates=(candidate(other),), priority=priority, reason="deduplication run"
    )


def people(registry: Registry, *labels: str) -> tuple[str, ...]:
    return tuple(enroll(registry, label, seed).subject_id for seed, label in enumerate(labels))


def decide(
    registry: Registry, actor: Actor, case_id: str, outcome: CaseOutcome, candidate_id: str | None = None
) -> AdjudicationCase:
    """Take a case and decide it, in two sections."""
    with registry.writing(actor) as writer:
        writer.adjudication.assign(case_id, actor.name, HOUR)
    with registry.writing(actor) as writer:
        return writer.adjudication.decide(case_id, outcome, reason="ridges compared", candidate_id=candidate_id)


def status_of(registry: Registry, case: AdjudicationCase) -> EncounterStatus:
    """Return where the encounter of a case stands, whosever it is."""
    with registry.reading() as record:
        owner = record.merges.survivor(case.subject_id)
        return {one.encounter_id: one.status for one in record.encounters(owner)}[case.encounter_id]
