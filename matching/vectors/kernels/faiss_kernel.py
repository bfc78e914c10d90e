"""The scan by FAISS, which runs on every machine and which the other kernels are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import faiss
import numpy as np
from jaxtyping import Float32, Int64
from numpy.typing import NDArray

from biometrics.errors import GalleryError
from matching.vectors.kernels.kernel import CODE_OFFSET, Hits, PackedProbes, ProbeBatch, RowBlock, require_comparable

EXACT_SUM = 2**24
"""Whole numbers up to which 32-bit floating point adds without error, in any order."""

EXACT_COLUMNS = EXACT_SUM // 128**2
"""Columns whose products, of at most 128 * 128 each, never sum up to more."""

LOWEST = float(np.finfo(np.float32).min)

_faiss: Any = faiss  # its type stubs know only part of it

FoundRows: TypeAlias = Int64[NDArray[np.int64], " found"]
FoundProducts: TypeAlias = Int64[NDArray[np.int64], " found"]
Limits: TypeAlias = Float32[NDArray[np.float32], " rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainProbes:
    """Probes as they are."""

    batch: ProbeBatch


class FaissKernel:
    """Lets a scanner of FAISS compare one probe after the other with the rows, at their loosest limit."""

    name = "faiss"

    def pack(self, batch: ProbeBatch) -> PlainProbes:
        """Keep the probes as they are."""
        return PlainProbes(batch=batch)

    def scan(self, block: RowBlock, probes: PackedProbes, hits: Hits) -> int:
        """See `ScanKernel.scan`."""
        if not isinstance(probes, PlainProbes):
            raise GalleryError("these probes were packed for another kernel", source="probes")
        require_comparable(block, probes.batch)
        count = 0
        for probe in range(len(probes.batch) if len(block) else 0):
            rows, products = _compare(block, probes.batch, probe)
            some = slice(0, max(0, hits.capacity - count))
            place = slice(count, count + len(rows[some]))
            hits.rows[place], hits.probes[place], hits.products[place] = rows[some], probe, products[some]
            count += len(rows)
        return count


def _compare(block: RowBlock, batch: ProbeBatch, probe: int) -> tuple[FoundRows, FoundProducts]:
    """Return the rows that reach the limits of one probe, ascending, and their products."""
    limits = _limits(block, batch, probe)
    # A minimum with something that is no number is none itself.
    loosest = float(limits.min())
    if loosest == np.inf:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    rows, products = _products(block, batch, probe, loosest)
    reached = ~(products.astype(np.int32).astype(np.float32) < limits[rows])
    return rows[reached], products[reached]


def _limits(block: RowBlock, batch: ProbeBatch, probe: int) -> Limits:
    with np.errstate(invalid="ignore", over="ignore"):
        grown = batch.alpha[:, probe][block.classes] * block.u
        return np.asarray(grown - batch.beta[probe] * block.v, dtype=np.float32)


def _products(block: RowBlock, batch: ProbeBatch, probe: int, loosest: float) -> tuple[FoundRows, FoundProducts]:
    """Return rows and products of at least those rows whose product is not below `loosest`."""
    values = batch.values[probe].astype(np.float32)
    if CODE_OFFSET * float(np.abs(values).sum()) <= EXACT_SUM:
        return _scan(block, values, loosest)
    rows, total = np.arange(len(block)), np.zeros(len(block), np.int64)
    for first in range(0, block.width, EXACT_COLUMNS):
        some = np.zeros_like(values)
        some[first : first + EXACT_COLUMNS] = values[first : first + EXACT_COLUMNS]
        rows, products = _scan(block, some, LOWEST)
        total[rows] += products
    return np.arange(len(block)), total


def _scan(
    block: RowBlock, values: Float32[NDArray[np.float32], " width"], loosest: float
) -> tuple[FoundRows, FoundProducts]:
    """Return rows and products where they exceed the number before `loosest`."""
    quantizer = _faiss.ScalarQuantizer(block.width, faiss.ScalarQuantizer.QT_8bit_direct_signed)
    centroids = faiss.IndexFlatIP(block.width)
    scanner = quantizer.select_InvertedListScanner(faiss.METRIC_INNER_PRODUCT, centroids, True, None, False)
    result = faiss.RangeSearchResult(1)
    partial = _faiss.RangeSearchPartialResult(result)
    scanner.set_query(faiss.swig_ptr(values))
    scanner.set_list(0, 0.0)
    below = LOWEST if not loosest > LOWEST else np.nextafter(np.float32(loosest), np.float32(LOWEST))
    codes = faiss.swig_ptr(block.codes)
    scanner.scan_codes_range(len(block), codes, None, float(below), partial.new_result(0))
    partial.finalize()
    found = int(faiss.rev_swig_ptr(result.lims, 2)[1])
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    products = faiss.rev_swig_ptr(result.distances, found)
    return faiss.rev_swig_ptr(result.labels, found).copy(), np.rint(products).astype(np.int64)
