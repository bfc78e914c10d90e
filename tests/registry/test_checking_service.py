"""Damage to what is kept for other systems is found, and the report tells nothing of what it holds."""

from __future__ import annotations

import pytest

from registry.audit import append_event
from registry.faults import FaultKind
from registry.service_actions import DOCUMENT_CHANGED
from registry.store import Registry
from tests.registry.damage import edit
from tests.registry.people import enroll
from tests.registry.raw import plain_connection, sample_file, unguard
from tests.registry.test_documents import another, document
from tests.registry.test_drafts import add_file, open_draft
from tests.registry.test_tasks import accept, new_task


def fill(registry: Registry) -> None:
    """Leave something in every table that other systems fill."""
    first, second = enroll(registry, "one"), enroll(registry, "two", 1)
    document(registry, first, "1")
    document(registry, another(registry, first, 2), "2")
    document(registry, second, "1")
    accept(registry, new_task("waiting"), new_task("done", callback=None), new_task("sent"))
    open_draft(registry, "d")
    open_draft(registry, "e")
    add_file(registry, "d")
    with registry.writing() as writer:
        writer.tasks.answer("done", b"[]", failed=False)
        writer.tasks.answer("sent", b"[]", failed=False)
        writer.answers.keep("booth", "k", request_sha256="a" * 64, status=200, answer=b"told")
        writer.drafts.finalize("e", person="two", encounter_id=second.encounter_id)


@pytest.fixture
def filled(registry: Registry) -> Registry:
    fill(registry)
    return registry


_ORDER = "FROM encounter_documents ORDER BY created_at LIMIT 1"
FIRST_TOKEN = f"SELECT name_token {_ORDER}"
SECOND = f"encounter_id = (SELECT encounter_id {_ORDER} OFFSET 1)"

DAMAGE = [
    ("UPDATE encounter_documents SET document = asked_name", FaultKind.AUDIT, "row of encounter_documents is not what"),
    ("UPDATE encounter_documents SET in_use = NOT in_use", FaultKind.AUDIT, "row of encounter_documents is not what"),
    ("UPDATE encounter_documents SET nonce = document", FaultKind.AUDIT, "row of encounter_documents is not what"),
    (f"DELETE FROM encounter_documents WHERE {SECOND}", FaultKind.AUDIT, "encounter_documents that is not there"),
    (
        f"UPDATE encounter_documents SET name_token = ({FIRST_TOKEN}) WHERE {SECOND}",
        FaultKind.SERVICE,
        "two encounters of this subject have one name",
    ),
    (
        f"UPDATE encounter_documents SET name_token = 'none' WHERE {SECOND}",
        FaultKind.AUDIT,
        "name_token of the row of encounter_documents does not follow",
    ),
    (
        "UPDATE encounters SET purged_at = recorded_at WHERE encounter_id IN (SELECT encounter_id FROM drafts)",
        FaultKind.SERVICE,
        "its encounter is not there or was purged",
    ),
    (
        "UPDATE encounters SET purged_at = recorded_at WHERE encounter_id IN (SELECT encounter_id FROM drafts)",
        FaultKind.SERVICE,
        "the encounter that it became was purged",
    ),
    ("UPDATE tasks SET state = 'COMPLETED' WHERE task_id = 'sent'", FaultKind.AUDIT, "row of tasks is not what"),
    ("DELETE FROM tasks WHERE task_id = 'waiting'", FaultKind.AUDIT, "tasks that is not there"),
    ("UPDATE tasks SET state = 'RESPONSE_RETRY' WHERE task_id = 'done'", FaultKind.SERVICE, "cannot be RESPONSE_RETRY"),
    ("UPDATE tasks SET attempts = 3 WHERE task_id = 'waiting'", FaultKind.SERVICE, "a task cannot be PENDING"),
    ("UPDATE tasks SET failed = NOT failed WHERE task_id = 'waiting'", FaultKind.SERVICE, "a task cannot be PENDING"),
    (
        "UPDATE drafts SET document = attributes WHERE state = 'IN_PROGRESS'",
        FaultKind.AUDIT,
        "row of drafts is not what",
    ),
    ("UPDATE drafts SET person = NULL WHERE state = 'FINALIZED'", FaultKind.AUDIT, "row of drafts is not what"),
    (
        "UPDATE draft_buffers SET draft_row = (SELECT row_id FROM drafts WHERE state = 'FINALIZED')",
        FaultKind.AUDIT,
        "draft_row of the row of draft_buffers does not follow",
    ),
    ("DELETE FROM draft_buffers", FaultKind.AUDIT, "draft_buffers that is not there"),
    ("UPDATE draft_buffers SET media_type = 'text/html'", FaultKind.AUDIT, "row of draft_buffers is not what"),
    ("UPDATE kept_answers SET status = 201", FaultKind.AUDIT, "row of kept_answers is not what"),
    (
        "UPDATE kept_answers SET answer = (SELECT answer FROM tasks WHERE task_id = 'done')",
        FaultKind.AUDIT,
        "row of kept_answers is not what",
    ),
    ("DELETE FROM kept_answers", FaultKind.AUDIT, "kept_answers that is not there"),
    (
        "INSERT INTO kept_answers SELECT 'other', client, key, 'l', request_sha256, status, made_at, nonce, answer"
        " FROM kept_answers",
        FaultKind.AUDIT,
        "tells nothing of this row of kept_answers",
    ),
]


