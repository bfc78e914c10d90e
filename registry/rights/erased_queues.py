"""What other systems left that speaks of a person: calls and answers, drafts, answers kept under keys of clients."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, select

from biometrics.errors import RecordConflictError
from registry.audit import append_event
from registry.kept_files import remove_owner_files, store_of
from registry.keys.sections import keyring_of
from registry.service_actions import ANSWERS_FORGOTTEN, DRAFT_DELETED, TASKS_FORGOTTEN
from registry.service_rows import SEALS, remove_rows
from registry.service_states import TaskState
from registry.tables.core import encounters, subjects
from registry.tables.people import identifiers
from registry.tables.service import draft_buffers, drafts, encounter_documents, kept_answers, tasks

_AT_ONCE = 100


def remove_mentions(connection: Connection, family: list[str], own: list[str]) -> dict[str, int]:
    """Delete tasks, drafts and kept answers that name one of some subjects; return how many, by table.

    They are looked for by identifiers, labels, numbers, receipts and the names that clients gave to encounters.

    Raises
    ------
    RecordConflictError
        When a task that names them is still to be performed.
    """
    sought = _needles(connection, family, own)
    found = _tasks_naming(connection, sought)
    _remove(connection, "tasks", TASKS_FORGOTTEN, found)
    answers = _answers_naming(connection, sought)
    _remove(connection, "answers", ANSWERS_FORGOTTEN, answers)
    left = _drafts_naming(connection, sought)
    remove_owner_files(connection, store_of(connection), left)
    for row_id in left:
        seals = remove_rows(connection, draft_buffers, draft_buffers.c.draft_row == row_id)
        seals |= remove_rows(connection, drafts, drafts.c.row_id == row_id)
        append_event(connection, action=DRAFT_DELETED, subject_id=None, details={"draft_id": row_id, SEALS: seals})
    keyring_of(connection).shred(connection, [*found, *answers, *left])
    return {"tasks": len(found), "answers": len(answers), "drafts": len(left)}


def _needles(connection: Connection, family: list[str], own: list[str]) -> tuple[bytes, ...]:
    """Return how the person is named in JSON, by whatever names a client may know them."""
    names: set[str | None] = {*family, *own}
    names |= set(connection.scalars(select(subjects.c.label).where(subjects.c.subject_id.in_(family))))
    names |= set(connection.scalars(select(identifiers.c.value).where(identifiers.c.subject_id.in_(family))))
    names |= set(connection.scalars(select(encounters.c.receipt).where(encounters.c.encounter_id.in_(own))))
    documented = encounter_documents.c.encounter_id.in_(own)
    names |= set(connection.scalars(select(encounter_documents.c.asked_name).where(documented)))
    return tuple(sorted({form for name in names if name for form in _forms(name)}))


def _forms(name: str) -> Iterator[bytes]:
    """Yield a text as JSON has it, in quotation marks so that a short one is no part of another."""
    yield json.dumps(name).encode()
    yield json.dumps(name, ensure_ascii=False).encode()


def _names(sought: Iterable[bytes], *parts: bytes | str | None) -> bool:
    texts = [part.encode() if isinstance(part, str) else bytes(part) for part in parts if part is not None]
    return any(needle in text for text in texts for needle in sought)


def _tasks_naming(connection: Connection, sought: tuple[bytes, ...]) -> list[str]:
    found: list[str] = []
    columns = (tasks.c.task_id, tasks.c.state, tasks.c.asked, tasks.c.answer)
    # Closed before an error leaves: a cursor that is half read would keep its connection.
    with connection.execute(select(*columns).execution_options(yield_per=_AT_ONCE)) as rows:
        for row in rows:
            if not _names(sought, row.asked, row.answer):
                continue
            if row.state is TaskState.PENDING:
                raise RecordConflictError(
                    "a task about this person is still to be performed",
                    source=row.task_id,
                    remedy="wait until it is answered, then go on with the erasure",
                )
            found.append(row.task_id)
    return found


def _answers_naming(connection: Connection, sought: tuple[bytes, ...]) -> list[str]:
    columns = (kept_answers.c.row_id, kept_answers.c.answer)
    rows = connection.execute(select(*columns).execution_options(yield_per=_AT_ONCE))
    return [row.row_id for row in rows if _names(sought, row.answer)]


def _drafts_naming(connection: Connection, sought: tuple[bytes, ...]) -> dict[str, str]:
    """Return drafts that became no encounter and name the person; the others go with their encounters."""
    columns = (drafts.c.row_id, drafts.c.draft_id, drafts.c.person, drafts.c.attributes, drafts.c.document)
    query = select(*columns).where(drafts.c.encounter_id.is_(None)).execution_options(yield_per=_AT_ONCE)
    found: dict[str, str] = {}
    for row in connection.execute(query):
        person = None if row.person is None else json.dumps(row.person)
        if _names(sought, person, json.dumps(row.draft_id), row.attributes, row.document):
            found[row.row_id] = row.draft_id
    return found


def _remove(connection: Connection, what: str, action: str, keys: list[str]) -> None:
    table, key = {"tasks": (tasks, tasks.c.task_id), "answers": (kept_answers, kept_answers.c.row_id)}[what]
    if keys:
        seals = remove_rows(connection, table, key.in_(keys))
        append_event(connection, action=action, subject_id=None, details={what: len(keys), SEALS: seals})
