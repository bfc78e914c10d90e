"""What is done with the keys of an open registry: `registry.protection`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from biometrics.protocols import Progress, no_progress
from biometrics.records import SYSTEM, Actor
from registry.audit import act_as
from registry.faults import Fault
from registry.keys.checking import check_keys
from registry.keys.encryption import KeyEncryption
from registry.keys.keyring import Keyring
from registry.keys.naming import ROOT
from registry.keys.recovery import RecoveryWrapping, make_recovery_key
from registry.keys.rotation import (
    Rotated,
    Rotation,
    add_key,
    begin_rotation,
    recovery_wrapping,
    remove_other_keys,
    rotate_some,
    set_recovery,
)
from registry.tables.keys import data_keys, installation_keys

if TYPE_CHECKING:
    from registry.database import Database
    from registry.samples import SampleStore

KEYS_AT_ONCE = 500
"""Keys wrapped in one writer section: others wait for some hundredths of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RootGeneration:
    """A generation of the root key: when it was made, and how many data keys it wraps."""

    number: int
    made_at: datetime
    owners: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStatus:
    """Which keys protect a registry; nothing of the keys themselves.

    Parameters
    ----------
    key_id
        The key from outside that opened it.
    recovery_id
        The recovery key, if there is one.
    generations
        Those of the root key, the oldest first; more than one while a rotation is unfinished.
    named
        The keys of the installation.
    """

    key_id: str
    recovery_id: str | None
    generations: tuple[RootGeneration, ...]
    named: tuple[str, ...]

    @property
    def rotating(self) -> bool:
        """Whether a rotation is unfinished."""
        return len(self.generations) > 1


class KeyDesk:
    """Tells how a registry is protected, rotates its keys, changes what they hang on; made by `Registry`."""

    def __init__(self, database: Database, keyring: Keyring, store: SampleStore) -> None:
        self._database, self._keyring, self._store = database, keyring, store

    def status(self) -> KeyStatus:
        """Return which keys there are."""
        with self._database.reading() as connection:
            recovery = recovery_wrapping(connection, self._keyring)
            rows = connection.execute(select(installation_keys)).all()
            counted = select(data_keys.c.root_generation, func.count()).group_by(data_keys.c.root_generation)
            owners = {row[0]: row[1] for row in connection.execute(counted).all()}
        made = {row.generation: row.made_at for row in rows if row.name == ROOT}
        return KeyStatus(
            key_id=self._keyring.encryption.key_id,
            recovery_id=None if recovery is None else recovery.key_id,
            generations=tuple(
                RootGeneration(number=number, made_at=at, owners=owners.get(number, 0))
                for number, at in sorted(made.items())
            ),
            named=tuple(sorted({row.name for row in rows if row.name != ROOT})),
        )

    def begin_rotation(self, actor: Actor = SYSTEM) -> Rotation:
        """Begin to exchange the root key, or go on with an exchange that was begun.

        Raises
        ------
        RecordConflictError
            When the registry was opened with its recovery key.
        RecordBusyError, StorageError
            When another writer does not finish in time, or the disk is full.
        """
        with self._writing(actor) as connection:
            return begin_rotation(connection, self._keyring)

    def rotate_some(self, actor: Actor = SYSTEM, most: int = KEYS_AT_ONCE) -> Rotated:
        """Wrap some keys by the new root; repeated until it is finished, and after a crash, nothing is lost.

        Raises
        ------
        RecordBusyError, StorageError
            When another writer does not finish in time, the disk is full, or a key is damaged.
        """
        with self._writing(actor) as connection:
            step = rotate_some(connection, self._keyring, most)
        for generation in step.destroyed:
            self._keyring.close_root(generation)
        if step.destroyed:
            self._database.clean_up()  # what the old root wrapped lies in the log until it is taken over
        return step

    def change(self, to: KeyEncryption, actor: Actor = SYSTEM, *, then: Callable[[], None] = lambda: None) -> None:
        """Let another key from outside open the registry from now on, and not the one that did.

        Between the two steps both open it; whatever fails there, the command given again goes on.

        Parameters
        ----------
        to
            The new key.
        actor
            Who asks for it.
        then
            Done once both open it, and before the former does not: what says from now on which key to use.

        Raises
        ------
        RecordConflictError
            When it is the recovery key, or does not open what it wraps.
        KeyUnavailableError
            When the new key cannot be used.
        RecordBusyError, StorageError
            When another writer does not finish in time, or the disk is full.
        """
        with self._writing(actor) as connection:
            add_key(connection, self._keyring, to)
        then()
        self._keyring.exchange(to)
        with self._writing(actor) as connection:
            remove_other_keys(connection, self._keyring)
        self._database.clean_up()

    def make_recovery(self, path: Path, actor: Actor = SYSTEM) -> str:
        """Write a recovery key into a new file and let it open the registry too, as `set_recovery`.

        Raises
        ------
        RecordConflictError
            When the file is there, or the registry was opened with its recovery key.
        StorageError
            When it cannot be written.
        """
        return self.set_recovery(make_recovery_key(path).public_half, actor)

    def set_recovery(self, public_half: bytes, actor: Actor = SYSTEM) -> str:
        """Let a recovery key open the registry too, and return its identifier.

        A recovery key that there was opens nothing any more.

        Raises
        ------
        RecordConflictError
            When the registry was opened with its recovery key.
        RecordBusyError, StorageError
            When another writer does not finish in time, or the disk is full.
        """
        with self._writing(actor) as connection:
            set_recovery(connection, self._keyring, public_half)
        return RecoveryWrapping(public_half).key_id

    def check(self, progress: Progress = no_progress) -> list[Fault]:
        """Open every key, every sealed value and every sample file, and return what does not open."""
        with self._database.reading() as connection:
            return list(check_keys(connection, self._keyring, self._store, progress))

    @contextmanager
    def _writing(self, actor: Actor) -> Iterator[Connection]:
        with self._database.writing() as connection:
            act_as(connection, actor)
            yield connection
