"""The open sections of this thread, so that what reads a sealed value finds its key in the same transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Dialect

from biometrics.errors import KeyUnavailableError

if TYPE_CHECKING:
    from registry.keys.keyring import Keyring

_ATTRIBUTE = "kura_keyring"


class OpenSections:
    """The sections of one database that each thread has open, the innermost last."""

    def __init__(self) -> None:
        self._own = threading.local()

    @contextmanager
    def entered(self, connection: Connection, *, writing: bool) -> Iterator[None]:
        """Let this thread's keys be read through a section as long as the block lasts."""
        entry = (connection, writing)
        self._stack().append(entry)
        try:
            yield
        finally:
            # Sections of generators may end in another order than they began in, even in another thread.
            with_others = [one for one in self._stack() if one is not entry]
            self._own.stack = with_others

    def innermost(self) -> tuple[Connection, bool] | None:
        """Return the section that this thread opened last, and whether it writes."""
        usable = [one for one in self._stack() if not one[0].closed]
        return usable[-1] if usable else None

    def _stack(self) -> list[tuple[Connection, bool]]:
        stack: list[tuple[Connection, bool]] = self.__dict__["_own"].__dict__.setdefault("stack", [])
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
