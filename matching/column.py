"""All references at one position: which row belongs to which version of a person, and the best score per finger.

A row is a reference, or what stands for several of one person in comparisons (fused portraits); the references stay, so
that what stands for them can be made anew when one of them goes. A search costs what it compares: one row for each
person with one portrait or several that agree. The rows of a version lie together and ascend with the versions, so that
those of some persons are found without looking at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from biometrics.arrays import Ids, Values
from biometrics.errors import GalleryError
from matching.growing import GrowingArray
from matching.stores import Feature, TemplateStore

Rows: TypeAlias = Int64[NDArray[np.int64], " rows"]
"""Rows of a column."""

REFERENCE, COMPARED = 1, 2
"""Bits of a row: it is a reference; it takes part in comparisons."""

ROW_BYTES = 17
"""Bytes of a row in memory, beside what its store needs."""

PIECE_BYTES = 1 << 26
"""Arrays of a piece are at most this large together."""

_SLOT_BITS = 16
MOST_SLOTS = 1 << _SLOT_BITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[Feature]):
    """What a row holds.

    Parameters
    ----------
    feature
        The template, ready for comparison.
    slot
        Which finger of the person it is a sample of, where the position is unknown; else 0.
    kind
        `REFERENCE`, `COMPARED`, or both.
    name
        64 bits that stand for the identifier of a reference.
    attributes
        Bits of its attributes.
    """

    feature: Feature
    slot: int = 0
    kind: int = REFERENCE | COMPARED
    name: int = 0
    attributes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColumnScores:
    """Best score of a probe finger against each finger of a column.

    Parameters
    ----------
    persons
        int64 [count] versions, ascending.
    slots
        int64 [count] which finger of the person: 0 where the position is named.
    scores
        float32 [count] best score among the samples of both sides.
    tries
        int64 [count] pairs of samples, or of what stands for them, it is the best of.
    """

    persons: Ids
    slots: Ids
    scores: Values
    tries: Ids


_NOTHING = ColumnScores(
    persons=np.empty(0, dtype=np.int64),
    slots=np.empty(0, dtype=np.int64),
    scores=np.empty(0, dtype=np.float32),
    tries=np.empty(0, dtype=np.int64),
)


class Column(Generic[Feature]):
    """References at one position, in the rows of a template store; one thread appends while others read.

    Parameters
    ----------
    store
        Empty store that keeps and compares the features.
    """

    def __init__(self, store: TemplateStore[Feature]) -> None:
        self.store = store
        self._slots = GrowingArray(np.uint16)
        self._kinds = GrowingArray(np.uint8)
        self._attributes = GrowingArray(np.uint16)
        self._names = GrowingArray(np.uint64)
        self._owners = GrowingArray(np.int32)  # written last: rows below its length are whole

    def __len__(self) -> int:
        return len(self._owners)

    @property
    def nbytes(self) -> int:
        """Bytes in memory, beside the store."""
        return sum(array.nbytes for array in (*self._arrays(), self._owners))

    def append(self, owner: int, entries: Iterable[Entry[Feature]]) -> None:
        """Add the rows of a version, which must not be earlier than the last one's.

        Raises
        ------
        GalleryError
            When a feature cannot be kept.
        StorageError
            When the disk is full.
        """
        for entry in entries:
            self.store.append(entry.feature)
            for array, value in zip(
                self._arrays(), (entry.slot, entry.kind, entry.attributes, entry.name), strict=True
            ):
                array.append(value)
            self._owners.append(owner)

    def cut(self, rows: int) -> None:
        """Drop all rows but the first `rows`; nobody may have seen the others yet."""
        self.store.cut(rows)
        for array in (*self._arrays(), self._owners):
            array.cut(rows)

    def erase(self, persons: Ids) -> None:
        """Write over the rows of versions that are gone.

        Parameters
        ----------
        persons
            int64 [count] versions, ascending.
        """
        rows, _ = self.rows_of(persons)
        for array in self._arrays():
            array.values[rows] = 0  # no kind: they are neither references nor compared
        self.store.erase(rows)

    def rows_of(self, persons: Ids) -> tuple[Rows, Ids]:
        """Return the rows of versions, ascending, and how many each has.

        Parameters
        ----------
        persons
            int64 [count] versions, ascending.
        """
        owners = self._owners.values
        wanted = persons.astype(np.int32)  # of the same type, or all owners would be converted
        starts = np.searchsorted(owners, wanted, side="left")
        counts = np.searchsorted(owners, wanted, side="right") - starts
        before = np.cumsum(counts) - counts
        return np.repeat(starts - before, counts) + np.arange(int(counts.sum())), counts

    def entries(self, person: int, kind: int) -> list[Entry[Feature]]:
        """Return the rows of a version that are of a kind, in the order they were added."""
        rows, _ = self.rows_of(np.array([person]))
        slots, kinds, attributes, names = (array.values for array in self._arrays())
        return [
            Entry(
                feature=self.store.feature(int(row)),
                slot=int(slots[row]),
                kind=int(kinds[row]),
                name=int(names[row]),
                attributes=int(attributes[row]),
            )
            for row in rows
            if kinds[row] & kind
        ]

    def compare(self, samples: Sequence[Feature], persons: Ids) -> ColumnScores:
        """Compare the samples of one probe finger with all fingers of some persons.

        Parameters
        ----------
        samples
            Prepared samples of one finger, at least one, or what stands for them.
        persons
            int64 [count] versions, ascending.
        """
        rows, counts = self.rows_of(persons)
        compared = (self._kinds.values[rows] & COMPARED) != 0
        rows, owners = rows[compared], np.repeat(persons, counts)[compared]
        if not len(rows):
            return _NOTHING
        row_scores = self.store.compare(samples[0], rows)
        for sample in samples[1:]:
            row_scores = np.maximum(row_scores, self.store.compare(sample, rows))
        fingers = (owners << _SLOT_BITS) + self._slots.values[rows]
        if (np.diff(fingers) > 0).all():  # one row each: nothing to choose among
            tries = np.full(len(rows), len(samples), dtype=np.int64)
            return ColumnScores(persons=owners, slots=fingers & (MOST_SLOTS - 1), scores=row_scores, tries=tries)
        named, finger_of_row = np.unique(fingers, return_inverse=True)
        best = np.full(len(named), -np.inf, dtype=np.float32)
        np.maximum.at(best, finger_of_row, row_scores)
        tries = np.bincount(finger_of_row) * len(samples)
        return ColumnScores(persons=named >> _SLOT_BITS, slots=named & (MOST_SLOTS - 1), scores=best, tries=tries)

    def keep(self, persons: Ids, store: TemplateStore[Feature]) -> Column[Feature]:
        """Return another column that holds these versions only, numbered from 0 in their order, in an empty store."""
        kept = Column(store)
        for piece in self.export(persons):
            kept.extend(piece)
        return kept

    def export(self, persons: Ids) -> Iterator[Mapping[str, NDArray[Any]]]:
        """Yield the rows of versions, ascending, in pieces that `extend` takes; versions are numbered anew from 0."""
        rows, counts = self.rows_of(persons)
        owners = np.repeat(np.arange(len(persons), dtype=np.int32), counts)
        pieces = max(1, -(-len(rows) * (self.store.row_bytes + ROW_BYTES) // PIECE_BYTES))
        for some, owner in zip(np.array_split(rows, pieces), np.array_split(owners, pieces), strict=True):
            table = {name: array.values[some] for name, array in zip(_NAMES, self._arrays(), strict=True)}
            yield {**self.store.export(some), **table, "owners": owner}

    def extend(self, piece: Mapping[str, NDArray[Any]]) -> None:
        """Add the rows of a piece, which follow those that are here.

        Raises
        ------
        GalleryError
            When the piece is damaged.
        StorageError
            When the disk is full.
        """
        before, owners = len(self.store), piece["owners"]
        last = int(self._owners.values[-1]) if len(self) else 0
        self.store.extend(piece)
        arrays = (*self._arrays(), self._owners)
        names = (*_NAMES, "owners")
        whole = all(
            len(piece[name]) == len(self.store) - before and piece[name].dtype == array.values.dtype
            for name, array in zip(names, arrays, strict=True)
        )
        if not whole or (np.diff(owners, prepend=np.int32(last)) < 0).any():
            raise GalleryError("the rows of a position do not fit together")
        for name, array in zip(names, arrays, strict=True):
            array.extend(piece[name])

    def owners(self, kind: int) -> Ids:
        """Return the versions of all rows of a kind, int64 [rows], ascending; some several times."""
        kinds = self._kinds.values[: len(self)]
        return np.asarray(self._owners.values[(kinds & kind) != 0], dtype=np.int64)

    def require_owners(self, persons: int) -> None:
        """Refuse rows of versions that do not exist.

        Raises
        ------
        GalleryError
            When there is one.
        """
        if len(self) and not 0 <= int(self._owners.values[0]) <= int(self._owners.values[-1]) < persons:
            raise GalleryError("rows of a position belong to nobody")

    def _arrays(self) -> tuple[GrowingArray, ...]:
        return (self._slots, self._kinds, self._attributes, self._names)


_NAMES = ("slots", "kinds", "attributes", "names")
