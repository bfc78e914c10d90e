"""Operations on galleries: which there are, a new one, and an encounter put in or taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from biometrics.records import Actor
from enrollment.operations.operation import Operation
from registry.galleries import GalleryRecord
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateGallery:
    """Asks for a new gallery."""

    gallery_id: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceEncounter:
    """Asks to put an encounter into a gallery, or to take it out."""

    encounter_id: str
    gallery_id: str
    take_out: bool = False


def known(registry: Registry, actor: Actor, asked: None) -> tuple[GalleryRecord, ...]:
    """Return all galleries; they say nothing about anybody."""
    with registry.reading() as record:
        return record.galleries.known()


def create(registry: Registry, actor: Actor, asked: CreateGallery) -> tuple[GalleryRecord, ...]:
    """Add a gallery, and return all."""
    with registry.writing(actor) as writer:
        writer.galleries.create(asked.gallery_id, asked.purpose)
        return writer.galleries.known()


def place(registry: Registry, actor: Actor, asked: PlaceEncounter) -> tuple[GalleryRecord, ...]:
    """Put an encounter into a gallery or take it out, and return all galleries."""
    with registry.writing(actor) as writer:
        change = writer.galleries.remove if asked.take_out else writer.galleries.put
        change(asked.encounter_id, asked.gallery_id)
        return writer.galleries.known()


KNOWN_GALLERIES = Operation("gallery.known", known)
CREATE_GALLERY = Operation("gallery.create", create)
PLACE_ENCOUNTER = Operation("gallery.place", place)

GALLERIES: tuple[Operation[Any, Any], ...] = (KNOWN_GALLERIES, CREATE_GALLERY, PLACE_ENCOUNTER)
