"""Descriptors of one finger position, each compared with a probe exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import faiss
import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from biometrics.arrays import Flags
from matching.descriptor.code import BYTE_LEVELS, BYTES, DIMENSION, FingerDescriptor

Likenesses: TypeAlias = Int64[NDArray[np.int64], " rows"]


class DescriptorIndex:
    """Descriptors in rows of 128 bytes, searched by FAISS.

    The index is a product quantizer whose codebook is not trained: its 256 centroids are what the 256 values of a byte
    stand for, so that it computes inner products with the codes themselves. These are whole numbers below 2^24, which
    32-bit floating point adds without error in any order.
    """

    def __init__(self) -> None:
        self._index = faiss.IndexPQ(DIMENSION, BYTES, 8, faiss.METRIC_INNER_PRODUCT)
        faiss.copy_array_to_vector(np.tile(BYTE_LEVELS, (BYTES, 1)).ravel(), self._index.pq.centroids)
        self._index.is_trained = True

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def append(self, descriptors: Sequence[FingerDescriptor]) -> None:
        """Add a row for each descriptor."""
        if descriptors:
            self._index.add_sa_codes(np.stack([one.code for one in descriptors]))

    def keep(self, kept: Flags) -> None:
        """Drop the other rows; those after them move up.

        Parameters
        ----------
        kept
            bool [rows].
        """
        self._index.remove_ids(faiss.IDSelectorBatch(np.flatnonzero(~kept)))

    def likenesses(self, probe: FingerDescriptor) -> Likenesses:
        """Return the likeness of the probe to every row, int64 [rows]."""
        found = np.empty(len(self), dtype=np.int64)
        if len(self):
            values, rows = self._index.search(probe.numbers.astype(np.float32)[None], len(self))
            found[rows[0]] = np.rint(values[0])
        return found
