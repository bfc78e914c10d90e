"""The log as a file that anybody can verify: a signed head in the first line, then the entry of an event a line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from biometrics.errors import RecordError, SignatureInvalidError, StorageError
from biometrics.protocols import Progress, no_progress
from biometrics.signing.signer import Signer
from biometrics.signing.trust import KeySet
from registry.audit_log.anchors import NO_ANCHOR, Anchor, SignedAnchor, chain_faults, read_anchor, sign_anchor
from registry.audit_log.entries import LARGEST_ENTRY, entry_of_row
from registry.audit_log.examining import Examination
from registry.audit_log.tree_heads import TreeHead, current_head
from registry.audit_log.verifying import raw_events
from registry.failures import file_error

EXPORT_NUMBER = 0
"""The number of a head that is signed for an export; anchors are numbered from 1."""

_TOLD_EVERY = 10_000
_REMEDY = "get the export again from whoever keeps the log"


def signed_head(connection: Connection, signer: Signer, at: datetime) -> SignedAnchor:
    """Return the present state of the log, signed for an export."""
    anchor = Anchor(number=EXPORT_NUMBER, previous=NO_ANCHOR, head=current_head(connection), at=at)
    return sign_anchor(signer, anchor)


def write_export(
    connection: Connection, signer: Signer, path: Path, at: datetime, progress: Progress = no_progress
) -> TreeHead:
    """Write the whole log of one snapshot into a new file, and return its state.

    Raises
    ------
    StorageError
        When an event is damaged, or the file exists or cannot be written.
    SigningError
        When the key cannot be used.
    """
    signed = signed_head(connection, signer, at)
    head, partial = signed.anchor.head, path.with_name(f"{path.name}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb", buffering=1 << 20) as file:
            file.write(signed.line().encode() + b"\n")
            for row in raw_events(connection):
                entry = entry_of_row(row)
                if entry is None:
                    raise StorageError("an event cannot be exported: it was edited", source=f"event {row.sequence}")
                file.write(entry + b"\n")
                if row.sequence % _TOLD_EVERY == 0:
                    progress(row.sequence, head.size, "events")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(partial)  # never in the place of another file
        partial.unlink()
    except OSError as error:
        raise file_error(error, path) from error
    return head


def export_faults(path: Path, keys: KeySet, now: datetime, anchors: Path | None = None) -> Iterator[str]:
    """Yield one sentence for everything that is wrong with an export, and with anchors it is compared with.

    Raises
    ------
    StorageError
        When a file cannot be read.
    """
    believed: list[Anchor] = []
    if anchors is not None:
        yield from chain_faults(sink_lines(anchors), keys, now, believed)
    try:
        with path.open("rb") as file:
            signed = _first(file.readline(LARGEST_ENTRY), keys, now)
            if isinstance(signed, str):
                yield signed
                return
            found = Examination(anchor.head.size for anchor in believed)
            ending: list[str] = []
            found.take(_entries(file, ending))
            yield from ending
    except OSError as error:
        raise file_error(error, path) from error
    yield from found.head_faults(signed.head)
    if anchors is not None:
        yield from found.anchor_faults(believed, signed.head.log_id)


def sink_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file of anchors; what is half written at the end is a line too, and none that is right.

    Raises
    ------
    StorageError
        When it cannot be read.
    """
    try:
        with path.open("rb") as file:
            for line in file:
                yield line[:-1] if line.endswith(b"\n") else line + b" (cut)"
    except OSError as error:
        raise file_error(error, path) from error


def export_entries(path: Path) -> Iterator[bytes]:
    """Yield the entries of an export as they stand, unverified.

    Raises
    ------
    StorageError
        When it cannot be read.
    """
    try:
        with path.open("rb") as file:
            file.readline(LARGEST_ENTRY)
            yield from _entries(file, [])
    except OSError as error:
        raise file_error(error, path) from error


def _first(line: bytes, keys: KeySet, now: datetime) -> Anchor | str:
    """Return the head of an export, or why it is not to be believed."""
    try:
        signed = read_anchor(line.removesuffix(b"\n"))
        signed.verify(keys, now)
    except RecordError:
        return "the first line is no signed head of a log"
    except SignatureInvalidError as error:
        return f"the signature of the export does not hold: {error.message}"
    if signed.anchor.number != EXPORT_NUMBER:
        return "the first line is an anchor, not the head of an export"
    return signed.anchor


def _entries(file: Iterable[bytes], ending: list[str]) -> Iterator[bytes]:
    for line in file:
        if line.endswith(b"\n"):
            yield line[:-1]
        else:
            ending.append("the last line was cut")
            yield line
