"""Hashes of a Merkle tree after RFC 6962, section 2.1, and its right edge, by which it grows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

HASH_BYTES = 32

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""

KEPT_EVERY = 8
"""Subtrees of 2^8, 2^16, ... leaves are kept beside the log: any proof then reads a few hundred hashes."""


class Subtree(NamedTuple):
    """A complete subtree: of 2^height leaves, the position-th of its height from the left."""

    height: int
    position: int
    digest: bytes


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the roots of its complete subtrees, largest first.

    Appending costs one hash per leaf and one per node that it completes; nothing that was appended is read again.

    Parameters
    ----------
    size
        Leaves so far.
    digests
        The root of the subtree of each bit that is set in `size`, highest first.
    """

    def __init__(self, size: int = 0, digests: Sequence[bytes] = ()) -> None:
        if len(digests) != size.bit_count() or any(len(one) != HASH_BYTES for one in digests):
            raise ValueError("the right edge of a tree has one hash per bit that is set in its size")
        self.size = size
        self._digests = list(digests)

    @property
    def digests(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, largest first."""
        return tuple(self._digests)

    def append(self, leaf: bytes) -> tuple[Subtree, ...]:
        """Add the hash of one leaf; return the subtrees of kept heights that it completed, smallest first."""
        self.size += 1
        rises = (self.size & -self.size).bit_length() - 1
        held, sha256, kept = self._digests, hashlib.sha256, []
        for height in range(1, rises + 1):
            leaf = sha256(b"\x01" + held.pop() + leaf).digest()
            if height % KEPT_EVERY == 0:
                kept.append(Subtree(height, (self.size >> height) - 1, leaf))
        held.append(leaf)
        return tuple(kept)

    def root(self) -> bytes:
        """Return the hash of the whole tree."""
        if not self._digests:
            return EMPTY_ROOT
        root = self._digests[-1]
        for digest in reversed(self._digests[:-1]):
            root = node_hash(digest, root)
        return root
