"""The journal of a run: a record a line, each with its length and a checksum that covers all lines before it too.

A process that is killed leaves whole lines and perhaps the beginning of one more. That torn tail is cut off when the
run goes on: what it would have told is done again. A line that is wrong before the last one is damage. A journal may
hold hundreds of thousands of pairs with all their scores, so it is read line by line, and scores only where wanted.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from biometrics.errors import BiometricsError, RecordNotFoundError, StorageError
from enrollment.deduplication.documents import BEGIN_ANEW
from enrollment.deduplication.pairs import ReportedPair
from enrollment.deduplication.records import JournalRecord, TilesDone
from enrollment.engine.codec import decode, encode
from matching.policy import Finding
from registry.points import Point, reach

_HEAD = len("00000000 00000000 ")


class FoundPair(NamedTuple):
    """What most need to know of a pair in a journal: both subjects, and what it was found to be."""

    a: str
    b: str
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalContent:
    """What a journal holds.

    Parameters
    ----------
    records
        Its whole records.
    pairs
        All pairs of theirs, in order.
    size, checksum
        Bytes of the whole records, and the checksum that the next goes on from.
    """

    records: tuple[JournalRecord, ...]
    pairs: tuple[FoundPair, ...]
    size: int
    checksum: int

    @property
    def tiles_done(self) -> int:
        """Tiles that are finished, which are the first ones."""
        return next((one.end for one in reversed(self.records) if isinstance(one, TilesDone)), 0)


def empty_journal(run_id: str) -> JournalContent:
    """Return what the journal of a run holds before its first record."""
    return JournalContent(records=(), pairs=(), size=0, checksum=_first_checksum(run_id))


def read_journal(path: Path, run_id: str) -> JournalContent:
    """Read the journal of a run without scores, a torn tail left out.

    Raises
    ------
    RecordNotFoundError, StorageError
        When it is missing, cannot be read, is damaged before its tail, or is another run's.
    """
    records: list[JournalRecord] = []
    pairs: list[FoundPair] = []
    content = empty_journal(run_id)
    for entry in _entries(path, run_id):
        records.append(entry.record)
        pairs += [_found(tree, path, len(records)) for tree in entry.trees]
        content = JournalContent(records=(), pairs=(), size=entry.size, checksum=entry.checksum)
    return JournalContent(records=tuple(records), pairs=tuple(pairs), size=content.size, checksum=content.checksum)


def read_pairs(path: Path, run_id: str) -> Iterator[ReportedPair]:
    """Yield all pairs of a journal in order, with their scores and cases; raises as `read_journal`."""
    for number, entry in enumerate(_entries(path, run_id)):
        for tree in entry.trees:
            try:
                pair: ReportedPair = decode(tree, ReportedPair, [])
            except BiometricsError as error:
                raise _damaged(path, number) from error
            yield pair


class Journal:
    """A journal that is written on; every record is durable when `append` returns. Use it in a `with` statement.

    Parameters
    ----------
    path
        The file, which exists.
    content
        What `read_journal` found in it; whatever comes behind is cut off.

    Raises
    ------
    StorageError
        When it cannot be opened for writing.
    """

    def __init__(self, path: Path, content: JournalContent) -> None:
        self._path = path
        self._checksum = content.checksum
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            os.ftruncate(self._descriptor, content.size)
        except OSError as error:
            raise _unwritable(path, error) from error

    def append(self, record: JournalRecord, pairs: Sequence[ReportedPair] = ()) -> None:
        """Write a record durably, with the pairs that it found.

        Raises
        ------
        StorageError
            When the disk is full or fails. Then part of the record may be there, and nothing more must be appended:
            read the journal anew.
        """
        told = {"record": encode(record, JournalRecord, []), "pairs": [encode(one, ReportedPair, []) for one in pairs]}
        payload = json.dumps(told, separators=(",", ":")).encode()
        checksum = zlib.crc32(payload, self._checksum)
        line = _head(payload, checksum) + payload + b"\n"
        try:
            # In two parts: a disk that is full, or a kill, may come between any two bytes.
            _write_all(self._descriptor, line[: len(line) // 2])
            reach(Point.RECORD_HALF_WRITTEN)
            _write_all(self._descriptor, line[len(line) // 2 :])
            os.fsync(self._descriptor)
        except OSError as error:
            raise _unwritable(self._path, error) from error
        self._checksum = checksum
        reach(Point.RECORD_WRITTEN)

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)


class _Entry(NamedTuple):
    """A whole line: its record, its pairs as JSON, and the journal's length and checksum behind it."""

    record: JournalRecord
    trees: list[Any]
    size: int
    checksum: int


def _entries(path: Path, run_id: str) -> Iterator[_Entry]:
    size, checksum, number, done = 0, _first_checksum(run_id), 0, 0
    for line, is_last in _lines(path):
        payload, checksum = line[_HEAD:-1], zlib.crc32(line[_HEAD:-1], checksum)
        if line[:_HEAD] != _head(payload, checksum) or line[-1:] != b"\n":
            if not is_last:
                raise _damaged(path, number)
            return
        record, trees = _read(payload, path, number)
        if isinstance(record, TilesDone):
            if record.begin != done or record.end <= done:
                raise _damaged(path, number)
            done = record.end
        number, size = number + 1, size + len(line)
        yield _Entry(record, trees, size, checksum)


def _lines(path: Path) -> Iterator[tuple[bytes, bool]]:
    """Yield lines with their line feeds, and whether nothing comes behind."""
    try:
        with path.open("rb") as file:
            line = file.readline()
            while line:
                following = file.readline()
                yield line, not following
                line = following
    except FileNotFoundError as error:
        raise RecordNotFoundError("the run's journal is missing", source=str(path), remedy=BEGIN_ANEW) from error
    except OSError as error:
        message = f"the run's journal cannot be read: {error.strerror}"
        raise StorageError(message, source=str(path), remedy="check permissions and the disk") from error


def _read(payload: bytes, path: Path, number: int) -> tuple[JournalRecord, list[Any]]:
    try:
        told: Any = json.loads(payload)
        record: JournalRecord = decode(told["record"], JournalRecord, [])
        return record, list(told["pairs"])
    except (ValueError, KeyError, TypeError, RecursionError, BiometricsError) as error:
        raise _damaged(path, number) from error


def _found(tree: Any, path: Path, number: int) -> FoundPair:
    try:
        pair = tree["pair"]
        return FoundPair(str(pair["a"]), str(pair["b"]), Finding(pair["finding"]))
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, number) from error


def _first_checksum(run_id: str) -> int:
    return zlib.crc32(run_id.encode())


def _head(payload: bytes, checksum: int) -> bytes:
    return b"%08x %08x " % (len(payload), checksum)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _damaged(path: Path, records: int) -> StorageError:
    message = f"the run's journal is damaged behind its first {records} records"
    return StorageError(message, source=str(path), remedy=BEGIN_ANEW)


def _unwritable(path: Path, error: OSError) -> StorageError:
    message = f"the run's journal cannot be written: {error.strerror}"
    return StorageError(message, source=str(path), remedy="make room, then go on with kura dedup resume")
