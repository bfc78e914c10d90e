"""The journal of a run: a record a line, each with its length and a checksum that covers all lines before it too.

A process that is killed leaves whole lines and perhaps the beginning of one more. That torn tail is cut off when the
run goes on: what it would have told is done again. A line that is wrong before the last one is damage.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from biometrics.errors import BiometricsError, RecordNotFoundError, StorageError
from enrollment.deduplication.documents import BEGIN_ANEW
from enrollment.deduplication.records import JournalRecord, TilesDone
from enrollment.engine.codec import decode, encode
from registry.points import Point, reach

_HEAD = len("00000000 00000000 ")


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalContent:
    """What a journal holds: its whole records, how many bytes they are, and the checksum that the next goes on from."""

    records: tuple[JournalRecord, ...]
    size: int
    checksum: int

    @property
    def tiles_done(self) -> int:
        """Tiles that are finished, which are the first ones."""
        return next((one.end for one in reversed(self.records) if isinstance(one, TilesDone)), 0)


def read_journal(path: Path, run_id: str) -> JournalContent:
    """Read the journal of a run, a torn tail left out.

    Raises
    ------
    RecordNotFoundError, StorageError
        When it is missing, cannot be read, is damaged before its tail, or is another run's.
    """
    data = _read(path)
    records: list[JournalRecord] = []
    size, checksum, done = 0, _first_checksum(run_id), 0
    for line in _lines(data):
        payload, following = line[_HEAD:-1], zlib.crc32(line[_HEAD:-1], checksum)
        if line[:_HEAD] != _head(payload, following) or line[-1:] != b"\n":
            if size + len(line) < len(data):
                raise _damaged(path, len(records))
            break
        record = _record(payload, path, len(records))
        if isinstance(record, TilesDone):
            if record.begin != done or record.end <= done:
                raise _damaged(path, len(records))
            done = record.end
        records.append(record)
        size, checksum = size + len(line), following
    return JournalContent(records=tuple(records), size=size, checksum=checksum)


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

    def append(self, record: JournalRecord) -> None:
        """Write a record durably.

        Raises
        ------
        StorageError
            When the disk is full or fails. Then part of the record may be there, and nothing more must be appended:
            read the journal anew.
        """
        payload = json.dumps(encode(record, JournalRecord, []), separators=(",", ":")).encode()
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


def empty_journal(run_id: str) -> JournalContent:
    """Return what the journal of a run holds before its first record."""
    return JournalContent(records=(), size=0, checksum=_first_checksum(run_id))


def _first_checksum(run_id: str) -> int:
    return zlib.crc32(run_id.encode())


def _head(payload: bytes, checksum: int) -> bytes:
    return b"%08x %08x " % (len(payload), checksum)


def _lines(data: bytes) -> Iterator[bytes]:
    """Yield lines with their line feeds; the last may have none."""
    begin = 0
    while begin < len(data):
        found = data.find(b"\n", begin)
        end = len(data) if found < 0 else found + 1
        yield data[begin:end]
        begin = end


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise RecordNotFoundError("the run's journal is missing", source=str(path), remedy=BEGIN_ANEW) from error
    except OSError as error:
        message = f"the run's journal cannot be read: {error.strerror}"
        raise StorageError(message, source=str(path), remedy="check permissions and the disk") from error


def _record(payload: bytes, path: Path, number: int) -> JournalRecord:
    try:
        record: JournalRecord = decode(json.loads(payload), JournalRecord, [])
    except (ValueError, BiometricsError) as error:
        raise _damaged(path, number) from error
    return record


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _damaged(path: Path, records: int) -> StorageError:
    message = f"the run's journal is damaged behind its first {records} records"
    return StorageError(message, source=str(path), remedy=BEGIN_ANEW)


def _unwritable(path: Path, error: OSError) -> StorageError:
    message = f"the run's journal cannot be written: {error.strerror}"
    return StorageError(message, source=str(path), remedy="make room, then go on with kura dedup resume")
