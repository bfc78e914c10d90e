"""What the audit trail keeps of encounters and cases as a whole: who edits a column of either is found.

A seal is an HMAC under a key of the installation, since receipts and the like could be guessed from a digest. What
people wrote is not in it: erasing replaces that, and the trail has digests of it beside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Column, Connection, Table, select

from registry.columns import canonical_json, utc_text
from registry.keys.sections import keyring_of
from registry.rows import StoredRow
from registry.sealed import Sealed
from registry.tables.cases import case_candidates, case_reopenings, case_seeds, case_verdicts, cases, decided_pairs
from registry.tables.core import CONTEXT, encounters, references, samples, subjects

RECORD = "record"
"""Under which the details of an event keep the seal of what it is about, as it is from then on."""

SINCE = "subject_since"
"""Under which the event of an encounter tells when its subject was recorded: of two, the newer joins the older."""

_AT_ONCE = 500
_ENCOUNTER = ("recorded_at", "purged_at", *CONTEXT)
_SAMPLE = tuple(column.name for column in samples.columns if column.name not in ("encounter_id", "unextracted"))
_REFERENCE = ("reference_id", "ordinal", "sample_sha256")
_OF_CASES = (cases, case_candidates, case_verdicts, case_reopenings, case_seeds, decided_pairs)


def encounter_seals(connection: Connection, encounter_ids: Collection[str]) -> dict[str, str]:
    """Return the seals of some encounters, by identifier: when, where and by whom they were, and their pictures.

    Raises
    ------
    StorageError
        When a value of one of them cannot be opened.
    """
    wanted, found = sorted(set(encounter_ids)), dict[str, str]()
    keyring = keyring_of(connection)
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        keyring.prefetch(connection, some)
        named = [encounters.c.encounter_id, *(encounters.c[name] for name in _ENCOUNTER)]
        rows = connection.execute(select(*named).where(encounters.c.encounter_id.in_(some))).all()
        pictures = _grouped(connection, samples.c.encounter_id, some, _SAMPLE)
        made = _grouped(connection, references.c.encounter_id, some, _REFERENCE)
        for row in rows:
            content = _values(row, _ENCOUNTER) | {"samples": pictures.get(row.encounter_id, [])}
            content |= {"references": made.get(row.encounter_id, [])}
            found[row.encounter_id] = keyring.token("encounters.record", canonical_json(content))
    return found


def told_of_encounters(connection: Connection, encounter_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Return what the events of encounters that are added keep beside the rest, by encounter."""
    told = {name: {RECORD: seal} for name, seal in encounter_seals(connection, encounter_ids).items()}
    wanted = sorted(told)
    for start in range(0, len(wanted), _AT_ONCE):
        known = select(encounters.c.encounter_id, subjects.c.created_at).join(
            subjects, subjects.c.subject_id == encounters.c.subject_id
        )
        some = encounters.c.encounter_id.in_(wanted[start : start + _AT_ONCE])
        for row in connection.execute(known.where(some)):
            told[row.encounter_id][SINCE] = utc_text(row.created_at)
    return told


def told_of_case(connection: Connection, case_id: str) -> dict[str, str]:
    """Return what each event of a case keeps beside the rest, once the case is as it is to be."""
    return {RECORD: case_seals(connection, [case_id])[case_id]}


def case_seals(connection: Connection, case_ids: Collection[str]) -> dict[str, str]:
    """Return the seals of some cases, by identifier: with candidates, verdicts, reopenings and what they decided."""
    wanted, found = sorted(set(case_ids)), dict[str, str]()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        content: dict[str, dict[str, Any]] = {name: {} for name in some}
        for table in _OF_CASES:
            for case_id, rows in _grouped(connection, table.c.case_id, some, _told_of(table)).items():
                content[case_id][table.name] = rows
        found |= {
            name: keyring_of(connection).token("cases.record", canonical_json(rows))
            for name, rows in content.items()
            if rows
        }
    return found


def _told_of(table: Table) -> tuple[str, ...]:
    """Return the columns of a table that say what was decided, not in which words."""
    written = {"reason"} if table is cases else set()
    return tuple(
        column.name for column in table.columns if column.name not in written and not isinstance(column.type, Sealed)
    )


def _grouped(
    connection: Connection, own: Column[Any], some: Iterable[str], names: tuple[str, ...]
) -> dict[str, list[dict[str, Any]]]:
    """Return rows of a table by the column `own`, each group in the order of the key."""
    query = select(own.label("owner"), *(own.table.c[name] for name in names)).where(own.in_(some))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(query.order_by(*own.table.primary_key)):
        found.setdefault(row.owner, []).append(_values(row, names))
    return found


def _values(row: StoredRow, names: Iterable[str]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, Mapping):
        return dict(value)
    return utc_text(value) if isinstance(value, datetime) else value
