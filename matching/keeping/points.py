"""Named points of writing a snapshot at which a crash or a full disk would hurt; tests make it happen there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum


class Point(Enum):
    """Where the writing of a snapshot is."""

    FOLDER_MADE = "folder.made"
    PIECE_WRITTEN = "piece.written"
    PART_KEPT = "part.kept"
    MANIFEST_WRITTEN = "manifest.written"
    FOLDER_KEPT = "folder.kept"
    NAMED = "snapshot.named"
    NAME_KEPT = "name.kept"
    OLDER_REMOVED = "older.removed"


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
