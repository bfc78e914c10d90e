"""Enrollments that a client is still collecting: each is its client's own, and nobody else's to read or change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from biometrics.errors import RecordError, RecordNotFoundError
from biometrics.records import Actor
from enrollment.drafts.expressions import Expression, all_hold
from enrollment.operations.operation import Operation
from registry.drafts import Draft, DraftReader
from registry.reading import Reader
from registry.service_states import DraftState
from registry.store import Registry

Answer = TypeVar("Answer")

DRAFTS_READ = "draft.read"
"""What the audit trail calls a reading of drafts; they hold what people stated."""

MOST_READ_BYTES = 48 * 1024 * 1024
"""Of documents that are read together; a single one may be larger."""

SEARCHED_AT_ONCE = 1_000
"""Drafts whose attributes one operation looks at, so that others are not kept waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepDraft:
    """Asks to keep a document as a draft.

    Parameters
    ----------
    draft_id, client
        Which, and whose.
    document
        JSON text in UTF-8.
    attributes
        JSON object of the single values by which it is searched.
    expected_version
        Of a draft that is replaced: the version it must have; None replaces whichever.
    """

    draft_id: str
    client: str
    document: bytes
    attributes: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDraft:
    """Asks about a draft of a client."""

    draft_id: str
    client: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDrafts:
    """Asks for drafts of a client."""

    draft_ids: tuple[str, ...]
    client: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDraft:
    """A draft as it is kept; `person` is the label of whom it enrolled, if it enrolled anybody."""

    draft_id: str
    version: int
    finalized: bool
    document: bytes
    person: str | None = None
    encounter_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishDraft:
    """Asks to finalize a draft that enrolls nobody, if it still has the version that was looked at."""

    draft_id: str
    client: str
    expected_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDrafts:
    """Asks which drafts of a client meet expressions, by identifier from behind `after`."""

    client: str
    expressions: tuple[Expression, ...] = ()
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedDrafts:
    """Identifiers of drafts that meet the expressions; `after` is where to go on, None when all were looked at."""

    found: tuple[str, ...]
    after: str | None


def open_draft(registry: Registry, actor: Actor, asked: KeepDraft) -> int:
    """Keep a new draft and return its version."""
    with registry.writing(actor) as writer:
        added = writer.drafts.add(
            asked.draft_id, client=asked.client, document=asked.document.decode(), attributes=asked.attributes
        )
        return added.version


def read_drafts(registry: Registry, actor: Actor, asked: ReadDrafts) -> tuple[KeptDraft, ...]:
    """Return drafts of a client in the order asked; those that are gone, or another's, are left out."""

    def read(record: Reader) -> tuple[KeptDraft, ...]:
        found: list[KeptDraft] = []
        room = MOST_READ_BYTES
        for draft in map(record.drafts.find, asked.draft_ids):
            if draft is None or draft.client != asked.client:
                continue
            found.append(_kept(draft))
            room -= len(found[-1].document)
            if room < 0 and len(found) > 1:
                raise RecordError("these enrollments are too large to be read together", remedy="ask for fewer")
        return tuple(found)

    return consult_drafts(registry, actor, asked.draft_ids, read)


def replace_draft(registry: Registry, actor: Actor, asked: KeepDraft) -> int:
    """Keep another document in the place of a draft's and return its new version."""
    with registry.writing(actor) as writer:
        own_draft(writer.drafts, asked.draft_id, asked.client)
        return writer.drafts.replace(
            asked.draft_id, asked.document.decode(), asked.attributes, expected_version=asked.expected_version
        )


def finish_draft(registry: Registry, actor: Actor, asked: FinishDraft) -> str:
    """Finalize a draft that enrolls nobody and return its identifier."""
    with registry.writing(actor) as writer:
        own_draft(writer.drafts, asked.draft_id, asked.client)
        writer.drafts.finalize(asked.draft_id, expected_version=asked.expected_version)
    return asked.draft_id


def delete_draft(registry: Registry, actor: Actor, asked: OwnDraft) -> str:
    """Delete a draft with its files and return its identifier; what became of a finalized one stays."""
    with registry.writing(actor) as writer:
        if own_draft(writer.drafts, asked.draft_id, asked.client).state is DraftState.FINALIZED:
            raise RecordError("this enrollment is finalized", remedy="it is kept with the person it enrolled")
        writer.drafts.delete(asked.draft_id)
    return asked.draft_id


def search_drafts(registry: Registry, actor: Actor, asked: SearchDrafts) -> SearchedDrafts:
    """Return which of the next drafts meet the expressions."""

    def search(record: Reader) -> SearchedDrafts:
        page = record.drafts.page(asked.client, asked.after, SEARCHED_AT_ONCE)
        found = tuple(
            one.draft_id
            for one in page
            if all_hold(
                asked.expressions,
                {**json.loads(one.attributes), "enrollmentId": one.draft_id, "status": one.state.value},
            )
        )
        return SearchedDrafts(found=found, after=page[-1].draft_id if len(page) == SEARCHED_AT_ONCE else None)

    with registry.reading() as record:
        return search(record)


def own_draft(drafts: DraftReader, draft_id: str, client: str) -> Draft:
    """Return a draft of the client; another's is as unknown to it as one that does not exist.

    Raises
    ------
    RecordNotFoundError
        When there is none.
    """
    found = drafts.find(draft_id)
    if found is None or found.client != client:
        raise RecordNotFoundError("there is no such enrollment", remedy="create it first")
    return found


def _kept(draft: Draft) -> KeptDraft:
    return KeptDraft(
        draft_id=draft.draft_id,
        version=draft.version,
        finalized=draft.state is DraftState.FINALIZED,
        document=draft.document.encode(),
        person=draft.person,
        encounter_id=draft.encounter_id,
    )


def consult_drafts(
    registry: Registry, actor: Actor, draft_ids: Sequence[str], ask: Callable[[Reader], Answer]
) -> Answer:
    """Answer after the trail says who read which drafts; it names them by a digest, as clients choose identifiers."""
    named = hashlib.sha256("\n".join(draft_ids).encode()).hexdigest()
    return registry.consult(actor, DRAFTS_READ, [], ask, told={"drafts": len(draft_ids), "drafts_sha256": named})


OPEN_DRAFT = Operation("draft.open", open_draft)
READ_DRAFTS = Operation("draft.read", read_drafts)
REPLACE_DRAFT = Operation("draft.replace", replace_draft)
FINISH_DRAFT = Operation("draft.finish", finish_draft)
DELETE_DRAFT = Operation("draft.delete", delete_draft)
SEARCH_DRAFTS = Operation("draft.search", search_drafts)

DRAFTS: tuple[Operation[Any, Any], ...] = (
    OPEN_DRAFT,
    READ_DRAFTS,
    REPLACE_DRAFT,
    FINISH_DRAFT,
    DELETE_DRAFT,
    SEARCH_DRAFTS,
)
"""All of them, for the table of operations."""
