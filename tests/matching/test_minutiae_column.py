"""A column of prints compares as its prints do one by one, however it has grown."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from biometrics.errors import GalleryError, StorageError
from matching.minutiae import PreparedPrint, PrintColumn, compare, prepare
from tests.matching.simulated_minutiae import captured_again, finger

RNG = np.random.default_rng(11)
FINGERS = [finger(RNG, count=int(RNG.integers(0, 60))) for _ in range(40)]
PRINTS = [prepare(item) for item in FINGERS]


def filled(block_items: int) -> PrintColumn:
    column = PrintColumn(block_items=block_items)
    assert [column.append(item) for item in PRINTS] == list(range(len(PRINTS)))
    return column


@pytest.mark.parametrize("block_items", [1, 2_000, 10_000, 1 << 20])
def test_every_row_scores_as_its_print_does(block_items: int) -> None:
    column = filled(block_items)
    assert len(column) == len(PRINTS)
    for probe in (PRINTS[-1], prepare(captured_again(RNG, FINGERS[-1])), PRINTS[3]):
        scores = column.compare(probe, np.arange(len(PRINTS)))
        assert scores.dtype == np.float32
        assert scores.tolist() == [compare(probe, item) for item in PRINTS]


def test_growth_changes_no_earlier_row() -> None:
    column, probe = PrintColumn(block_items=5_000), PRINTS[5]
    expected: list[float] = []
    for item in PRINTS:
        expected.append(compare(probe, item))
        assert column.append(item) == len(expected) - 1
        assert column.compare(probe, np.arange(len(column))).tolist() == expected


def test_rows_are_answered_in_the_order_asked_for() -> None:
    rows = np.array([39, 0, 7, 7, 12, 39])
    scores = filled(4_000).compare(PRINTS[7], rows)
    assert scores.tolist() == [compare(PRINTS[7], PRINTS[row]) for row in rows]
    assert scores[2] == scores[3] == scores.max() > 0


def test_more_rows_than_the_first_row_table_holds() -> None:
    column, few = PrintColumn(), [prepare(finger(np.random.default_rng(seed), count=6)) for seed in range(3)]
    for row in range(2_500):
        column.append(few[row % 3])
    scores = column.compare(few[2], np.arange(2_500)).reshape(-1)
    assert scores[2::3].min() == scores[2::3].max() == compare(few[2], few[2])
    assert scores[0::3].max() == compare(few[2], few[0])


@pytest.mark.parametrize("block_items", [1, 5_000, 1 << 20])
def test_a_print_is_read_back_as_it_was_stored(block_items: int) -> None:
    column = filled(block_items)
    for row, item in enumerate(PRINTS):
        assert column.feature(row).record.tolist() == item.record.tolist()
    column.feature(3).record[:] = 0
    assert column.feature(3).record.tolist() == PRINTS[3].record.tolist()


@pytest.mark.parametrize("block_items", [1, 5_000, 1 << 20])
@pytest.mark.parametrize("rows", [[], [0], [39], [1, 2, 5, 20, 38], list(range(40))])
def test_kept_rows_move_together_and_more_may_follow(block_items: int, rows: list[int]) -> None:
    column = PrintColumn(block_items=block_items)
    column.extend(filled(block_items).export(np.array(rows, dtype=np.int64)))
    left = [PRINTS[row] for row in rows]
    assert len(column) == len(left)
    assert column.append(PRINTS[7]) == len(left)
    left.append(PRINTS[7])
    assert [column.feature(row).record.tolist() for row in range(len(left))] == [item.record.tolist() for item in left]
    scores = column.compare(PRINTS[7], np.arange(len(left)))
    assert scores.tolist() == [compare(PRINTS[7], item) for item in left]


def test_no_rows_give_no_scores() -> None:
    assert len(PrintColumn().compare(PRINTS[0], np.zeros(0, dtype=np.int64))) == 0


@pytest.mark.parametrize("row", [-1, 40])
def test_a_row_that_does_not_exist_is_refused(row: int) -> None:
    with pytest.raises(GalleryError, match="outside the 40 prints"):
        filled(9_000).compare(PRINTS[0], np.array([0, row]))
    with pytest.raises(GalleryError, match="outside the 40 prints"):
        filled(9_000).feature(row)


def test_threads_do_not_disturb_each_other() -> None:
    column, rows = filled(6_000), np.arange(40)
    alone = [column.compare(probe, rows).tolist() for probe in PRINTS]

    def scores(probe: PreparedPrint) -> list[float]:
        return [float(value) for value in column.compare(probe, rows)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(scores, PRINTS)) == alone


def test_a_column_on_disk_scores_as_one_in_memory_and_leaves_nothing_behind(tmp_path: Path) -> None:
    column = PrintColumn(folder=tmp_path, block_items=5_000)
    for item in PRINTS:
        column.append(item)
    rows = np.arange(40)
    assert column.compare(PRINTS[7], rows).tolist() == filled(5_000).compare(PRINTS[7], rows).tolist()
    other = PrintColumn(folder=tmp_path, block_items=5_000)
    other.extend(column.export(np.array([7, 30])))
    assert other.feature(0).record.tolist() == PRINTS[7].record.tolist()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_or_a_missing_folder_is_an_error_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StorageError, match="No such file"):
        PrintColumn(folder=tmp_path / "missing").append(PRINTS[0])
    column = PrintColumn(folder=tmp_path, block_items=2 * len(PRINTS[7].record))
    column.append(PRINTS[7])

    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.posix_fallocate", full)
    column.append(PRINTS[7])
    with pytest.raises(StorageError, match="No space left"):
        column.append(PRINTS[7])
    assert column.compare(PRINTS[7], np.arange(2)).tolist() == [compare(PRINTS[7], PRINTS[7])] * 2


def test_many_rows_are_shared_among_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    alone, shared = PrintColumn(threads=1, block_items=20_000), PrintColumn(threads=3, block_items=20_000)
    few = [prepare(finger(np.random.default_rng(seed), count=9)) for seed in range(7)]
    for row in range(7_000):
        alone.append(few[row % 7])
        shared.append(few[row % 7])
    pools: list[int] = []

    def counted(threads: int) -> ThreadPoolExecutor:
        pools.append(threads)
        return ThreadPoolExecutor(threads)

    monkeypatch.setattr("matching.minutiae.column.ThreadPoolExecutor", counted)
    rows = np.random.default_rng(1).permutation(7_000)
    assert shared.compare(few[3], rows).tolist() == alone.compare(few[3], rows).tolist()
    assert pools == [3]
