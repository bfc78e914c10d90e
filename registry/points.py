"""Named points at which a crash or a full disk would hurt most; tests make it happen there, nobody else listens."""

from __future__ import annotations

from enum import Enum

from biometrics.points import Points


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


_points = Points[Point]()
reach, listening = _points.reach, _points.listening
