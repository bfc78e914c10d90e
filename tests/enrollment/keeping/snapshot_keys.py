"""One key for the snapshots of all registries and galleries, so that a test can be about what they hold."""

from __future__ import annotations

from enrollment.keeping import SnapshotKeys
from registry.keys.keyring import Keyring

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))


class OneKey(SnapshotKeys):
    """Knows one key, whatever is asked for.

    Parameters
    ----------
    key
        The key.
    """

    def __init__(self, key: bytes = KEY) -> None:
        self._key = key

    @classmethod
    def of(cls, _keys: Keyring, _gallery_id: str) -> OneKey:
        """Return it in the place of the keys of a gallery."""
        return cls()

    def find(self, check: str) -> bytes | None:
        return self._key

    def fresh(self, present: str | None) -> bytes:
        return self._key

    def destroy_former(self, present: str | None) -> None:
        pass
