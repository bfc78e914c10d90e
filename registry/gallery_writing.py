"""Galleries as sections of the registry offer them: `record.galleries` and `writer.galleries`."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from registry.galleries import (
    GalleryRecord,
    create_gallery,
    gallery_names,
    known_galleries,
    put_into_gallery,
    remove_from_gallery,
    require_galleries,
)


class GalleryReader:
    """Which galleries there are."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self) -> tuple[GalleryRecord, ...]:
        """Return all galleries by name."""
        return known_galleries(self._connection)

    def names(self) -> tuple[str, ...]:
        """Return the names of all galleries, in their order."""
        return gallery_names(self._connection)

    def require(self, named: Iterable[str]) -> None:
        """Refuse galleries that nobody created, as `registry.galleries.require_galleries`."""
        require_galleries(self._connection, named)


class GalleryWriter(GalleryReader):
    """Galleries created, and encounters put in and taken out."""

    def create(self, gallery_id: str, purpose: str) -> None:
        """Add an empty gallery, as `registry.galleries.create_gallery`."""
        create_gallery(self._connection, gallery_id, purpose)

    def put(self, encounter_id: str, gallery_id: str) -> int:
        """Let an encounter be found in one more gallery, as `registry.galleries.put_into_gallery`."""
        return put_into_gallery(self._connection, encounter_id, gallery_id)

    def remove(self, encounter_id: str, gallery_id: str) -> int:
        """Let an encounter no longer be found in a gallery, as `registry.galleries.remove_from_gallery`."""
        return remove_from_gallery(self._connection, encounter_id, gallery_id)
