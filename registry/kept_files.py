"""Which files of the sample store records name: samples, scans of evidence, photos of exceptions, files of drafts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import Column, ColumnElement, CompoundSelect, Connection, select, union

from registry.samples import SampleStore
from registry.tables.core import samples
from registry.tables.people import capture_exceptions, evidence
from registry.tables.service import draft_buffers

_NAMING: tuple[Column[str], ...] = (
    samples.c.sha256,
    evidence.c.scan_sha256,
    capture_exceptions.c.photo_sha256,
    draft_buffers.c.sha256,
)

_BEHIND_HEX = "g"
"""Sorts behind every digit of a digest."""


def named_digests(connection: Connection) -> list[str]:
    """Return the digests of all files that records name, in order."""
    return list(connection.scalars(_named(lambda column: column.is_not(None)).order_by("sha256")))


def unreferenced_files(connection: Connection, sample_store: SampleStore) -> Iterator[Path]:
    """Yield sample files, complete or not, that no record names."""
    for digits, paths in sample_store.branches():
        yield from _unnamed(connection, sample_store, paths, _starting_with(digits))


def still_unreferenced(connection: Connection, sample_store: SampleStore, paths: Sequence[Path]) -> list[Path]:
    """Return those of some sample files that no record names."""
    names = {path.name for path in paths}
    return list(_unnamed(connection, sample_store, paths, lambda column: column.in_(names)))


def _unnamed(
    connection: Connection,
    sample_store: SampleStore,
    paths: Iterable[Path],
    which: Callable[[Column[str]], ColumnElement[bool]],
) -> Iterator[Path]:
    named: set[str] = set(connection.scalars(_named(which)))
    return (path for path in paths if path.name not in named or path != sample_store.path(path.name))


def _named(which: Callable[[Column[str]], ColumnElement[bool]]) -> CompoundSelect[tuple[str]]:
    """Select the digests of files that any record names, each once."""
    return union(*(select(column.label("sha256")).where(which(column)) for column in _NAMING))


def _starting_with(digits: str) -> Callable[[Column[str]], ColumnElement[bool]]:
    return lambda column: column.between(digits, digits + _BEHIND_HEX)
