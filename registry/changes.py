"""The changes of references as a gallery follows them: numbered, without gaps, read piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, not_, or_, select

from biometrics.errors import StorageError
from biometrics.protocols import ChangeKind, ReferenceChange
from registry.keys.sections import keyring_of
from registry.rows import change_of
from registry.tables.core import changes, heads, references

CHANGES_AT_ONCE = 256
"""Changes read in one go: about 10 MB of templates at ten fingers and a face each."""


def latest_sequence(connection: Connection) -> int:
    """Return the number of the last change; 0 when there is none."""
    return int(connection.scalar(select(heads.c.change_sequence)) or 0)


def pieces(after: int, latest: int) -> Iterator[tuple[int, int]]:
    """Yield the bounds of pieces that together are the changes numbered from `after` + 1 up to `latest`."""
    for start in range(after, latest, CHANGES_AT_ONCE):
        yield start, min(start + CHANGES_AT_ONCE, latest)


def changes_between(
    connection: Connection, after: int, last: int, *, since: int, latest: int
) -> tuple[ReferenceChange, ...]:
    """Return the changes numbered from `after` + 1 up to `last`, which all must exist.

    References that came and went between `since` and `latest` are left out: who follows from `since` never saw them,
    and a gallery need not hold templates of a model that is no longer used.

    Raises
    ------
    StorageError, TemplateError
        When a change is missing or a template is damaged.
    """
    met = select(changes.c.encounter_id).where(changes.c.sequence > after, changes.c.sequence <= last)
    keyring_of(connection).prefetch(connection, met)
    passing = and_(references.c.added_at > since, func.coalesce(references.c.retired_at, latest + 1) <= latest)
    rows = connection.execute(
        _change_rows(not_(passing))
        .where(changes.c.sequence > after, changes.c.sequence <= last)
        .order_by(changes.c.sequence, references.c.ordinal)
    ).all()
    found = tuple(change_of(list(group)) for _, group in groupby(rows, key=attrgetter("sequence")))
    if [change.sequence for change in found] != list(range(after + 1, last + 1)):
        message = f"changes {after + 1} to {last} are not all there"
        raise StorageError(message, remedy="run kura registry check, then restore a backup")
    return found


def changed_subjects(connection: Connection, after: int, gallery_id: str) -> frozenset[str]:
    """Return whose references in a gallery any change numbered above `after` concerned, whether or not they are there.

    References that came and went since count too: nobody outside this set differs from what they were at `after`.
    """
    told = (changes.c.subject_id, changes.c.galleries, changes.c.from_subject_id, changes.c.from_galleries)
    found: set[str] = set()
    for row in connection.execute(select(*told).where(changes.c.sequence > after)):
        if gallery_id in row.galleries:
            found.add(row.subject_id)
        if row.from_galleries is not None and gallery_id in row.from_galleries:
            found.add(row.from_subject_id)
    return frozenset(found)


def _change_rows(condition: ColumnElement[bool]) -> Select[Any]:
    """Select changes with the subject of their time, one row per reference, and one where there is none.

    Of the references, those that satisfy the condition.
    """
    added = and_(changes.c.kind == ChangeKind.ADDED, references.c.added_at == changes.c.sequence)
    retired = and_(changes.c.kind == ChangeKind.RETIRED, references.c.retired_at == changes.c.sequence)
    in_use = or_(references.c.retired_at.is_(None), references.c.retired_at > changes.c.sequence)
    moved = and_(changes.c.kind == ChangeKind.MOVED, references.c.added_at < changes.c.sequence, in_use)
    own = and_(references.c.encounter_id == changes.c.encounter_id, or_(added, retired, moved))
    return select(
        changes.c.sequence,
        changes.c.kind,
        changes.c.subject_id,
        changes.c.galleries,
        changes.c.from_subject_id,
        changes.c.from_galleries,
        references.c.reference_id,
        references.c.sample_sha256,
        references.c.template,
    ).outerjoin(references, and_(own, condition))
