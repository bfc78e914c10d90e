"""Cases while everything else goes on: merges, purges, other cases about the same encounter."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biometrics.cases import CaseOutcome, CasePriority, CaseStatus
from biometrics.errors import BiometricsError, RecordConflictError
from biometrics.records import DEFAULT_GALLERY, Actor, ActorRole, EncounterStatus, SubjectStatus
from biometrics.samples import now_utc
from registry.store import Registry
from tests.registry.adjudication import (
    ADA,
    BEN,
    CLO,
    OPERATOR,
    SUE,
    TOM,
    candidate,
    decide,
    pair_case,
    pending_case,
    people,
    status_of,
)
from tests.registry.people import enroll, new_encounter, new_references


def purge_all(registry: Registry) -> None:
    with registry.writing() as writer:
        writer.purge(retired_before=now_utc() + timedelta(days=1), reason="retention", most=100)


def test_what_was_purged_does_not_come_back(registry: Registry) -> None:
    case = pending_case(registry, "new", *people(registry, "known"))
    decide(registry, ADA, case.case_id, CaseOutcome.DATA_ERROR)
    purge_all(registry)
    assert registry.check() == []
    with pytest.raises(RecordConflictError, match="purged"), registry.writing(OPERATOR) as writer:
        writer.adjudication.contest(case.case_id, reason="says it was right")
    assert registry.case(case.case_id).status is CaseStatus.CLOSED
    assert registry.check() == []


@pytest.mark.parametrize("outcome", [CaseOutcome.SAME_PERSON, CaseOutcome.FRAUD])
def test_nobody_is_decided_against_by_one_person_alone(registry: Registry, outcome: CaseOutcome) -> None:
    one, other = people(registry, "one", "other")
    case = pending_case(registry, "new", one, other)
    different = {CaseOutcome.SAME_PERSON: CaseOutcome.FRAUD, CaseOutcome.FRAUD: CaseOutcome.SAME_PERSON}[outcome]
    decide(registry, ADA, case.case_id, different, one)
    decide(registry, BEN, case.case_id, CaseOutcome.DIFFERENT_PERSONS)
    third = decide(registry, SUE, case.case_id, outcome, one)
    assert third.status is CaseStatus.DISPUTED
    assert registry.subject(case.subject_id).status is SubjectStatus.ACTIVE
    assert status_of(registry, case) is EncounterStatus.PENDING
    assert registry.check() == []
    assert decide(registry, TOM, case.case_id, outcome, one).outcome is outcome
    assert registry.check() == []


def second_case(registry: Registry, subject_id: str, encounter_id: str, other: str) -> str:
    with registry.writing() as writer:
        return writer.open_case(
            subject_id=subject_id,
            candidates=(candidate(other),),
            priority=CasePriority.NORMAL,
            reason="asked later",
            encounter_id=encounter_id,
        )


def test_fraud_about_an_encounter_out_of_use_does_not_reach_the_candidate(registry: Registry) -> None:
    old = enroll(registry, "old", 1)
    subject = registry.subject(old.subject_id)
    one, other = people(registry, "one", "other")
    encounter = new_encounter(subject, status=EncounterStatus.PENDING)
    with registry.writing() as writer:
        writer.add_encounter(subject, encounter, new_references(subject, seed=77))
        first = writer.open_case(
            subject_id=subject.subject_id,
            candidates=(candidate(one),),
            priority=CasePriority.NORMAL,
            reason="x",
            encounter_id=encounter.encounter_id,
        )
    later = second_case(registry, subject.subject_id, encounter.encounter_id, other)
    assert first != later
    decide(registry, ADA, first, CaseOutcome.DATA_ERROR)
    for examiner in (ADA, BEN):
        decide(registry, examiner, later, CaseOutcome.FRAUD)
    assert registry.subject(other).status is SubjectStatus.ACTIVE
    assert [e.status for e in registry.encounters(other)] == [EncounterStatus.ACTIVE]
    assert registry.check() == []


def test_contesting_one_case_does_not_undo_another(registry: Registry) -> None:
    one, other = people(registry, "one", "other")
    case = pending_case(registry, "new", one)
    later = second_case(registry, case.subject_id, case.encounter_id, other)
    decide(registry, ADA, case.case_id, CaseOutcome.DIFFERENT_PERSONS)
    for examiner in (BEN, CLO):
        decide(registry, examiner, later, CaseOutcome.FRAUD)
    assert status_of(registry, case) is EncounterStatus.REJECTED
    with registry.writing(OPERATOR) as writer:
        writer.adjudication.contest(case.case_id, reason="wants it looked at")
    decide(registry, CLO, case.case_id, CaseOutcome.DIFFERENT_PERSONS)
    assert status_of(registry, case) is EncounterStatus.REJECTED
    assert registry.check() == []


def test_fraud_between_two_who_are_one_by_now_is_refused(registry: Registry) -> None:
    one, other = people(registry, "one", "other")
    case_id = pair_case(registry, one, other)
    with registry.writing() as writer:
        writer.merges.merge(other, one, reason="one person")
    with pytest.raises(BiometricsError):
        for examiner in (ADA, BEN):
            decide(registry, examiner, case_id, CaseOutcome.FRAUD)
    assert [e.status for e in registry.encounters(one)] == [EncounterStatus.ACTIVE] * 2


def test_what_cannot_be_merged_is_told_to_the_first_as_to_the_second(registry: Registry) -> None:
    (known,) = people(registry, "known")
    case = pending_case(registry, "new", known)
    encounter_id = registry.encounters(known)[0].encounter_id
    with registry.writing() as writer:
        writer.galleries.create("visa", purpose="visas")
        writer.galleries.put(encounter_id, "visa")
        writer.galleries.remove(encounter_id, DEFAULT_GALLERY)
    with pytest.raises(RecordConflictError, match="share no gallery"):
        decide(registry, ADA, case.case_id, CaseOutcome.SAME_PERSON)


@pytest.mark.parametrize("role", [ActorRole.OPERATOR, ActorRole.SUPERVISOR])
def test_a_refusal_does_not_tell_the_first_verdict(registry: Registry, role: ActorRole) -> None:
    case = pending_case(registry, "new", *people(registry, "known"))
    decide(registry, ADA, case.case_id, CaseOutcome.FRAUD)
    told = set()
    for outcome in CaseOutcome:
        with pytest.raises(BiometricsError) as refused, registry.writing(Actor(name="ben", role=role)) as writer:
            writer.adjudication.decide(case.case_id, outcome, reason="probing")
        if outcome is not CaseOutcome.UNFOUNDED:
            told.add(str(refused.value))
    assert len(told) == 1, told
