"""In which galleries persons are searched: those of their encounters, or of the survivor's where they were merged."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import CTE, ColumnElement, Connection, Select, select, update

from registry.tables.core import encounters, subjects
from registry.tables.galleries import encounter_galleries
from registry.tables.search import person_search


def follow_galleries(connection: Connection, subject_ids: Collection[str]) -> None:
    """Let subjects, and whoever was merged into them, be found in the galleries where their encounters are now."""
    held = searched_galleries(connection, _all_merged_into(connection, subject_ids))
    for subject_id, galleries in held.items():
        elsewhere = person_search.c.subject_id == subject_id, person_search.c.galleries != galleries
        connection.execute(update(person_search).where(*elsewhere).values(galleries=galleries))


def searched_galleries(connection: Connection, subject_ids: Collection[str]) -> dict[str, str]:
    """Return in which galleries subjects are searched, as their search rows say it."""
    held: dict[str, list[str]] = {subject_id: [] for subject_id in subject_ids}
    pairs = subjects_in_galleries(subjects.c.subject_id.in_(list(held)))
    for row in connection.execute(pairs).all():
        held[row.asked].append(row.gallery_id)
    return {subject_id: _text(galleries) for subject_id, galleries in held.items()}


def named_in(text: str, gallery_id: str) -> bool:
    """Tell whether a search row with these galleries is one of a gallery."""
    return gallery_id in text.split()


def subjects_in_galleries(chosen: ColumnElement[bool]) -> Select[str, str]:
    """Return the query for each gallery of each chosen subject; every merge is followed to its end."""
    line = _lineages(chosen)
    return (
        select(line.c.asked, encounter_galleries.c.gallery_id)
        .join(encounters, encounters.c.subject_id == line.c.subject_id)
        .join(encounter_galleries, encounter_galleries.c.encounter_id == encounters.c.encounter_id)
        .where(line.c.merged_into.is_(None))
        .distinct()
    )


def _lineages(chosen: ColumnElement[bool]) -> CTE:
    """Return the chosen subjects with all whom they became; ends even where damage let merges run in a circle."""
    line = (
        select(subjects.c.subject_id.label("asked"), subjects.c.subject_id, subjects.c.merged_into)
        .where(chosen)
        .cte("lineages", recursive=True)
    )
    later = select(line.c.asked, subjects.c.subject_id, subjects.c.merged_into)
    return line.union(later.join(subjects, subjects.c.subject_id == line.c.merged_into))


def _all_merged_into(connection: Connection, subject_ids: Collection[str]) -> list[str]:
    """Return subjects and all who became them, step by step."""
    tree = select(subjects.c.subject_id).where(subjects.c.subject_id.in_(list(subject_ids))).cte("tree", recursive=True)
    tree = tree.union(select(subjects.c.subject_id).join(tree, subjects.c.merged_into == tree.c.subject_id))
    return list(connection.scalars(select(tree.c.subject_id)))


def _text(galleries: Iterable[str]) -> str:
    return " ".join(sorted(galleries))
