"""No section commits a change that the audit trail does not tell of; rows are counted as they come and go."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, text, update

from biometrics.errors import BiometricsError, RecordError
from biometrics.records import SYSTEM, Actor
from registry.section import changes_of
from registry.store import Registry
from registry.tables.core import audit_events, samples, subjects
from registry.tables.statistics import totals
from tests.registry.people import add_person, enroll, new_subject
from tests.registry.raw import plain_connection, tamper

OPERATOR = Actor(name="operator", post="paris", purpose="a test")


@pytest.mark.parametrize(
    ("statement", "changes"),
    [
        ("SELECT a FROM b WHERE c IN (SELECT d FROM e) FOR UPDATE", ()),
        ("INSERT INTO b (a) VALUES (?) ON CONFLICT (a) DO UPDATE SET a = excluded.a", (("INSERT", "b"),)),
        ('insert or replace into "B" values (1)', (("INSERT", "b"),)),
        ("  UPDATE b SET a = (SELECT max(a) FROM c)", (("UPDATE", "b"),)),
        ("DELETE FROM b WHERE a IN (1)", (("DELETE", "b"),)),
        (
            "WITH gone AS (DELETE FROM b RETURNING a) INSERT INTO c SELECT a FROM gone",
            (("DELETE", "b"), ("INSERT", "c")),
        ),
        ("SELECT 'INSERT INTO b'", ()),
    ],
)
def test_a_statement_is_known_by_what_it_changes(statement: str, changes: tuple[tuple[str, str], ...]) -> None:
    assert changes_of(statement) == changes


def test_a_change_without_an_event_does_not_commit(registry: Registry) -> None:
    encounter = enroll(registry, "one")
    before = registry.counts()
    named = subjects.c.subject_id == encounter.subject_id
    for change in (
        update(subjects).where(named).values(simulated=False),
        text("UPDATE subjects SET simulated = NOT simulated"),
        insert(subjects).values(subject_id="new", simulated=True, created_at=encounter.recorded_at),
        delete(samples),
    ):
        with pytest.raises(RecordError, match="left no event"), registry.writing() as writer:
            writer._connection.execute(change)
    assert registry.counts() == before
    assert registry.subject(encounter.subject_id).label == "one"


def test_what_changes_nothing_needs_no_event(registry: Registry) -> None:
    with registry.writing() as writer:
        writer._connection.execute(update(subjects).where(subjects.c.subject_id == "nobody").values(simulated=False))
    assert registry.counts().events == 0


def test_each_part_of_a_shared_section_needs_its_own_event(registry: Registry) -> None:
    enroll(registry, "one")
    events = registry.counts().events
    with registry.writing() as writer:
        with writer.attempt(OPERATOR):
            add_person(writer, new_subject("two"))
        with pytest.raises(RecordError, match="left no event"), writer.attempt(OPERATOR):
            writer._connection.execute(update(subjects).values(simulated=False))
        with writer.attempt(SYSTEM):
            add_person(writer, new_subject("three"))
    assert [event.actor for event in registry.events(since=events)] == [OPERATOR, SYSTEM]
    assert {subject.label for subject in registry.subjects()} == {"one", "two", "three"}
    assert registry.check() == []


def test_rows_that_were_taken_back_are_not_counted(registry: Registry) -> None:
    with registry.writing() as writer:
        with pytest.raises(ValueError, match="a reason"), writer.attempt(OPERATOR):
            add_person(writer, new_subject("taken back"))
            raise ValueError("a reason")
        add_person(writer, new_subject("kept"))
        assert writer.counts().subjects == 1
        add_person(writer, new_subject("kept too"))
    counts = registry.counts()
    assert (counts.subjects, counts.simulated_subjects, counts.encounters, counts.references) == (2, 2, 2, 4)
    assert registry.check() == []


def test_the_check_finds_wrong_numbers_of_rows(registry: Registry) -> None:
    enroll(registry, "one")
    tamper(registry, f"UPDATE {totals.name} SET row_count = row_count + 1 WHERE table_name = 'samples'")
    (fault,) = registry.check()
    assert fault.severe and fault.message == "samples has 2 rows, and 3 are counted"


def test_nothing_is_recorded_when_its_event_cannot_be(registry: Registry) -> None:
    enroll(registry, "one")
    before = registry.counts()
    with plain_connection(registry) as connection:
        connection.exec_driver_sql(f"ALTER TABLE {audit_events.name} RENAME TO out_of_reach")
    with pytest.raises(BiometricsError), registry.writing(OPERATOR) as writer:
        add_person(writer, new_subject("two"))
    with plain_connection(registry) as connection:
        connection.exec_driver_sql(f"ALTER TABLE out_of_reach RENAME TO {audit_events.name}")
    assert registry.counts() == before
    assert registry.subject_by_label("two") is None
    assert registry.check() == []
