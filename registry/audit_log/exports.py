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
from registry.audit_log.findings import Findings
from registry.audit_log.tree_heads import authentic_head
from registry.audit_log.verifying import raw_events
from registry.failures import file_error

EXPORT_NUMBER = 0
"""The number of a head that is signed for an export; anchors are numbered from 1."""

_TOLD_EVERY = 10_000


def signed_head(connection: Connection, signer: Signer, at: datetime) -> SignedAnchor:
    """Return the present state of the log, signed for an export.

    Raises
    ------
    SigningError, StorageError
        When the key cannot be used, or the head is not what was written.
    """
    anchor = Anchor(number=EXPORT_NUMBER, previous=NO_ANCHOR, head=authentic_head(connection), at=at)
    return sign_anchor(signer, anchor)


def write_export(connection: Connection, signed: SignedAnchor, path: Path, progress: Progress = no_progress) -> None:
    """Write the events of a signed state into a new file.

    Raises
    ------
    StorageError
        When an event is damaged, or the file exists or cannot be written.
    """
    size, partial = signed.anchor.head.size, path.with_name(f"{path.name}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb", buffering=1 << 20) as file:
            file.write(signed.line().encode() + b"\n")
            for row in raw_events(connection, until=size):
                entry = entry_of_row(row)
                if entry is None:
                    raise StorageError("an event cannot be exported: it was edited", source=f"event {row.sequence}")
                file.write(entry + b"\n")
                if row.sequence % _TOLD_EVERY == 0:
                    progress(row.sequence, size, "events")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(partial)  # never in the place of another file
        partial.unlink()
    except OSError as error:
        raise file_error(error, path) from error


def export_findings(path: Path, keys: KeySet, now: datetime, anchors: Path | None = None) -> Findings:
    """Verify an export, and compare it with a file of anchors.

    Raises
    ------
    StorageError
        When a file cannot be read.
    """
    believed: list[Anchor] = []
    faults = [] if anchors is None else list(chain_faults(sink_lines(anchors), keys, now, believed))
    found = Examination(anchor.head.size for anchor in believed)
    try:
        with path.open("rb") as file:
            signed = _first(file.readline(LARGEST_ENTRY), keys, now, faults)
            found.take(_entries(file, faults))
    except OSError as error:
        raise file_error(error, path) from error
    if signed is not None:
        faults += found.head_faults(signed.head)
    if anchors is not None:
        faults += found.anchor_faults(believed, "" if signed is None else signed.head.log_id)
    return Findings(
        faults=tuple(faults),
        log_id="" if signed is None else signed.head.log_id,
        events=found.size,
        root=found.root.hex(),
        anchors=tuple(believed),
    )


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


def _first(line: bytes, keys: KeySet, now: datetime, faults: list[str]) -> Anchor | None:
    """Return the head of an export; None, with the reason among the faults, when it is not to be believed."""
    try:
        signed = read_anchor(line.removesuffix(b"\n"))
        signed.verify(keys, now)
    except SignatureInvalidError as error:
        faults.append(f"the signature of the export does not hold: {error.message}")
    except RecordError:
        faults.append("the first line is no signed head of a log")
    else:
        if signed.anchor.number == EXPORT_NUMBER:
            return signed.anchor
        faults.append("the first line is an anchor, not the head of an export")
    return None


def _entries(file: Iterable[bytes], faults: list[str]) -> Iterator[bytes]:
    for line in file:
        if line.endswith(b"\n"):
            yield line[:-1]
        else:
            faults.append("the last line was cut")
            yield line
