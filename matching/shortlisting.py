"""Whom to compare with a person: everybody whose row scores as few strangers' rows do.

A row has a block for the face and one for each finger. Two persons are compared where the blocks that both have score
at least as high as a stated share of strangers do; the share is chosen so that few strangers are listed and hardly any
mate is missed (docs/accuracy.md). A person with little to go by is compared with everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from biometrics.arrays import Vectors
from biometrics.errors import ConfigurationError
from biometrics.positions import Position
from matching.calibration import Calibration, load_calibration
from matching.comparison import ProbePart
from matching.person_vectors import SCHEME, PersonVector, good_fingers
from matching.person_vectors.strangers import Chances, block_chances, face_chances, sum_limit
from matching.vectors.arrays import Masks
from matching.vectors.layout import Layout

Limits: TypeAlias = Float32[NDArray[np.float32], " shares"]
"""Least score to be listed, by the blocks that both have, a bit each; -inf lists everybody."""

LEAST_GALLERY = 10_000
"""Persons; to compare fewer exhaustively takes a tenth of a second a finger at 100,000 comparisons a second."""

LEAST_FINGERS = 2
"""Good fingers a probe without a face needs."""

FACE_COUNTS = 2
"""A face tells strangers apart as well as so many fingers."""

SEARCH_LISTED = {2: 20_000, 3: 5_000}
"""Strangers listed in a search, by shared fingers; a person is compared in a tenth of a millisecond."""

SEARCH_LISTED_OF_MORE = 2_000

JOIN_LISTED = {2: 200.0, 3: 20.0}
"""Strangers listed for each person of a deduplication, by shared fingers."""

JOIN_LISTED_OF_MORE = 5.0


@dataclass(frozen=True, kw_only=True)
class Shortlisting:
    """Says for a layout whom to list.

    Parameters
    ----------
    layout
        Of the rows.
    face_calibration
        What cosines of faces mean; None where the layout has none.
    """

    layout: Layout
    face_calibration: Calibration | None

    def __post_init__(self) -> None:
        if (Position.FACE.value in self.layout.names) != (self.face_calibration is not None):
            raise ConfigurationError("a layout with a face needs the calibration of faces, and one without it none")

    def serves(self, parts: Sequence[ProbePart], person: PersonVector, gallery_size: int) -> bool:
        """Say whether a list may stand before the comparison of a probe; where not, everybody is to be compared.

        It may not for small galleries, where the row cannot stand for the person, and for probes of fewer than two good
        fingers without a face.
        """
        if gallery_size < LEAST_GALLERY or person.mask & self.layout.always:
            return False
        return bool(person.mask & self._face) or good_fingers(parts) >= LEAST_FINGERS

    def probes(self, person: PersonVector) -> tuple[Vectors, Masks]:
        """Return the rows that a probe is searched with: its own, and the face alone where there are fingers beside.

        Whoever shows the fingers of somebody else is found by the face.
        """
        if not person.mask & self._face or person.mask == self._face:
            return person.vector[None], np.array([person.mask], dtype=np.uint16)
        alone = np.zeros_like(person.vector)
        columns = self.layout.columns(Position.FACE.value)
        alone[columns] = person.vector[columns]
        return np.stack((person.vector, alone)), np.array([person.mask, self._face], dtype=np.uint16)

    def search_limits(self, gallery_size: int) -> Limits:
        """Return the limits for searching a gallery of so many persons."""
        return self._limits(gallery_size, join=False)

    def join_limits(self, gallery_size: int) -> Limits:
        """Return the limits for comparing everybody with everybody among so many persons."""
        return self._limits(gallery_size, join=True)

    @cached_property
    def _face(self) -> int:
        number = self.layout.names.get(Position.FACE.value)
        return 0 if number is None else 1 << number

    @cached_property
    def _chances(self) -> tuple[tuple[int, Chances], ...]:
        finger, found = load_calibration(SCHEME), []
        for block in self.layout.blocks:
            if block.name == Position.FACE.value and self.face_calibration is not None:
                found.append(face_chances(self.face_calibration, block.weight))
            else:
                found.append(block_chances(finger, block.weight))
        return tuple(found)

    def _limits(self, gallery_size: int, *, join: bool) -> Limits:
        limits = np.full(self.layout.shares, -np.inf, dtype=np.float32)
        known: dict[tuple[int, bool], float] = {}
        for shared in range(1, self.layout.shares):
            face, fingers = bool(shared & self._face), (shared & ~self._face).bit_count()
            if (fingers, face) not in known:
                known[fingers, face] = self._limit(shared, fingers, face=face, gallery_size=gallery_size, join=join)
            limits[shared] = known[fingers, face]
        return limits

    def _limit(self, shared: int, fingers: int, *, face: bool, gallery_size: int, join: bool) -> float:
        evidence = fingers + FACE_COUNTS * face
        if evidence < LEAST_FINGERS:
            return -np.inf
        rate = listed(evidence, join=join) / max(gallery_size, 1)
        if rate >= 1.0:
            return -np.inf
        return sum_limit([one for number, one in enumerate(self._chances) if shared >> number & 1], rate)


def listed(evidence: int, *, join: bool) -> float:
    """Return how many strangers may be listed where two persons share so much."""
    if join:
        return JOIN_LISTED.get(evidence, JOIN_LISTED_OF_MORE)
    return SEARCH_LISTED.get(evidence, SEARCH_LISTED_OF_MORE)
