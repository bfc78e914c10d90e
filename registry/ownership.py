"""Who owns a registry: the one process that holds its gallery and makes all its writes.

The engine owns it as long as it lives, a command without an engine as long as it works. The system frees what a killed
owner held. A file in the home's folder is held locked; where the registry is a PostgreSQL database, which homes on
other machines may name too, also an advisory lock of its server.

Nothing recorded depends on it: writers are one at a time by the database's own lock, and each searches what others
committed before it. Ownership keeps a second process from holding the gallery too, and from slowing both down.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any

from biometrics.errors import RecordBusyError
from registry.failures import file_error
from registry.location import recorded_address, registry_folder
from registry.postgresql import OwnerLock
from registry.samples import make_folder

LOCK_NAME = "owner.lock"
_RETRY_S = 0.02


class OwnerRole(Enum):
    """How long an owner means to stay."""

    ENGINE = "engine"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerNote:
    """What an owner says about itself in the file that it holds locked."""

    pid: int
    role: OwnerRole


class Ownership:
    """A registry owned by this process until it is closed, or the process ends; use it in a `with` statement."""

    def __init__(self, held: ExitStack) -> None:
        self._held = held

    def close(self) -> None:
        """Give the registry up."""
        self._held.close()

    def __enter__(self) -> Ownership:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def try_to_own(home: Path, role: OwnerRole) -> Ownership | None:
    """Own a home's registry, or return None when another process does (or another place in this one).

    Raises
    ------
    StorageError, ConfigurationError
        When the folder cannot be written, or the database not be reached.
    """
    folder = registry_folder(home)
    held = ExitStack()
    try:
        make_folder(folder)
        descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        held.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            return None
        if not _own_database(home, held):
            held.close()
            return None
        _write_note(descriptor, OwnerNote(pid=os.getpid(), role=role))
        held.callback(os.ftruncate, descriptor, 0)
    except OSError as error:
        held.close()
        raise file_error(error, folder) from error
    except BaseException:
        held.close()
        raise
    return Ownership(held)


def own(home: Path, role: OwnerRole, wait_s: float) -> Ownership:
    """Own a home's registry, waiting for another command to end.

    Raises
    ------
    RecordBusyError
        When it does not end in time, or the owner is an engine, which has no end of its own.
    StorageError
        When the folder cannot be written.
    """
    deadline = time.monotonic() + wait_s
    while True:
        ownership = try_to_own(home, role)
        if ownership is not None:
            return ownership
        owner = owner_of(home)
        if time.monotonic() > deadline or (owner is not None and owner.role is OwnerRole.ENGINE):
            raise owned(home)
        time.sleep(_RETRY_S)


def await_end(home: Path, wait_s: float) -> None:
    """Wait until nobody owns a home's registry.

    Raises
    ------
    RecordBusyError
        When the owner does not end in time.
    StorageError
        When the folder cannot be written.
    """
    deadline = time.monotonic() + wait_s
    while (ownership := try_to_own(home, OwnerRole.COMMAND)) is None:
        if time.monotonic() > deadline:
            raise owned(home)
        time.sleep(_RETRY_S)
    ownership.close()


def owner_of(home: Path) -> OwnerNote | None:
    """Return what the present owner, or one that was killed, said about itself; None when nobody did."""
    try:
        said: dict[str, Any] = json.loads((registry_folder(home) / LOCK_NAME).read_text())
        return OwnerNote(pid=int(said["pid"]), role=OwnerRole(said["role"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def owned(home: Path) -> RecordBusyError:
    """Return the error for a registry that another process owns."""
    owner = owner_of(home)
    if owner is None:
        who, remedy = "another process", "wait until it is done, then repeat; nothing was recorded"
    elif owner.role is OwnerRole.ENGINE:
        who = f"the engine with process id {owner.pid}"
        remedy = "wait until it is ready, or end it with kura engine stop, then repeat; nothing was recorded"
    else:
        who = f"the command with process id {owner.pid}"
        remedy = "wait until it is done, then repeat; commands work side by side while kura engine run serves them"
    return RecordBusyError(f"{who} owns this registry", source=str(home), remedy=remedy)


def _own_database(home: Path, held: ExitStack) -> bool:
    """Own the database of a home where it is a server's; False when an owner elsewhere does."""
    address = recorded_address(home)
    if address is None:
        return True
    lock = OwnerLock(address)
    held.callback(lock.close)
    return lock.taken


def _write_note(descriptor: int, note: OwnerNote) -> None:
    written = json.dumps(asdict(note) | {"role": note.role.value}).encode()
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, written, 0)
