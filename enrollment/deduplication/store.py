"""The folder of an installation's runs: one folder each, named after the moment it began."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from biometrics.errors import RecordNotFoundError, StorageError
from enrollment.deduplication.documents import read_document, write_document
from enrollment.deduplication.journal import JournalContent, read_journal
from enrollment.deduplication.membership import read_members, write_members
from enrollment.deduplication.records import RunManifest, RunResult
from registry.points import Point, reach

_MANIFEST, _MEMBERS, _JOURNAL, _RESULT = "manifest.json", "members.txt", "journal", "result.json"
_UNFINISHED_PREFIX = ".making-"
_NAME = re.compile(r"\d{8}-\d{6}-\d{6}")


def runs_folder(home: Path) -> Path:
    """Return where an installation's runs lie."""
    return home / "dedup"


def new_run_id(moment: datetime) -> str:
    """Return the name of a run that begins at a moment: names sort by time."""
    return f"{moment:%Y%m%d-%H%M%S-%f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStore:
    """Runs by name. Nothing in them names or shows a person: identifiers, scores and counts.

    Parameters
    ----------
    folder
        Where they lie, made when the first begins.
    """

    folder: Path

    def run_ids(self) -> tuple[str, ...]:
        """Return all runs, oldest first."""
        try:
            found = [path.name for path in self.folder.iterdir() if _NAME.fullmatch(path.name) and path.is_dir()]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise _unusable(self.folder, error) from error
        return tuple(sorted(found))

    def require(self, run_id: str) -> str:
        """Return the name of a run.

        Raises
        ------
        RecordNotFoundError
            When there is no such run.
        """
        if run_id not in self.run_ids():
            raise RecordNotFoundError(
                "there is no such deduplication run", source=run_id, remedy="see kura dedup status for all of them"
            )
        return run_id

    def create(self, manifest: RunManifest, members: Sequence[str]) -> RunManifest:
        """Keep what a run begins with, all of it or nothing, and return the manifest as it is kept.

        Raises
        ------
        StorageError
            When the folder cannot be written.
        """
        making = self.folder / f"{_UNFINISHED_PREFIX}{manifest.run_id}"
        try:
            self._sweep()
            making.mkdir(parents=True, mode=0o700)
            kept = replace(manifest, members_sha256=write_members(making / _MEMBERS, members))
            write_document(making / _MANIFEST, kept)
            os.close(os.open(making / _JOURNAL, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            _sync(making)
            reach(Point.RUN_KEPT)
            making.rename(self.folder / manifest.run_id)
            _sync(self.folder)
        except OSError as error:
            raise _unusable(self.folder, error) from error
        reach(Point.RUN_NAMED)
        return kept

    def manifest(self, run_id: str) -> RunManifest:
        """Return what a run was begun with.

        Raises
        ------
        RecordNotFoundError, StorageError
            When there is no such run, or its manifest is missing or damaged.
        """
        manifest = read_document(self._of(run_id) / _MANIFEST, RunManifest)
        if manifest.run_id != run_id:
            source = str(self._of(run_id) / _MANIFEST)
            raise StorageError("the manifest is another run's", source=source, remedy="put back what was moved")
        return manifest

    def members(self, manifest: RunManifest) -> list[str]:
        """Return who takes part, in order.

        Raises
        ------
        RecordNotFoundError, StorageError
            When the list is missing or damaged.
        """
        members = read_members(self._of(manifest.run_id) / _MEMBERS, manifest.members_sha256)
        if len(members) != manifest.members:
            source = str(self._of(manifest.run_id) / _MEMBERS)
            raise StorageError("the list of members has another length than the manifest says", source=source)
        return members

    def journal_path(self, run_id: str) -> Path:
        """Return where a run's journal is."""
        return self._of(run_id) / _JOURNAL

    def journal(self, run_id: str) -> JournalContent:
        """Return what the journal of a run holds.

        Raises
        ------
        RecordNotFoundError, StorageError
            When it is missing or damaged.
        """
        return read_journal(self.journal_path(run_id), run_id)

    def journal_digest(self, run_id: str) -> tuple[int, str]:
        """Return the length of a run's journal in bytes, and its SHA-256.

        Raises
        ------
        StorageError
            When it cannot be read.
        """
        path = self.journal_path(run_id)
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                return file.tell(), digest
        except OSError as error:
            raise _unusable(path, error) from error

    def finish(self, run_id: str, result: RunResult) -> None:
        """Keep how a run ended.

        Raises
        ------
        StorageError
            When it cannot be written; the run is then unfinished.
        """
        folder = self._of(run_id)
        write_document(folder / _RESULT, result)
        try:
            _sync(folder)
        except OSError as error:
            raise _unusable(folder, error) from error
        reach(Point.RUN_FINISHED)
        self.forget_members(run_id)

    def forget_members(self, run_id: str) -> None:
        """Remove the list of members of a run that has ended: nobody needs it any more.

        Raises
        ------
        StorageError
            When the folder cannot be written.
        """
        try:
            (self._of(run_id) / _MEMBERS).unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(self.folder, error) from error

    def result(self, run_id: str) -> RunResult | None:
        """Return how a run ended; None while it has not.

        Raises
        ------
        StorageError
            When it is damaged.
        """
        path = self._of(run_id) / _RESULT
        return read_document(path, RunResult) if path.exists() else None

    def _of(self, run_id: str) -> Path:
        return self.folder / self.require(run_id)

    def _sweep(self) -> None:
        """Remove what was killed before it had a name."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self.folder.glob(f"{_UNFINISHED_PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unusable(folder: Path, error: OSError) -> StorageError:
    message = f"the folder of the runs cannot be used: {error.strerror}"
    return StorageError(message, source=str(folder), remedy="check free space and permissions")
