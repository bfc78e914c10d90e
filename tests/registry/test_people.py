"""What persons state: versions, numbers, evidence, guardians and life events, each with its history and its event."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select

from biometrics.errors import (
    PersonDataError,
    RecordConflictError,
    RecordError,
    RecordNotFoundError,
    StorageError,
)
from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.evidence import Evidence, EvidenceType
from biometrics.people.life import Guardian, GuardianRelation, LifeEvent, LifeEventKind
from biometrics.people.names import PersonName
from biometrics.people.record import Sex
from biometrics.records import SubjectStatus
from registry.identifiers import new_identifier
from registry.people_seals import seal
from registry.people_writing import PeopleWriter
from registry.store import Registry
from registry.tables.people import evidence
from tests.registry.people import add_person, enroll, new_subject
from tests.registry.statements import ADULT, OPERATOR, SUPERVISOR, dump, excepted, fake_nina, simulated_number, stated

Answer = TypeVar("Answer")

PARENT = Guardian(relation=GuardianRelation.PARENT, name=PersonName(family="Xhɛqŋ", given="Qvlj"))
DEATH = LifeEvent(kind=LifeEventKind.DEATH, date=PartialDate(value="2026-01", precision=DatePrecision.MONTH))
RECEIPT = Evidence(type=EvidenceType.RECEPISSE, number="SIM-1", provisional=True)
ACT = Evidence(type=EvidenceType.BIRTH_ACT, number="SIM-2", issued_on=ADULT)


@pytest.fixture
def subject_id(registry: Registry) -> str:
    return enroll(registry, "person").subject_id


def change(registry: Registry, act: Callable[[PeopleWriter], Answer]) -> Answer:
    with registry.writing(OPERATOR) as writer:
        return act(writer.people)


def test_a_correction_adds_a_version_and_nothing_is_overwritten(registry: Registry, subject_id: str) -> None:
    first, second = stated(sex=Sex.MALE), stated(sex=Sex.FEMALE, nationality="MLI")
    with registry.writing(OPERATOR) as writer:
        assert writer.people.record(subject_id, first) == 1
    with registry.writing(SUPERVISOR) as writer:
        assert writer.people.correct(subject_id, second, expected_version=1, reason="typed wrongly") == 2
    with registry.reading() as record:
        current, versions = record.people.current(subject_id), record.people.versions(subject_id)
    assert current == versions[1]
    assert [one.record for one in versions] == [first, second]
    assert [one.actor for one in versions] == [OPERATOR.name, SUPERVISOR.name]
    assert versions[1].reason == "typed wrongly"
    assert registry.check() == []


def test_two_who_correct_the_same_version_do_not_overwrite_each_other(registry: Registry, subject_id: str) -> None:
    change(registry, lambda people: people.record(subject_id, stated()))
    change(registry, lambda people: people.correct(subject_id, stated("Qxv"), expected_version=1, reason="x"))
    before = dump(registry)
    with pytest.raises(RecordConflictError, match="version 1 was to be corrected, but version 2"):
        change(registry, lambda people: people.correct(subject_id, stated("Vqx"), expected_version=1, reason="x"))
    assert dump(registry) == before


def test_events_tell_fields_versions_and_digests_and_nothing_that_was_stated(
    registry: Registry, subject_id: str
) -> None:
    change(registry, lambda people: people.record(subject_id, stated("Xhɛqŋ", "Vljɔŋ")))
    corrected = stated("Qxvŋ", "Vljɔŋ", sex=Sex.MALE)
    change(registry, lambda people: people.correct(subject_id, corrected, expected_version=1, reason="secretŋ"))
    change(registry, lambda people: people.give_number(subject_id, simulated_number("ŋ"), reason="secretŋ"))
    change(registry, lambda people: people.add_evidence(subject_id, Evidence(type=EvidenceType.OTHER, number="7ŋ")))
    named = Guardian(relation=GuardianRelation.OTHER, name=PersonName(family="Wŋ"), document_number="8ŋ")
    change(registry, lambda people: people.add_guardian(subject_id, named, reason="secretŋ"))
    change(registry, lambda people: people.record_life_event(subject_id, DEATH, reason="secretŋ"))
    events = registry.events()[-6:]
    assert all(event.subject_id == subject_id and event.actor == OPERATOR for event in events)
    assert events[1].action == "person.corrected"
    assert (events[1].details["version"], events[1].details["fields"]) == (2, ["names", "sex"])
    told = json.dumps([dict(event.details) for event in events], ensure_ascii=False)
    assert "ŋ" not in told and "1974-" not in told
    assert all(event.details["digests"] for event in events)


def test_a_digest_in_the_trail_does_not_follow_from_what_was_stated(registry: Registry, subject_id: str) -> None:
    evidence_id = change(registry, lambda people: people.add_evidence(subject_id, ACT))
    with registry.reading() as record:
        (row,) = record._connection.execute(select(evidence)).mappings().all()
    told = registry.events()[-1].details["digests"]
    assert told == {"evidence": {evidence_id: seal(evidence, dict(row))}}
    assert seal(evidence, {**row, "nonce": new_identifier()}) != seal(evidence, dict(row))
    assert len(row["nonce"]) == 26  # 128 random bits


def test_a_temporary_nina_is_replaced_by_the_permanent_one_and_both_stay(registry: Registry, subject_id: str) -> None:
    temporary, permanent = fake_nina("T", temporary=True), fake_nina("P")
    change(registry, lambda people: people.give_number(subject_id, temporary, reason="card for a time"))
    change(registry, lambda people: people.give_number(subject_id, permanent, reason="final card"))
    with registry.reading() as record:
        numbers = record.people.numbers(subject_id)
        assert {record.people.find("0" * 14 + letter) for letter in "TP"} == {subject_id}
        assert record.people.find("0000 0000-000000 p") == subject_id
    assert [one.number for one in numbers] == [temporary, permanent]
    assert (numbers[0].ended_at is None, numbers[1].ended_at is None) == (False, True)
    assert numbers[0].end_reason == "final card"
    assert registry.check() == []


def test_a_number_names_one_subject_at_a_time(registry: Registry, subject_id: str) -> None:
    other = enroll(registry, "other").subject_id
    number_id = change(registry, lambda people: people.give_number(subject_id, simulated_number(), reason="x"))
    before = dump(registry)
    for holder, said in ((other, "another subject"), (subject_id, "held already")):
        with pytest.raises(RecordConflictError, match=said) as raised, registry.writing() as writer:
            writer.people.give_number(holder, simulated_number(), reason="x")
        assert raised.value.source == subject_id
        assert "SIMULATED" not in str(raised.value)
    assert dump(registry) == before
    change(registry, lambda people: people.end_number(subject_id, number_id, reason="of somebody else"))
    change(registry, lambda people: people.give_number(other, simulated_number(), reason="x"))
    with registry.reading() as record:
        assert record.people.find("SIMULATED-1") == other
    assert registry.check() == []


def test_a_real_person_holds_no_simulated_number(registry: Registry) -> None:
    subject = dataclasses.replace(new_subject("real"), simulated=False)
    with registry.writing(OPERATOR) as writer:
        real = add_person(writer, subject).subject_id
    before = dump(registry)
    with pytest.raises(RecordConflictError, match="no simulated number") as raised:
        change(registry, lambda people: people.give_number(real, simulated_number(), reason="x"))
    assert "SIMULATED" not in str(raised.value)
    assert dump(registry) == before


def test_check_letters_are_verified_only_where_somebody_says_how(home: Path) -> None:
    class OnlyX:
        def agrees(self, nina: str) -> bool:
            return nina.endswith("X")

    with Registry.open(home, check_letter=OnlyX()) as registry:
        subject_id = enroll(registry, "person").subject_id
        with pytest.raises(PersonDataError, match="last letter") as raised:
            change(registry, lambda people: people.give_number(subject_id, fake_nina("A"), reason="x"))
        assert "0000" not in str(raised.value)
        change(registry, lambda people: people.give_number(subject_id, fake_nina("X"), reason="x"))
    with Registry.open(home) as registry:
        change(registry, lambda people: people.give_number(subject_id, fake_nina("A"), reason="x"))


def test_final_evidence_comes_in_place_of_provisional_and_both_stay(registry: Registry, subject_id: str) -> None:
    scan = registry.keep_sample(b"scan of a paper")
    final = Evidence(type=EvidenceType.BIRTH_ACT, scan_sha256=scan)
    earlier = change(registry, lambda people: people.add_evidence(subject_id, RECEIPT))
    later = change(registry, lambda people: people.add_evidence(subject_id, final, replaces=earlier))
    with registry.reading() as record:
        kept = {one.evidence_id: one for one in record.people.evidence(subject_id)}
    assert (kept[earlier].evidence, kept[earlier].replaced_by) == (RECEIPT, later)
    assert (kept[later].evidence, kept[later].replaced_by) == (final, None)
    assert registry.upkeep.sweep(older_than_s=-1) == 0
    assert registry.check() == []
    before = dump(registry)
    with pytest.raises(RecordConflictError, match="replaced already"):
        change(registry, lambda people: people.add_evidence(subject_id, ACT, replaces=earlier))
    missing = Evidence(type=EvidenceType.OTHER, scan_sha256="0" * 64)
    with pytest.raises(StorageError, match="not stored"):
        change(registry, lambda people: people.add_evidence(subject_id, missing))
    assert dump(registry) == before


def test_a_death_is_followed_by_the_status_and_can_be_annulled(registry: Registry, subject_id: str) -> None:
    references = [one.reference_id for one in registry.references(subject_id)]
    death = change(registry, lambda people: people.record_life_event(subject_id, DEATH, reason="act was shown"))
    assert registry.subject(subject_id).status is SubjectStatus.DECEASED
    # Somebody may use the identity.
    assert [one.reference_id for one in registry.references(subject_id)] == references
    assert registry.active_subjects() == 1
    before = dump(registry)
    for kind in LifeEventKind:
        with pytest.raises(RecordConflictError, match="recorded as dead"), registry.writing() as writer:
            writer.people.record_life_event(subject_id, LifeEvent(kind=kind), reason="x")
    assert dump(registry) == before
    change(registry, lambda people: people.annul_life_event(subject_id, death, reason="it was a namesake"))
    assert registry.subject(subject_id).status is SubjectStatus.ACTIVE
    with registry.reading() as record:
        (kept,) = record.people.life_events(subject_id)
    assert (kept.event, kept.annulled_by, kept.annulment_reason) == (DEATH, OPERATOR.name, "it was a namesake")
    with pytest.raises(RecordConflictError, match="annulled already"):
        change(registry, lambda people: people.annul_life_event(subject_id, death, reason="x"))
    assert registry.check() == []


def test_an_annulled_death_leaves_the_subject_where_it_stood(registry: Registry, subject_id: str) -> None:
    inactive, active = LifeEvent(kind=LifeEventKind.INACTIVE), LifeEvent(kind=LifeEventKind.ACTIVE)
    change(registry, lambda people: people.record_life_event(subject_id, inactive, reason="x"))
    with pytest.raises(RecordConflictError, match="inactive already"):
        change(registry, lambda people: people.record_life_event(subject_id, inactive, reason="x"))
    death = change(registry, lambda people: people.record_life_event(subject_id, DEATH, reason="x"))
    change(registry, lambda people: people.annul_life_event(subject_id, death, reason="x"))
    assert registry.subject(subject_id).status is SubjectStatus.INACTIVE
    change(registry, lambda people: people.record_life_event(subject_id, active, reason="x"))
    assert registry.subject(subject_id).status is SubjectStatus.ACTIVE


def test_a_guardian_ends_and_stays_readable(registry: Registry, subject_id: str) -> None:
    tutor = Guardian(relation=GuardianRelation.TUTOR, subject_id=enroll(registry, "tutor").subject_id)
    first = change(registry, lambda people: people.add_guardian(subject_id, PARENT, reason="x"))
    change(registry, lambda people: people.add_guardian(subject_id, tutor, reason="x"))
    change(registry, lambda people: people.end_guardian(subject_id, first, reason="died"))
    with registry.reading() as record:
        kept = record.people.guardians(subject_id)
    assert [(one.guardian, one.end_reason) for one in kept] == [(PARENT, "died"), (tutor, None)]
    with pytest.raises(RecordNotFoundError, match="no such guardian"):
        change(registry, lambda people: people.end_guardian(subject_id, first, reason="died"))


def test_a_person_is_found_by_identifier_label_number_and_receipt(registry: Registry, subject_id: str) -> None:
    change(registry, lambda people: people.give_number(subject_id, simulated_number(), reason="x"))
    other = enroll(registry, "SIMULATED-1").subject_id
    with registry.reading() as record:
        assert record.people.find(subject_id) == record.people.find("person") == subject_id
        assert record.people.find("SIMULATED-1") == other  # a label comes before a number
        with pytest.raises(RecordNotFoundError) as raised:
            record.people.find("00000000000000Z")
    assert "0000" not in str(raised.value)


ANYBODY: list[tuple[str, Callable[[PeopleWriter, str], object], type[RecordError]]] = [
    ("an unknown encounter", lambda people, who: people.record(who, stated(), encounter_id="e"), RecordNotFoundError),
    ("no reason", lambda people, who: people.record(who, stated(), reason=" "), PersonDataError),
    ("a long reason", lambda people, who: people.record(who, stated(), reason="x" * 10_000), PersonDataError),
    ("a steering reason", lambda people, who: people.record(who, stated(), reason="a\u202eb"), PersonDataError),
    ("no version yet", lambda people, who: people.correct(who, stated(), expected_version=1, reason="x"), RecordError),
    ("a number not held", lambda people, who: people.end_number(who, "x", reason="x"), RecordNotFoundError),
    (
        "a number that replaces nothing",
        lambda people, who: people.give_number(who, simulated_number(), reason="x", replaces="x"),
        RecordNotFoundError,
    ),
    ("evidence of nothing", lambda people, who: people.add_evidence(who, ACT, replaces="x"), RecordNotFoundError),
    (
        "an event on no evidence",
        lambda people, who: people.record_life_event(
            who, LifeEvent(kind=LifeEventKind.DEATH, evidence_id="x"), reason="x"
        ),
        RecordNotFoundError,
    ),
    ("no such event", lambda people, who: people.annul_life_event(who, "x", reason="x"), RecordNotFoundError),
    (
        "active already",
        lambda people, who: people.record_life_event(who, LifeEvent(kind=LifeEventKind.ACTIVE), reason="x"),
        RecordConflictError,
    ),
    (
        "one's own guardian",
        lambda people, who: people.add_guardian(
            who, Guardian(relation=GuardianRelation.TUTOR, subject_id=who), reason="x"
        ),
        RecordConflictError,
    ),
    (
        "an unknown guardian",
        lambda people, who: people.add_guardian(
            who, Guardian(relation=GuardianRelation.TUTOR, subject_id="x"), reason="x"
        ),
        RecordNotFoundError,
    ),
    ("exceptions of no encounter", lambda people, _: people.grant_exceptions("x", [excepted()]), RecordNotFoundError),
]


@pytest.mark.parametrize(
    ("act", "error"), [(act, error) for _, act, error in ANYBODY], ids=[name for name, *_ in ANYBODY]
)
def test_what_is_refused_changes_nothing(
    registry: Registry, subject_id: str, act: Callable[[PeopleWriter, str], object], error: type[RecordError]
) -> None:
    before = dump(registry)
    with pytest.raises(error):
        change(registry, lambda people: act(people, subject_id))
    assert dump(registry) == before


def test_a_second_first_statement_and_an_empty_correction_are_refused(registry: Registry, subject_id: str) -> None:
    change(registry, lambda people: people.record(subject_id, stated()))
    before = dump(registry)
    with pytest.raises(RecordConflictError, match="recorded already"):
        change(registry, lambda people: people.record(subject_id, stated("Qxv")))
    with pytest.raises(RecordError, match="changes nothing"):
        change(registry, lambda people: people.correct(subject_id, stated(), expected_version=1, reason="x"))
    assert dump(registry) == before


SOMEBODY: dict[str, Callable[[PeopleWriter, str], object]] = {
    "record": lambda people, who: people.record(who, stated()),
    "give_number": lambda people, who: people.give_number(who, simulated_number(), reason="x"),
    "add_evidence": lambda people, who: people.add_evidence(who, ACT),
    "add_guardian": lambda people, who: people.add_guardian(who, PARENT, reason="x"),
    "record_life_event": lambda people, who: people.record_life_event(who, DEATH, reason="x"),
}


@pytest.mark.parametrize("act", SOMEBODY.values(), ids=SOMEBODY)
def test_nothing_is_recorded_about_unknown_or_merged_subjects(
    registry: Registry, subject_id: str, act: Callable[[PeopleWriter, str], object]
) -> None:
    other = enroll(registry, "other").subject_id
    with registry.writing(SUPERVISOR) as writer:
        writer.merges.merge(other, subject_id, reason="one person")
    before = dump(registry)
    with pytest.raises(RecordNotFoundError, match="no such subject"):
        change(registry, lambda people: act(people, new_identifier()))
    with pytest.raises(RecordConflictError, match="is merged"):
        change(registry, lambda people: act(people, other))
    assert dump(registry) == before
    change(registry, lambda people: act(people, subject_id))
    assert dump(registry) != before
    assert registry.check() == []
