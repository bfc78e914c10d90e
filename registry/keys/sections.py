"""The open sections of this thread, so that what reads a sealed value finds its key in the same transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Dialect, event

from biometrics.errors import KeyUnavailableError
from registry.keys.opened import SectionKeys

if TYPE_CHECKING:
    from registry.keys.keyring import Keyring

_ATTRIBUTE = "kura_keyring"


@dataclass(eq=False, slots=True)
class OpenSection:
    """A section that a thread has open.

    Parameters
    ----------
    connection
        Its connection.
    writing
        Whether it writes.
    keys
        Data keys that it made or read, where it writes.
    """

    connection: Connection
    writing: bool
    keys: SectionKeys | None = None
    _at_commit: list[Callable[[], None]] = field(default_factory=list)

    def own_keys(self, at_commit: Callable[[SectionKeys], None]) -> SectionKeys:
        """Return its keys; those are told to `at_commit` once it has committed, and to nobody if it does not."""
        if self.keys is None:
            self.keys = keys = SectionKeys()
            event.listen(self.connection, "rollback_savepoint", lambda *_: keys.take_back())
            self._at_commit.append(lambda: at_commit(keys))
        return self.keys

    def committed(self) -> None:
        """Tell that it has committed."""
        for tell in self._at_commit:
            tell()


class OpenSections:
    """The sections of one database that each thread has open, the innermost last."""

    def __init__(self) -> None:
        self._own = threading.local()

    @contextmanager
    def entered(self, connection: Connection, *, writing: bool) -> Iterator[OpenSection]:
        """Let this thread's keys be read through a section as long as the block lasts."""
        entry = OpenSection(connection, writing)
        self._stack().append(entry)
        try:
            yield entry
        finally:
            # Sections of generators may end in another order than they began in, even in another thread.
            with_others = [one for one in self._stack() if one is not entry]
            self._own.stack = with_others

    def innermost(self) -> OpenSection | None:
        """Return the section that this thread opened last."""
        usable = [one for one in self._stack() if not one.connection.closed]
        return usable[-1] if usable else None

    def writer(self) -> OpenSection | None:
        """Return the section that this thread writes in."""
        writers = [one for one in self._stack() if one.writing and not one.connection.closed]
        return writers[-1] if writers else None

    def _stack(self) -> list[OpenSection]:
        stack: list[OpenSection] = self.__dict__["_own"].__dict__.setdefault("stack", [])
        return stack


def give_keyring(dialect: Dialect, keyring: Keyring) -> None:
    """Let columns of a database seal and open values by a keyring."""
    setattr(dialect, _ATTRIBUTE, keyring)


def keyring_in(dialect: Dialect) -> Keyring:
    """Return the keyring of a database.

    Raises
    ------
    KeyUnavailableError
        When its keys were not opened.
    """
    keyring: Any = getattr(dialect, _ATTRIBUTE, None)
    if keyring is None:
        raise KeyUnavailableError("the keys of this registry were not opened")
    return keyring  # type: ignore[no-any-return]


def keyring_of(connection: Connection) -> Keyring:
    """Return the keyring of the database that a section belongs to."""
    return keyring_in(connection.dialect)
