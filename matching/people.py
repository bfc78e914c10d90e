"""Who is in the gallery: a number per subject, and where each reference lies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from biometrics.arrays import Flags, Ids
from biometrics.errors import GalleryError
from biometrics.positions import Position
from biometrics.protocols import ReferenceChange
from biometrics.template_codec import encode_template
from biometrics.templates import BiometricReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What registry and gallery must agree on about an active reference; `digest` is of its template's bytes."""

    reference_id: str
    subject_id: str
    position: Position
    digest: bytes

    @classmethod
    def of(cls, reference: BiometricReference) -> Identity:
        """Return the identity of a reference."""
        digest = hashlib.blake2b(encode_template(reference.template), digest_size=16).digest()
        return cls(
            reference_id=reference.reference_id,
            subject_id=reference.subject_id,
            position=reference.template.position,
            digest=digest,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a reference lies: its row in the column of its position."""

    identity: Identity
    row: int


class People:
    """Subjects by number. A number is given once and never to somebody else."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._ids: list[str] = []
        self._places: dict[str, Place] = {}
        self._references: list[dict[str, None]] = []
        self._active: Flags = np.zeros(16, dtype=np.bool_)
        self._changed_at: Ids = np.zeros(16, dtype=np.int64)

    @property
    def size(self) -> int:
        """Subjects with at least one active reference."""
        return int(self._active.sum())

    @property
    def active(self) -> Flags:
        """Per subject number, whether the subject has an active reference."""
        return self._active[: len(self._ids)].copy()

    @property
    def changed_at(self) -> Ids:
        """Per subject number, the sequence of the last change of its references."""
        return self._changed_at[: len(self._ids)]

    def number(self, subject_id: str) -> int | None:
        """Return the number of an active subject; None when there is no such."""
        number = self._numbers.get(subject_id)
        return number if number is not None and self._active[number] else None

    def subject_id(self, number: int) -> str:
        """Return the identifier of a subject number."""
        return self._ids[number]

    def admit(self, subject_id: str) -> int:
        """Return the number of a subject, giving one to a newcomer."""
        number = self._numbers.get(subject_id)
        if number is not None:
            return number
        number = len(self._ids)
        self._numbers[subject_id] = number
        self._ids.append(subject_id)
        self._references.append({})
        if number == len(self._active):
            self._active = np.concatenate([self._active, np.zeros_like(self._active)])
            self._changed_at = np.concatenate([self._changed_at, np.zeros_like(self._changed_at)])
        return number

    def require_new(self, change: ReferenceChange) -> None:
        """Refuse references that are active already, come twice or are another subject's.

        Raises
        ------
        GalleryError
            Naming the first of them.
        """
        self._require_own(change)
        for reference in change.references:
            if reference.reference_id in self._places:
                raise GalleryError("the reference is in the gallery already", source=reference.reference_id)

    def require_held(self, change: ReferenceChange, subject_id: str) -> None:
        """Refuse references that are not active as this subject's, come twice or are told as another subject's.

        Raises
        ------
        GalleryError
            Naming the first of them.
        """
        self._require_own(change)
        for reference in change.references:
            place = self._places.get(reference.reference_id)
            if place is None or place.identity.subject_id != subject_id:
                raise GalleryError("the subject has no such reference in the gallery", source=reference.reference_id)

    @staticmethod
    def _require_own(change: ReferenceChange) -> None:
        seen: set[str] = set()
        for reference in change.references:
            if reference.subject_id != change.subject_id or reference.reference_id in seen:
                raise GalleryError("a change holds the same or a foreign reference", source=reference.reference_id)
            seen.add(reference.reference_id)

    def put(self, place: Place, *, sequence: int) -> None:
        """Note where an added reference lies."""
        number = self.admit(place.identity.subject_id)
        self._places[place.identity.reference_id] = place
        self._references[number][place.identity.reference_id] = None
        self._active[number], self._changed_at[number] = True, sequence

    def remove(self, reference_id: str, *, sequence: int) -> Place:
        """Forget a retired reference and return where it lay."""
        place = self._places.pop(reference_id)
        number = self._numbers[place.identity.subject_id]
        del self._references[number][reference_id]
        self._active[number], self._changed_at[number] = bool(self._references[number]), sequence
        return place

    def give(self, reference_id: str, subject_id: str, *, sequence: int) -> Place:
        """Make a reference another subject's and return where it lies."""
        place = self.remove(reference_id, sequence=sequence)
        given = Place(identity=replace(place.identity, subject_id=subject_id), row=place.row)
        self.put(given, sequence=sequence)
        return given

    def move(self, position: Position, kept: Ids) -> None:
        """Follow a column that was compacted to the rows `kept`."""
        new_row = {int(old): new for new, old in enumerate(kept)}
        for reference_id, place in self._places.items():
            if place.identity.position is position:
                self._places[reference_id] = Place(identity=place.identity, row=new_row[place.row])

    def places_of(self, number: int) -> list[Place]:
        """Return where a subject's references lie, in the order they were added."""
        return [self._places[reference_id] for reference_id in self._references[number]]

    def identities(self) -> dict[str, Identity]:
        """Return the identity of every active reference by its identifier."""
        return {reference_id: place.identity for reference_id, place in self._places.items()}
