"""What people wrote about somebody who was erased: nothing opens the old words, wherever a copy of them lies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Column, LargeBinary, select, type_coerce

from biometrics.cases import CaseCandidate, CaseOutcome, CasePriority
from biometrics.errors import StorageError
from biometrics.records import Actor, ActorRole
from registry.audit import append_event
from registry.rights.actions import SUBJECT_ERASED
from registry.rights.erased_texts import ERASED_TEXT, erase_texts
from registry.store import Registry
from registry.tables.cases import case_reopenings, case_verdicts
from registry.tables.merges import encounter_moves, merges
from tests.registry.people import add_person, enroll

EXAMINER, SUPERVISOR = (Actor(name=role.value, role=role) for role in (ActorRole.EXAMINER, ActorRole.SUPERVISOR))
WORDS = (case_verdicts.c.reason, case_reopenings.c.reason, merges.c.reason, merges.c.undone_reason)


def sealed(registry: Registry, column: Column[str]) -> list[bytes]:
    with registry._database.reading() as connection:
        return [bytes(one) for one in connection.scalars(select(type_coerce(column, LargeBinary)))]


def test_old_words_open_no_more_and_the_marks_do(registry: Registry) -> None:
    one, two, other = (enroll(registry, name, seed) for seed, name in enumerate(("one", "two", "other")))
    with registry.writing(SUPERVISOR) as writer:
        candidate = CaseCandidate(subject_id=two.subject_id, score=9.0)
        case_id = writer.open_case(
            subject_id=one.subject_id, candidates=(candidate,), priority=CasePriority.HIGH, reason="alike"
        )
        merge_id = writer.merges.merge(one.subject_id, two.subject_id, reason="SIMULATED said so")
        writer.merges.unmerge(merge_id, reason="SIMULATED lied")
        moved = add_person(writer, writer.subject(one.subject_id), seed=9)
        writer.merges.move_encounter(moved.encounter_id, other.subject_id, reason="SIMULATED was there")
    with registry.writing(EXAMINER) as writer:
        writer.adjudication.assign(case_id, EXAMINER.name, timedelta(hours=1))
        writer.adjudication.decide(case_id, CaseOutcome.DIFFERENT_PERSONS, reason="SIMULATED is somebody else")
    with registry.writing(SUPERVISOR) as writer:
        writer.adjudication.reopen(case_id, reason="SIMULATED complains")
    columns = *WORDS, encounter_moves.c.reason
    before = [(f"{column.table.name}.{column.name}", text) for column in columns for text in sealed(registry, column)]
    assert len(before) == len(columns) and registry.check() == []

    with registry.writing(SUPERVISOR) as writer:
        told = erase_texts(writer._connection, [one.subject_id], [case_id])
        append_event(writer._connection, action=SUBJECT_ERASED, subject_id=one.subject_id, details=told)

    for context, text in before:
        with pytest.raises(StorageError, match="damaged or was altered"):
            registry.keys.unseal(context, text)
    with registry._database.reading() as connection:
        assert {text for column in columns for text in connection.scalars(select(column))} == {ERASED_TEXT}
    assert registry.check() == []
