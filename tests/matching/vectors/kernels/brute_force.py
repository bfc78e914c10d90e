"""Rows and probes to scan, and what a scan must list by the plainest arithmetic."""

from __future__ import annotations

import numpy as np

from matching.vectors.kernels import Hits, PackedProbes, ProbeBatch, RowBlock, ScanKernel
from matching.vectors.kernels.kernel import CODE_OFFSET

Listed = set[tuple[int, int, int]]
"""Row, probe and product of each pair."""

CLASSES = 5


def products(block: RowBlock, batch: ProbeBatch) -> np.ndarray:
    values = block.codes.astype(np.int64) - CODE_OFFSET
    return values @ batch.values.T.astype(np.int64)


def pairs(block: RowBlock, batch: ProbeBatch) -> Listed:
    with np.errstate(invalid="ignore", over="ignore"):
        grown = batch.alpha[block.classes] * block.u[:, np.newaxis]
        limits = grown - batch.beta * block.v[:, np.newaxis]
    assert limits.dtype == np.float32
    found = products(block, batch)
    rows, probes = np.nonzero(~(found.astype(np.float32) < limits))
    return set(zip(rows.tolist(), probes.tolist(), found[rows, probes].tolist(), strict=True))


def listed(hits: Hits, count: int) -> Listed:
    some = slice(0, min(count, hits.capacity))
    return set(zip(hits.rows[some].tolist(), hits.probes[some].tolist(), hits.products[some].tolist(), strict=True))


def scanned(kernel: ScanKernel, block: RowBlock, batch: ProbeBatch, packed: PackedProbes | None = None) -> Listed:
    """What a kernel lists, with room for all; no pair twice."""
    hits = Hits.room(len(block) * len(batch))
    count = kernel.scan(block, packed or kernel.pack(batch), hits)
    found = listed(hits, count)
    assert len(found) == count
    return found


def random_block(generator: np.random.Generator, rows: int, width: int) -> RowBlock:
    """Rows of all codes, with the extremes more often than by chance."""
    codes = generator.integers(0, 256, (rows, width), dtype=np.uint8)
    extreme = generator.random((rows, width)) < 0.3
    codes[extreme] = generator.choice(np.array([0, 1, 127, 128, 254, 255], np.uint8), int(extreme.sum()))
    return RowBlock(
        codes=codes,
        u=(generator.random(rows) + 0.5).astype(np.float32),
        v=generator.random(rows, dtype=np.float32),
        classes=generator.integers(0, CLASSES, rows, dtype=np.uint16),
    )


def random_batch(generator: np.random.Generator, probes: int, width: int) -> ProbeBatch:
    """Probes whose limits list about every fifth row, all of some classes and none of others."""
    alpha = (generator.normal(0.8, 0.3, (CLASSES, probes)) * 74 * 74 * np.sqrt(width)).astype(np.float32)
    kind = generator.random((CLASSES, probes))
    alpha[kind < 0.1], alpha[kind > 0.9] = np.inf, -np.inf
    return ProbeBatch(
        values=generator.integers(-128, 128, (probes, width), dtype=np.int8),
        alpha=alpha,
        beta=(generator.random(probes) * 5_000).astype(np.float32),
    )
