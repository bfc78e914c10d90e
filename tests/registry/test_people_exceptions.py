"""Exceptions need a second person, and an encounter without biometrics needs exceptions or a guardian."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from biometrics.errors import PersonDataError, RecordConflictError, RecordError, StorageError
from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.life import Guardian, GuardianRelation
from biometrics.people.names import PersonName
from biometrics.positions import FINGERS, Position
from biometrics.records import EncounterContext
from registry.people_exceptions import surely_under_age
from registry.sealed import owned
from registry.store import Registry
from registry.tables.people import capture_exceptions
from registry.writing import Writer
from tests.registry.people import enroll, new_encounter, new_references, new_subject
from tests.registry.statements import OPERATOR, SUPERVISOR, dump, excepted, stated

MOMENT = datetime(2026, 3, 4, tzinfo=UTC)
PARENT = Guardian(relation=GuardianRelation.PARENT, name=PersonName(family="Xhɛqŋ"))


def born(value: str, precision: DatePrecision = DatePrecision.DAY) -> PartialDate:
    return PartialDate(value=value, precision=precision)


def add_without_biometrics(writer: Writer, label: str = "child", birth: PartialDate | None = None) -> str:
    """Record a subject with an encounter that has no biometrics, and a birth date where one is given."""
    subject = new_subject(label)
    encounter = replace(new_encounter(subject), recorded_at=MOMENT)
    writer.add_encounter(subject, encounter, ())
    if birth is not None:
        writer.people.record(subject.subject_id, stated(birth_date=birth))
    return encounter.encounter_id


def test_exceptions_are_kept_with_operator_approver_and_photo(registry: Registry) -> None:
    photo = registry.keep_sample(b"photo of a bandage")
    encounter = enroll(registry, "person")
    with registry.writing(OPERATOR) as writer:
        asked = excepted(Position.LEFT_THUMB, Position.LEFT_RING, photo_sha256=photo)
        writer.people.grant_exceptions(encounter.encounter_id, [asked])
    with registry.reading() as record:
        kept = record.people.exceptions(encounter.subject_id)
        assert kept == record.people.exceptions_in(encounter.encounter_id)
    assert [one.exception for one in kept] == [
        replace(asked, positions=(one,)) for one in sorted(asked.positions, key=lambda position: position.value)
    ]
    assert {(one.operator, one.exception.approver) for one in kept} == {(OPERATOR.name, SUPERVISOR.name)}
    assert registry.upkeep.sweep(older_than_s=-1) == 0
    assert registry.check() == []
    told = registry.events()[-1]
    assert told.action == "exceptions.granted"
    assert told.details["positions"] == {"left_thumb": "unable", "left_ring": "unable"}


def test_the_operator_is_the_one_of_the_encounter(registry: Registry) -> None:
    subject = new_subject("person")
    encounter = replace(new_encounter(subject), context=EncounterContext(operator="operator-7"))
    with registry.writing(OPERATOR) as writer:
        writer.add_encounter(subject, encounter, new_references(subject))
    before = dump(registry)
    with pytest.raises(PersonDataError, match="its own operator"), registry.writing(SUPERVISOR) as writer:
        writer.people.grant_exceptions(encounter.encounter_id, [excepted(Position.FACE, approver="operator-7")])
    assert dump(registry) == before


def test_contradictory_exceptions_are_refused(registry: Registry) -> None:
    encounter = enroll(registry, "person").encounter_id
    with registry.writing(OPERATOR) as writer:
        writer.people.grant_exceptions(encounter, [excepted(Position.LEFT_THUMB)])
    before = dump(registry)
    for asked, error, said in (
        ([excepted(Position.RIGHT_INDEX)], RecordConflictError, "was captured"),
        ([excepted(Position.LEFT_THUMB)], RecordConflictError, "excepted twice"),
        ([excepted(Position.LEFT_RING), excepted(Position.LEFT_RING)], RecordConflictError, "excepted twice"),
        ([excepted(Position.LEFT_RING, photo_sha256="0" * 64)], StorageError, "not stored"),
        ([excepted(Position.LEFT_RING, approver=OPERATOR.name)], PersonDataError, "its own operator"),
    ):
        with pytest.raises(error, match=said), registry.writing(OPERATOR) as writer:
            writer.people.grant_exceptions(encounter, asked)
    assert dump(registry) == before


def test_the_database_itself_refuses_an_operator_who_approves(registry: Registry) -> None:
    encounter = enroll(registry, "person").encounter_id
    row = {
        "encounter_id": encounter,
        "position": Position.FACE,
        "reason": excepted().reason,
        "presence": excepted().presence,
        "without_photo": "x",
        "operator": "same",
        "approver": "same",
        "recorded_at": MOMENT,
        "nonce": "x",
    }
    with pytest.raises(RecordConflictError), registry.writing() as writer:
        writer._connection.execute(insert(capture_exceptions).values(owned(capture_exceptions, encounter, row)))


@pytest.mark.parametrize(
    "birth",
    [
        None,
        PartialDate(),
        born("2011-03-04"),
        born("2011", DatePrecision.YEAR),
        born("2015", DatePrecision.CIRCA),
    ],
    ids=["nothing stated", "unknown", "fifteen today", "perhaps fifteen", "about eleven"],
)
def test_no_biometrics_without_exceptions_is_for_children_alone(registry: Registry, birth: PartialDate | None) -> None:
    before = dump(registry)
    unexplained = pytest.raises(RecordError, match="no biometrics, and nothing explains that of finger and face")
    with unexplained, registry.writing(OPERATOR) as writer:
        add_without_biometrics(writer, birth=birth)
        (subject,) = writer.subjects()
        writer.people.add_guardian(subject.subject_id, PARENT, reason="a child")
    assert dump(registry) == before


def test_a_child_with_a_guardian_is_recorded_without_biometrics_and_enrolled_again_later(registry: Registry) -> None:
    with pytest.raises(RecordError, match="no biometrics"), registry.writing(OPERATOR) as writer:
        add_without_biometrics(writer, birth=born("2011-03-05"))
    with registry.writing(OPERATOR) as writer:
        first = add_without_biometrics(writer, birth=born("2011-03-05"))
        (child,) = writer.subjects()
        writer.people.add_guardian(child.subject_id, PARENT, reason="mother came along")
    assert registry.active_subjects() == 0
    with registry.writing(OPERATOR) as writer:
        later = new_encounter(child)
        writer.add_encounter(child, later, new_references(child))
    assert [one.encounter_id for one in registry.encounters(child.subject_id)] == [first, later.encounter_id]
    assert registry.active_subjects() == 1
    assert registry.check() == []


def test_a_guardian_who_has_ended_does_not_count(registry: Registry) -> None:
    with pytest.raises(RecordError, match="no biometrics"), registry.writing(OPERATOR) as writer:
        add_without_biometrics(writer, birth=born("2015-01-01"))
        (child,) = writer.subjects()
        guardian = writer.people.add_guardian(child.subject_id, PARENT, reason="x")
        writer.people.end_guardian(child.subject_id, guardian, reason="x")


def test_exceptions_for_everything_explain_an_encounter_without_biometrics(registry: Registry) -> None:
    with pytest.raises(RecordError, match="nothing explains that of face"), registry.writing(OPERATOR) as writer:
        writer.people.grant_exceptions(add_without_biometrics(writer), [excepted(*FINGERS)])
    with (
        pytest.raises(RecordError, match=r"nothing explains that of finger \("),
        registry.writing(OPERATOR) as writer,
    ):
        writer.people.grant_exceptions(add_without_biometrics(writer), [excepted(*FINGERS[1:], Position.FACE)])
    with registry.writing(OPERATOR) as writer:
        writer.people.grant_exceptions(add_without_biometrics(writer), [excepted()])
    assert registry.check() == []


@pytest.mark.parametrize(
    ("birth", "under"),
    [
        (born("2011-03-05"), True),
        (born("2011-03-04"), False),
        (born("2011-04", DatePrecision.MONTH), True),
        (born("2011-03", DatePrecision.MONTH), False),
        (born("2012", DatePrecision.YEAR), True),
        (born("2017", DatePrecision.CIRCA), True),
        (born("2016", DatePrecision.CIRCA), False),
        (PartialDate(), False),
    ],
)
def test_only_who_is_under_fifteen_however_the_date_is_read_counts(birth: PartialDate, under: bool) -> None:
    assert surely_under_age(stated(birth_date=birth), MOMENT) is under
