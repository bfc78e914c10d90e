"""Somebody erased: refused where the law keeps them, else all of it goes, and the registry still agrees with itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from biometrics.cases import CaseCandidate, CaseOutcome, CasePriority
from biometrics.errors import RecordConflictError, StorageError
from biometrics.people.identifiers import IdentifierScheme, PersonNumber
from biometrics.people.life import Guardian, GuardianRelation
from biometrics.people.names import PersonName
from biometrics.people.record import PersonRecord
from biometrics.records import Actor, ActorRole, SubjectStatus
from biometrics.rights.records import Erasure
from biometrics.rights.words import ErasureState, IdentityCheck, RequestKind
from biometrics.samples import now_utc
from registry.rights.erased_texts import ERASED_TEXT
from registry.rights.requests import NewRequest
from registry.store import Registry
from registry.tables.core import references
from registry.tables.keys import data_keys
from tests.registry.people import enroll

SUPERVISOR = Actor(name="supervisor", role=ActorRole.SUPERVISOR)
FAMILY = "SIMULATED-Dembélé"


def accept(registry: Registry, subject_id: str) -> Erasure:
    with registry.writing(SUPERVISOR) as writer:
        return writer.rights.accept_erasure(subject_id, basis="loi 2013-015", approved_by="director", request_id=None)


def erase(registry: Registry, subject_id: str) -> Erasure:
    erasure_id = accept(registry, subject_id).erasure_id
    with registry.writing(SUPERVISOR) as writer:
        writer.rights.erase_records(erasure_id)
    registry.erasing.remove_files(erasure_id)
    with registry.writing(SUPERVISOR) as writer:
        return writer.rights.advance_erasure(erasure_id, ErasureState.DONE)


def describe(registry: Registry, subject_id: str) -> None:
    with registry.writing(SUPERVISOR) as writer:
        name = PersonName.parse({"kind": "current", "family": FAMILY, "given": "Awa"})
        writer.people.record(subject_id, PersonRecord(names=(name,)), reason="stated")
        number = PersonNumber(scheme=IdentifierScheme.SIMULATED, value="SIM-000000000001")
        writer.people.give_number(subject_id, number, reason="given")


def test_all_of_a_person_goes(registry: Registry) -> None:
    gone, stays = enroll(registry, "gone", seed=1), enroll(registry, "stays", seed=2)
    describe(registry, gone.subject_id)
    with registry.writing(SUPERVISOR) as writer:
        asked = NewRequest(
            subject_id=gone.subject_id,
            kind=RequestKind.ERASURE,
            identity_check=IdentityCheck.BIOMETRIC,
            asked="please",
            due_days=30,
        )
        request = writer.rights.receive(asked)
        writer.rights.restrict(gone.subject_id, purpose=None, reason="until it is decided")
    erasure = erase(registry, gone.subject_id)
    assert erasure.state is ErasureState.DONE and erasure.files == ()
    assert erasure.subjects == (gone.subject_id,) and erasure.encounters == (gone.encounter_id,)
    with registry.reading() as record:
        assert record.subject(gone.subject_id).status is SubjectStatus.PURGED
        assert record.references(gone.subject_id) == ()
        assert record.people.versions(gone.subject_id) == () and record.people.numbers(gone.subject_id) == ()
        assert record.rights.find_request(request.request_id).asked is None
        assert record.rights.restrictions([gone.subject_id])[0].reason is None
        assert len(record.references(stays.subject_id)) == 2
    for digest in (sample.sha256 for sample in gone.samples):
        with pytest.raises(StorageError):
            registry.sample_bytes(digest)
    for sample in stays.samples:
        assert registry.sample_bytes(sample.sha256)
    assert registry.check() == []


def test_keys_go_with_the_records(registry: Registry) -> None:
    gone = enroll(registry, "gone")
    describe(registry, gone.subject_id)
    erase(registry, gone.subject_id)
    with registry._database.reading() as connection:
        kept = connection.scalars(select(data_keys.c.owner_id)).all()
        assert not {gone.subject_id, gone.encounter_id} & set(kept)
        assert connection.scalar(select(func.count()).select_from(references)) == 0


def test_whoever_was_merged_into_the_person_goes_too(registry: Registry) -> None:
    one, two = enroll(registry, "one", seed=1), enroll(registry, "two", seed=2)
    with registry.writing(SUPERVISOR) as writer:
        merge_id = writer.merges.merge(one.subject_id, two.subject_id, reason=f"{FAMILY} said so")
    erasure = erase(registry, one.subject_id)
    assert set(erasure.subjects) == {one.subject_id, two.subject_id}
    assert set(erasure.encounters) == {one.encounter_id, two.encounter_id}
    with registry.reading() as record:
        assert record.merges.find(merge_id).reason == ERASED_TEXT
    assert registry.check() == []


def test_what_examiners_wrote_goes_and_what_they_decided_stays(registry: Registry) -> None:
    one, two = enroll(registry, "one", seed=1), enroll(registry, "two", seed=2)
    with registry.writing() as writer:
        candidate = CaseCandidate(subject_id=two.subject_id, score=9.0)
        case_id = writer.open_case(
            subject_id=one.subject_id, candidates=(candidate,), priority=CasePriority.HIGH, reason="alike"
        )
    with pytest.raises(RecordConflictError, match="open"):
        accept(registry, two.subject_id)
    with registry.writing(Actor(name="examiner", role=ActorRole.EXAMINER)) as writer:
        writer.adjudication.assign(case_id, "examiner", timedelta(hours=1))
        writer.adjudication.decide(case_id, CaseOutcome.DIFFERENT_PERSONS, reason=f"{FAMILY} is somebody else")
    erase(registry, two.subject_id)
    with registry.reading() as record:
        case = record.case(case_id)
    assert case.outcome is CaseOutcome.DIFFERENT_PERSONS
    assert [one.reason for one in case.verdicts] == [ERASED_TEXT] and case.reason == ERASED_TEXT
    assert registry.check() == []


def test_a_legal_hold_keeps_until_it_is_lifted(registry: Registry) -> None:
    subject_id = enroll(registry, "held").subject_id
    with registry.writing(SUPERVISOR) as writer:
        hold = writer.rights.hold(subject_id, reason="inquiry", reference="act 12", until=None)
    with pytest.raises(RecordConflictError, match="legal hold"):
        accept(registry, subject_id)
    with registry.writing(SUPERVISOR) as writer:
        writer.rights.lift_hold(hold.hold_id, reason="closed")
    erasure_id = accept(registry, subject_id).erasure_id
    with registry.writing(SUPERVISOR) as writer:
        writer.rights.hold(subject_id, reason="another", reference="act 13", until=now_utc() + timedelta(days=1))
    with pytest.raises(RecordConflictError, match="legal hold"), registry.writing(SUPERVISOR) as writer:
        writer.rights.erase_records(erasure_id)
    assert registry.check() == []


def test_a_guardian_is_not_erased_while_somebody_needs_one(registry: Registry) -> None:
    guardian, ward = enroll(registry, "guardian", seed=1), enroll(registry, "ward", seed=2)
    with registry.writing(SUPERVISOR) as writer:
        named = Guardian(relation=GuardianRelation.PARENT, subject_id=guardian.subject_id)
        entry = writer.people.add_guardian(ward.subject_id, named, reason="stated")
    with pytest.raises(RecordConflictError, match="guardian"):
        accept(registry, guardian.subject_id)
    with registry.writing(SUPERVISOR) as writer:
        writer.people.end_guardian(ward.subject_id, entry, reason="grown up")
    erase(registry, guardian.subject_id)
    with registry.reading() as record:
        assert record.people.guardians(ward.subject_id) == ()
    assert registry.check() == []


def test_steps_are_done_in_their_order_and_again_without_harm(registry: Registry) -> None:
    subject_id = enroll(registry, "one").subject_id
    erasure = accept(registry, subject_id)
    assert accept(registry, subject_id).erasure_id == erasure.erasure_id
    with pytest.raises(RecordConflictError):
        registry.erasing.remove_files(erasure.erasure_id)
    for _ in range(2):
        with registry.writing(SUPERVISOR) as writer:
            writer.rights.erase_records(erasure.erasure_id)
    for _ in range(2):
        assert registry.erasing.remove_files(erasure.erasure_id).state is ErasureState.FILES_GONE
    for _ in range(2):
        with registry.writing(SUPERVISOR) as writer:
            done = writer.rights.advance_erasure(erasure.erasure_id, ErasureState.DONE)
    assert done.done_at is not None
    with pytest.raises(RecordConflictError, match="nothing is kept"):
        accept(registry, subject_id)
    assert registry.check() == []
