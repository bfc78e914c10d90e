"""Arrays that grow at their end while other threads read what is there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

FIRST_ROOM = 16


class GrowingArray:
    """A row of numbers that one thread appends to and any number read, none of them waiting.

    Room is doubled when it is used up. Whoever holds an earlier `values` keeps seeing it: what is appended later lies
    behind it, or in another place. Single numbers may be written in place, as long as readers of an earlier place need
    not see that.

    Parameters
    ----------
    dtype
        Of the numbers; room that was not used yet takes no memory.
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self._array: NDArray[Any] = np.zeros(FIRST_ROOM, dtype=dtype)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def values(self) -> NDArray[Any]:
        """The numbers, [count]; a view, not a copy."""
        count = self._count  # first: the array may be exchanged for a larger one, never for a smaller
        return self._array[:count]

    @property
    def nbytes(self) -> int:
        """Bytes that the numbers take."""
        return self._count * self._array.itemsize

    def append(self, value: Any) -> None:
        """Add a number."""
        count = self._count
        self._make_room(count + 1)
        self._array[count] = value
        self._count = count + 1

    def extend(self, values: NDArray[Any]) -> None:
        """Add several numbers."""
        count = self._count + len(values)
        self._make_room(count)
        self._array[self._count : count] = values
        self._count = count

    def put(self, index: int, value: Any) -> None:
        """Write a number in its place; numbers between the end and `index` become 0."""
        if index >= self._count:
            self._make_room(index + 1)
            self._array[self._count : index] = 0
        self._array[index] = value
        self._count = max(self._count, index + 1)

    def cut(self, count: int) -> None:
        """Drop all numbers but the first `count`, which nobody may have seen yet."""
        self._count = min(self._count, count)

    def _make_room(self, count: int) -> None:
        if count <= len(self._array):
            return
        room = len(self._array)
        while room < count:
            room *= 2
        larger = np.zeros(room, dtype=self._array.dtype)  # zeros of this size are pages that nobody has touched
        larger[: self._count] = self._array[: self._count]
        self._array = larger
