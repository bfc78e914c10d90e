"""Which files of the sample store belong to a person alone."""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, Connection, select

from registry.tables.core import samples
from registry.tables.people import capture_exceptions, evidence
from registry.tables.service import draft_buffers, drafts


def files_only_of(connection: Connection, family: list[str], own: list[str]) -> list[str]:
    """Return the digests of files that records of some subjects and encounters name, and no others do."""
    made_of = select(drafts.c.draft_id).where(drafts.c.encounter_id.in_(own))
    naming: tuple[tuple[Column[str], ColumnElement[bool]], ...] = (
        (samples.c.sha256, samples.c.encounter_id.in_(own)),
        (capture_exceptions.c.photo_sha256, capture_exceptions.c.encounter_id.in_(own)),
        (evidence.c.scan_sha256, evidence.c.subject_id.in_(family)),
        (draft_buffers.c.sha256, draft_buffers.c.draft_id.in_(made_of)),
    )
    named: set[str] = set()
    for column, of_family in naming:
        named |= {one for one in connection.scalars(select(column).where(of_family)) if one is not None}
    return sorted(one for one in named if not any(_others(connection, one, *place) for place in naming))


def _others(connection: Connection, digest: str, column: Column[str], of_family: ColumnElement[bool]) -> bool:
    query = select(column).where(column == digest, ~of_family).limit(1)
    return connection.scalar(query) is not None
