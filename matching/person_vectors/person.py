"""From a person's prepared samples to one row: what it holds, and whether it can stand for the person at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Vector, Vectors
from biometrics.positions import Modality, Position
from matching.comparison import ProbePart
from matching.descriptor import finger_vectors
from matching.face_fusion import AGREEMENT_POWER
from matching.minutiae import PreparedPrint
from matching.vectors.arrays import Masks
from matching.vectors.layout import Layout, Part, Row

GOOD_PRINT = 15
"""Minutiae of a good print. Of two fingers of which neither is good on one side, 15 % miss their mate in a list of the
100,000 most alike of ten million, of two good ones 0.3 % (FVC2002 set B)."""


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

    Several prints of a finger give the mean of their vectors, shortened as fused portraits are for what they differ by:
    on FVC2002 set B, strangers of two to four prints reach the scores for 1e-2 and 1e-3 0.7 to 1.2 times as often as
    those of one (1.4 to 1.8 times at length 1), and at 1e-3 mates are missed by 6, 4 and 4 % instead of 15. Good prints
    count alone where a finger has some.

    A row is on every list where it cannot stand for its person: with a print of unknown position, with portraits that
    disagree, where nothing could be described, or where several fingers have no good print among them.

    Parameters
    ----------
    people
        For each person, fingers and face with prepared samples: of faces, what `FaceMatcher.fuse` returns.

    Returns
    -------
    vectors, masks
        float32 [people, width] and uint16 [people].

    Raises
    ------
    GalleryError
        When a position is not in the layout.
    IncompatibleTemplatesError
        When a face has another dimension than the layout's.
    """
    prints = [one for parts in people for part in _named(parts) for one in part.samples]
    vectors, described = finger_vectors(prints)
    found = {id(one): vectors[row] for row, one in enumerate(prints) if described[row]}
    rows = np.zeros((len(people), layout.width), dtype=np.float32)
    masks = np.zeros(len(people), dtype=np.uint16)
    for number, parts in enumerate(people):
        blocks = {part.position.value: vector for part in parts if (vector := _block(part, found)) is not None}
        rows[number], mask = layout.assemble(blocks)
        masks[number] = mask if blocks and _stands_for(parts) else mask | layout.always
    return rows, masks


def good_fingers(parts: Sequence[ProbePart]) -> int:
    """Count the named fingers with a good print."""
    return sum(any(_good(one) for one in part.samples) for part in _named(parts))


def _stands_for(parts: Sequence[ProbePart]) -> bool:
    """Return whether what there is can stand for the person.

    A single finger without a good print may: whoever shares one finger and nothing else is listed anyway.
    """
    if any(part.position is Position.UNKNOWN for part in parts):
        return False
    if any(part.position is Position.FACE and len(part.samples) > 1 for part in parts):
        return False
    return good_fingers(parts) > 0 or len(list(_named(parts))) <= 1


def _named(parts: Sequence[ProbePart]) -> Iterator[ProbePart]:
    """Yield the fingers of known position."""
    for part in parts:
        if part.position.modality is Modality.FINGER and part.position is not Position.UNKNOWN:
            yield part


def _good(one: PreparedPrint) -> bool:
    return len(one) >= GOOD_PRINT


def _block(part: ProbePart, found: dict[int, Vector]) -> Part | None:
    """Return the vector of a finger or the face, None where there is none."""
    if part.position is Position.UNKNOWN:
        return None
    if part.position is Position.FACE:
        # Of portraits that disagree, the best; that the row is listed always makes up for the others.
        return np.asarray(max(part.samples, key=lambda one: float(one.weight)).vector, dtype=np.float32)
    samples = [one for one in part.samples if _good(one)] or list(part.samples)
    vectors = [found[id(one)] for one in samples if id(one) in found]
    if not vectors:
        return None
    mean = np.mean(vectors, axis=0, dtype=np.float64)
    return np.asarray(mean * np.linalg.norm(mean) ** (AGREEMENT_POWER - 1.0), dtype=np.float32)
