"""What a gallery in memory, or one that was kept on disk, is compared with: counts, and a mark of the history."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, and_, distinct, func, or_, select

from biometrics.errors import RecordError
from registry.columns import canonical_json
from registry.tables.base import NO_DIGEST
from registry.tables.core import audit_events, changes, encounters, references
from registry.tables.galleries import encounter_galleries

CHANGES_IN_A_MARK = 256
"""Changes, up to the marked one, that a mark covers.

Encounters and references have random names, so histories that went apart differ in every change that adds one; only
as many others in a row, the same in both, would hide where they did.
"""


def active_subjects(connection: Connection, gallery_id: str | None) -> int:
    """Return how many subjects have a reference that is not retired, in one gallery or anywhere; pending ones count."""
    query = (
        select(func.count(distinct(encounters.c.subject_id)))
        .select_from(encounters)
        .join(references, references.c.encounter_id == encounters.c.encounter_id)
        .where(references.c.retired_at.is_(None))
    )
    if gallery_id is not None:
        held = encounter_galleries.c.encounter_id == encounters.c.encounter_id
        query = query.join(encounter_galleries, held).where(encounter_galleries.c.gallery_id == gallery_id)
    return int(connection.scalar(query) or 0)


def active_references(connection: Connection, gallery_id: str | None) -> int:
    """Return how many references are not retired, in one gallery or anywhere; those of pending encounters count."""
    # Of references in use, an index holds the encounters: neither their rows nor their long templates are read.
    query = select(func.count()).select_from(references).where(references.c.retired_at.is_(None))
    if gallery_id is not None:
        held = encounter_galleries.c.encounter_id == references.c.encounter_id
        query = query.join(encounter_galleries, held).where(encounter_galleries.c.gallery_id == gallery_id)
    return int(connection.scalar(query) or 0)


def mark_of(connection: Connection, sequence: int) -> str:
    """Return a digest that no other registry, and no other history of this one, has at this change.

    It covers the first event of the audit trail, whose moment no other registry shares, and the last changes up to
    `sequence` with the names of those references they added that were active then. One of these that is retired and
    purged later changes the mark.

    Parameters
    ----------
    connection
        A reading or writing section.
    sequence
        Number of the change; 0 is the empty registry.

    Raises
    ------
    RecordError
        When there is no such change.
    """
    covered = _changes_up_to(connection, sequence)
    first = max(sequence - CHANGES_IN_A_MARK, 0) + 1
    if sequence < 0 or list(covered) != list(range(first, sequence + 1)):
        raise RecordError(f"there is no change {sequence}", remedy="run kura registry check")
    begun = connection.scalar(select(audit_events.c.digest).order_by(audit_events.c.sequence).limit(1))
    marked = {"sequence": sequence, "first_event": begun or NO_DIGEST, "changes": list(covered.values())}
    return hashlib.sha256(canonical_json(marked).encode()).hexdigest()


def _changes_up_to(connection: Connection, sequence: int) -> dict[int, list[object]]:
    """Return the last changes up to one by number, in order, each with the names of what it added and is active."""
    added = and_(references.c.encounter_id == changes.c.encounter_id, references.c.added_at == changes.c.sequence)
    active = or_(references.c.retired_at.is_(None), references.c.retired_at > sequence)
    told = (changes.c.sequence, changes.c.kind, changes.c.encounter_id, changes.c.subject_id, changes.c.galleries)
    query = (
        select(*told, references.c.reference_id)
        .outerjoin(references, and_(added, active))
        .where(changes.c.sequence > sequence - CHANGES_IN_A_MARK, changes.c.sequence <= sequence)
        .order_by(changes.c.sequence, references.c.ordinal)
    )
    found: dict[int, list[object]] = {}
    for row in connection.execute(query).all():
        said: list[object] = [row.sequence, row.kind.value, row.encounter_id, row.subject_id, sorted(row.galleries)]
        found.setdefault(row.sequence, said).append(row.reference_id)
    return found
