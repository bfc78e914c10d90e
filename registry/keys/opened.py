"""Data keys held open in memory, by owner; the longest held go first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_MOST = 100_000
"""Data keys held open, about 50 MB."""


class OpenedKeys:
    """Some data keys; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ciphers: OrderedDict[str, AESGCM] = OrderedDict()

    def __contains__(self, owner: str) -> bool:
        return owner in self._ciphers

    def get(self, owner: str) -> AESGCM | None:
        """Return an owner's key, if it is held."""
        return self._ciphers.get(owner)

    def keep(self, opened: Mapping[str, AESGCM]) -> None:
        """Hold keys, each in the place of the one that was held."""
        with self._lock:
            self._ciphers.update(opened)
            while len(self._ciphers) > _MOST:
                self._ciphers.popitem(last=False)

    def drop(self, owners: Collection[str]) -> None:
        """Hold the keys of owners no longer."""
        with self._lock:
            for owner in owners:
                self._ciphers.pop(owner, None)

    def clear(self) -> None:
        """Hold none."""
        with self._lock:
            self._ciphers.clear()

    def all(self) -> dict[str, AESGCM]:
        """Return all that are held."""
        with self._lock:
            return dict(self._ciphers)


class SectionKeys:
    """Data keys that a writer section made or read: nobody else may use them before it commits."""

    def __init__(self) -> None:
        self.opened = OpenedKeys()
        self.exchanged: set[str] = set()
        """Owners whose keys from before are not theirs any more."""

    def take_back(self) -> None:
        """Forget all: a savepoint was undone, and what is still recorded is read again."""
        self.opened.clear()
