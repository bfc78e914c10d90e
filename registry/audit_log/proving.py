"""Proofs about the log in the database: few rows are read, however long it is, and no key is needed to check one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from biometrics.errors import RecordError, RecordNotFoundError
from registry.audit_log.anchors import SignedAnchor, read_anchor
from registry.audit_log.entries import RAW_COLUMNS, entry_of_row
from registry.audit_log.hashing import HASH_BYTES, KEPT_EVERY, Frontier, leaf_hash, node_hash
from registry.audit_log.proofs import inclusion_proof, largest_power_below, verify_inclusion
from registry.tables.audit import audit_subtrees
from registry.tables.core import audit_events

FORM = "kura proof/1"

_TILE = 1 << KEPT_EVERY
_REMEDY = "name the file that kura audit prove wrote"


class LogTree:
    """Hashes of ranges of the log, from the subtrees that are kept beside it and at most 256 events each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def range_hash(self, first: int, last: int) -> bytes:
        """Return the hash of the tree over events from one index, counted from 0, up to another.

        The range is one that a proof asks for: its size is a power of two from a multiple of it, or it ends the tree.
        """
        size = last - first
        if size <= _TILE:
            return self._leaves(first, last)
        height = size.bit_length() - 1
        if size == 1 << height and height % KEPT_EVERY == 0:
            return self._kept(height, first >> height)
        middle = first + largest_power_below(size)
        if size == 1 << height:
            return self._of_kept(first, last, height)
        return node_hash(self.range_hash(first, middle), self.range_hash(middle, last))

    def _of_kept(self, first: int, last: int, height: int) -> bytes:
        """Return the hash of a complete subtree from the largest kept ones in it, at most 128, read at once."""
        below = height // KEPT_EVERY * KEPT_EVERY
        column = audit_subtrees.c
        inside = (column.height == below, column.position >= first >> below, column.position < last >> below)
        rows = self._connection.scalars(select(column.digest).where(*inside).order_by(column.position)).all()
        return _joined(list(rows), (last - first) >> below)

    def _kept(self, height: int, position: int) -> bytes:
        column = audit_subtrees.c
        found = select(column.digest).where(column.height == height, column.position == position)
        return _joined(list(self._connection.scalars(found).all()), 1)

    def _leaves(self, first: int, last: int) -> bytes:
        column = audit_events.c
        between = (column.sequence > first, column.sequence <= last)
        found = select(column.digest).where(*between).order_by(column.sequence)
        return _joined(list(self._connection.scalars(found).all()), last - first)


def _joined(digests: list[str], expected: int) -> bytes:
    if len(digests) != expected:
        raise RecordError("hashes of the audit log are missing", remedy="run kura registry check")
    tree = Frontier()
    for digest in digests:
        tree.append(bytes.fromhex(digest))
    return tree.root()


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """What shows that an event is in the log of a signed state.

    Parameters
    ----------
    sequence
        The event's number, from 1.
    entry
        The bytes that are hashed.
    path
        Hashes from the leaf up.
    head
        The state, signed.
    """

    sequence: int
    entry: bytes
    path: tuple[bytes, ...]
    head: SignedAnchor

    @property
    def holds(self) -> bool:
        """Whether the hashes lead from the entry to the root of the state; its signature is another question."""
        state = self.head.anchor.head
        return verify_inclusion(leaf_hash(self.entry), self.sequence - 1, state.size, self.path, state.root)

    def document(self) -> dict[str, Any]:
        """Return the proof as JSON."""
        return {
            "form": FORM,
            "sequence": self.sequence,
            "entry": self.entry.decode(),
            "path": [digest.hex() for digest in self.path],
            "head": self.head.line(),
        }

    @classmethod
    def read(cls, text: str | bytes) -> InclusionProof:
        """Read a document.

        Raises
        ------
        RecordError
            When it is none.
        """
        try:
            said: Mapping[str, Any] = json.loads(text)
            path = tuple(bytes.fromhex(digest) for digest in said["path"])
            entry, sequence = said["entry"].encode(), said["sequence"]
            if said["form"] != FORM or type(sequence) is not int or any(len(one) != HASH_BYTES for one in path):
                raise ValueError("another form")
            return cls(sequence=sequence, entry=entry, path=path, head=read_anchor(said["head"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise RecordError("this is no proof", remedy=_REMEDY) from error


def prove_event(connection: Connection, sequence: int, head: SignedAnchor) -> InclusionProof:
    """Return the proof that an event is in the log of a signed state.

    Raises
    ------
    RecordNotFoundError
        When the state has no such event.
    RecordError
        When the event was edited, or the hashes do not lead to the state.
    """
    size = head.anchor.head.size
    if not 1 <= sequence <= size:
        raise RecordNotFoundError(f"the log has no such event: it has {size}", source=f"event {sequence}")
    names = ", ".join(RAW_COLUMNS)
    row = connection.exec_driver_sql(f"SELECT {names} FROM audit_events WHERE sequence = {sequence:d}").one_or_none()
    entry = None if row is None else entry_of_row(row)
    if entry is None:
        raise RecordError("the event is missing or was edited", source=f"event {sequence}", remedy="kura audit verify")
    path = inclusion_proof(sequence - 1, size, LogTree(connection).range_hash)
    proof = InclusionProof(sequence=sequence, entry=entry, path=path, head=head)
    if not proof.holds:
        raise RecordError("the log is not what was written", source=f"event {sequence}", remedy="kura audit verify")
    return proof
