"""What a gallery needs of whoever describes persons by vectors and says whom to list for a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np

from biometrics.arrays import Vectors
from biometrics.positions import Position
from biometrics.templates import TemplateFormat
from matching.calibration import Calibration
from matching.comparison import ProbePart
from matching.descriptor import SCHEME
from matching.person_vectors import PersonVector, layout_of, person_vectors
from matching.rotation import VectorRotation
from matching.shortlisting import LEAST_GALLERY, Shortlisting
from matching.vectors.arrays import Masks
from matching.vectors.layout import Layout
from matching.vectors.requests import Thresholds

SIZE_BITS = 5
"""Leading bits of a gallery size that thresholds follow: they are made anew each time it has grown by some 4 %."""


@runtime_checkable
class Describing(Protocol):
    """Describes persons by vectors of one layout; safe for use by several threads."""

    @property
    def layout(self) -> Layout:
        """What a row is made of."""
        ...

    @property
    def scheme(self) -> str:
        """Name of the vectors; those of different schemes cannot be compared."""
        ...

    def describe(self, people: Sequence[Sequence[ProbePart]]) -> tuple[Vectors, Masks]:
        """Return a row and a mask for each person, float32 [people, width] and uint16 [people]."""
        ...

    def worthwhile(self, gallery_size: int) -> bool:
        """Return whether lists are made at all among so many persons."""
        ...

    def serves(self, parts: Sequence[ProbePart], person: PersonVector, gallery_size: int) -> bool:
        """Return whether a list may stand before the comparison of a probe; else it is compared with everybody."""
        ...

    def probes(self, person: PersonVector) -> tuple[Vectors, Masks]:
        """Return the rows that a probe is searched with; whoever one of them lists is compared."""
        ...

    def search_thresholds(self, gallery_size: int) -> Thresholds:
        """Return from which score on persons are listed in a search among so many."""
        ...

    def join_thresholds(self, gallery_size: int) -> Thresholds:
        """Return from which score on pairs are listed where so many are compared with each other."""
        ...


class PersonDescriber:
    """Describes persons by their fingers and face, and lists as `matching.shortlisting` says.

    Parameters
    ----------
    face_format
        Of the face model.
    face_calibration
        What its scores mean.
    rotation
        Turns the vectors of fingers; faces come from a matcher that turned them by the same one. None leaves them.
    """

    def __init__(
        self, face_format: TemplateFormat, face_calibration: Calibration, rotation: VectorRotation | None = None
    ) -> None:
        layout = layout_of(face_format.dimension)
        self._shortlisting = Shortlisting(layout=layout, face_calibration=face_calibration)
        self._search = lru_cache(maxsize=8)(self._shortlisting.search_thresholds)
        self._join = lru_cache(maxsize=8)(self._shortlisting.join_thresholds)
        self._rotation = rotation
        self._scheme = f"{SCHEME} {face_format.model_id}{'' if rotation is None else f' turned by {rotation.name}'}"

    @property
    def layout(self) -> Layout:
        """What a row is made of."""
        return self._shortlisting.layout

    @property
    def scheme(self) -> str:
        """Name of the vectors of fingers, the face model, and what turns them."""
        return self._scheme

    def describe(self, people: Sequence[Sequence[ProbePart]]) -> tuple[Vectors, Masks]:
        """Return a row and a mask for each person."""
        vectors, masks = person_vectors(self.layout, people)
        if self._rotation is not None:
            self._turn_fingers(self._rotation, vectors, masks)
        return vectors, masks

    def _turn_fingers(self, rotation: VectorRotation, vectors: Vectors, masks: Masks) -> None:
        for name, number in self.layout.names.items():
            held = np.flatnonzero((masks >> number) & 1)
            if name != Position.FACE.value and len(held):
                vectors[held, self.layout.columns(name)] = rotation.turn(name, vectors[held, self.layout.columns(name)])

    def worthwhile(self, gallery_size: int) -> bool:
        """Return whether lists are made at all among so many persons."""
        return gallery_size >= LEAST_GALLERY

    def serves(self, parts: Sequence[ProbePart], person: PersonVector, gallery_size: int) -> bool:
        """Return whether a list may stand before the comparison of a probe."""
        return self._shortlisting.serves(parts, person, gallery_size)

    def probes(self, person: PersonVector) -> tuple[Vectors, Masks]:
        """Return the person's row, and the face alone where there are fingers beside."""
        return self._shortlisting.probes(person)

    def search_thresholds(self, gallery_size: int) -> Thresholds:
        """Return those of a gallery that is at most 6 % smaller."""
        return self._search(_rounded(gallery_size))

    def join_thresholds(self, gallery_size: int) -> Thresholds:
        """Return those of a gallery that is at most 6 % smaller."""
        return self._join(_rounded(gallery_size))


def _rounded(gallery_size: int) -> int:
    """Return a number with few digits, not greater: thresholds of a smaller gallery list more persons, never fewer."""
    spare = max(0, gallery_size.bit_length() - SIZE_BITS)
    return gallery_size >> spare << spare
