"""Verification of what is recorded about persons: versions, numbers, exceptions, and all rows against the trail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from biometrics.errors import BiometricsError, StorageError
from biometrics.people.life import LifeEventKind
from biometrics.records import SubjectStatus
from registry.faults import Fault, FaultKind
from registry.keys.sections import keyring_of
from registry.people_actions import PEOPLE_ACTIONS, PERSON_PURGED
from registry.people_rows import version_of
from registry.people_seals import DIGESTS, ENDED, REMOVED, ending_seal, is_ended, row_key, seal
from registry.readable import owners_in_pieces, readable_rows
from registry.sealed import Token
from registry.tables.core import audit_events, subjects
from registry.tables.people import (
    ENDINGS,
    KEYS,
    OWNERS,
    capture_exceptions,
    identifiers,
    life_events,
    person_versions,
)

_AT_ONCE = 256
_TABLES = {table.name: table for table in KEYS}


def check_people(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for every person whose versions, numbers, exceptions or status cannot be right."""
    for source, message in (
        *_label_faults(connection),
        *_version_faults(connection),
        *_number_faults(connection),
        *_exception_faults(connection),
        *_status_faults(connection),
    ):
        yield Fault(kind=FaultKind.PERSON, source=source, message=message)


def check_people_events(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for every row that is not what the audit trail tells, or that it tells nothing of."""
    removed = _removed(connection)
    proved: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    about = audit_events.c.action.in_(PEOPLE_ACTIONS - {PERSON_PURGED})
    query = select(audit_events.c.details).where(about).order_by(audit_events.c.sequence)
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as events:
        for piece in events.scalars().partitions(_AT_ONCE):
            yield from _event_faults(connection, piece, removed, proved, ended)
    for table in KEYS:
        yield from _untold(connection, table.name, proved[table.name], ended[table.name])


def _label_faults(connection: Connection) -> Iterator[tuple[str, str]]:
    """Find subjects whose label cannot be read, or who are found by another than it."""
    by = subjects.c.subject_id
    for some in owners_in_pieces(connection, by):
        query = select(by, subjects.c.label, subjects.c.label_token).where(by.in_(some), subjects.c.label.is_not(None))
        for place, row in readable_rows(connection, query, (by,)):
            if isinstance(row, StorageError):
                yield place.subject_id, f"the label cannot be read: {row.message}"
            elif _misplaced(connection, subjects, row._asdict()):
                yield place.subject_id, "the subject is not found by its label"


def _version_faults(connection: Connection) -> Iterator[tuple[str, str]]:
    by = person_versions.c.subject_id
    for some in owners_in_pieces(connection, by):
        yield from _faults_of_versions(connection, select(person_versions).where(by.in_(some)))


def _faults_of_versions(connection: Connection, query: Select[Any]) -> Iterator[tuple[str, str]]:
    key = (person_versions.c.subject_id, person_versions.c.version)
    last: tuple[str | None, int] = (None, 0)
    for place, row in readable_rows(connection, query.order_by(*key), key):
        expected = last[1] + 1 if last[0] == place.subject_id else 1
        if place.version != expected:
            yield place.subject_id, f"version {expected} is missing before version {place.version}"
        last = (place.subject_id, place.version)
        try:
            if isinstance(row, StorageError):
                raise row
            version_of(row)
        except BiometricsError as error:
            yield place.subject_id, f"version {place.version} cannot be read: {error.message}"


def _number_faults(connection: Connection) -> Iterator[tuple[str, str]]:
    held = (
        select(func.min(identifiers.c.subject_id).label("holder"), func.count().label("times"))
        .where(identifiers.c.ended_at.is_(None))
        .group_by(identifiers.c.scheme, identifiers.c.value_token)
        .having(func.count() > 1)
    )
    for row in connection.execute(held).all():
        yield row.holder, f"a number of this subject is held {row.times} times"


def _misplaced(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Return whether a row is looked up by something else than it says."""
    keyring = keyring_of(connection)
    return any(
        row[column.name] != keyring.token(column.type.context, row[column.name.removesuffix("_token")])
        for column in table.columns
        if isinstance(column.type, Token)
    )


def _exception_faults(connection: Connection) -> Iterator[tuple[str, str]]:
    own = capture_exceptions.c.operator == capture_exceptions.c.approver
    for encounter_id in connection.scalars(select(capture_exceptions.c.encounter_id).where(own).distinct()):
        yield encounter_id, "an exception is approved by its own operator"


def _status_faults(connection: Connection) -> Iterator[tuple[str, str]]:
    died = (
        select(life_events.c.event_id)
        .where(life_events.c.subject_id == subjects.c.subject_id)
        .where(life_events.c.kind == LifeEventKind.DEATH, life_events.c.annulled_at.is_(None))
        .exists()
    )
    dead = subjects.c.status == SubjectStatus.DECEASED
    closed = subjects.c.status.in_([SubjectStatus.MERGED, SubjectStatus.PURGED])
    for subject_id in connection.scalars(select(subjects.c.subject_id).where(dead, ~died)):
        yield subject_id, "the subject is deceased and no death is recorded"
    for subject_id in connection.scalars(select(subjects.c.subject_id).where(died, ~dead, ~closed)):
        yield subject_id, "a death is recorded and the subject is not deceased"


def _removed(connection: Connection) -> set[tuple[str, str]]:
    purged = select(audit_events.c.details).where(audit_events.c.action == PERSON_PURGED)
    found: set[tuple[str, str]] = set()
    for details in connection.scalars(purged):
        found |= {(name, key) for name, keys in _part(details, REMOVED).items() for key in keys}
    return found


def _event_faults(
    connection: Connection,
    piece: Iterable[Any],
    removed: set[tuple[str, str]],
    proved: Counter[str],
    ended: Counter[str],
) -> Iterator[Fault]:
    """Compare the rows that some events tell of with the rows there are, and count those that agree."""
    told, endings = _told(piece)
    for name, table in _TABLES.items():
        digests, finished = told.get(name, {}), endings.get(name, {})
        found, unreadable = _rows(connection, table, {*digests, *finished})
        for key, message in unreadable.items():
            yield _fault(key, message)
        proved[name] += len(digests.keys() & unreadable.keys())
        ended[name] += len(finished.keys() & unreadable.keys())
        for key in sorted({*digests, *finished} - found.keys() - unreadable.keys()):
            if (name, key) not in removed:
                yield _fault(key, f"the audit trail tells of a row of {name} that is not there")
        for key in digests.keys() & found.keys():
            proved[name] += 1
            if seal(table, found[key]) != digests[key]:
                yield _fault(key, f"the row of {name} is not what the audit trail says was recorded")
            if _misplaced(connection, table, found[key]):
                yield _fault(key, f"the row of {name} is not found under what it says")
        for key in finished.keys() & found.keys():
            ended[name] += 1
            if not is_ended(table, found[key]):
                yield _fault(key, f"the row of {name} has ended by the audit trail, and holds")
            elif finished[key] not in (None, ending_seal(connection, table, found[key])):
                yield _fault(key, f"the row of {name} has not ended as the audit trail says")


def _told(piece: Iterable[Any]) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str | None]]]:
    """Return the digests of rows, and of how rows ended, that some events tell, by table and key."""
    told: dict[str, dict[str, str]] = {}
    endings: dict[str, dict[str, str | None]] = {}
    for details in piece:
        for name, digests in _part(details, DIGESTS).items():
            told.setdefault(name, {}).update(digests)
        for name, keys in _part(details, ENDED).items():
            # Until they were sealed, events named the rows only.
            sealed = keys if isinstance(keys, Mapping) else dict.fromkeys(keys)
            endings.setdefault(name, {}).update(sealed)
    return told, endings


