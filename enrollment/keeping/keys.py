"""A key for each snapshot, from the registry's keyring, and gone with the snapshot.

Every gallery has two names of keys and uses them by turns: a new snapshot is sealed with a key that was made anew under
the name that the present one does not use, and once the new one is whole the other is made anew too. So nobody can open
a copy of a snapshot that was replaced, be it in a backup of the folder or in blocks that a disk has not reused yet.
"""

from __future__ import annotations

from typing import Final

from biometrics.errors import RecordError
from matching.keeping import key_check
from registry.keys.keyring import Keyring

_TURNS: Final = ("a", "b")


class SnapshotKeys:
    """The keys of one gallery's snapshots.

    Parameters
    ----------
    keys
        Of the registry.
    gallery_id
        Whose snapshots they seal.
    """

    def __init__(self, keys: Keyring, gallery_id: str) -> None:
        self._keys = keys
        self._names = tuple(f"gallery/{gallery_id}/{turn}" for turn in _TURNS)

    def find(self, check: str) -> bytes | None:
        """Return the key with these check digits, to be asked for within a section; None when there is none now."""
        found = self._find(check)
        if found is None:
            self._keys.reload()  # the owner of the registry may have made them anew meanwhile
            found = self._find(check)
        return found

    def fresh(self, present: str | None) -> bytes:
        """Return a key for the next snapshot, made anew under the name that the present one does not use.

        Parameters
        ----------
        present
            Check digits of the present snapshot's key, outside a section; None without one.
        """
        return self._keys.renew(self._unused(present)[0])

    def destroy_former(self, present: str | None) -> None:
        """Make every key anew but the present snapshot's."""
        for name in self._unused(present):
            self._keys.renew(name)

    def _find(self, check: str) -> bytes | None:
        keys = (self._named(name) for name in self._names)
        return next((key for key in keys if key is not None and key_check(key) == check), None)

    def _named(self, name: str) -> bytes | None:
        """Return a key; None where it was never made, or cannot be read and will be made anew."""
        try:
            return self._keys.named(name)
        except RecordError:
            return None

    def _unused(self, present: str | None) -> list[str]:
        keys = {name: self._named(name) for name in self._names}
        return [name for name, key in keys.items() if key is None or key_check(key) != present]
