"""From a person's prepared samples to one row: what it holds, and whether it can stand for the person at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Vector, Vectors
from biometrics.positions import Modality, Position
from matching.comparison import ProbePart
from matching.face_fusion import FaceFeature
from matching.minutiae import PreparedPrint
from matching.person_vectors.fingers import finger_vectors
from matching.vectors.arrays import Masks
from matching.vectors.layout import Layout, Row

GOOD_PRINT = 15
"""Minutiae of a good print. On FVC2002 set B three in eight of the prints with fewer did not find their mate first, of
those with more one in thirty."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonVector:
    """One person as a row, with its mask.

    Parameters
    ----------
    vector
        float32 [width].
    mask
        Which blocks are there; the bit for `always` where the vector cannot stand for the person.
    """

    vector: Row
    mask: int


def person_vector(layout: Layout, parts: Sequence[ProbePart]) -> PersonVector:
    """Return one person's row; see `person_vectors`."""
    vectors, masks = person_vectors(layout, [parts])
    return PersonVector(vector=vectors[0], mask=int(masks[0]))


def person_vectors(layout: Layout, people: Sequence[Sequence[ProbePart]]) -> tuple[Vectors, Masks]:
    """Return a row and a mask for each person, all prints described together.

    The prints of one finger give the normalised mean of their vectors, the good ones alone where there are some; a
    face gives its fused vector. A row is marked to be on every list where it cannot stand for its person: with a print
    of unknown position, with portraits that disagree, or when neither two good prints nor a face are there.

    Parameters
    ----------
    people
        For each person, fingers and face with prepared samples: of faces what `FaceMatcher.fuse` returns.

    Returns
    -------
    vectors, masks
        float32 [people, width] and uint16 [people].

    Raises
    ------
    GalleryError
        When a position is not in the layout.
    """
    described = _described([one for parts in people for one in _prints(parts)])
    vectors = np.zeros((len(people), layout.width), dtype=np.float32)
    masks = np.zeros(len(people), dtype=np.uint16)
    for row, parts in enumerate(people):
        blocks = {part.position.value: block for part in parts if (block := _block(part, described)) is not None}
        vectors[row], mask = layout.assemble(blocks)
        masks[row] = mask if stands_for(parts, face=Position.FACE.value in blocks) else mask | layout.always
    return vectors, masks


def good_fingers(parts: Sequence[ProbePart]) -> int:
    """Count the named fingers with a good print."""
    return sum(
        part.position is not Position.UNKNOWN and any(_good(one) for one in _samples(part))
        for part in parts
        if part.position.modality is Modality.FINGER
    )


def stands_for(parts: Sequence[ProbePart], *, face: bool) -> bool:
    """Return whether a row can stand for the person."""
    if any(part.position is Position.UNKNOWN for part in parts):
        return False
    if any(part.position is Position.FACE and len(part.samples) > 1 for part in parts):
        return False
    return face or good_fingers(parts) >= 2


def _prints(parts: Sequence[ProbePart]) -> Iterator[PreparedPrint]:
    for part in parts:
        if part.position.modality is Modality.FINGER and part.position is not Position.UNKNOWN:
            yield from _samples(part)


def _samples(part: ProbePart) -> tuple[PreparedPrint, ...]:
    return part.samples


def _good(one: PreparedPrint) -> bool:
    return len(one) >= GOOD_PRINT


def _described(prints: list[PreparedPrint]) -> dict[int, Vector]:
    """Return the vectors of prints by their identity; those that say too little are missing."""
    vectors, described = finger_vectors(prints)
    return {id(one): vectors[row] for row, one in enumerate(prints) if described[row]}


def _block(part: ProbePart, described: dict[int, Vector]) -> Vector | None:
    if part.position is Position.UNKNOWN:
        return None
    if part.position is Position.FACE:
        best: FaceFeature = max(part.samples, key=lambda one: float(one.weight))
        return best.vector
    samples = [one for one in _samples(part) if _good(one)] or list(_samples(part))
    found = [described[id(one)] for one in samples if id(one) in described]
    if not found:
        return None
    mean = np.sum(found, axis=0, dtype=np.float64)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)
