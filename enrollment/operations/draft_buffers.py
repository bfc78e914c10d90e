"""Files that belong to an enrollment a client is still collecting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from biometrics.errors import RecordError, RecordNotFoundError
from biometrics.records import Actor
from enrollment.operations.drafts import consult_drafts, own_draft
from enrollment.operations.operation import Operation
from registry.reading import Reader
from registry.store import Registry

MOST_BUFFERS = 100
"""Files of one draft: a ten-print with its slaps, portraits and every page of many papers are fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddBuffer:
    """Asks to keep a file with a draft."""

    draft_id: str
    client: str
    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBuffer:
    """Asks for a file of a draft."""

    draft_id: str
    client: str
    buffer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBuffer:
    """A file of a draft, with its digest."""

    media_type: str
    sha256: str
    data: bytes


def add_buffer(registry: Registry, actor: Actor, asked: AddBuffer) -> str:
    """Keep a file and return its identifier; the same content may be kept twice."""
    with registry.reading() as record:  # nothing is stored for a draft that is not there
        own_draft(record.drafts, asked.draft_id, asked.client)
    sha256 = registry.keep_sample(asked.data)
    with registry.writing(actor) as writer:
        own_draft(writer.drafts, asked.draft_id, asked.client)
        if len(writer.drafts.buffers(asked.draft_id)) >= MOST_BUFFERS:
            raise RecordError(f"an enrollment has at most {MOST_BUFFERS} buffers", remedy="delete it and begin anew")
        kept = writer.drafts.add_buffer(
            asked.draft_id, sha256=sha256, media_type=asked.media_type, size=len(asked.data)
        )
        return kept.buffer_id


def read_buffer(registry: Registry, actor: Actor, asked: OwnBuffer) -> KeptBuffer:
    """Return a file of a draft."""

    def read(record: Reader) -> tuple[str, str]:
        own_draft(record.drafts, asked.draft_id, asked.client)
        kept = record.drafts.buffer(asked.draft_id, asked.buffer_id)
        if kept is None:
            raise RecordNotFoundError("there is no such buffer", remedy="use an identifier that was answered")
        return kept.media_type, kept.sha256

    media_type, sha256 = consult_drafts(registry, actor, [asked.draft_id], read)
    return KeptBuffer(media_type=media_type, sha256=sha256, data=registry.sample_bytes(sha256))


ADD_BUFFER = Operation("draft.add_buffer", add_buffer)
READ_BUFFER = Operation("draft.read_buffer", read_buffer)

DRAFT_BUFFERS: tuple[Operation[Any, Any], ...] = (ADD_BUFFER, READ_BUFFER)
"""All of them, for the table of operations."""
