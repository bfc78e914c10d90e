"""What keeps a registry in order, as it offers it: `registry.upkeep`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection

from biometrics.protocols import Progress, no_progress
from biometrics.records import SYSTEM, Actor
from registry.audit import FILES_SWEPT, REGISTRY_BACKED_UP, REGISTRY_RESTORED
from registry.backup.manifest import BackupManifest
from registry.backup.restoring import read_restorable, require_older, require_opening, restore_tables
from registry.backup.sample_files import restore_samples
from registry.backup.writing import write_backup
from registry.database import Database
from registry.kept_files import erase_doomed, still_unreferenced, unreferenced_files
from registry.keys.sections import keyring_in
from registry.samples import SampleStore
from registry.writing import Writer

SWEEP_AGE_S = 3600.0
"""Samples are written before the record that names them; an hour outlasts every enrollment under way."""

_FILES_AT_ONCE = 500
"""Files removed in one writer section: others wait for a fraction of a second."""


class Upkeep:
    """Copies a registry, becomes a copy, and removes files that nobody needs; made by `Registry`."""

    def __init__(self, database: Database, samples: SampleStore) -> None:
        self._database = database
        self._samples = samples

    def note_backup(self, actor: Actor = SYSTEM) -> None:
        """Let the audit trail tell that everything is about to be copied.

        Raises
        ------
        RecordBusyError, StorageError
            When it cannot; then nothing may be copied.
        """
        with self._database.writing() as connection:
            self._tell(connection, actor, REGISTRY_BACKED_UP, {})

    def write_backup(self, folder: Path, progress: Progress = no_progress) -> BackupManifest:
        """Write one snapshot of everything, files included, into a new folder; an interrupted backup is finished.

        `note_backup` comes first.

        Raises
        ------
        RecordConflictError
            When the folder holds something else.
        StorageError
            When a file is missing or damaged, or the disk is full.
        """
        with self._database.reading() as connection:
            return write_backup(connection, self._samples, folder, progress)

    def restore(self, folder: Path, actor: Actor = SYSTEM, progress: Progress = no_progress) -> BackupManifest:
        """Become what a backup holds, verified; only an empty registry, or an older state of the same one, is replaced.

        Raises
        ------
        RecordConflictError
            When the registry is newer than the backup, or another one; nothing was changed.
        KeyUnavailableError
            When the key that the registry was opened with does not open the backup; nothing was changed.
        RecordNotFoundError, RecordVersionError, RecordError, StorageError
            When the folder holds no backup that is whole and of this version; no record was changed.
        """
        manifest = read_restorable(folder)
        keyring = keyring_in(self._database.dialect)
        require_opening(folder, manifest, keyring.encryption)
        with self._database.reading() as connection:
            require_older(connection, folder, manifest)
        restore_samples(folder, self._samples, manifest.sample_list, progress)
        try:
            with self._database.writing() as connection:
                restore_tables(connection, self._samples, folder, manifest, progress)
                details = {"event": manifest.event_sequence, "digest": manifest.event_digest}
                self._tell(connection, actor, REGISTRY_RESTORED, details)
        finally:
            keyring.reload()  # the backup's keys, or again those from before
        return manifest

    def sweep(self, actor: Actor = SYSTEM, *, older_than_s: float = SWEEP_AGE_S) -> int:
        """Remove sample files that no record names and that are old, which the trail tells; return how many.

        What purges and rules of retention deleted is taken out of the database's log as well, as far as nobody reads.

        They are looked for beside everybody's work. Those found are asked about again in writer sections: no
        enrollment can commit a record for a file that is just being removed.

        Raises
        ------
        RecordBusyError, StorageError
            When another writer does not finish in time, or a file cannot be removed.
        """
        with self._database.reading() as connection:
            unnamed = unreferenced_files(connection, self._samples)
            found = [path for path in unnamed if self._samples.is_older(path, older_than_s)]
        removed = sum(
            self._remove(found[start : start + _FILES_AT_ONCE], actor, older_than_s)
            for start in range(0, len(found), _FILES_AT_ONCE)
        )
        self._database.clean_up()
        return removed

    def erase_files(self) -> int:
        """Erase files that records ceased to name, and return how many; `Registry.writing` calls it after its commit.

        Whoever must be sure that they are gone calls it again.

        Raises
        ------
        RecordBusyError, StorageError
            When another writer does not finish in time, or a file cannot be erased; a further call tries again.
        """
        names = self._samples.take_doomed()
        if not names:
            return 0
        try:
            with self._database.writing() as connection:
                return erase_doomed(connection, self._samples, names)
        except BaseException:
            self._samples.doom(names)
            raise

    def _remove(self, found: Sequence[Path], actor: Actor, older_than_s: float) -> int:
        with self._database.writing() as connection:
            unnamed = still_unreferenced(connection, self._samples, found)
            removable = [path for path in unnamed if self._samples.is_older(path, older_than_s)]
            self._tell(connection, actor, FILES_SWEPT, {"files": len(removable)})
            for path in removable:
                self._samples.erase(path)
        return len(removable)

    def _tell(self, connection: Connection, actor: Actor, action: str, details: Mapping[str, object]) -> None:
        writer = Writer(connection, self._samples, actor)
        writer.append_event(action, None, details)
        writer.finish()
