"""Which files of the sample store records name, and for whom: owners, the digest of what they kept, the file, its key.

Owners are encounters (samples, photos of exceptions), subjects (scans of evidence) and drafts (their files). Two owners
of one picture may share a file: each has its key sealed under the own key, and the file stays while anybody names it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from biometrics.errors import StorageError
from registry.keys.sections import keyring_of
from registry.sample_sealing import SampleFile
from registry.samples import SampleStore, is_digest
from registry.sealed import as_it_lies, opened, owned
from registry.tables.keys import kept_files

if TYPE_CHECKING:
    from registry.database import Database

_AT_ONCE = 500
"""Values named in one statement: databases limit how many it may hold."""

_TRIED = 8
"""Owners of one picture whose keys are tried; the first does unless it is damaged."""

_BEHIND_HEX = "g"
"""Sorts behind every digit of a name."""

_ATTRIBUTE = "kura_samples"

_Value = TypeVar("_Value")

Claim = tuple[str, str]
"""An owner, and the SHA-256 of what it keeps."""


def claim_file(connection: Connection, store: SampleStore, owner: str, sha256: str | None) -> None:
    """Record that an owner keeps a file, as `claim_files` says; nothing to do where it keeps none."""
    if sha256 is not None:
        claim_files(connection, store, [(owner, sha256)])


def claim_files(connection: Connection, store: SampleStore, claims: Iterable[Claim]) -> None:
    """Record which files owners keep, within a writer section and after their keys were made.

    A file is the one that `SampleStore.keep` wrote, or else one that somebody else's record names.

    Raises
    ------
    StorageError
        When the file was not stored.
    """
    wanted = list(dict.fromkeys(claims))
    for some in _pieces(wanted):
        held = _held(connection, store, {owner for owner, _ in some})
        missing = [claim for claim in some if claim not in held]
        files = {sha256: store.remembered(sha256) for _, sha256 in missing}
        rows = [
            owned(kept_files, owner, {"owner_id": owner, "sha256": sha256, "file": file.name, "file_key": file.key})
            for owner, sha256 in missing
            for file in (files[sha256] or _file_of_others(connection, store, sha256),)
        ]
        if rows:
            connection.execute(insert(kept_files), rows)


def read_file(connection: Connection, store: SampleStore, sha256: str) -> bytes:
    """Return the bytes of a sample that records name, or that was just kept, verified.

    Raises
    ------
    StorageError
        When there is none, or its file is missing or damaged.
    """
    if not is_digest(sha256):
        raise StorageError(f"{sha256!r} is not the digest of a sample")
    failed = StorageError("the stored sample is missing", source=sha256, remedy="restore a backup")
    files = list(_files_of(connection, sha256))
    known = store.remembered(sha256)
    if not files and known is not None:
        files = [known]
    for file in files:
        try:
            return store.read(file, sha256)
        except StorageError as error:
            failed = error
    raise failed


def remove_owner_files(connection: Connection, store: SampleStore, owners: Collection[str]) -> list[str]:
    """Take away what names the files of owners, within a writer section, and return the files that nobody names now.

    Those are erased once the section has committed; after a crash in between, by the next sweep.
    """
    gone: set[str] = set()
    for some in _pieces(sorted(set(owners))):
        own = kept_files.c.owner_id.in_(some)
        gone |= set(connection.scalars(select(kept_files.c.file).where(own)))
        connection.execute(delete(kept_files).where(own))
    gone -= named_files(connection, gone)
    store.doom(gone)
    return sorted(gone)


def erase_doomed(connection: Connection, store: SampleStore, names: Collection[str]) -> int:
    """Erase those of some files that still nobody names, within a writer section: nobody can claim one meanwhile."""
    unnamed = sorted(set(names) - named_files(connection, names))
    for name in unnamed:
        store.erase(store.path(name))
    return len(unnamed)


def kept_names(connection: Connection) -> list[str]:
    """Return the names of all files that records name, in order."""
    return list(connection.scalars(select(kept_files.c.file).distinct().order_by(kept_files.c.file)))


def named_files(connection: Connection, names: Collection[str]) -> set[str]:
    """Return those of some files that records name."""
    found: set[str] = set()
    for some in _pieces(sorted(names)):
        found |= set(connection.scalars(select(kept_files.c.file).where(kept_files.c.file.in_(some))))
    return found


def unreferenced_files(connection: Connection, sample_store: SampleStore) -> Iterator[Path]:
    """Yield sample files, complete or not, that no record names."""
    for digits, paths in sample_store.branches():
        yield from _unnamed(connection, sample_store, paths, _starting_with(digits))


def still_unreferenced(connection: Connection, sample_store: SampleStore, paths: Sequence[Path]) -> list[Path]:
    """Return those of some sample files that no record names."""
    names = {path.name for path in paths}
    return list(_unnamed(connection, sample_store, paths, lambda column: column.in_(names)))


def give_store(database: Database, store: SampleStore) -> None:
    """Let the sections of a database find its files."""
    setattr(database.dialect, _ATTRIBUTE, store)


def store_of(connection: Connection) -> SampleStore:
    """Return the files of the registry that a section belongs to.

    Raises
    ------
    StorageError
        When the section is none of an open registry.
    """
    store: SampleStore | None = getattr(connection.dialect, _ATTRIBUTE, None)
    if store is None:
        raise StorageError("the sample files of this registry were not opened")
    return store


def _pieces(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))


def _held(connection: Connection, store: SampleStore, owners: set[str]) -> set[Claim]:
    """Return what owners keep; rows whose file is gone are taken away, so that it can be claimed anew."""
    columns = kept_files.c.owner_id, kept_files.c.sha256, kept_files.c.file
    rows = connection.execute(select(*columns).where(kept_files.c.owner_id.in_(owners))).all()
    lost = [row for row in rows if not store.has(row.file)]
    for row in lost:
        own = kept_files.c.owner_id == row.owner_id, kept_files.c.sha256 == row.sha256
        connection.execute(delete(kept_files).where(*own))
    return {(row.owner_id, row.sha256) for row in rows if row not in lost}


def _file_of_others(connection: Connection, store: SampleStore, sha256: str) -> SampleFile:
    for file in _files_of(connection, sha256):
        if store.has(file.name):
            return file
    raise StorageError("the file was not stored", source=sha256, remedy="store the file first, or enroll again")


def _files_of(connection: Connection, sha256: str) -> Iterator[SampleFile]:
    """Yield the files that hold a sample and whose key opens."""
    columns: tuple[ColumnElement[Any], ...] = (
        kept_files.c.owner_id,
        kept_files.c.file,
        as_it_lies(kept_files.c.file_key),
    )
    same = select(*columns).where(kept_files.c.sha256 == sha256).order_by(kept_files.c.owner_id).limit(_TRIED)
    rows = connection.execute(same).all()
    keyring_of(connection).prefetch(connection, [row.owner_id for row in rows])
    for row in rows:
        try:
            yield SampleFile(row.file, opened(connection, kept_files.c.file_key, row.file_key))
        except StorageError:
            continue  # a check tells of it; another owner's may open


def _unnamed(
    connection: Connection,
    sample_store: SampleStore,
    paths: Iterable[Path],
    which: Callable[[ColumnElement[str]], ColumnElement[bool]],
) -> Iterator[Path]:
    named: set[str] = set(connection.scalars(select(kept_files.c.file).where(which(kept_files.c.file))))
    return (path for path in paths if path.name not in named or path != sample_store.path(path.name))


def _starting_with(digits: str) -> Callable[[ColumnElement[str]], ColumnElement[bool]]:
    return lambda column: column.between(digits, digits + _BEHIND_HEX)
