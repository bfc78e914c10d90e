"""Documents of encounters: what a client calls an encounter and says with it, and whether it wants it used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from biometrics.errors import RecordConflictError, RecordNotFoundError
from biometrics.records import EncounterStatus
from biometrics.samples import now_utc
from registry.audit import append_event
from registry.document_names import has_name, named_encounters, require_free_name
from registry.keys.sections import keyring_of
from registry.rows import StoredRow
from registry.service_actions import DOCUMENT_ADDED, DOCUMENT_CHANGED
from registry.service_rows import SEALS, change_row, insert_row
from registry.tables.core import encounters, subjects
from registry.tables.galleries import encounter_galleries
from registry.tables.service import encounter_documents

_AT_ONCE = 500
"""Values named in one statement: databases limit how many it may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterDocument:
    """What a client said about an encounter.

    Parameters
    ----------
    encounter_id
        Which.
    name
        What tells it apart from the person's others.
    document
        JSON text, as the client's interface defines it.
    in_use
        Whether the client wants it used to identify and to verify.
    request
        Digest of the request that made it.
    created_at, updated_at
        When, UTC.
    """

    encounter_id: str
    name: str
    document: str = field(repr=False)
    in_use: bool
    request: str | None
    created_at: datetime
    updated_at: datetime


class DocumentReader:
    """What clients call encounters and say about them: `record.documents`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, encounter_id: str) -> EncounterDocument | None:
        """Return the document of an encounter; None when it was enrolled without one."""
        found = self._documents(encounter_documents.c.encounter_id == encounter_id)
        return found.get(encounter_id)

    def of_subject(self, subject_id: str) -> dict[str, EncounterDocument]:
        """Return the documents of a subject's encounters, retired ones too, by encounter."""
        own = select(encounters.c.encounter_id).where(encounters.c.subject_id == subject_id)
        return self._documents(encounter_documents.c.encounter_id.in_(own))

    def named(self, subject_id: str, name: str) -> str | None:
        """Return which encounter of a subject, not retired, has a name; without a document its identifier is that."""
        query = named_encounters(subject_id).where(has_name(name)).with_only_columns(encounters.c.encounter_id)
        found: str | None = self._connection.scalar(query)
        return found

    def names(self, subject_id: str) -> frozenset[str]:
        """Return the names of a subject's encounters that are not retired."""
        query = named_encounters(subject_id)
        self._open_keys(query.with_only_columns(encounters.c.encounter_id))
        rows = self._connection.execute(query).all()
        return frozenset(row.encounter_id if row.name is None else row.name for row in rows)

    def by_request(self, request: str) -> str | None:
        """Return the encounter that a request made, unless that is retired: who deleted it may ask the same again."""
        query = (
            select(encounter_documents.c.encounter_id)
            .join(encounters, encounters.c.encounter_id == encounter_documents.c.encounter_id)
            .where(encounter_documents.c.request_token == request, encounters.c.status != EncounterStatus.RETIRED)
        )
        found: str | None = self._connection.scalar(query)
        return found

    def usable(self, subject_ids: Collection[str]) -> frozenset[str]:
        """Return those of some subjects who have an active encounter that its client did not take out of use."""
        wanted = sorted(set(subject_ids))
        found: set[str] = set()
        for start in range(0, len(wanted), _AT_ONCE):
            query = (
                select(encounters.c.subject_id)
                .outerjoin(encounter_documents, encounter_documents.c.encounter_id == encounters.c.encounter_id)
                .where(encounters.c.subject_id.in_(wanted[start : start + _AT_ONCE]))
                .where(encounters.c.status == EncounterStatus.ACTIVE)
                .where(or_(encounter_documents.c.in_use.is_(None), encounter_documents.c.in_use))
                .distinct()
            )
            found.update(self._connection.scalars(query))
        return frozenset(found)

    def in_gallery(self, galleries: Sequence[str], offset: int, limit: int) -> tuple[tuple[str, str], ...]:
        """Return the label and the name of encounters in any of some galleries that are not retired.

        They come by encounter identifier, each once, `limit` of them behind the first `offset`.
        """
        held = select(encounter_galleries.c.encounter_id).where(encounter_galleries.c.gallery_id.in_(galleries))
        query = (
            select(encounters.c.encounter_id, encounters.c.subject_id, subjects.c.label, encounter_documents.c.name)
            .select_from(encounters)
            .join(subjects, subjects.c.subject_id == encounters.c.subject_id)
            .outerjoin(encounter_documents, encounter_documents.c.encounter_id == encounters.c.encounter_id)
            .where(encounters.c.encounter_id.in_(held), encounters.c.status != EncounterStatus.RETIRED)
            .order_by(encounters.c.encounter_id)
            .offset(offset)
            .limit(limit)
        )
        for owner in (encounters.c.encounter_id, encounters.c.subject_id):
            self._open_keys(query.with_only_columns(owner))
        rows = self._connection.execute(query).all()
        return tuple((row.label, row.encounter_id if row.name is None else row.name) for row in rows)

    def _open_keys(self, owners: Select[Any]) -> None:
        keyring_of(self._connection).prefetch(self._connection, owners)

    def _documents(self, which: ColumnElement[bool]) -> dict[str, EncounterDocument]:
        self._open_keys(select(encounter_documents.c.encounter_id).where(which))
        rows = self._connection.execute(select(encounter_documents).where(which)).all()
        return {row.encounter_id: _document_of(row) for row in rows}


