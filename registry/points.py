"""Named points at which a crash or a full disk would hurt most; tests make it happen there, nobody else listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum


class Point(Enum):
    """Where work on the registry is between two steps that are durable on their own."""

    SECTION_BEGUN = "section.begun"
    SECTION_FILLED = "section.filled"
    SECTION_COMMITTED = "section.committed"
    FILE_WRITTEN = "file.written"
    FILE_NAMED = "file.named"
    TABLE_COPIED = "table.copied"
    FILES_COPIED = "files.copied"
    TABLES_RESTORED = "tables.restored"
    RUN_KEPT = "run.kept"
    RUN_NAMED = "run.named"
    RECORD_HALF_WRITTEN = "record.half_written"
    RECORD_WRITTEN = "record.written"
    RUN_FINISHED = "run.finished"


_listeners: list[Callable[[Point], None]] = []


def reach(point: Point) -> None:
    """Say that a point is reached; a listener may end the process here, or raise what a full disk would raise."""
    for listener in _listeners:
        listener(point)


@contextmanager
def listening(listener: Callable[[Point], None]) -> Iterator[None]:
    """Let a listener know of every point that any thread of this process reaches."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