def test_what_is_whole_has_no_fault(filled: Registry) -> None:
    assert filled.check() == []


@pytest.mark.parametrize(("statement", "kind", "message"), DAMAGE)
def test_damage_is_found(filled: Registry, statement: str, kind: FaultKind, message: str) -> None:
    edit(filled, statement)
    found = filled.check()
    assert any(fault.kind is kind and message in fault.message and fault.severe for fault in found), found
    assert "SIMULATED" not in str(found)


def test_a_document_of_no_encounter_is_found(filled: Registry) -> None:
    columns = "asked_name, request, 'r', in_use, created_at, updated_at, nonce, document"
    with plain_connection(filled) as connection:
        unguard(connection)
        lost = f"INSERT INTO encounter_documents SELECT 'nobody', name, 't', {columns}"
        connection.exec_driver_sql(f"{lost} FROM encounter_documents WHERE {SECOND}")
    found = {fault.kind for fault in filled.check() if "nobody" in fault.source or fault.kind is FaultKind.DATABASE}
    assert found == {FaultKind.DATABASE, FaultKind.SERVICE, FaultKind.AUDIT}


def test_a_row_whose_key_is_gone_is_found_and_hides_no_other(filled: Registry) -> None:
    with filled.reading() as record:
        row_id = record._connection.exec_driver_sql("SELECT row_id FROM drafts WHERE state = 'IN_PROGRESS'").scalar()
    edit(filled, f"DELETE FROM data_keys WHERE owner_id = '{row_id}'")
    edit(filled, "UPDATE kept_answers SET status = 201")
    filled.keys.forget([str(row_id)])
    messages = [fault.message for fault in filled.check() if fault.kind is FaultKind.AUDIT]
    assert any("row of drafts is not what was recorded" in message for message in messages)
    assert any("row of kept_answers" in message for message in messages)


def test_a_file_of_a_draft_that_is_missing_is_found(filled: Registry) -> None:
    with filled.reading() as record:
        (buffer,) = record.drafts.buffers("d")
    sample_file(filled, buffer.sha256).unlink()
    (fault,) = filled.check()
    assert (fault.kind, fault.source) == (FaultKind.SAMPLE, buffer.sha256)


def test_a_name_that_is_another_encounter_s_identifier_is_found(registry: Registry) -> None:
    one = enroll(registry, "one")
    document(registry, another(registry, one, 2), "2")
    with registry.writing() as writer:
        token = registry.keys.token("encounter_documents.name", one.encounter_id)
        writer._connection.exec_driver_sql(f"UPDATE encounter_documents SET name_token = '{token}'")
        append_event(writer._connection, action=DOCUMENT_CHANGED, subject_id=one.subject_id, details={})
    assert any("have one name" in fault.message for fault in registry.check())
