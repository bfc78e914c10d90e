"""Verification of what is kept for systems that ask through the network: documents, tasks, drafts, given answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import Column, Connection, Table, or_, select

from biometrics.errors import StorageError
from biometrics.records import EncounterStatus
from registry.faults import Fault, FaultKind
from registry.keys.sections import keyring_of
from registry.lying import opened_row, plain
from registry.rows import StoredRow
from registry.sealed import Token
from registry.service_actions import SERVICE_ACTIONS
from registry.service_rows import SEALS, seal
from registry.service_states import TaskState
from registry.tables.core import audit_events, encounters
from registry.tables.service import DERIVED, OWNERS, ROW_KEYS, drafts, encounter_documents, tasks

_ROWS_AT_ONCE = 256


def check_service(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for what cannot be right, whatever the audit trail says of it."""
    for source, message in (
        *_lost_documents(connection),
        *_namesakes(connection),
        *_lost_drafts(connection),
        *_impossible_tasks(connection),
    ):
        yield Fault(kind=FaultKind.SERVICE, source=source, message=message)


def check_service_events(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for every row that is not what the audit trail told of it last, or that it tells nothing of."""
    told = _told(connection)
    for table, key in ROW_KEYS.items():
        known = told.get(table.name, {})
        for row in _rows(connection, table):
            name = getattr(row, key.name)
            message = _difference(connection, table, row, known.pop(name, None))
            if message is not None:
                yield Fault(kind=FaultKind.AUDIT, source=name, message=message)
        for missing in known:
            message = f"the audit trail tells of a row of {table.name} that is not there"
            yield Fault(kind=FaultKind.AUDIT, source=missing, message=message)


def _rows(connection: Connection, table: Table) -> Iterator[StoredRow]:
    """Yield the rows of a table as they lie, a piece at a time, after the keys of the piece were opened."""
    query = select(plain(table)).execution_options(yield_per=_ROWS_AT_ONCE)
    owner = OWNERS[table].name
    with connection.execute(query) as rows:
        for piece in rows.partitions(_ROWS_AT_ONCE):
            keyring_of(connection).prefetch(connection, [getattr(row, owner) for row in piece])
            yield from piece


def _difference(connection: Connection, table: Table, lying: StoredRow, told: str | None) -> str | None:
    if told is None:
        return f"the audit trail tells nothing of this row of {table.name}"
    try:
        row = opened_row(connection, table, lying)
    except StorageError as error:
        return f"the row of {table.name} is not what was recorded: {error.message}"
    if told != seal(table, row):
        return f"the row of {table.name} is not what the audit trail says was recorded"
    for derived, clear in DERIVED.get(table, {}).items():
        if getattr(row, derived) != _followed(connection, table.c[derived], getattr(row, clear)):
            return f"{derived} of the row of {table.name} does not follow from what was recorded"
    return None


def _followed(connection: Connection, column: Column[Any], clear: str | None) -> str | None:
    """Return what a column that follows from a value should hold."""
    if clear is None:
        return None
    if isinstance(column.type, Token):
        return _token(connection, column, clear)
    row_id: str | None = connection.scalar(select(drafts.c.row_id).where(drafts.c.draft_token == clear))
    return row_id


def _told(connection: Connection) -> dict[str, dict[str, str]]:
    """Return the last digest that the trail tells of each row that should be there, by table and key."""
    told: dict[str, dict[str, str]] = {name.name: {} for name in ROW_KEYS}
    about = audit_events.c.action.in_(SERVICE_ACTIONS)
    query = select(audit_events.c.details).where(about).order_by(audit_events.c.sequence)
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as events:
        for details in events.scalars():
            for name, seals in _part(details, SEALS).items():
                known = told.setdefault(name, {})
                for key, digest in _part({name: seals}, name).items():
                    if digest is None:
                        known.pop(key, None)
                    else:
                        known[key] = str(digest)
    return told


def _lost_documents(connection: Connection) -> Iterator[tuple[str, str]]:
    query = (
        select(encounter_documents.c.encounter_id)
        .outerjoin(encounters, encounters.c.encounter_id == encounter_documents.c.encounter_id)
        .where(or_(encounters.c.encounter_id.is_(None), encounters.c.purged_at.is_not(None)))
    )
    for encounter_id in connection.scalars(query).all():
        yield encounter_id, "there is a document, and its encounter is not there or was purged"


def _token(connection: Connection, column: Column[Any], text: str) -> str:
    kind: Token = column.type  # type: ignore[assignment]
    return keyring_of(connection).token(kind.context, text)


def _namesakes(connection: Connection) -> Iterator[tuple[str, str]]:
    documented = select(encounters.c.subject_id).join(
        encounter_documents, encounter_documents.c.encounter_id == encounters.c.encounter_id
    )
    query = (
        select(encounters.c.subject_id, encounters.c.encounter_id, encounter_documents.c.name_token)
        .outerjoin(encounter_documents, encounter_documents.c.encounter_id == encounters.c.encounter_id)
        .where(encounters.c.status != EncounterStatus.RETIRED, encounters.c.subject_id.in_(documented))
        .order_by(encounters.c.subject_id)
    )
    named = encounter_documents.c.name_token
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for subject_id, own in groupby(rows, key=lambda row: row.subject_id):
            tokens = [row.name_token or _token(connection, named, row.encounter_id) for row in own]
            if len(set(tokens)) < len(tokens):
                yield subject_id, "two encounters of this subject have one name"


def _lost_drafts(connection: Connection) -> Iterator[tuple[str, str]]:
    query = (
        select(drafts.c.row_id)
        .join(encounters, encounters.c.encounter_id == drafts.c.encounter_id)
        .where(encounters.c.purged_at.is_not(None))
    )
    for row_id in connection.scalars(query).all():
        yield row_id, "there is a draft, and the encounter that it became was purged"


def _impossible_tasks(connection: Connection) -> Iterator[tuple[str, str]]:
    names = ("task_id", "state", "attempts", "failed")
    kept = (
        tasks.c.callback.is_not(None).label("waited_for"),
        tasks.c.asked.is_not(None).label("asks"),
        tasks.c.answer.is_not(None).label("answers"),
    )
    query = select(*(tasks.c[name] for name in names), *kept)
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for row in rows:
            if not _is_possible(row):
                yield row.task_id, f"a task cannot be {row.state.value} like this"


def _is_possible(row: StoredRow) -> bool:
    # Times prove nothing: a clock may be set back.
    if row.attempts < 0:
        return False
    if row.state is TaskState.PENDING:
        return bool(row.asks) and not row.answers and not row.failed and row.attempts == 0
    delivered = row.state is TaskState.COMPLETED or row.waited_for
    return bool(row.answers) and not row.asks and delivered


def _part(details: Any, name: str) -> Mapping[str, Any]:
    part = details.get(name) if isinstance(details, Mapping) else None
    return part if isinstance(part, Mapping) else {}