class DocumentWriter(DocumentReader):
    """Documents added and changed: `writer.documents`."""

    def add(
        self, encounter_id: str, *, name: str, document: str, in_use: bool = True, request: str | None = None
    ) -> None:
        """Record what a client calls an encounter and says about it.

        Raises
        ------
        RecordNotFoundError
            When there is no such encounter.
        RecordConflictError
            When it has a document, was retired, another encounter of the person has the name, or the request made
            another one.
        RecordError
            When the name is empty.
        """
        subject_id = self._owner(encounter_id)
        if self.of(encounter_id) is not None:
            raise RecordConflictError("this encounter has a document already", source=encounter_id)
        if request is not None:
            self._free_request(request)
        require_free_name(self._connection, subject_id, encounter_id, name)
        now = now_utc()
        values: dict[str, Any] = {"encounter_id": encounter_id, "name": name, "asked_name": name, "request": request}
        values |= {"in_use": in_use, "document": document, "created_at": now, "updated_at": now}
        seals = insert_row(self._connection, encounter_documents, values)
        self._tell(DOCUMENT_ADDED, subject_id, {"encounter_id": encounter_id, "in_use": in_use, SEALS: seals})

    def update(self, encounter_id: str, *, document: str | None = None, in_use: bool | None = None) -> None:
        """Replace what a client says about an encounter, or whether it wants it used; None leaves it as it is.

        Raises
        ------
        RecordNotFoundError
            When the encounter has no document.
        RecordConflictError
            When it was retired.
        """
        subject_id = self._owner(encounter_id)
        given = {name: value for name, value in (("document", document), ("in_use", in_use)) if value is not None}
        changed = {**given, "updated_at": now_utc()}
        seals = change_row(self._connection, encounter_documents, encounter_id, changed)
        if not seals:
            raise RecordNotFoundError("this encounter has no document", source=encounter_id)
        told = {**({} if in_use is None else {"in_use": in_use}), "changed": sorted(given), SEALS: seals}
        self._tell(DOCUMENT_CHANGED, subject_id, {"encounter_id": encounter_id, **told})

    def _free_request(self, request: str) -> None:
        """Refuse a request that was recorded, and take it from a retired encounter that it made."""
        query = (
            select(encounters.c.encounter_id, encounters.c.subject_id, encounters.c.status)
            .join(encounter_documents, encounter_documents.c.encounter_id == encounters.c.encounter_id)
            .where(encounter_documents.c.request_token == request)
        )
        first = self._connection.execute(query).one_or_none()
        if first is None:
            return
        name = first.encounter_id
        if first.status is not EncounterStatus.RETIRED:
            raise RecordConflictError("this request was recorded already", source=name, remedy="read what it made")
        seals = change_row(self._connection, encounter_documents, name, {"request": None})
        self._tell(DOCUMENT_CHANGED, first.subject_id, {"encounter_id": name, "changed": ["request"], SEALS: seals})

    def _owner(self, encounter_id: str) -> str:
        query = select(encounters.c.subject_id, encounters.c.status).where(encounters.c.encounter_id == encounter_id)
        found = self._connection.execute(query).one_or_none()
        if found is None:
            raise RecordNotFoundError("there is no such encounter", source=encounter_id)
        if found.status is EncounterStatus.RETIRED:
            raise RecordConflictError("this encounter is retired", source=encounter_id)
        owner: str = found.subject_id
        return owner

    def _tell(self, action: str, subject_id: str, details: Mapping[str, object]) -> None:
        append_event(self._connection, action=action, subject_id=subject_id, details=details)


def _document_of(row: StoredRow) -> EncounterDocument:
    return EncounterDocument(**{name: getattr(row, name) for name in EncounterDocument.__dataclass_fields__})
