"""Rows about people's rights, and the digests by which the audit trail proves them, as `registry.service_rows` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from biometrics.errors import RecordNotFoundError
from registry.audit import append_event
from registry.faults import Fault, FaultKind
from registry.identifiers import new_identifier
from registry.keys.sections import keyring_of
from registry.rights.actions import RIGHTS_ACTIONS
from registry.rows import StoredRow
from registry.sealed import owned
from registry.service_rows import SEALS, seal
from registry.tables.core import audit_events
from registry.tables.rights import ROW_KEYS, SEALED

_ROWS_AT_ONCE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the audit trail tells of a change, beside the digest of the row."""

    action: str
    subject_id: str | None
    details: Mapping[str, object] = field(default_factory=dict)


def add_row(connection: Connection, table: Table, values: Mapping[str, Any], said: Said) -> StoredRow:
    """Insert a row, with a key where it has sealed columns, and let the trail tell; return what the database has."""
    row = {**values, "nonce": new_identifier()}
    key = str(row[ROW_KEYS[table].name])
    if SEALED[table]:
        keyring_of(connection).make(connection, [key])
    connection.execute(insert(table).values(owned(table, key, row)))
    return _told(connection, table, key, said)


def change_row(connection: Connection, table: Table, key: str, values: Mapping[str, Any], said: Said) -> StoredRow:
    """Change columns of the row with a key and let the trail tell; return it.

    Raises
    ------
    RecordNotFoundError
        When there is no such row.
    """
    connection.execute(update(table).where(ROW_KEYS[table] == key).values(owned(table, key, dict(values))))
    return _told(connection, table, key, said)


def row_of(connection: Connection, table: Table, key: str) -> StoredRow:
    """Return the row with a key.

    Raises
    ------
    RecordNotFoundError
        When there is none.
    """
    found = connection.execute(select(table).where(ROW_KEYS[table] == key)).one_or_none()
    if found is None:
        raise RecordNotFoundError(f"nothing of this identifier is in {table.name}", source=key)
    return found


def forget_texts(connection: Connection, table: Table, keys: list[str]) -> dict[str, dict[str, str | None]]:
    """Delete what people wrote in some rows, and its keys; return what the trail tells of the rows from then on."""
    for start in range(0, len(keys), _ROWS_AT_ONCE):
        some = ROW_KEYS[table].in_(keys[start : start + _ROWS_AT_ONCE])
        connection.execute(update(table).where(some).values(dict.fromkeys(SEALED[table])))
    keyring_of(connection).shred(connection, keys)
    return seals_of(connection, table, keys) if keys else {}


def seals_of(connection: Connection, table: Table, keys: list[str]) -> dict[str, dict[str, str | None]]:
    """Return what the trail tells of some rows as they are now."""
    rows = connection.execute(select(table).where(ROW_KEYS[table].in_(keys))).all()
    return {table.name: {getattr(row, ROW_KEYS[table].name): seal(table, row) for row in rows}}


def check_rights(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for every row that is not what the trail told of it last, or of which it tells nothing."""
    told = _last_told(connection)
    for table, key in ROW_KEYS.items():
        known = told.get(table.name, {})
        with connection.execute(select(table).execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
            for row in rows:
                name = getattr(row, key.name)
                if known.pop(name, None) != seal(table, row):
                    message = f"the row of {table.name} is not what the audit trail says was recorded"
                    yield Fault(kind=FaultKind.AUDIT, source=name, message=message)
        for missing in known:
            message = f"the audit trail tells of a row of {table.name} that is not there"
            yield Fault(kind=FaultKind.AUDIT, source=missing, message=message)


def _told(connection: Connection, table: Table, key: str, said: Said) -> StoredRow:
    row = row_of(connection, table, key)
    # As the database gives it back: that is what a check will compare.
    sealed = {SEALS: {table.name: {key: seal(table, row)}}}
    append_event(connection, action=said.action, subject_id=said.subject_id, details={**said.details, **sealed})
    return row


def _last_told(connection: Connection) -> dict[str, dict[str, str]]:
    told: dict[str, dict[str, str]] = {}
    query = select(audit_events.c.details).where(audit_events.c.action.in_(RIGHTS_ACTIONS))
    with connection.execute(
        query.order_by(audit_events.c.sequence).execution_options(yield_per=_ROWS_AT_ONCE)
    ) as events:
        for details in events.scalars():
            seals = details.get(SEALS) if isinstance(details, Mapping) else None
            for table, digests in (seals or {}).items():
                known = told.setdefault(table, {})
                for key, digest in digests.items():
                    if digest is None:
                        known.pop(key, None)
                    else:
                        known[key] = digest
    return told
