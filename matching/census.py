"""How many persons there are with which positions and attributes, counted as they come and go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from biometrics.positions import Position
from matching.attributes import AttributeBits
from matching.people import BIT_OF, WHOLE_DIGEST, Bits, People, Version, position_bits

Counts: TypeAlias = Int64[NDArray[np.int64], " sets"]
"""Persons by their set of positions."""

SETS = 1 << len(BIT_OF)
ALL_SETS: Bits = np.arange(SETS, dtype=np.uint16)


def comparable_bits(positions: Sequence[Position]) -> int:
    """Return the positions, as bits, that any of these may be compared with."""
    fingers = [position for position in Position if position is not Position.FACE]
    wanted = set(positions)
    if Position.UNKNOWN in wanted:
        wanted.update(fingers)
    elif wanted.intersection(fingers):
        wanted.add(Position.UNKNOWN)
    return position_bits(wanted)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Census:
    """The active persons of one generation, counted.

    Parameters
    ----------
    by_attributes
        For each combination of attributes that occurs, int64 [4096] persons by their positions, as bits.
    fingerprint
        Sum of the digests of all references, modulo 2^128.
    """

    by_attributes: Mapping[int, Counts] = field(default_factory=dict)
    fingerprint: int = 0

    def after(self, gone: Sequence[Version], come: Sequence[Version]) -> Census:
        """Return the census after some versions gave way to others."""
        changed = {one.attributes for one in (*gone, *come)}
        counts = {bits: self.by_attributes[bits].copy() for bits in changed if bits in self.by_attributes}
        fingerprint = self.fingerprint
        for one, sign in (*((one, -1) for one in gone), *((one, 1) for one in come)):
            counts.setdefault(one.attributes, np.zeros(SETS, dtype=np.int64))[one.positions] += sign
            fingerprint += sign * one.digest
        return Census(by_attributes={**self.by_attributes, **counts}, fingerprint=fingerprint & WHOLE_DIGEST)

    @classmethod
    def of(cls, people: People) -> Census:
        """Count people of whom each has one version."""
        everybody = np.arange(len(people))
        positions, attributes = people.positions(everybody), people.attributes(everybody)
        low, high = people.digests(everybody).T
        # Halves of 32 bits, so that no sum of up to 2^32 of them overflows.
        parts = [
            int(half.sum(dtype=np.uint64))
            for one in (low, high)
            for half in (one & np.uint64(_LOW), one >> np.uint64(32))
        ]
        total = sum(part << (32 * place) for place, part in enumerate(parts))
        return cls(
            by_attributes={
                int(bits): np.bincount(positions[attributes == bits], minlength=SETS) for bits in np.unique(attributes)
            },
            fingerprint=total & WHOLE_DIGEST,
        )

    def size(self, only: AttributeBits) -> int:
        """Return how many persons there are with these attributes."""
        return sum(int(counts.sum()) for bits, counts in self.by_attributes.items() if only.admits(bits))

    def count_comparable(self, positions: Sequence[Position], only: AttributeBits) -> int:
        """Return how many of them have a reference that may be compared with one of these positions."""
        shared = (ALL_SETS & comparable_bits(positions)) != 0
        return sum(int(counts[shared].sum()) for bits, counts in self.by_attributes.items() if only.admits(bits))


_LOW = (1 << 32) - 1
