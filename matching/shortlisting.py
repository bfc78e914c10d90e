"""Whom to compare with a person: everybody whose row scores as few strangers' rows do.

A row has a block for the face and one for each finger. Two persons are compared where the blocks that both have score
at least as high as a stated share of strangers do; the share is chosen so that few strangers are listed and hardly any
mate is missed (docs/accuracy.md). Whoever has little to go by is compared with everybody.

The row speaks for all that is captured: who shows one own finger among many foreign ones is mostly not listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from biometrics.arrays import Ids, Vectors
from biometrics.errors import ConfigurationError
from biometrics.positions import Position
from matching.calibration import Calibration, load_calibration
from matching.comparison import ProbePart
from matching.descriptor import SCHEME
from matching.person_vectors import PersonVector, good_fingers
from matching.person_vectors.strangers import Reached, block_chances, face_chances
from matching.vectors.arrays import Masks
from matching.vectors.layout import Layout
from matching.vectors.requests import Thresholds

LEAST_GALLERY = 10_000
"""Persons; to compare fewer exhaustively takes a tenth of a second a finger at 100,000 comparisons a second."""

LEAST_FINGERS = 2
"""Good fingers a probe without a face needs; with one alone a tenth of the mates would be lost."""

Shared = tuple[bool, int]
"""Whether two persons share the face, and how many fingers."""

Listed = Mapping[Shared, float]
"""Strangers who may be listed, by what is shared. `MORE` stands for whatever is not named, and more fingers."""

MORE: Shared = (True, 10)

ONE_FINGER: Shared = (False, 1)
"""Everybody who shares a finger and nothing else is listed."""

SEARCH: Listed = {
    (False, 2): 100_000.0,
    (False, 3): 20_000.0,
    (True, 1): 50_000.0,
    (True, 2): 10_000.0,
    MORE: 2_000.0,
}
"""In a search. To compare them takes two seconds of a core at most, and a tenth of one where four fingers are shared;
of ten million persons the mate is missed by 0.4 % with two fingers, 0.07 % with three, 0.02 % with four (FVC2002 set
B). For a face alone 2,000 do: what scores lower is reported by no comparison."""

JOIN: Listed = {
    (False, 2): 2_000.0,
    (False, 3): 500.0,
    (False, 4): 100.0,
    (True, 1): 1_000.0,
    (True, 2): 200.0,
    MORE: 20.0,
}
"""For each person of a deduplication: few enough that to scan everybody takes longer than to compare these.
Of ten million persons the mate is missed by 2.2 % with two fingers, 0.4 % with three, 0.05 % with four."""


@dataclass(frozen=True, kw_only=True)
class Shortlisting:
    """Says for a layout whom to list.

    Parameters
    ----------
    layout
        Of the rows, from `layout_of`.
    face_calibration
        What cosines of faces mean; None where the layout has none.

    Raises
    ------
    ConfigurationError
        When one of layout and calibration knows faces and the other does not.
    """

    layout: Layout
    face_calibration: Calibration | None

    def __post_init__(self) -> None:
        if (Position.FACE.value in self.layout.names) != (self.face_calibration is not None):
            raise ConfigurationError("rows with faces need a calibration of faces, and those without need none")

    def serves(self, parts: Sequence[ProbePart], person: PersonVector, gallery_size: int) -> bool:
        """Say whether a list may stand before the comparison of a probe; where not, everybody is to be compared.

        It may not for small galleries, where the row cannot stand for the person, and for probes of fewer than two good
        fingers without a face.
        """
        if gallery_size < LEAST_GALLERY or person.mask & self.layout.always:
            return False
        return bool(person.mask & self._face) or good_fingers(parts) >= LEAST_FINGERS

    def probes(self, person: PersonVector) -> tuple[Vectors, Masks]:
        """Return the rows to search with: the person's own, and the face alone where there are fingers beside.

        Whoever shows the fingers of somebody else is found by the face, which such fingers would outweigh.

        Returns
        -------
        vectors, masks
            float32 [1 or 2, width] and uint16 [1 or 2].
        """
        if person.mask in (self._face, person.mask & ~self._face):
            return person.vector[np.newaxis], np.array([person.mask], dtype=np.uint16)
        alone, columns = np.zeros_like(person.vector), self.layout.columns(Position.FACE.value)
        alone[columns] = person.vector[columns]
        return np.stack((person.vector, alone)), np.array([person.mask, self._face], dtype=np.uint16)

    def search_thresholds(self, gallery_size: int) -> Thresholds:
        """Return from which score on to list, by the blocks shared, where one searches among so many persons."""
        return self._thresholds(SEARCH, gallery_size)

    def join_thresholds(self, gallery_size: int) -> Thresholds:
        """Return from which score on to list pairs of so many persons who are all compared with each other."""
        return self._thresholds(JOIN, gallery_size)

    @cached_property
    def _face(self) -> int:
        number = self.layout.names.get(Position.FACE.value)
        return 0 if number is None else 1 << number

    @cached_property
    def _shared(self) -> dict[Shared, Ids]:
        """Which sets of blocks are a face or none and so many fingers, by their bits."""
        sets: dict[Shared, list[int]] = {}
        for share in range(1, self.layout.shares):
            shared = (bool(share & self._face), (share & ~self._face).bit_count())
            sets.setdefault(shared, []).append(share)
        return {shared: np.array(some, dtype=np.int64) for shared, some in sets.items()}

    @cached_property
    def _reached(self) -> dict[Shared, Reached]:
        """How high strangers score who share so much."""
        finger = block_chances(load_calibration(SCHEME))
        face = [] if self.face_calibration is None else [face_chances(self.face_calibration)]
        return {shared: Reached.of([finger] * shared[1] + face * shared[0]) for shared in self._shared}

    def _thresholds(self, listed: Listed, gallery_size: int) -> Thresholds:
        by_shared = np.full(self.layout.shares, -np.inf, dtype=np.float32)
        for shared, shares in self._shared.items():
            rate = listed.get(shared, listed[MORE]) / max(gallery_size, 1)
            if rate < 1.0 and shared != ONE_FINGER:
                by_shared[shares] = self._reached[shared].limit(rate)
        return Thresholds(by_shared=by_shared)
