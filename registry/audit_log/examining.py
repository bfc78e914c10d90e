"""Entries of the log, from the registry or from an export, against a head and against anchors; offline.

Only the standard library's SHA-256 is needed beside the signatures: whoever distrusts this code can write it anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from registry.audit_log.anchors import Anchor
from registry.audit_log.hashing import EMPTY_ROOT, Frontier, Subtree
from registry.audit_log.tree_heads import TreeHead

ANCHORED = "audit.anchored"
"""The action of events that tell of an anchor."""

_TOLD = f'"action":"{ANCHORED}"'.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAnchor:
    """What an event of the log says of an anchor."""

    sequence: int
    number: int
    digest: str


class Examination:
    """One pass over the entries, which remembers the roots at the sizes that anchors name.

    Parameters
    ----------
    sizes
        The sizes.
    """

    def __init__(self, sizes: Iterable[int] = ()) -> None:
        self._tree = Frontier()
        self._sizes = sorted(set(sizes) - {0}, reverse=True)
        self.roots: dict[int, bytes] = {0: EMPTY_ROOT}
        self.told: list[ToldAnchor] = []

    @property
    def size(self) -> int:
        """Entries so far."""
        return self._tree.size

    @property
    def root(self) -> bytes:
        """The hash of the tree over them."""
        return self._tree.root()

    @property
    def edge(self) -> tuple[bytes, ...]:
        """The right edge of the tree."""
        return self._tree.digests

    def take(self, entries: Iterable[bytes]) -> None:
        """Take further entries in their order."""
        sha256 = hashlib.sha256
        for entry in entries:
            self.add(sha256(b"\x00" + entry).digest())
            if _TOLD in entry:
                self.note(entry)

    def add(self, leaf: bytes) -> tuple[Subtree, ...]:
        """Take the hash of one entry; return the subtrees of kept heights that it completed."""
        kept = self._tree.append(leaf)
        if self._sizes and self._tree.size == self._sizes[-1]:
            self.roots[self._sizes.pop()] = self._tree.root()
        return kept

    def note(self, entry: bytes) -> None:
        """Note what the entry taken last says of an anchor, if it does."""
        try:
            event = json.loads(entry)
            if event["action"] != ANCHORED:
                return
            details = event["details"]
            number, digest = int(details["number"]), str(details["anchor_sha256"])
        except (ValueError, KeyError, TypeError, RecursionError):
            number, digest = 0, ""
        self.told.append(ToldAnchor(sequence=self._tree.size, number=number, digest=digest))

    def head_faults(self, head: TreeHead) -> Iterator[str]:
        """Yield how the entries differ from a head that is to be believed."""
        if self.size != head.size:
            yield f"the log should have {head.size} events and has {self.size}"
        elif self.root != head.root:
            yield "the events are not those that the head of the log was made of"

    def anchor_faults(self, anchors: Sequence[Anchor], log_id: str) -> Iterator[str]:
        """Yield how the entries differ from anchors that are to be believed, and which of those are missing."""
        for anchor in anchors:
            number, head = anchor.number, anchor.head
            if head.log_id != log_id:
                yield f"anchor {number} is of another log"
            elif head.size > self.size:
                yield f"the log was cut: anchor {number} is of {head.size} events, there are {self.size}"
            elif self.roots.get(head.size) != head.root:
                yield f"anchor {number} is of other events: the first {head.size} were changed since"
        yield from self._told_faults({anchor.number: anchor.digest for anchor in anchors})

    def _told_faults(self, known: dict[int, str]) -> Iterator[str]:
        for told in self.told:
            if told.number not in known:
                yield f"anchor {told.number}, of which event {told.sequence} tells, is missing"
            elif known[told.number] != told.digest:
                yield f"anchor {told.number} is not the one of which event {told.sequence} tells"
