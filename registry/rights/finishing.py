"""What an erasure leaves outside the tables: files, and pages of the database that are not in use any more."""

from __future__ import annotations

from biometrics.errors import RecordBusyError
from biometrics.records import SYSTEM, Actor
from biometrics.rights.records import Erasure
from biometrics.rights.words import ErasureState
from registry.database import Database
from registry.kept_files import still_unreferenced
from registry.samples import SampleStore
from registry.writing import Writer


class ErasureDesk:
    """Finishes erasures whose records are gone; made by `Registry`.

    Parameters
    ----------
    database
        Where the records were.
    samples
        Where the files are.
    """

    def __init__(self, database: Database, samples: SampleStore) -> None:
        self._database, self._samples = database, samples

    def remove_files(self, erasure_id: str, actor: Actor = SYSTEM) -> Erasure:
        """Remove the files of an erased person and what the database still held of the rows; again does nothing.

        Raises
        ------
        RecordNotFoundError
            When there is no such erasure.
        RecordBusyError
            When somebody who began to read before the erasure still reads: try again.
        RecordConflictError
            When its records are not gone yet.
        StorageError
            When a file cannot be removed.
        """
        with self._database.writing() as connection:
            writer = Writer(connection, self._samples, actor)
            erasure = writer.rights.find_erasure(erasure_id)
            paths = [self._samples.path(name) for name in erasure.files]
            for path in still_unreferenced(connection, self._samples, paths):
                self._samples.erase(path)
        return self._cleaned(erasure_id, ErasureState.FILES_GONE, actor)

    def finish(self, erasure_id: str, actor: Actor = SYSTEM) -> Erasure:
        """Record that an erasure is done, once keys that were exchanged since are not in the database either.

        Raises
        ------
        RecordNotFoundError, RecordBusyError, RecordConflictError
            As `remove_files`; galleries come before.
        """
        return self._cleaned(erasure_id, ErasureState.DONE, actor)

    def _cleaned(self, erasure_id: str, state: ErasureState, actor: Actor) -> Erasure:
        if not self._database.clean_up():
            raise RecordBusyError(
                "the database still holds pages of what was erased, for somebody who reads",
                source=erasure_id,
                remedy="go on with the erasure in a moment",
            )
        with self._database.writing() as connection:
            writer = Writer(connection, self._samples, actor)
            done = writer.rights.advance_erasure(erasure_id, state)
            writer.finish()
        return done
