"""A table as arrays and back, for whoever keeps it.

Rows travel in full precision and nothing else does that can be made from them: codes, steps and residuals are computed
anew, so a kept table cannot be one whose bounds do not hold. What is read is checked as any row that is appended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import GalleryError, IncompatibleTemplatesError
from matching.vectors.arrays import SomeIds
from matching.vectors.kernels import ScanKernel
from matching.vectors.layout import Layout
from matching.vectors.table import CHUNK_ROWS, VectorTable
from matching.vectors.view import Part, TableView

VERSION = 1
"""Of what `export` yields."""

PIECE_BYTES = 64 << 20
"""Greatest size of an array."""

HEAD = "vectors.head"
HEAD_ITEMS = 4

Array = NDArray[Any]


def export(view: TableView) -> Iterator[tuple[str, Array]]:
    """Yield the rows of a view, in order, as named arrays of at most 64 MiB; rows that are retired are left out.

    First `vectors.head`, int64 [4]: version, width, rows, generation. Then for each piece of rows ``vectors.N.owners``
    int64 [rows], ``.masks`` uint16 [rows], ``.attributes`` uint64 [rows] and ``.rows`` float32 [rows, width].

    Raises
    ------
    StorageError
        When a row cannot be read.
    """
    yield HEAD, np.array([VERSION, view.layout.width, len(view), view.generation], dtype=np.int64)
    most = PIECE_BYTES // (4 * view.layout.width)
    for number, (part, places) in enumerate(_pieces(view, most)):
        name = f"vectors.{number}"
        yield f"{name}.owners", part.chunk.owners[places]
        yield f"{name}.masks", part.chunk.masks[places]
        yield f"{name}.attributes", part.chunk.attributes[places]
        yield f"{name}.rows", part.chunk.file.read(places)


def _pieces(view: TableView, most: int) -> Iterator[tuple[Part, SomeIds]]:
    """Yield places of active rows, at most so many at a time."""
    for part in view.parts:
        places = part.first + np.flatnonzero(part.chunk.active(part.first, part.last, view.tick))
        for first in range(0, len(places), most):
            yield part, places[first : first + most]


def restore(
    layout: Layout,
    arrays: Mapping[str, Array] | Iterable[tuple[str, Array]],
    *,
    folder: Path | None = None,
    kernel: ScanKernel | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> VectorTable:
    """Return a table of exported rows.

    Parameters
    ----------
    layout
        That of the table that was exported.
    arrays
        What `export` yielded: by name, or in order; others that are not named `vectors.*` are passed over.
    folder, kernel, chunk_rows
        As for `VectorTable`.

    Raises
    ------
    GalleryError
        When an array is missing, of another shape or type than it was, there is one too many, or a row is not as its
        mask says.
    IncompatibleTemplatesError
        When the rows were laid out to another width.
    StorageError
        When the disk is full.
    """
    take, left = _reader(arrays)
    version, width, rows, generation = take(HEAD, np.int64, (HEAD_ITEMS,)).tolist()
    if version != VERSION or rows < 0 or generation < 0:
        raise _damaged(HEAD, "says what no table has")
    if width != layout.width:
        raise IncompatibleTemplatesError(f"rows of {width} numbers do not fit {layout.width}", source=HEAD)
    table, number = VectorTable(layout, folder=folder, kernel=kernel, chunk_rows=chunk_rows), 0
    while rows > 0:
        name = f"vectors.{number}"
        owners = take(f"{name}.owners", np.int64, (None,))
        count = len(owners)
        if not 0 < count <= rows:
            raise _damaged(f"{name}.owners", "has more or fewer rows than there are")
        masks = take(f"{name}.masks", np.uint16, (count,))
        attributes = take(f"{name}.attributes", np.uint64, (count,))
        vectors = take(f"{name}.rows", np.float32, (count, width))
        table.append(owners=owners, vectors=vectors, masks=masks, attributes=attributes, generation=generation)
        rows, number = rows - count, number + 1
    if extra := next(left(number), None):
        raise _damaged(extra, "belongs to no row")
    table.retire(np.empty(0, np.int64), generation=generation)  # states the generation of a table without rows
    return table


Take = Callable[[str, type[np.generic], tuple[int | None, ...]], Array]
"""Gives the array of a name, checked to be of a type and shape."""


def _reader(
    arrays: Mapping[str, Array] | Iterable[tuple[str, Array]],
) -> tuple[Take, Callable[[int], Iterator[str]]]:
    """Return what gives an array by its name, and what names those that are left after so many pieces."""
    if isinstance(arrays, Mapping):
        stored = arrays

        def left(pieces: int) -> Iterator[str]:
            known = {f"vectors.{number}.{what}" for number in range(pieces) for what in WHAT} | {HEAD}
            return (name for name in stored if name.startswith("vectors.") and name not in known)

        return lambda name, kind, shape: _checked(name, stored.get(name), kind, shape), left
    ours = ((name, array) for name, array in arrays if name.startswith("vectors."))

    def take(name: str, kind: type[np.generic], shape: tuple[int | None, ...]) -> Array:
        found, array = next(ours, (name, None))
        return _checked(name, array if found == name else None, kind, shape)

    return take, lambda pieces: (name for name, _ in ours)


WHAT = ("owners", "masks", "attributes", "rows")


def _checked(name: str, array: Array | None, kind: type[np.generic], shape: tuple[int | None, ...]) -> Array:
    if array is None:
        raise _damaged(name, "is missing, or not where it was")
    fits = array.ndim == len(shape) and all(
        wanted in (None, size) for wanted, size in zip(shape, array.shape, strict=False)
    )
    if array.dtype != kind or not fits:
        raise _damaged(name, "is of another type or shape than it was")
    return array


def _damaged(name: str, what: str) -> GalleryError:
    return GalleryError(
        f"an array of a kept table {what}", source=name, remedy="build the gallery anew from the registry"
    )
