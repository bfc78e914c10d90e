"""A fixed number of rows: codes in memory, full precision on disk, and what is known of each row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biometrics.arrays import Flags, Ids, Values, Vectors
from biometrics.errors import GalleryError
from matching.vectors.arrays import Attributes, Codes, Masks, SomeIds
from matching.vectors.exact import ExactFile
from matching.vectors.kernels import CodeBlock, RowBlock
from matching.vectors.quantize import Quantized

ACTIVE = np.iinfo(np.int64).max
"""`retired_at` of a row that is not retired."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowNumbers:
    """What memory holds of rows that are about to be added; see `RowBlock` for `u` and `v`."""

    codes: Codes
    u: Values
    v: Values
    masks: Masks
    attributes: Attributes
    owners: Ids

    @classmethod
    def of(cls, codes: Quantized, masks: Masks, attributes: Attributes, owners: Ids, some: slice) -> RowNumbers:
        """Return that of some of the rows."""
        steps = codes.steps[some].astype(np.float64)
        return cls(
            codes=codes.codes[some],
            u=(1.0 / steps).astype(np.float32),
            v=np.nextafter((codes.residuals[some] / steps).astype(np.float32), np.float32(np.inf)),
            masks=masks[some],
            attributes=attributes[some],
            owners=owners[some],
        )


class Chunk:
    """Rows that are appended, never moved and never changed but for being retired.

    One thread may append and retire while others read the rows that were there before.

    Parameters
    ----------
    number
        Which chunk of its table it is; no other ever has the number.
    width, capacity
        Numbers in a row, and rows there is room for.
    folder
        Where the rows in full precision lie.

    Raises
    ------
    GalleryError
        When memory is short.
    StorageError
        When the folder takes no file.
    """

    def __init__(self, number: int, width: int, capacity: int, *, folder: Path | None) -> None:
        self.number, self.capacity = number, capacity
        self.rows, self.retired = 0, 0
        try:
            self._codes = CodeBlock(width, capacity)
            # Memory is taken up only where it is written to.
            self._u = np.empty(capacity, dtype=np.float32)
            self._v = np.empty(capacity, dtype=np.float32)
            self.masks: Masks = np.empty(capacity, dtype=np.uint16)
            self.attributes: Attributes = np.empty(capacity, dtype=np.uint64)
            self.owners: Ids = np.empty(capacity, dtype=np.int64)
            self.retired_at: Ids = np.empty(capacity, dtype=np.int64)
        except MemoryError as error:
            raise no_memory() from error
        self.file = ExactFile(width, folder=folder)

    @property
    def room(self) -> int:
        """Rows that can still be appended."""
        return self.capacity - self.rows

    def write(self, vectors: Vectors) -> None:
        """Write the rows in full precision that the next `append` is about; until then nobody sees them.

        Raises
        ------
        StorageError
            When the disk is full.
        """
        self.file.reserve(self.rows + len(vectors))
        self.file.write(self.rows, vectors)

    def append(self, numbers: RowNumbers) -> None:
        """Add rows for which there is room and which `write` has written.

        Raises
        ------
        GalleryError
            When the codes and the rest are not of the same rows, since an earlier change broke off.
        """
        some = slice(self.rows, self.rows + len(numbers.owners))
        if len(self._codes) != self.rows or some.stop > self.capacity:
            raise GalleryError("codes and rows of a chunk do not go together", source="vectors")
        self._u[some], self._v[some] = numbers.u, numbers.v
        self.masks[some], self.attributes[some], self.owners[some] = numbers.masks, numbers.attributes, numbers.owners
        self.retired_at[some] = ACTIVE
        self._codes.append(numbers.codes)
        self.rows = some.stop

    def erase(self, places: SomeIds) -> None:
        """Write over retired rows; whoever scans them meanwhile finds a row without blocks, which is never listed.

        Raises
        ------
        StorageError
            When the disk cannot be written.
        """
        self.masks[places] = 0
        self._codes.erase(places)
        self._u[places], self._v[places] = 1.0, 0.0
        self.attributes[places] = 0
        self.file.erase(places)

    def active(self, first: int, last: int, tick: int) -> Flags:
        """Return which rows from `first` to before `last` are not retired at that moment."""
        return np.asarray(self.retired_at[first:last] > tick)

    def block(self, first: int, last: int, classes: Masks) -> RowBlock:
        """Return rows as a scan takes them."""
        some = slice(first, last)
        return RowBlock(codes=self._codes.view()[some], u=self._u[some], v=self._v[some], classes=classes)

    def steps(self, rows: Ids) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return the steps of some rows, float64 [count]."""
        return np.asarray(1.0 / self._u[rows].astype(np.float64))

    def residual_steps(self, rows: Ids) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return the residuals of some rows in units of their steps, float64 [count]."""
        return np.asarray(self._v[rows].astype(np.float64))


def no_memory() -> GalleryError:
    """Return the error of a table that finds no memory for more rows."""
    return GalleryError(
        "memory is short: no more rows can be taken",
        source="vectors",
        remedy="give the process more memory, or divide the gallery among several",
    )
