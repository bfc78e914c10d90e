"""Codes of a chunk of rows, in a FAISS index whose memory never moves."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

import faiss
import numpy as np

from biometrics.errors import GalleryError
from matching.vectors.arrays import SomeIds
from matching.vectors.kernels.kernel import CODE_OFFSET, COLUMN_STEP, Codes

_LIBRARY = ctypes.CDLL(None, use_errno=True)
_LIBRARY.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


class CodeBlock:
    """Room for rows of codes; one thread may append while others read the rows that were there before.

    The room is reserved at once and never moves; what is resident is what was appended. It lies in huge pages where the
    system grants them: a scan reads memory faster when it need not look up a page every eight rows.

    Parameters
    ----------
    width
        Codes per row, a multiple of COLUMN_STEP.
    rows
        Rows there is room for.

    Raises
    ------
    GalleryError
        When the width is none that rows can have, or there is not so much memory.
    """

    def __init__(self, width: int, rows: int) -> None:
        if width <= 0 or width % COLUMN_STEP or rows <= 0:
            raise GalleryError(f"no block has {rows} rows of {width} codes", remedy=f"widths are {COLUMN_STEP}s")
        kind = faiss.ScalarQuantizer.QT_8bit_direct_signed
        self._index = faiss.IndexScalarQuantizer(width, kind, faiss.METRIC_INNER_PRODUCT)
        self._width, self._capacity = width, rows
        # A std::vector keeps its capacity when it shrinks: the memory is allocated once, here.
        try:
            self._index.codes.resize(rows * width)
        except (MemoryError, RuntimeError) as error:
            remedy = "give the process more memory, or divide the gallery"
            raise GalleryError(f"no memory for {rows * width} bytes of codes", remedy=remedy) from error
        self._address = int(self._index.codes.data())
        self._index.codes.resize(0)
        _release(self._address, rows * width)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def index(self) -> Any:
        """The FAISS `IndexScalarQuantizer` that holds the rows."""
        return self._index

    @property
    def capacity(self) -> int:
        """Rows there is room for."""
        return self._capacity

    def append(self, codes: Codes) -> None:
        """Add rows.

        Parameters
        ----------
        codes
            uint8 [rows, width]: int8 values + CODE_OFFSET.

        Raises
        ------
        GalleryError
            When they have another width, or there is no room for all; then none is added.
        """
        if codes.ndim != 2 or codes.dtype != np.uint8 or codes.shape[1] != self._width:
            raise GalleryError(f"codes are not rows of {self._width} bytes", source="rows")
        if len(self) + len(codes) > self._capacity:
            raise GalleryError(f"no room for {len(codes)} rows beside {len(self)} of {self._capacity}", source="rows")
        if len(codes):
            self._index.add_sa_codes(np.ascontiguousarray(codes))

    def erase(self, rows: SomeIds) -> None:
        """Write zeros over rows."""
        memory = _Memory(self._index, self._address, (len(self), self._width), writable=True)
        np.asarray(memory)[rows] = CODE_OFFSET

    def view(self) -> Codes:
        """Return the rows where they lie, uint8 [rows, width], read-only; they stay as long as the view does."""
        return np.asarray(_Memory(self._index, self._address, (len(self), self._width)))


class _Memory:
    """Memory of an index, which lives as long as any array of it."""

    def __init__(self, index: Any, address: int, shape: tuple[int, int], *, writable: bool = False) -> None:
        self._index = index
        self.__array_interface__ = {"version": 3, "typestr": "|u1", "data": (address, not writable), "shape": shape}


def _release(address: int, size: int) -> None:
    """Give back the pages of memory that is all zero, and ask for huge ones when it is written to.

    Anonymous memory given back reads as zero, so nothing changes but what is resident. Advice may be refused.
    """
    page = mmap.PAGESIZE
    start = -(-address // page) * page
    length = (address + size) // page * page - start
    if length > 0:
        for advice in (mmap.MADV_HUGEPAGE, mmap.MADV_DONTNEED):
            _LIBRARY.madvise(start, length, advice)
