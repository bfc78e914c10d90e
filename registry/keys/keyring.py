"""The opened keys of a registry: data keys by owner, and those of the installation by name."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from sqlalchemy import Connection, Select, delete, insert, select

from biometrics.errors import KeyUnavailableError, RecordError, StorageError
from registry.keys import naming
from registry.keys.encryption import KEY_BYTES, NONCE_BYTES, KeyEncryption
from registry.keys.naming import FIRST_NAMES
from registry.keys.opened import OpenedKeys, SectionKeys
from registry.keys.sealing import data_of, head_of, owner_of
from registry.tables.keys import data_keys

if TYPE_CHECKING:
    from registry.database import Database
    from registry.keys.sections import OpenSection

__all__ = ["FIRST_NAMES", "Keyring"]

_CACHED_ALIKE = 50_000
"""Names held with what they look like sealed, about 15 MB: most names are common ones."""

_RESTORE = "restore a backup; made anew, they would open nothing that is recorded"
_AT_ONCE = 500
_TOKEN_DIGITS = 32


class Keyring:
    """Seals and opens values of one registry; safe to share between threads.

    Parameters
    ----------
    database
        Where the wrapped keys are.
    encryption
        The key from outside.
    """

    def __init__(self, database: Database, encryption: KeyEncryption) -> None:
        self._database = database
        self.encryption = encryption
        self._lock = threading.Lock()
        self._roots: dict[int, AESGCM] = {}
        self._named: dict[str, bytes] = {}
        self._opened = OpenedKeys()
        self._search: tuple[bytes, AESSIV] | None = None
        self._alikes: dict[tuple[str, bytes], bytes] = {}

    def open(self) -> None:
        """Open the root key; a registry that has none yet gets its keys.

        Raises
        ------
        KeyUnavailableError
            When this is not the key that the registry is protected with.
        StorageError
            When its keys are missing although something was recorded.
        """
        with self._database.reading() as connection:
            known = naming.has_root(connection)
            if not known and naming.has_begun(connection):
                source = self._database.source
                raise StorageError("the keys of the registry are missing", source=source, remedy=_RESTORE)
        if not known:
            with self._database.writing() as connection:
                if not naming.has_root(connection):  # else another process was quicker
                    naming.make_first(connection, self.encryption)
        self.reload()

    def reload(self) -> None:
        """Forget every key, and read the roots anew: after a restore, keys are others."""
        with self._section() as connection:
            roots = naming.roots(connection, self.encryption)
        writer = self._database.sections.writer()
        if writer is not None:
            self._keys_of(writer).take_back()
        self._opened.clear()
        with self._lock:
            self._named.clear()
            self._alikes.clear()
            self._roots = {generation: AESGCM(key) for generation, key in roots.items()}

    def close_root(self, generation: int) -> None:
        """Drop a generation of the root key that is gone from the registry."""
        with self._lock:
            self._roots = {other: cipher for other, cipher in self._roots.items() if other != generation}

    def exchange(self, encryption: KeyEncryption) -> None:
        """Go on with another key from outside, after the registry was changed to it."""
        self.encryption = encryption

    def named(self, name: str) -> bytes:
        """Return a key of the installation, 32 bytes, made where there is none.

        Raises
        ------
        RecordError
            When there is none and a writer section is open: make it before.
        StorageError
            When it is damaged, or one that every registry begins with is missing.
        """
        known = self._named.get(name)
        if known is not None:
            return known
        with self._section() as connection:
            key = naming.read(connection, name, self.root)
        if key is None:
            if name in FIRST_NAMES:
                raise StorageError("a key of the installation is missing", source=name, remedy=_RESTORE)
            if self._database.sections.innermost() is not None:
                raise RecordError("this key of the installation was not made yet", source=name)
            with self._database.writing() as connection:
                key = naming.read(connection, name, self.root)
                if key is None:
                    key = naming.make(connection, name, self.root)
        self._named[name] = key
        return key

    def renew(self, name: str) -> bytes:
        """Make a key of the installation anew and return it; what the old one sealed is lost with it.

        Raises
        ------
        RecordBusyError, StorageError
            When it cannot be recorded.
        """
        with self._database.writing() as connection:
            key = naming.make(connection, name, self.root)
        self._named.pop(name, None)
        return key

    def root(self, generation: int) -> AESGCM:
        """Return a generation of the root key.

        Raises
        ------
        KeyUnavailableError
            When it is not there.
        """
        cipher = self._roots.get(generation)
        if cipher is None:
            with self._section() as connection:  # another process may have begun it
                roots = naming.roots(connection, self.encryption)
            with self._lock:  # the others stay: a rotation that ends has readers of what there was before
                self._roots = {**self._roots, **{number: AESGCM(key) for number, key in roots.items()}}
            cipher = self._roots.get(generation)
        if cipher is None:
            raise KeyUnavailableError(f"generation {generation} of the root key is gone", source=self._database.source)
        return cipher

    def token(self, context: str, text: str) -> str:
        """Return what a text is looked up by: equal for equal texts of one context, and telling nothing else."""
        message = f"{context}\0{text}".encode()
        return hmac.digest(self.named("tokens"), message, hashlib.sha256).hex()[:_TOKEN_DIGITS]

    def seal(self, owner: str, context: str, data: bytes) -> bytes:
        """Seal data under an owner's key.

        Raises
        ------
        RecordError
            When the owner has no key.
        """
        head, nonce = head_of(owner), os.urandom(NONCE_BYTES)
        return head + nonce + self._kept_cipher(owner).encrypt(nonce, data, context.encode() + head)

    def unseal(self, context: str, sealed: bytes) -> bytes:
        """Open sealed data.

        Raises
        ------
        StorageError
            When it is damaged, altered, of another column, or its owner was erased.
        """
        owner = owner_of(sealed)
        head, nonce, ciphertext = data_of(sealed)
        about = context.encode() + head
        try:
            known = self._known_cipher(owner)
            if known is not None:
                with suppress(InvalidTag):  # else another process may have exchanged the key, or this is an old reader
                    return known.decrypt(nonce, ciphertext, about)
            return self._recorded_cipher(owner).decrypt(nonce, ciphertext, about)
        except RecordError as error:
            remedy = "restore a backup, unless the owner was erased on purpose"
            raise StorageError(f"{error.message}: {context} cannot be opened", source=owner, remedy=remedy) from None
        except InvalidTag:
            raise StorageError(f"a sealed value of {context} is damaged or was altered", source=owner) from None

    def seal_alike(self, context: str, data: bytes) -> bytes:
        """Seal data so that equal data of a context look alike, under the installation's key."""
        known = self._alikes.get((context, data))
        if known is None:
            known = self._alike().encrypt(b"=" + data, [context.encode()])
            if len(self._alikes) >= _CACHED_ALIKE:
                self._alikes.clear()
            self._alikes[context, data] = known
        return known

    def open_alike(self, context: str, sealed: bytes) -> bytes:
        """Open what `seal_alike` sealed.

        Raises
        ------
        StorageError
            When it is damaged or of another context.
        """
        try:
            return self._alike().decrypt(sealed, [context.encode()])[1:]
        except (InvalidTag, ValueError):
            raise StorageError(f"a sealed value of {context} is damaged or was altered") from None

    def make(self, connection: Connection, owners: Collection[str]) -> None:
        """Make keys for new owners within a writer section, before anything is sealed under them."""
        made = {owner: os.urandom(KEY_BYTES) for owner in owners}
        if not made:
            return
        generation = naming.newest_root(connection)
        rows = [
            {"owner_id": owner, "root_generation": generation, "wrapped": self.wrap(owner, key, generation)}
            for owner, key in made.items()
        ]
        connection.execute(insert(data_keys), rows)
        self._keep({owner: AESGCM(key) for owner, key in made.items()})

    def shred(self, connection: Connection, owners: Collection[str]) -> int:
        """Delete the keys of owners within a writer section and return how many there were."""
        wanted, gone = sorted(set(owners)), 0
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            gone += connection.execute(delete(data_keys).where(data_keys.c.owner_id.in_(some))).rowcount
        self.forget(wanted)
        return gone

    def forget(self, owners: Collection[str]) -> None:
        """Drop the opened keys of owners from memory: within a writer section, from everybody's once it commits."""
        writer = self._database.sections.writer()
        if writer is None:
            self._opened.drop(owners)
            return
        keys = self._keys_of(writer)
        keys.opened.drop(owners)
        keys.exchanged.update(owners)

    def prefetch(self, connection: Connection, owners: Collection[str] | Select[Any]) -> None:
        """Open the keys of many owners in a few questions, before their values are read.

        Parameters
        ----------
        connection
            The section.
        owners
            Identifiers, or a query for them.
        """
        query = select(data_keys)
        if isinstance(owners, Select):
            self._keep(self._read(connection, query.where(data_keys.c.owner_id.in_(owners))))
            return
        wanted = [owner for owner in set(owners) if self._known_cipher(owner) is None]
        for start in range(0, len(wanted), _AT_ONCE):
            some = data_keys.c.owner_id.in_(wanted[start : start + _AT_ONCE])
            self._keep(self._read(connection, query.where(some)))

    def wrap(self, owner: str, key: bytes, generation: int) -> bytes:
        """Return a data key wrapped by a generation of the root key."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self.root(generation).encrypt(nonce, key, owner.encode())

    def unwrap(self, owner: str, wrapped: bytes, generation: int) -> bytes:
        """Return a data key.

        Raises
        ------
        StorageError
            When it is damaged or another owner's.
        """
        try:
            return self.root(generation).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], owner.encode())
        except (InvalidTag, ValueError):
            raise StorageError("a data key is damaged or was altered", source=owner) from None

    def _kept_cipher(self, owner: str) -> AESGCM:
        """Return the key that is recorded for an owner, to seal by: others may have exchanged the one that was read."""
        writer = self._database.sections.writer()
        own = None if writer is None else self._keys_of(writer).opened.get(owner)
        return own or self._recorded_cipher(owner)

    def _known_cipher(self, owner: str) -> AESGCM | None:
        """Return the key of an owner as this thread knows it; what it opens is authentic, whenever it was read."""
        writer = self._database.sections.writer()
        if writer is None:
            return self._opened.get(owner)
        keys = self._keys_of(writer)
        own = keys.opened.get(owner)
        return self._opened.get(owner) if own is None and owner not in keys.exchanged else own

    def _recorded_cipher(self, owner: str) -> AESGCM:
        with self._section() as connection:
            read = self._read(connection, select(data_keys).where(data_keys.c.owner_id == owner))
        if owner not in read:
            raise RecordError("there is no data key", source=owner)
        self._keep(read)
        return read[owner]

    def _read(self, connection: Connection, query: Select[Any]) -> dict[str, AESGCM]:
        rows = connection.execute(query).all()
        return {
            row.owner_id: AESGCM(self.unwrap(row.owner_id, bytes(row.wrapped), row.root_generation)) for row in rows
        }

    def _keep(self, opened: dict[str, AESGCM]) -> None:
        """Hold keys open: those that a writer section made or read are its own until it commits."""
        writer = self._database.sections.writer()
        (self._opened if writer is None else self._keys_of(writer).opened).keep(opened)

    def _keys_of(self, writer: OpenSection) -> SectionKeys:
        return writer.own_keys(self._take_over)

    def _take_over(self, committed: SectionKeys) -> None:
        """Hold open for everybody what a section that has committed made or read."""
        self._opened.drop(committed.exchanged)
        self._opened.keep(committed.opened.all())

    def _alike(self) -> AESSIV:
        key, known = self.named("search"), self._search
        if known is None or known[0] != key:
            known = self._search = key, AESSIV(hashlib.sha512(b"kura search" + key).digest())
        return known[1]

    @contextmanager
    def _section(self) -> Iterator[Connection]:
        """Read through the section that this thread has open: it may hold keys that are not committed yet."""
        innermost = self._database.sections.innermost()
        if innermost is not None:
            yield innermost.connection
            return
        with self._database.reading() as connection:
            yield connection
