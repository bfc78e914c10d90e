"""What a snapshot says it is of: which gallery, at which change of which registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from biometrics.errors import SnapshotError
from registry.gallery_view import GalleryView

REMEDY = "nothing is lost: the gallery is built anew from the registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a snapshot is of.

    Parameters
    ----------
    gallery
        Name of the gallery.
    generation, mark
        The last change it has applied, and the registry's mark at that change.
    kura
        Version that wrote it.
    content
        What the gallery itself says about its arrays.
    stats
        The gallery's figures then, for people.
    """

    gallery: str
    generation: int
    mark: str
    kura: str
    content: Mapping[str, Any]
    stats: Mapping[str, Any]

    @classmethod
    def of(cls, view: GalleryView, content: Mapping[str, Any], stats: Mapping[str, Any]) -> Header:
        """Return the header of a gallery that follows a view, from what it exports."""
        generation = int(content["generation"])
        return cls(
            gallery=view.gallery_id,
            generation=generation,
            mark=view.mark(generation),
            kura=version("kura"),
            content=content,
            stats=stats,
        )

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Header:
        """Return the header that a snapshot holds.

        Raises
        ------
        SnapshotError
            When another version wrote something else.
        """
        kinds = {"gallery": str, "generation": int, "mark": str, "kura": str, "content": dict, "stats": dict}
        if told.keys() != kinds.keys() or any(type(told[name]) is not kind for name, kind in kinds.items()):
            raise SnapshotError("the snapshot says something else than this version writes", remedy=REMEDY)
        return cls(**told)

    def require_same_history(self, view: GalleryView) -> None:
        """Refuse a snapshot of another gallery, of another registry, or of a history that this registry has not had.

        Raises
        ------
        SnapshotError
            Saying which.
        """
        if self.gallery != view.gallery_id:
            raise SnapshotError(f"the snapshot is of the gallery {self.gallery}", remedy=REMEDY)
        latest = view.latest_sequence()
        if self.generation > latest:
            raise SnapshotError(
                f"the snapshot is at change {self.generation}, the registry at {latest}: it was brought back to an "
                "earlier state, or is another one",
                remedy=REMEDY,
            )
        if self.mark != view.mark(self.generation):
            message = f"change {self.generation} of the registry is not the one that the snapshot has followed"
            raise SnapshotError(message, remedy=REMEDY)
