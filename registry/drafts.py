"""Enrollments that are still being filled in, with the files that belong to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from biometrics.errors import RecordConflictError, RecordNotFoundError
from biometrics.samples import now_utc
from registry.audit import append_event
from registry.identifiers import new_identifier
from registry.kept_files import claim_file, remove_owner_files
from registry.keys.sections import keyring_of
from registry.rows import StoredRow
from registry.samples import SampleStore
from registry.service_actions import BUFFER_ADDED, DRAFT_CHANGED, DRAFT_DELETED, DRAFT_FINALIZED, DRAFT_OPENED
from registry.service_rows import SEALS, change_row, insert_row, remove_rows
from registry.service_states import DraftState
from registry.tables.core import encounters
from registry.tables.service import draft_buffers, drafts


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftHead:
    """What drafts are looked for by, without the documents, which may be long.

    Parameters
    ----------
    draft_id
        Which.
    state
        Whether it can still be changed.
    version
        Counts from 1, one more with every change.
    attributes
        JSON text with what of the document a search may ask for.
    """

    draft_id: str
    state: DraftState
    version: int
    attributes: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(DraftHead):
    """An enrollment as far as it is filled in.

    Parameters
    ----------
    client
        Whose.
    document
        JSON text, as the client's interface defines it.
    person, encounter_id
        The label of whom it enrolled and the encounter it became, once it is finalized, if it became one.
    created_at, updated_at
        When, UTC.
    """

    client: str
    document: str = field(repr=False)
    created_at: datetime
    updated_at: datetime
    person: str | None = None
    encounter_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftBuffer:
    """A file that belongs to a draft; its bytes are in the sample store."""

    buffer_id: str
    draft_id: str
    sha256: str
    media_type: str
    size: int
    created_at: datetime


_HEAD = tuple(drafts.c[name] for name in DraftHead.__dataclass_fields__)


class DraftReader:
    """Enrollments that are still being filled in: `record.drafts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, draft_id: str) -> Draft | None:
        """Return a draft, finalized or not."""
        row = self._connection.execute(select(drafts).where(drafts.c.draft_token == draft_id)).one_or_none()
        return None if row is None else _draft_of(row)

    def page(self, client: str, after: str, limit: int) -> tuple[DraftHead, ...]:
        """Return the drafts of a client from behind the one named `after`, or the first for "", at most so many.

        They come in an order of their own that stays the same; it is not that of the identifiers.
        """
        query = select(drafts.c.row_id).where(drafts.c.client == client)
        if after:
            query = query.where(drafts.c.draft_token > after)
        query = query.order_by(drafts.c.draft_token).limit(limit)
        keyring_of(self._connection).prefetch(self._connection, query)
        rows = self._connection.execute(query.with_only_columns(*_HEAD)).all()
        return tuple(DraftHead(**row._mapping) for row in rows)

    def buffers(self, draft_id: str) -> tuple[DraftBuffer, ...]:
        """Return the files of a draft, oldest first."""
        order = draft_buffers.c.created_at, draft_buffers.c.buffer_id
        own = select(draft_buffers).where(_of_draft(draft_id))
        return tuple(_buffer_of(row) for row in self._connection.execute(own.order_by(*order)).all())

    def buffer(self, draft_id: str, buffer_id: str) -> DraftBuffer | None:
        """Return one file of a draft."""
        own = _of_draft(draft_id), draft_buffers.c.buffer_id == buffer_id
        row = self._connection.execute(select(draft_buffers).where(*own)).one_or_none()
        return None if row is None else _buffer_of(row)

    def _open_row(self, draft_id: str, expected_version: int | None = None) -> StoredRow:
        row = self._connection.execute(select(drafts).where(drafts.c.draft_token == draft_id)).one_or_none()
        if row is None:
            raise RecordNotFoundError("there is no such draft", source="draft_id")
        if row.state is not DraftState.IN_PROGRESS:
            raise RecordConflictError("this draft is finalized", source=row.row_id)
        if expected_version is not None and row.version != expected_version:
            raise RecordConflictError("somebody else changed this draft", source=row.row_id, remedy="read it again")
        return row


class DraftWriter(DraftReader):
    """Drafts opened, changed, finalized and deleted: `writer.drafts`."""

    def __init__(self, connection: Connection, sample_store: SampleStore) -> None:
        super().__init__(connection)
        self._samples = sample_store

    def add(self, draft_id: str, *, client: str, document: str, attributes: str = "{}") -> Draft:
        """Open a draft and return it.

        Raises
        ------
        RecordConflictError
            When there is one of this identifier.
        """
        if self.find(draft_id) is not None:
            raise RecordConflictError("there is a draft of this identifier", source="draft_id")
        now = now_utc()
        draft = Draft(
            draft_id=draft_id,
            client=client,
            document=document,
            attributes=attributes,
            state=DraftState.IN_PROGRESS,
            version=1,
            created_at=now,
            updated_at=now,
        )
        seals = insert_row(self._connection, drafts, {"row_id": new_identifier(), **asdict(draft)})
        self._tell(DRAFT_OPENED, {"client": client, SEALS: seals})
        return draft

    def replace(self, draft_id: str, document: str, attributes: str = "{}", expected_version: int | None = None) -> int:
        """Replace what a draft holds and return its new version.

        Raises
        ------
        RecordNotFoundError
            When there is no such draft.
        RecordConflictError
            When it is finalized, or of another version than expected: somebody else changed it.
        """
        row = self._open_row(draft_id, expected_version)
        version = int(row.version) + 1
        values = {"document": document, "attributes": attributes, "version": version}
        self._change(DRAFT_CHANGED, row.row_id, values, {"version": version})
        return version

    def finalize(
        self,
        draft_id: str,
        *,
        expected_version: int | None = None,
        person: str | None = None,
        encounter_id: str | None = None,
    ) -> int:
        """Record what a draft became, if anything, and return its last version; from now on it cannot be changed.

        Raises
        ------
        RecordNotFoundError
            When there is no such draft or encounter.
        RecordConflictError
            When it is finalized already, or of another version than expected.
        """
        row = self._open_row(draft_id, expected_version)
        about = select(encounters.c.encounter_id).where(encounters.c.encounter_id == encounter_id)
        if encounter_id is not None and self._connection.scalar(about) is None:
            raise RecordNotFoundError("there is no such encounter", source=encounter_id)
        version = int(row.version) + 1
        values: dict[str, Any] = {"state": DraftState.FINALIZED, "version": version}
        values |= {"person": person, "encounter_id": encounter_id}
        self._change(DRAFT_FINALIZED, row.row_id, values, {"encounter_id": encounter_id, "version": version})
        return version

    def delete(self, draft_id: str) -> None:
        """Remove a draft with its files.

        Raises
        ------
        RecordNotFoundError
            When there is no such draft.
        """
        if self.find(draft_id) is None:
            raise RecordNotFoundError("there is no such draft", source="draft_id")
        removed = remove_rows(self._connection, draft_buffers, _of_draft(draft_id))
        own = drafts.c.draft_token == draft_id
        rows = list(self._connection.scalars(select(drafts.c.row_id).where(own)))
        remove_owner_files(self._connection, self._samples, rows)
        removed |= remove_rows(self._connection, drafts, own)
        self._tell(DRAFT_DELETED, {SEALS: removed})

    def add_buffer(self, draft_id: str, *, sha256: str, media_type: str, size: int) -> DraftBuffer:
        """Add a file that was stored before to a draft and return its entry.

        Raises
        ------
        RecordNotFoundError
            When there is no such draft.
        RecordConflictError
            When it is finalized.
        StorageError
            When the file was not stored.
        """
        row = self._open_row(draft_id)
        claim_file(self._connection, self._samples, row.row_id, sha256)
        buffer = DraftBuffer(
            buffer_id=new_identifier(),
            draft_id=draft_id,
            sha256=sha256,
            media_type=media_type,
            size=size,
            created_at=now_utc(),
        )
        seals = insert_row(self._connection, draft_buffers, {"draft_row": row.row_id, **asdict(buffer)})
        self._tell(BUFFER_ADDED, {"draft": row.row_id, "sha256": sha256, SEALS: seals})
        return buffer

    def _change(self, action: str, row_id: str, values: Mapping[str, Any], told: Mapping[str, object]) -> None:
        seals = change_row(self._connection, drafts, row_id, {**values, "updated_at": now_utc()})
        self._tell(action, {**told, SEALS: seals})

    def _tell(self, action: str, details: Mapping[str, object]) -> None:
        append_event(self._connection, action=action, subject_id=None, details=details)


def _of_draft(draft_id: str) -> ColumnElement[bool]:
    own = select(drafts.c.row_id).where(drafts.c.draft_token == draft_id)
    return draft_buffers.c.draft_row == own.scalar_subquery()


def _draft_of(row: StoredRow) -> Draft:
    return Draft(**{name: getattr(row, name) for name in Draft.__dataclass_fields__})


def _buffer_of(row: StoredRow) -> DraftBuffer:
    return DraftBuffer(**{name: getattr(row, name) for name in DraftBuffer.__dataclass_fields__})
