"""Who is in the gallery: each person as a version that never changes, and is followed by another when references do.

A version is made when references of a person come, go or move, and retired at the generation of the next such change.
Searches at an earlier generation still see it. Versions are numbered from 0; `number`, in contrast, is of the subject
and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import UInt16, UInt64
from numpy.typing import NDArray

from biometrics.arrays import Ids
from biometrics.errors import GalleryError
from biometrics.positions import Position
from matching.growing import GrowingArray
from matching.subject_ids import SubjectIds

NEVER = 2**32 - 1
"""When an active version is retired. Generations stay below."""

Bits: TypeAlias = UInt16[NDArray[np.uint16], " count"]
"""A set per item: positions, or attributes."""

Digests: TypeAlias = UInt64[NDArray[np.uint64], "count 2"]
"""128 bits per item, the low half first."""

BIT_OF = {position: 1 << number for number, position in enumerate(Position)}
"""The bit of a position in a set of positions."""

HALF_DIGEST = (1 << 64) - 1
WHOLE_DIGEST = (1 << 128) - 1
"""Sums of digests are taken modulo this and one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What is known of a person between two changes.

    Parameters
    ----------
    positions, attributes
        Bits of the positions with references, and of the attributes of any of them.
    digest
        Sum of the digests of all references, modulo 2^128: equal for equal sets, in whatever order they came.
    """

    positions: int
    attributes: int
    digest: int


class People:
    """Versions of persons, appended by one thread while others read.

    Parameters
    ----------
    ids
        Identifiers and numbers of subjects.
    next_owner
        Greater than any `owner` given before.
    """

    NAMES = ("numbers", "added_at", "owners", "positions", "attributes", "digest_low", "digest_high")
    """Of the arrays that describe versions."""

    def __init__(self, ids: SubjectIds, next_owner: int = 0) -> None:
        self.ids = ids
        self.next_owner = next_owner
        self._numbers = GrowingArray(np.int32)
        self._added_at = GrowingArray(np.uint32)
        self._owners = GrowingArray(np.uint32)  # numbers of versions that outlast a compaction
        self._retired_at = GrowingArray(np.uint32)
        self._previous = GrowingArray(np.int32)  # the version before of the same subject, plus 1; 0 is none
        self._positions = GrowingArray(np.uint16)
        self._attributes = GrowingArray(np.uint16)
        self._digests = (GrowingArray(np.uint64), GrowingArray(np.uint64))
        self._latest = GrowingArray(np.int32)  # by number, the last version, plus 1; 0 is none

    def __len__(self) -> int:
        return len(self._owners)

    @property
    def nbytes(self) -> int:
        """Bytes in memory, identifiers included."""
        arrays = (*self._arrays(), self._retired_at, self._previous, self._latest)
        return self.ids.nbytes + sum(array.nbytes for array in arrays)

    def append(self, subject_id: str, generation: int, version: Version) -> int:
        """Add a version of a subject, in the place of the one before, and return its index.

        Parameters
        ----------
        generation
            Of the change that made it; not below those before.
        """
        number = self.ids.admit(subject_id)
        index = len(self)
        self._numbers.append(number)
        self._previous.append(self._latest.values[number] if number < len(self._latest) else 0)
        self._positions.append(version.positions)
        self._attributes.append(version.attributes)
        self._digests[0].append(version.digest & HALF_DIGEST)
        self._digests[1].append(version.digest >> 64)
        self._retired_at.append(NEVER)
        self._added_at.append(generation)
        self._owners.append(self.next_owner)
        self.next_owner += 1
        self._latest.put(number, index + 1)
        return index

    def retire(self, index: int, generation: int) -> None:
        """Let a version be seen before a generation only."""
        self._retired_at.put(index, generation)

    def find(self, subject_id: str, count: int) -> int | None:
        """Return the last of the first `count` versions of a subject; None when it has none."""
        number = self.ids.number(subject_id)
        if number is None or number >= len(self._latest):
            return None
        version = int(self._latest.values[number])
        previous = self._previous.values
        while version > count:
            version = int(previous[version - 1])
        return version - 1 if version else None

    def versions_of(self, numbers: Sequence[int]) -> Ids:
        """Return all versions of subjects, active or not, ascending."""
        return np.flatnonzero(np.isin(self._numbers.values, np.array(numbers, dtype=np.int32)))

    def erase(self, indices: Ids) -> None:
        """Write over what is known of versions that are gone."""
        for array in (self._positions, self._attributes, *self._digests):
            array.values[indices] = 0

    def subject_id(self, index: int) -> str:
        """Return whose a version is."""
        return self.ids[int(self._numbers.values[index])]

    def numbers(self, indices: Ids) -> Ids:
        """Return the subject numbers of versions, which tell the order in which subjects first came."""
        found: Ids = self._numbers.values[indices].astype(np.int64)
        return found

    def owners(self, indices: Ids) -> Ids:
        """Return numbers of versions that are never given again."""
        found: Ids = self._owners.values[indices].astype(np.int64)
        return found

    def of_owners(self, owners: Ids) -> Ids:
        """Return the versions with these numbers, which must be known, in the order of the numbers."""
        return np.searchsorted(self._owners.values, owners.astype(np.uint32))

    def first_after(self, generation: int) -> int:
        """Return the first version that was made after a generation."""
        return int(np.searchsorted(self._added_at.values, np.uint32(generation), side="right"))

    def describe(self, index: int) -> Version:
        """Return what is known of a version."""
        low, high = (int(half.values[index]) for half in self._digests)
        return Version(
            positions=int(self._positions.values[index]),
            attributes=int(self._attributes.values[index]),
            digest=low | high << 64,
        )

    def active(self, count: int, generation: int, start: int = 0) -> Ids:
        """Return those of the versions from `start` up to `count` that are active at a generation, ascending."""
        retired_at = self._retired_at.values[start:count]
        return np.flatnonzero(retired_at > generation) + start

    def is_active(self, index: int, generation: int) -> bool:
        """Return whether a version is active at a generation."""
        return int(self._retired_at.values[index]) > generation

    def positions(self, indices: Ids) -> Bits:
        """Return the positions of versions."""
        found: Bits = self._positions.values[indices]
        return found

    def attributes(self, indices: Ids) -> Bits:
        """Return the attributes of versions."""
        found: Bits = self._attributes.values[indices]
        return found

    def digests(self, indices: Ids) -> Digests:
        """Return the digests of versions."""
        return np.stack([half.values[indices] for half in self._digests], axis=1)

    def keep(self, indices: Ids) -> People:
        """Return only these versions (ascending, one of a subject at most), as others."""
        kept = People(self.ids, self.next_owner)
        for array, own in zip(kept._arrays(), self._arrays(), strict=True):
            array.extend(own.values[indices])
        kept._finish()
        return kept

    def arrays(self, indices: Ids) -> dict[str, NDArray[Any]]:
        """Return what is known of some versions, by name."""
        return {name: array.values[indices] for name, array in zip(self.NAMES, self._arrays(), strict=True)}

    @classmethod
    def of(cls, ids: SubjectIds, arrays: dict[str, NDArray[Any]]) -> People:
        """Return the people that `arrays` described: one version of each.

        Raises
        ------
        GalleryError
            When the arrays contradict each other.
        """
        made = cls(ids)
        for name, array in zip(cls.NAMES, made._arrays(), strict=True):
            if arrays[name].dtype != array.values.dtype:
                raise GalleryError("the persons of a gallery are of another kind of numbers", source=name)
            array.extend(arrays[name])
        numbers, owners, added_at = made._numbers.values, made._owners.values, made._added_at.values
        same_length = len({len(array) for array in made._arrays()}) == 1
        if not same_length or len(np.unique(numbers)) != len(numbers):
            raise GalleryError("the persons of a gallery do not fit together")
        ascending = (owners[1:] > owners[:-1]).all() and (added_at[1:] >= added_at[:-1]).all()
        if not ascending or int(numbers.min(initial=0)) < 0 or int(numbers.max(initial=-1)) >= len(ids):
            raise GalleryError("the persons of a gallery do not fit together")
        made.next_owner = int(owners[-1]) + 1 if len(owners) else 0
        made._finish()
        return made

    def _finish(self) -> None:
        """Fill in what follows from the rest where no version is retired."""
        count, numbers = len(self), self._numbers.values
        self._retired_at.extend(np.full(count, NEVER, dtype=np.uint32))
        self._previous.extend(np.zeros(count, dtype=np.int32))
        latest = np.zeros(int(numbers.max(initial=-1)) + 1, dtype=np.int32)
        latest[numbers] = np.arange(1, count + 1)
        self._latest.extend(latest)

    def _arrays(self) -> tuple[GrowingArray, ...]:
        return (self._numbers, self._added_at, self._owners, self._positions, self._attributes, *self._digests)


def position_bits(positions: Iterable[Position]) -> int:
    """Return positions as bits."""
    bits = 0
    for position in positions:
        bits |= BIT_OF[position]
    return bits
