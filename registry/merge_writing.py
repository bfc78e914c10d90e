"""Merges as sections of the registry offer them: `record.merges` and `writer.merges`."""

from __future__ import annotations

from sqlalchemy import Connection

from registry.merging import (
    Merge,
    find_merge,
    merge,
    merges_about,
    move_encounter,
    resolve,
    standing_merge,
    unmerge,
)


class MergeReader:
    """Which subjects were found to be one person."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def survivor(self, subject_id: str) -> str:
        """Return who a subject is by all merges that stand, as `registry.merging.resolve`."""
        return resolve(self._connection, subject_id)

    def about(self, subject_id: str) -> tuple[Merge, ...]:
        """Return the merges of or into a subject, undone ones too, in their order."""
        return merges_about(self._connection, subject_id)

    def find(self, merge_id: str) -> Merge:
        """Return a merge, as `registry.merging.find_merge`."""
        return find_merge(self._connection, merge_id)

    def standing(self, subject_id: str) -> Merge:
        """Return the merge by which a subject is another one now, as `registry.merging.standing_merge`."""
        return standing_merge(self._connection, subject_id)


class MergeWriter(MergeReader):
    """Merges made and undone by whoever the writer section acts for."""

    def merge(self, source_id: str, into_id: str, *, reason: str, case_id: str | None = None) -> str:
        """Record that a subject is another one, as `registry.merging.merge`; return the merge's identifier."""
        return merge(self._connection, source_id, into_id, reason=reason, case_id=case_id)

    def unmerge(self, merge_id: str, *, reason: str) -> None:
        """Undo a merge, as `registry.merging.unmerge`."""
        unmerge(self._connection, merge_id, reason=reason)

    def move_encounter(self, encounter_id: str, into_id: str, *, reason: str) -> None:
        """Make one encounter another subject's, as `registry.merging.move_encounter`."""
        move_encounter(self._connection, encounter_id, into_id, reason=reason)
