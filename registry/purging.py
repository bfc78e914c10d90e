"""Retired encounters purged once kept long enough: their pictures, templates, documents, and whoever has no other.

What stays is that there was an encounter, when and where, and what the audit trail tells of it; nobody can be
recognised or named by that. Whom an open case is about, or a legal hold keeps, is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, case, delete, func, or_, select, update

from biometrics.errors import RecordError
from biometrics.records import EncounterStatus, SubjectStatus
from biometrics.samples import now_utc
from registry.audit import ENCOUNTER_PURGED, ENCOUNTER_RETIRED, append_events
from registry.cases import WAITING
from registry.counting import place_of
from registry.kept_files import remove_owner_files, store_of
from registry.keys.sections import keyring_of
from registry.people_actions import PERSON_PURGED
from registry.people_seals import REMOVED, row_key
from registry.record_seals import RECORD, encounter_seals
from registry.rights.family import held_people
from registry.service_actions import DOCUMENTS_PURGED
from registry.service_rows import SEALS, remove_rows
from registry.tables.cases import case_candidates, cases
from registry.tables.core import audit_events, encounters, references, samples, staged_references, subjects
from registry.tables.imports import imported_persons
from registry.tables.people import (
    KEYS,
    capture_exceptions,
    evidence,
    guardians,
    identifiers,
    life_events,
    person_versions,
)
from registry.tables.search import person_search
from registry.tables.service import draft_buffers, drafts, encounter_documents
from registry.tables.signing import waiting_receipts

_PERSON_TABLES = (life_events, guardians, identifiers, evidence, person_versions)
"""What is recorded about a person, in an order in which rows go before those they name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How many encounters and persons were purged; `left` tells how many encounters a further purge would find."""

    encounters: int
    subjects: int
    left: int


def purge(connection: Connection, *, retired_before: datetime, reason: str, most: int) -> Purged:
    """Purge encounters retired before a moment, at most so many, within the caller's transaction.

    Files that no record names any more are erased after the commit.

    Raises
    ------
    RecordError
        When no reason is given.
    """
    if not reason.strip():
        raise RecordError("nothing is purged without a reason", remedy="say which rule of retention asks for it")
    due = due_encounters(connection, retired_before)
    chosen = due[:most]
    if not chosen:
        return Purged(encounters=0, subjects=0, left=0)
    gone = _subjects_without_others(connection, chosen)
    purge_encounters(connection, chosen, reason)
    purge_subjects(connection, gone, reason)
    return Purged(encounters=len(chosen), subjects=len(gone), left=len(due) - len(chosen))


def due_encounters(connection: Connection, retired_before: datetime) -> list[str]:
    """Return the encounters that were retired before a moment and hold something still, by identifier."""
    retired = select(audit_events.c.details).where(
        audit_events.c.action == ENCOUNTER_RETIRED, audit_events.c.at < retired_before
    )
    named = {str(details.get("encounter_id")) for details in connection.scalars(retired)}
    later = select(audit_events.c.details).where(
        audit_events.c.action == ENCOUNTER_RETIRED, audit_events.c.at >= retired_before
    )
    named -= {str(details.get("encounter_id")) for details in connection.scalars(later)}
    waited_for = select(cases.c.case_id).outerjoin(case_candidates, case_candidates.c.case_id == cases.c.case_id)
    about = waited_for.where(
        WAITING,
        or_(
            cases.c.encounter_id == encounters.c.encounter_id,
            cases.c.subject_id == encounters.c.subject_id,
            case_candidates.c.subject_id == encounters.c.subject_id,
        ),
    )
    kept = select(encounters.c.encounter_id, encounters.c.subject_id).where(
        encounters.c.status == EncounterStatus.RETIRED,
        encounters.c.purged_at.is_(None),
        ~about.exists(),
    )
    held = held_people(connection, now_utc())
    found = {row.encounter_id for row in connection.execute(kept).all() if row.subject_id not in held}
    return sorted(named & found)


def purged_encounters(connection: Connection) -> frozenset[str]:
    """Return the encounters that were purged by the audit trail and by their own rows."""
    told = connection.scalars(select(audit_events.c.details).where(audit_events.c.action == ENCOUNTER_PURGED))
    marked = connection.scalars(select(encounters.c.encounter_id).where(encounters.c.purged_at.is_not(None)))
    return frozenset(marked).intersection(details.get("encounter_id") for details in told)


def _subjects_without_others(connection: Connection, chosen: Sequence[str]) -> list[str]:
    """Return the owners of encounters that have no others left, and whoever was merged into them."""
    remaining = func.sum(
        case((or_(encounters.c.encounter_id.in_(chosen), encounters.c.purged_at.is_not(None)), 0), else_=1)
    )
    owners = select(encounters.c.subject_id).where(encounters.c.encounter_id.in_(chosen))
    emptied = (
        select(encounters.c.subject_id)
        .where(encounters.c.subject_id.in_(owners))
        .group_by(encounters.c.subject_id)
        .having(remaining == 0)
    )
    found = newly = list(connection.scalars(emptied))
    while newly:
        newly = list(connection.scalars(select(subjects.c.subject_id).where(subjects.c.merged_into.in_(newly))))
        found = [*found, *newly]
    return sorted(found)


def purge_encounters(connection: Connection, chosen: Sequence[str], reason: str) -> int:
    """Purge retired encounters: pictures, templates, exceptions, documents and their drafts; return how many keys went.

    What was sealed under these keys is noise from then on, in every copy.
    """
    rows = connection.execute(
        select(encounters.c.encounter_id, encounters.c.subject_id)
        .where(encounters.c.encounter_id.in_(chosen))
        .order_by(encounters.c.encounter_id)
    ).all()
    numbers = {table.name: _count(connection, table, chosen) for table in (references, samples)}
    made = select(references.c.reference_id).where(references.c.encounter_id.in_(chosen))
    own_drafts = connection.scalars(select(drafts.c.row_id).where(drafts.c.encounter_id.in_(chosen)))
    remove_owner_files(connection, store_of(connection), [*chosen, *own_drafts])
    connection.execute(delete(staged_references).where(staged_references.c.replaces.in_(made)))
    connection.execute(delete(waiting_receipts).where(waiting_receipts.c.encounter_id.in_(chosen)))
    for table in (references, samples):
        connection.execute(delete(table).where(table.c.encounter_id.in_(chosen)))
    removed = _remove(connection, capture_exceptions, capture_exceptions.c.encounter_id.in_(chosen))
    connection.execute(
        update(encounters)
        .where(encounters.c.encounter_id.in_(chosen))
        .values(purged_at=now_utc(), receipt=None, receipt_token=None, appointment=None)
    )
    seals = encounter_seals(connection, chosen)
    told = [
        (
            row.subject_id,
            {
                "encounter_id": row.encounter_id,
                "reason": reason,
                RECORD: seals[row.encounter_id],
                **{name: counted.get(row.encounter_id, 0) for name, counted in numbers.items()},
                **place_of(connection, row.encounter_id),
            },
        )
        for row in rows
    ]
    append_events(connection, action=ENCOUNTER_PURGED, told=told)
    _purge_documents(connection, chosen, reason)
    if removed:
        append_events(
            connection,
            action=PERSON_PURGED,
            told=[(None, {"reason": reason, REMOVED: {capture_exceptions.name: removed}})],
        )
    return keyring_of(connection).shred(connection, chosen)


def _purge_documents(connection: Connection, chosen: Sequence[str], reason: str) -> None:
    """Remove what clients said about encounters, and the drafts that these were made of."""
    made_of = select(drafts.c.row_id).where(drafts.c.encounter_id.in_(chosen))
    removed = remove_rows(connection, encounter_documents, encounter_documents.c.encounter_id.in_(chosen))
    removed |= remove_rows(connection, draft_buffers, draft_buffers.c.draft_row.in_(made_of))
    removed |= remove_rows(connection, drafts, drafts.c.encounter_id.in_(chosen))
    if removed:
        append_events(connection, action=DOCUMENTS_PURGED, told=[(None, {"reason": reason, SEALS: removed})])


def purge_subjects(connection: Connection, gone: Sequence[str], reason: str) -> int:
    """Purge what is recorded about persons whose encounters are purged; return how many keys went."""
    remove_owner_files(connection, store_of(connection), gone)
    told: list[tuple[str | None, Mapping[str, object]]] = []
    for subject_id in gone:
        removed = {table.name: _remove(connection, table, table.c.subject_id == subject_id) for table in _PERSON_TABLES}
        told.append((subject_id, {"reason": reason, REMOVED: {name: keys for name, keys in removed.items() if keys}}))
    # The digest of an imported line has no nonce: with what it told gone, it could be guessed from.
    for derived in (person_search, imported_persons):
        connection.execute(delete(derived).where(derived.c.subject_id.in_(gone)))
    # A merged subject stays merged: to whom what was recorded went is part of the trail.
    status = case((subjects.c.merged_into.is_(None), SubjectStatus.PURGED.value), else_=subjects.c.status)
    values: dict[str, Any] = {"label": None, "label_token": None, "status": status}
    connection.execute(update(subjects).where(subjects.c.subject_id.in_(gone)).values(values))
    if told:
        append_events(connection, action=PERSON_PURGED, told=told)
    return keyring_of(connection).shred(connection, gone)


def _remove(connection: Connection, table: Table, condition: ColumnElement[bool]) -> list[str]:
    """Delete rows and return how the audit trail names them."""
    names = select(*(table.c[name] for name in KEYS[table])).where(condition)  # nothing needs to be opened
    keys = [row_key(table, row._asdict()) for row in connection.execute(names).all()]
    if keys:
        connection.execute(delete(table).where(condition))
    return keys


def _count(connection: Connection, table: Table, chosen: Iterable[str]) -> dict[str, int]:
    query = (
        select(table.c.encounter_id, func.count())
        .where(table.c.encounter_id.in_(chosen))
        .group_by(table.c.encounter_id)
    )
    return {row[0]: row[1] for row in connection.execute(query).all()}
