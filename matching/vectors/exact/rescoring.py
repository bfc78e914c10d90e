"""Scores of pairs that a scan listed, from the rows in full precision."""

from __future__ import annotations

import numpy as np

from biometrics.arrays import Ids, Values
from matching.vectors.arrays import ProbeVectors
from matching.vectors.exact.file import ExactFile
from matching.vectors.exact.kernels import inner_products

READ_AT_ONCE = 8 << 20
"""Bytes of rows that are read before their pairs are compared: what memory rescoring takes, whatever was listed."""


def rescore(file: ExactFile, rows: Ids, vectors: ProbeVectors, probes: Ids) -> Values:
    """Return the score of each pair of a row and a probe, float32 [count].

    Every row is read once, in the order in which rows lie on disk.

    Parameters
    ----------
    file
        Where the rows lie.
    rows, probes
        Of each pair, the row in the file and the row in `vectors`.
    vectors
        float32 [probes, width].

    Raises
    ------
    StorageError
        When a row cannot be read.
    """
    order = np.argsort(rows, kind="stable")
    ascending, turned = rows[order], probes[order]
    different, row_numbers = np.unique(ascending, return_inverse=True)
    scores = np.empty(len(rows), dtype=np.float32)
    some = max(1, READ_AT_ONCE // (4 * vectors.shape[1]))
    for first in range(0, len(different), some):
        read = file.read(different[first : first + some])
        start, stop = np.searchsorted(row_numbers, (first, first + len(read)))
        found = np.empty(stop - start, dtype=np.float32)
        inner_products(read, vectors, row_numbers[start:stop] - first, turned[start:stop], found)
        scores[order[start:stop]] = found
    return scores
