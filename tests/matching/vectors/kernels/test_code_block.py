"""Codes lie in a FAISS index, at one address for good."""

from __future__ import annotations

import gc
import resource

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import GalleryError
from matching.vectors.kernels import CodeBlock


def codes(rows: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (rows, width), dtype=np.uint8)


@given(sizes=st.lists(st.integers(0, 9), max_size=8), columns=st.integers(1, 5))
def test_rows_come_back_in_order(sizes: list[int], columns: int) -> None:
    block, expected = CodeBlock(64 * columns, 80), codes(sum(sizes), 64 * columns)
    first = 0
    for size in sizes:
        block.append(expected[first : first + size])
        first += size

    assert len(block) == first
    assert block.capacity == 80
    assert np.array_equal(block.view(), expected)


def test_a_view_sees_what_was_there_and_stays_when_the_block_is_gone() -> None:
    block, expected = CodeBlock(128, 20_000), codes(20_000, 128)
    block.append(expected[:5])
    early = block.view()
    for first in range(5, 20_000, 1_999):
        block.append(expected[first : first + 1_999])
    late = block.view()

    assert early.ctypes.data == late.ctypes.data
    del block
    gc.collect()
    assert len(early) == 5
    assert np.array_equal(late, expected)
    assert np.array_equal(early, expected[:5])


def test_nobody_writes_through_a_view() -> None:
    block = CodeBlock(64, 3)
    block.append(codes(2, 64))
    with pytest.raises(ValueError, match="read-only"):
        block.view()[0, 0] = 1


def test_faiss_reads_the_same_bytes() -> None:
    block, expected = CodeBlock(64, 10), codes(7, 64)
    block.append(expected)
    assert isinstance(block.index, faiss.IndexScalarQuantizer)
    assert np.array_equal(block.index.reconstruct_n(0, 7), expected.astype(np.float32) - 128)


def test_what_does_not_fit_is_refused_and_nothing_added() -> None:
    block = CodeBlock(64, 4)
    block.append(codes(3, 64))
    with pytest.raises(GalleryError, match="no room for 2 rows beside 3 of 4"):
        block.append(codes(2, 64))
    with pytest.raises(GalleryError, match="rows of 64 bytes"):
        block.append(codes(1, 128))
    assert len(block) == 3


@pytest.mark.parametrize(("width", "rows"), [(0, 5), (63, 5), (64, 0), (-64, 5)])
def test_a_block_that_cannot_be_is_refused(width: int, rows: int) -> None:
    with pytest.raises(GalleryError):
        CodeBlock(width, rows)


def test_without_memory_a_block_is_refused() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (1 << 40, before[1]))
    try:
        with pytest.raises(GalleryError, match="no memory"):
            CodeBlock(1_024, 1 << 34)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _resident() -> int:
    with open("/proc/self/statm") as statistics:  # noqa: PTH123 - one number
        return int(statistics.read().split()[1]) * resource.getpagesize()


def test_room_is_resident_when_it_is_used() -> None:
    before = _resident()
    block = CodeBlock(512, 200_000)
    assert _resident() - before < 20_000_000
    block.append(codes(1_000, 512))
    assert _resident() - before < 30_000_000
