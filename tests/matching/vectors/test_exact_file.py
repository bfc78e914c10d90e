"""Rows on disk read back as they were written, tell nobody else anything, and can be erased."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.arrays import Vectors
from matching.vectors.exact import ExactFile

WIDTH = 64


def rows(count: int, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).normal(size=(count, WIDTH)).astype(np.float32)


def on_disk(file: ExactFile, count: int) -> bytes:
    return os.pread(file._descriptor, 4 * WIDTH * count, 0)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=8), st.data())
def test_what_was_written_last_is_read(writings: list[tuple[int, int]], data: st.DataObject) -> None:
    file, wanted = ExactFile(WIDTH, folder=None), np.empty((0, WIDTH), dtype=np.float32)
    for seed, (place, count) in enumerate(writings):
        first = min(place, len(wanted))
        wanted = np.concatenate([wanted[:first], rows(count, seed)])
        file.write(first, wanted[first:])
    some = np.array(sorted(data.draw(st.sets(st.integers(0, max(len(wanted) - 1, 0))))), dtype=np.int64)
    some = some[some < len(wanted)]
    np.testing.assert_array_equal(file.read(some), wanted[some])


def test_nothing_of_a_row_lies_on_the_disk(tmp_path: Path) -> None:
    file, zeros = ExactFile(WIDTH, folder=tmp_path), np.zeros((50, WIDTH), dtype=np.float32)
    file.write(0, rows(50))
    assert not any(rows(50)[row].tobytes()[:16] in on_disk(file, 50) for row in range(50))
    other = ExactFile(WIDTH, folder=tmp_path)
    file.write(0, zeros)
    other.write(0, zeros)
    seen = np.frombuffer(on_disk(file, 50) + on_disk(other, 50), dtype=np.uint8).reshape(-1, 16)
    assert len(np.unique(seen, axis=0)) == len(seen)  # no block of the key stream comes twice, in no two files
    assert list(tmp_path.iterdir()) == []


def test_no_place_is_written_twice_under_one_counter() -> None:
    """Else the difference of what lay there would be that of the rows."""
    file, zeros, seen = ExactFile(WIDTH, folder=None), np.zeros((8, WIDTH), dtype=np.float32), set[bytes]()
    for first in (0, 3, 3, 1, 5, 0):
        file.write(first, zeros[first:])
        stored = on_disk(file, 8)[first * 4 * WIDTH :]
        blocks = {stored[start : start + 16] for start in range(0, len(stored), 16)}
        assert len(blocks) == len(stored) // 16 and not blocks & seen
        seen |= blocks


def test_rows_that_are_erased_are_gone_and_the_others_stay() -> None:
    file, wanted = ExactFile(WIDTH, folder=None), rows(6)
    file.write(0, wanted)
    before = on_disk(file, 6)
    file.erase(np.array([1, 4]))
    after = on_disk(file, 6)
    size = 4 * WIDTH
    changed = [row for row in range(6) if before[row * size : (row + 1) * size] != after[row * size : (row + 1) * size]]
    assert changed == [1, 4]
    wanted[[1, 4]] = 0
    np.testing.assert_array_equal(file.read(np.arange(6)), wanted)


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows_are_no_exception(count: int) -> None:
    file = ExactFile(WIDTH, folder=None)
    file.write(0, rows(count))
    assert file.read(np.arange(count)).shape == (count, WIDTH)
