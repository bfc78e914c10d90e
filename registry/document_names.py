"""What tells the encounters of one person apart: the names that clients gave them, or else their identifiers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, not_, or_, select

from biometrics.errors import RecordConflictError, RecordError
from biometrics.records import EncounterStatus
from biometrics.samples import now_utc
from registry.audit import append_event
from registry.identifiers import new_identifier
from registry.service_actions import DOCUMENT_CHANGED
from registry.service_rows import SEALS, change_row
from registry.tables.core import encounters
from registry.tables.service import encounter_documents

_AT_ONCE = 500


def has_name(name: str) -> ColumnElement[bool]:
    """Return the condition that an encounter has a name, in a query that joins it with its document if there is one."""
    unnamed = encounter_documents.c.encounter_id.is_(None)
    return or_(encounter_documents.c.name_token == name, and_(unnamed, encounters.c.encounter_id == name))


def named_encounters(subject_id: str) -> Select[Any]:
    """Return the query for a subject's encounters that are not retired, with the names that clients gave them."""
    return (
        select(encounters.c.encounter_id, encounter_documents.c.name)
        .outerjoin(encounter_documents, encounter_documents.c.encounter_id == encounters.c.encounter_id)
        .where(encounters.c.subject_id == subject_id, encounters.c.status != EncounterStatus.RETIRED)
    )


def require_free_name(connection: Connection, subject_id: str, encounter_id: str, name: str) -> None:
    """Refuse a name for an encounter that another of the person has, or that is any other encounter's identifier.

    Raises
    ------
    RecordError
        When it is empty.
    RecordConflictError
        When it is taken.
    """
    if not name.strip():
        raise RecordError("the name of an encounter is empty", source=encounter_id, remedy="give it a name, or none")
    # One that was replaced leaves its identifier to its successor, whose client knows it by that.
    retired_own = and_(encounters.c.subject_id == subject_id, encounters.c.status == EncounterStatus.RETIRED)
    namesakes = select(encounters.c.encounter_id).where(encounters.c.encounter_id == name, not_(retired_own))
    namesake = connection.scalar(namesakes)
    if _is_taken(connection, subject_id, encounter_id, name) or namesake not in (None, encounter_id):
        raise RecordConflictError(
            "another encounter of this person has this name",
            source=encounter_id,
            remedy="give it another name, or replace the earlier encounter",
        )


def settle_names(connection: Connection, encounter_ids: Iterable[str]) -> None:
    """Give encounters that came to another person, or back into use, the names their clients asked for, where free.

    Where another encounter of the person has the name, the identifier stands in for it, so that people who are found to
    be one can be merged whatever clients called their encounters; when they are parted, the name is right again.
    """
    for encounter_id in _with_documents(connection, list(encounter_ids)):
        query = (
            select(encounters.c.subject_id, encounter_documents.c.name, encounter_documents.c.asked_name)
            .join(encounter_documents, encounter_documents.c.encounter_id == encounters.c.encounter_id)
            .where(encounters.c.encounter_id == encounter_id)
        )
        held = connection.execute(query).one()
        wanted = (held.asked_name, encounter_id)
        free = (name for name in wanted if not _is_taken(connection, held.subject_id, encounter_id, name))
        name = next(free, None) or new_identifier()
        if name != held.name:
            values = {"name": name, "updated_at": now_utc()}
            seals = change_row(connection, encounter_documents, encounter_id, values)
            details = {"encounter_id": encounter_id, "changed": ["name"], SEALS: seals}
            append_event(connection, action=DOCUMENT_CHANGED, subject_id=held.subject_id, details=details)


def _is_taken(connection: Connection, subject_id: str, encounter_id: str, name: str) -> bool:
    others = named_encounters(subject_id).where(encounters.c.encounter_id != encounter_id, has_name(name))
    return connection.execute(others.with_only_columns(encounters.c.encounter_id).limit(1)).first() is not None


def _with_documents(connection: Connection, encounter_ids: list[str]) -> list[str]:
    """Return those of some encounters that have a document and are not retired, in their order."""
    found: set[str] = set()
    for start in range(0, len(encounter_ids), _AT_ONCE):
        some = encounters.c.encounter_id.in_(encounter_ids[start : start + _AT_ONCE])
        query = (
            select(encounters.c.encounter_id)
            .join(encounter_documents, encounter_documents.c.encounter_id == encounters.c.encounter_id)
            .where(some, encounters.c.status != EncounterStatus.RETIRED)
        )
        found.update(connection.scalars(query))
    return [name for name in encounter_ids if name in found]
