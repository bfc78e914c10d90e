"""A purge takes pictures, templates and persons, leaves what happened, and the check finds the registry whole."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from biometrics.cases import CasePriority
from biometrics.errors import RecordError, StorageError
from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.names import NameKind, PersonName
from biometrics.people.record import PersonRecord, Sex
from biometrics.records import EncounterStatus, SubjectStatus
from biometrics.samples import now_utc
from registry.faults import Fault
from registry.purging import Purged
from registry.store import Registry
from tests.registry.people import add_person, enroll, new_encounter, new_references, new_subject
from tests.registry.raw import plain_connection

LATER = timedelta(seconds=1)
RECORD = PersonRecord(
    names=(PersonName(family="SIMULATED", given="Awa", kind=NameKind.CURRENT),),
    sex=Sex.FEMALE,
    birth_date=PartialDate(value="1990", precision=DatePrecision.YEAR),
)


def purge(registry: Registry, before: datetime | None = None, most: int = 100) -> Purged:
    with registry.writing() as writer:
        return writer.purge(retired_before=before or now_utc() + LATER, reason="rule 7", most=most)


def retire(registry: Registry, *encounter_ids: str) -> None:
    with registry.writing() as writer:
        for encounter_id in encounter_ids:
            writer.retire_encounter(encounter_id)


def severe(registry: Registry) -> list[Fault]:
    return [fault for fault in registry.check() if fault.severe]


def test_what_shows_or_names_somebody_goes_and_what_happened_stays(registry: Registry) -> None:
    gone, kept = enroll(registry, "gone", seed=1), enroll(registry, "kept", seed=2)
    with registry.writing() as writer:
        for one in (gone, kept):
            writer.people.record(one.subject_id, RECORD, reason="stated")
    retire(registry, gone.encounter_id)
    assert purge(registry) == Purged(encounters=1, subjects=1, left=0)
    assert registry.subject(gone.subject_id).status is SubjectStatus.PURGED
    assert registry.subject_by_label("gone") is None
    (left,) = registry.encounters(gone.subject_id)
    assert left.status is EncounterStatus.RETIRED and left.samples == ()
    assert registry.references(kept.subject_id)
    with registry.reading() as record:
        assert record.people.file(gone.subject_id).versions == ()
        assert record.people.file(kept.subject_id).versions
    assert severe(registry) == []
    assert len(list(registry._samples.files())) == 2
    assert registry.check() == []
    assert len(registry.encounters(kept.subject_id)[0].samples) == 2


def test_a_second_purge_finds_nothing(registry: Registry) -> None:
    one = enroll(registry, "gone")
    retire(registry, one.encounter_id)
    purge(registry)
    events = registry.counts().events
    assert purge(registry) == Purged(encounters=0, subjects=0, left=0)
    assert registry.counts().events == events


def test_pieces_follow_each_other(registry: Registry) -> None:
    people = [enroll(registry, f"person {number}", seed=number) for number in range(5)]
    retire(registry, *(one.encounter_id for one in people))
    assert [purge(registry, most=2).left for _ in range(3)] == [3, 1, 0]
    assert severe(registry) == []


def test_only_what_was_retired_before_is_due(registry: Registry) -> None:
    early, late = enroll(registry, "early"), enroll(registry, "late", seed=1)
    retire(registry, early.encounter_id)
    between = now_utc()
    retire(registry, late.encounter_id)
    assert purge(registry, between) == Purged(encounters=1, subjects=1, left=0)
    assert registry.subject_by_label("late") is not None


def test_a_person_with_another_encounter_keeps_the_file(registry: Registry) -> None:
    first = enroll(registry, "twice")
    subject = registry.subject(first.subject_id)
    with registry.writing() as writer:
        writer.people.record(subject.subject_id, RECORD, reason="stated")
        second = new_encounter(subject)
        writer.add_encounter(subject, second, new_references(subject, 5))
    retire(registry, first.encounter_id)
    assert purge(registry) == Purged(encounters=1, subjects=0, left=0)
    assert registry.subject_by_label("twice") == subject
    with registry.reading() as record:
        assert record.people.file(subject.subject_id).versions
    retire(registry, second.encounter_id)
    assert purge(registry) == Purged(encounters=1, subjects=1, left=0)
    assert severe(registry) == []


def test_whoever_was_merged_into_a_purged_person_goes_too(registry: Registry) -> None:
    source, target = enroll(registry, "source"), enroll(registry, "target", seed=1)
    with registry.writing() as writer:
        writer.people.record(source.subject_id, RECORD, reason="stated")
        writer.merges.merge(source.subject_id, target.subject_id, reason="one person")
    retire(registry, source.encounter_id, target.encounter_id)
    assert purge(registry) == Purged(encounters=2, subjects=2, left=0)
    assert registry.subject(source.subject_id).status is SubjectStatus.MERGED
    assert registry.subject_by_label("source") is None
    with registry.reading() as record:
        assert record.people.file(source.subject_id).versions == ()
    assert severe(registry) == []


def test_whom_an_open_case_is_about_stays(registry: Registry) -> None:
    with registry.writing() as writer:
        asked, other = new_subject("asked"), new_subject("other")
        encounter = add_person(writer, asked)
        candidate = add_person(writer, other, seed=1)
    registry.open_case(subject_id=other.subject_id, candidates=(), priority=CasePriority.HIGH, reason="doubt")
    retire(registry, encounter.encounter_id, candidate.encounter_id)
    assert purge(registry) == Purged(encounters=1, subjects=1, left=0)
    assert registry.subject_by_label("other") is not None


def test_nothing_is_purged_without_a_reason(registry: Registry) -> None:
    retire(registry, enroll(registry, "one").encounter_id)
    with pytest.raises(RecordError, match="reason"), registry.writing() as writer:
        writer.purge(retired_before=now_utc() + LATER, reason=" ", most=1)
    assert registry.subject_by_label("one") is not None


def test_rows_that_vanish_without_a_purge_are_faults(registry: Registry) -> None:
    one = enroll(registry, "one")
    retire(registry, one.encounter_id)
    with registry._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM samples")
        connection.exec_driver_sql("DELETE FROM biometric_references")
        connection.exec_driver_sql("UPDATE encounters SET purged_at = recorded_at")
    assert any(fault.source == one.encounter_id for fault in registry.check())


def test_what_a_client_said_goes_with_the_encounter(registry: Registry) -> None:
    gone, kept = enroll(registry, "gone", seed=1), enroll(registry, "kept", seed=2)
    digest = registry.keep_sample(b"a file of the draft")
    with registry.writing() as writer:
        for one, draft_id in ((gone, "d1"), (kept, "d2")):
            writer.documents.add(one.encounter_id, name="1", document='{"a": 1}', request=draft_id)
            writer.drafts.add(draft_id, client="booth", document='{"a": 1}')
            writer.drafts.add_buffer(draft_id, sha256=digest, media_type="image/png", size=19)
            writer.drafts.finalize(draft_id, person="x", encounter_id=one.encounter_id)
    retire(registry, gone.encounter_id)
    assert purge(registry).encounters == 1
    with registry.reading() as record:
        assert record.documents.of(gone.encounter_id) is None and record.drafts.find("d1") is None
        assert record.drafts.buffers("d1") == () and record.documents.by_request("d1") is None
        assert record.documents.of(kept.encounter_id) and record.drafts.find("d2") and record.drafts.buffers("d2")
    assert severe(registry) == []
    registry.upkeep.sweep(older_than_s=-1)
    assert registry.sample_bytes(digest) and registry.check() == []
    retire(registry, kept.encounter_id)
    purge(registry)
    registry.upkeep.sweep(older_than_s=-1)
    assert registry.check() == []
    with pytest.raises(StorageError, match="missing"):
        registry.sample_bytes(digest)


def test_keys_go_with_whom_they_sealed_and_old_copies_are_noise(registry: Registry) -> None:
    gone, kept = enroll(registry, "gone", seed=1), enroll(registry, "kept", seed=2)
    with registry.writing() as writer:
        writer.documents.add(gone.encounter_id, name="1", document="{}")
        writer.people.record(gone.subject_id, RECORD, reason="stated")
        writer.drafts.add("draft", client="booth", document="{}")
        writer.drafts.finalize("draft", encounter_id=gone.encounter_id)
    copied = registry.keys.seal(gone.encounter_id, "a.copy", b"templates")
    with plain_connection(registry) as connection:
        before = set(connection.exec_driver_sql("SELECT owner_id FROM data_keys").scalars())
        row_id = connection.exec_driver_sql("SELECT row_id FROM drafts").scalar_one()
    retire(registry, gone.encounter_id)
    purge(registry)
    with plain_connection(registry) as connection:
        after = set(connection.exec_driver_sql("SELECT owner_id FROM data_keys").scalars())
    assert before - after == {gone.encounter_id, gone.subject_id, row_id}
    assert {kept.encounter_id, kept.subject_id} <= after
    with pytest.raises(StorageError, match="erased on purpose"):
        registry.keys.unseal("a.copy", copied)