def _rows(connection: Connection, table: Table, keys: set[str]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Return the rows of a table that some keys name, by key, and why others cannot be opened."""
    own = tuple(table.columns[name] for name in KEYS[table])
    named = own[0].in_({key.split("/")[0] for key in keys})
    keyring_of(connection).prefetch(connection, select(table.columns[OWNERS[table]]).where(named))
    found: dict[str, dict[str, Any]] = {}
    unreadable: dict[str, str] = {}
    for place, row in readable_rows(connection, select(table).where(named), own):
        if isinstance(row, StorageError):
            unreadable[row_key(table, place._asdict())] = row.message
        else:
            found[row_key(table, row._asdict())] = row._asdict()
    return found, unreadable


def _untold(connection: Connection, name: str, proved: int, ended: int) -> Iterator[Fault]:
    table = _TABLES[name]
    rows = connection.scalar(select(func.count()).select_from(table)) or 0
    if rows > proved:
        yield _fault(name, f"the audit trail tells nothing of {rows - proved} rows")
    for column in ENDINGS[table][:1]:
        finished = select(func.count()).select_from(table).where(table.columns[column].is_not(None))
        untold = (connection.scalar(finished) or 0) - ended
        if untold > 0:
            yield _fault(name, f"the audit trail tells nothing of the end of {untold} rows")


def _part(details: Any, name: str) -> Mapping[str, Any]:
    part = details.get(name) if isinstance(details, Mapping) else None
    return part if isinstance(part, Mapping) else {}


def _fault(source: str, message: str) -> Fault:
    return Fault(kind=FaultKind.AUDIT, source=source, message=message)
