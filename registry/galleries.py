"""The galleries of an installation: who is searched together, and for what. They never mix unless somebody says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from biometrics.errors import RecordConflictError, RecordError, RecordNotFoundError
from biometrics.records import DEFAULT_GALLERY
from biometrics.samples import now_utc
from registry.audit import GALLERY_CREATED, append_event
from registry.belonging import belongings
from registry.moving import place
from registry.search_galleries import follow_galleries
from registry.tables.core import encounters
from registry.tables.galleries import encounter_galleries, galleries

FIRST_GALLERIES = {DEFAULT_GALLERY: "national_identity", "visa_applicants": "visa"}
"""Galleries of a new registry, and what they are for."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_RESERVED = "all"
"""Names all galleries together where one is asked for, however it is written."""

_LONGEST_PURPOSE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryRecord:
    """A gallery, what it is for, and how many encounters it holds, retired ones included."""

    gallery_id: str
    purpose: str
    created_at: datetime
    encounters: int


def create_first_galleries(connection: Connection) -> None:
    """Fill the table of a new registry."""
    rows = [
        {"gallery_id": gallery_id, "purpose": purpose, "created_at": now_utc()}
        for gallery_id, purpose in FIRST_GALLERIES.items()
    ]
    connection.execute(insert(galleries), rows)


def known_galleries(connection: Connection) -> tuple[GalleryRecord, ...]:
    """Return all galleries by name."""
    held = (
        select(encounter_galleries.c.gallery_id, func.count().label("encounters"))
        .group_by(encounter_galleries.c.gallery_id)
        .subquery()
    )
    query = (
        select(galleries, func.coalesce(held.c.encounters, 0).label("encounters"))
        .outerjoin(held, held.c.gallery_id == galleries.c.gallery_id)
        .order_by(galleries.c.gallery_id)
    )
    return tuple(GalleryRecord(**row._mapping) for row in connection.execute(query).all())


def gallery_names(connection: Connection) -> tuple[str, ...]:
    """Return the names of all galleries, in their order."""
    return tuple(connection.scalars(select(galleries.c.gallery_id).order_by(galleries.c.gallery_id)).all())


def create_gallery(connection: Connection, gallery_id: str, purpose: str) -> None:
    """Add an empty gallery.

    Raises
    ------
    RecordError
        When the name or the purpose cannot be used.
    RecordConflictError
        When there is one of this name, in whatever case.
    """
    if not _NAME.fullmatch(gallery_id) or gallery_id.lower() == _RESERVED:
        raise RecordError(
            "this cannot be the name of a gallery",
            remedy="use up to 64 letters a to z, digits, hyphens and underscores, a letter first, and not ALL",
        )
    if not (purpose.strip() and len(purpose) <= _LONGEST_PURPOSE and purpose.isprintable()):
        raise RecordError(
            f"the purpose of a gallery is a line of up to {_LONGEST_PURPOSE} characters", source=gallery_id
        )
    # Folders named like galleries may lie on a disk that does not tell cases apart.
    same = func.lower(galleries.c.gallery_id) == gallery_id.lower()
    known = connection.scalar(select(galleries.c.gallery_id).where(same))
    if known is not None:
        remedy = None if known == gallery_id else "names that differ only by case are one"
        raise RecordConflictError("there is a gallery of this name", source=known, remedy=remedy)
    values = {"gallery_id": gallery_id, "purpose": purpose, "created_at": now_utc()}
    connection.execute(insert(galleries).values(values))
    details = {"gallery_id": gallery_id, "purpose": purpose}
    append_event(connection, action=GALLERY_CREATED, subject_id=None, details=details)


def require_galleries(connection: Connection, named: Iterable[str]) -> None:
    """Refuse galleries that nobody created.

    Raises
    ------
    RecordNotFoundError
        Naming the first of them.
    RecordError
        When none is named.
    """
    asked = set(named)
    if not asked:
        raise RecordError("no gallery is named", remedy="name at least one")
    known = set(connection.scalars(select(galleries.c.gallery_id).where(galleries.c.gallery_id.in_(asked))))
    for unknown in sorted(asked - known):
        raise RecordNotFoundError("there is no such gallery", source=unknown, remedy="see kura registry galleries")


def join_galleries(connection: Connection, encounter_id: str, named: Iterable[str]) -> None:
    """Record in which galleries a new encounter is.

    Raises
    ------
    RecordNotFoundError, RecordError
        When one is unknown, or none is named.
    """
    wanted = sorted(set(named))
    require_galleries(connection, wanted)
    rows = [{"encounter_id": encounter_id, "gallery_id": gallery_id} for gallery_id in wanted]
    connection.execute(insert(encounter_galleries), rows)
    owner = select(encounters.c.subject_id).where(encounters.c.encounter_id == encounter_id)
    follow_galleries(connection, connection.scalars(owner).all())


def put_into_gallery(connection: Connection, encounter_id: str, gallery_id: str) -> int:
    """Let an encounter be found in one more gallery; return the number of the change.

    Raises
    ------
    RecordNotFoundError
        When the encounter or the gallery is unknown.
    RecordConflictError
        When it is there already.
    """
    require_galleries(connection, [gallery_id])
    held = belongings(connection, [encounter_id])[encounter_id].galleries
    return place(connection, encounter_id, held | {gallery_id})


def remove_from_gallery(connection: Connection, encounter_id: str, gallery_id: str) -> int:
    """Let an encounter no longer be found in a gallery; return the number of the change.

    Raises
    ------
    RecordNotFoundError
        When the encounter or the gallery is unknown.
    RecordConflictError
        When it is not there.
    RecordError
        When it would be in no gallery any more.
    """
    require_galleries(connection, [gallery_id])
    held = belongings(connection, [encounter_id])[encounter_id].galleries
    return place(connection, encounter_id, held - {gallery_id})
