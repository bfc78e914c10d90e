"""A torn tail is cut off, anything else that is wrong is damage, and a full disk is said."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biometrics.errors import RecordNotFoundError, StorageError
from biometrics.positions import Position
from biometrics.samples import now_utc
from biometrics.scores import CalibratedFmr, ComparisonScore
from enrollment.deduplication.journal import Journal, empty_journal, read_journal, read_pairs
from enrollment.deduplication.pairs import ReportedPair
from enrollment.deduplication.records import JournalRecord, SessionBegun, TilesDone
from matching.deduplicate import DuplicatePair
from matching.policy import Finding
from registry.points import Point, listening

RUN = "20261126-101500-000001"

unit = st.floats(1e-300, 1.0, allow_subnormal=False)
fmrs = st.builds(CalibratedFmr, value=unit, extrapolated=st.booleans(), model=st.sampled_from(["data", "tail"]))
scores = st.builds(
    ComparisonScore,
    value=st.floats(allow_nan=False, allow_infinity=False, width=32),
    scale=st.just("minutiae/1"),
    fmr=st.none() | fmrs,
)
pairs = st.builds(
    lambda fmr, finding, found, case: ReportedPair(
        pair=DuplicatePair(a="aaa", b="bbb", finding=finding, fmr=fmr, scores=found), case_id=case
    ),
    fmrs,
    st.sampled_from([Finding.DUPLICATE, Finding.REVIEW]),
    st.dictionaries(st.sampled_from(list(Position)), scores, max_size=3),
    st.text("abc", min_size=1, max_size=4),
)


def session() -> SessionBegun:
    return SessionBegun(at=now_utc(), kernel="minutiae")


def tiles(begin: int, end: int) -> TilesDone:
    return TilesDone(begin=begin, end=end, compared=7, not_comparable=1, seconds=0.25)


def write(path: Path, records: Sequence[JournalRecord], run_id: str = RUN) -> Path:
    path.write_bytes(b"")
    with Journal(path, empty_journal(run_id)) as journal:
        for record in records:
            journal.append(record)
    return path


@given(found=st.lists(pairs, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_written_is_read(tmp_path: Path, found: list[ReportedPair]) -> None:
    records: list[JournalRecord] = [session(), tiles(0, 2), session(), tiles(2, 3)]
    path = write(tmp_path / "journal", records)
    with Journal(path, read_journal(path, RUN)) as journal:
        journal.append(tiles(3, 4), found)
        journal.append(tiles(4, 5), found[:1])
    content = read_journal(path, RUN)
    assert list(content.records) == [*records, tiles(3, 4), tiles(4, 5)]
    assert (content.tiles_done, content.size) == (5, path.stat().st_size)
    assert list(read_pairs(path, RUN)) == found + found[:1]
    assert list(content.pairs) == [(one.pair.a, one.pair.b, one.pair.finding) for one in found + found[:1]]


def test_a_journal_cut_anywhere_is_whole_up_to_a_record_and_can_be_written_on(tmp_path: Path) -> None:
    records: list[JournalRecord] = [session(), tiles(0, 2), tiles(2, 5)]
    data = write(tmp_path / "journal", records).read_bytes()
    ends = [0, *(index + 1 for index, byte in enumerate(data) if byte == ord("\n"))]
    for cut in range(len(data) + 1):
        path = tmp_path / "cut"
        path.write_bytes(data[:cut])
        content = read_journal(path, RUN)
        whole = sum(end <= cut for end in ends) - 1
        assert list(content.records) == records[:whole]
        with Journal(path, content) as journal:
            for record in records[whole:]:
                journal.append(record)
        assert path.read_bytes() == data


def test_any_flipped_bit_is_damage_or_costs_the_last_record_only(tmp_path: Path) -> None:
    records: list[JournalRecord] = [session(), tiles(0, 1), tiles(1, 2)]
    data = write(tmp_path / "journal", records).read_bytes()
    last = data.rindex(b"\n", 0, -1) + 1
    path = tmp_path / "flipped"
    for index in range(len(data)):
        for bit in range(8):
            path.write_bytes(data[:index] + bytes([data[index] ^ 1 << bit]) + data[index + 1 :])
            if index >= last - 1:  # the last record, and the line feed that parts it from the one before
                assert len(read_journal(path, RUN).records) in (1, 2)
                continue
            with pytest.raises(StorageError, match="damaged behind its first"):
                read_journal(path, RUN)


def test_lines_that_are_missing_doubled_exchanged_or_another_runs_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    records: list[JournalRecord] = [session(), tiles(0, 1), tiles(1, 2), tiles(2, 3)]
    lines = write(path, records).read_bytes().splitlines(keepends=True)
    foreign = write(path, [session(), tiles(0, 1)], "20261126-101500-000002").read_bytes()
    wrong = ([0, 2, 3], [0, 1, 1, 2, 3], [0, 2, 1, 3], [1, 2, 3])
    for order in wrong:
        path.write_bytes(b"".join(lines[index] for index in order))
        with pytest.raises(StorageError):
            read_journal(path, RUN)
    path.write_bytes(foreign)
    with pytest.raises(StorageError):
        read_journal(path, RUN)


@pytest.mark.parametrize("second", [tiles(2, 3), tiles(0, 1), tiles(1, 1)])
def test_tiles_follow_without_gaps(tmp_path: Path, second: TilesDone) -> None:
    path = write(tmp_path / "journal", [session(), tiles(0, 1), second, session()])
    with pytest.raises(StorageError, match="first 2 records"):
        read_journal(path, RUN)


def test_a_missing_or_unreadable_journal_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordNotFoundError, match="journal is missing"):
        read_journal(tmp_path / "journal", RUN)
    with pytest.raises(StorageError, match="cannot be read"):
        read_journal(tmp_path, RUN)
    with pytest.raises(StorageError, match="cannot be written"):
        Journal(tmp_path, empty_journal(RUN))


@pytest.mark.parametrize("point", [Point.RECORD_HALF_WRITTEN])
def test_a_full_disk_is_said_and_costs_one_record(tmp_path: Path, point: Point) -> None:
    path = write(tmp_path / "journal", [session(), tiles(0, 1)])

    def fill(reached: Point) -> None:
        if reached is point:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with (
        Journal(path, read_journal(path, RUN)) as journal,
        listening(fill),
        pytest.raises(StorageError, match="No space left") as full,
    ):
        journal.append(tiles(1, 2))
    assert full.value.remedy is not None and "kura dedup resume" in full.value.remedy
    content = read_journal(path, RUN)
    assert (len(content.records), content.tiles_done) == (2, 1)
    with Journal(path, content) as journal:
        journal.append(tiles(1, 2))
    assert read_journal(path, RUN).tiles_done == 2
