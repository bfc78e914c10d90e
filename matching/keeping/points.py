"""Named points of writing a snapshot at which a crash or a full disk would hurt; tests make it happen there."""

from __future__ import annotations

from enum import Enum

from biometrics.points import Points


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


_points = Points[Point]()
reach, listening = _points.reach, _points.listening
