"""All references at one position: which row belongs to whom, which are retired, and the best score per finger.

A row is a reference, or what stands for several of one subject in comparisons (fused portraits); the references stay,
so that what stands for them can be made anew when one of them goes. A search costs what it compares: one row for each
subject with one portrait or several that agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from biometrics.arrays import Flags, Ids, Values
from matching.stores import Feature, TemplateStore

Rows: TypeAlias = Int64[NDArray[np.int64], " rows"]
"""Rows of a column."""

FEWEST_TO_COMPACT = 1_024
"""A column is compacted when more than half its rows, and at least this many, are gone."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColumnScores:
    """Best score of a probe finger against each finger of a column.

    Parameters
    ----------
    subjects
        int64 [count] subject numbers.
    slots
        int64 [count] which finger of the column: one per subject where the position is named.
    scores
        float32 [count] best score among the samples of both sides.
    tries
        int64 [count] pairs of samples, or of what stands for them, it is the best of.
    """

    subjects: Ids
    slots: Ids
    scores: Values
    tries: Ids


_NOTHING = ColumnScores(
    subjects=np.empty(0, dtype=np.int64),
    slots=np.empty(0, dtype=np.int64),
    scores=np.empty(0, dtype=np.float32),
    tries=np.empty(0, dtype=np.int64),
)


class Column(Generic[Feature]):
    """References at one position, in the rows of a template store.

    Parameters
    ----------
    store
        Empty store that keeps and compares the features.
    """

    def __init__(self, store: TemplateStore[Feature]) -> None:
        self._store = store
        self._rows = 0
        self._gone = 0
        self._subjects: Ids = np.empty(0, dtype=np.int64)
        self._slots: Ids = np.empty(0, dtype=np.int64)
        self._held: Flags = np.empty(0, dtype=np.bool_)
        self._compared: Flags = np.empty(0, dtype=np.bool_)
        self._stand_ins: dict[int, Rows] = {}

    def add(self, feature: Feature, *, subject: int, slot: int) -> int:
        """Add a reference of `subject` as a sample of finger `slot` and return its row."""
        row = self._store.append(feature)
        if row == len(self._held):
            self._grow(max(16, row))
        self._subjects[row], self._slots[row] = subject, slot
        self._held[row] = self._compared[row] = True
        self._rows = row + 1
        return row

    def _grow(self, more: int) -> None:
        room: Ids = np.zeros(more, dtype=np.int64)
        self._subjects = np.concatenate([self._subjects, room])
        self._slots = np.concatenate([self._slots, room])
        self._held = np.concatenate([self._held, room.astype(np.bool_)])
        self._compared = np.concatenate([self._compared, room.astype(np.bool_)])

    def retire(self, row: int) -> None:
        """Take a row out of every later comparison."""
        self._held[row] = self._compared[row] = False
        self._gone += 1

    def give(self, row: int, *, subject: int, slot: int) -> None:
        """Make a row a sample of finger `slot` of another subject."""
        self._subjects[row], self._slots[row] = subject, slot

    def stand_in(self, subject: int, rows: Rows, features: Sequence[Feature]) -> None:
        """Compare `features` in the place of all references of a subject, `rows`; without any, the references."""
        for row in self._stand_ins.pop(subject, ()):
            self.retire(int(row))
        self._compared[rows] = not features
        if features:
            slot = int(self._slots[rows[0]])
            added = [self.add(feature, subject=subject, slot=slot) for feature in features]
            self._stand_ins[subject] = np.array(added, dtype=np.int64)

    def regroup(self, rows: Ids, slots: Ids) -> None:
        """Say anew which finger each of these rows is a sample of."""
        self._slots[rows] = slots

    def rows_of(self, wanted: Flags) -> Rows:
        """Return the rows of the wanted subjects that are compared, ascending.

        Parameters
        ----------
        wanted
            bool [count] per subject number.
        """
        return np.flatnonzero(self._compared[: self._rows] & wanted[self._subjects[: self._rows]])

    def subjects_of(self, rows: Ids) -> Ids:
        """Return the subject number of each row."""
        return self._subjects[rows]

    def slots_of(self, rows: Ids) -> Ids:
        """Return which finger each row is a sample of."""
        return self._slots[rows]

    def feature(self, row: int) -> Feature:
        """Return what a row holds."""
        return self._store.feature(row)

    def compare(self, samples: Sequence[Feature], wanted: Flags) -> ColumnScores:
        """Compare the samples of one probe finger with all fingers of the wanted subjects.

        Parameters
        ----------
        samples
            Prepared samples of one finger, at least one, or what stands for them.
        wanted
            bool [count] per subject number.
        """
        rows = self.rows_of(wanted)
        if not len(rows):
            return _NOTHING
        row_scores = self._store.compare(samples[0], rows)
        for sample in samples[1:]:
            row_scores = np.maximum(row_scores, self._store.compare(sample, rows))
        row_slots = self._slots[rows]
        size = int(row_slots.max(initial=-1)) + 1
        best = np.full(size, -np.inf, dtype=np.float32)
        np.maximum.at(best, row_slots, row_scores)
        references = np.bincount(row_slots, minlength=size)
        subject_of_slot = np.empty(size, dtype=np.int64)
        subject_of_slot[row_slots] = self._subjects[rows]
        slots = np.flatnonzero(references)
        return ColumnScores(
            subjects=subject_of_slot[slots], slots=slots, scores=best[slots], tries=references[slots] * len(samples)
        )

    def compact(self) -> Ids | None:
        """Drop the rows that are gone when they are many; return those that were kept, in their new order, or None.

        Slots are left as they are: whoever numbers them by row says anew which they are.
        """
        if self._gone < FEWEST_TO_COMPACT or 2 * self._gone <= self._rows:
            return None
        kept = np.flatnonzero(self._held[: self._rows])
        self._store.keep(kept)
        self._subjects, self._slots, self._compared = self._subjects[kept], self._slots[kept], self._compared[kept]
        self._held = np.ones(len(kept), dtype=np.bool_)
        self._stand_ins = {subject: np.searchsorted(kept, rows) for subject, rows in self._stand_ins.items()}
        self._rows, self._gone = len(kept), 0
        return kept
