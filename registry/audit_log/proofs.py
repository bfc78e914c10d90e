"""Proofs after RFC 6962, sections 2.1.1 and 2.1.2; verified as RFC 9162, sections 2.1.3.2 and 2.1.4.2, says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from registry.audit_log.hashing import EMPTY_ROOT, node_hash

RangeHash = Callable[[int, int], bytes]
"""Returns the root of the leaves from the first number up to, not including, the second, both counted from 0."""


def largest_power_below(size: int) -> int:
    """Return the largest power of two that is smaller than a size of at least 2: where its tree is split."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, range_hash: RangeHash) -> tuple[bytes, ...]:
    """Return what shows that a leaf is in the tree of a size: the audit path, from the leaf up.

    Parameters
    ----------
    index
        Of the leaf, counted from 0.
    size
        Leaves of the tree.
    range_hash
        What knows the tree.

    Raises
    ------
    ValueError
        When the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("the tree has no such leaf")
    path, first, last = [], 0, size
    while last - first > 1:
        middle = first + largest_power_below(last - first)
        if index < middle:
            path.append(range_hash(middle, last))
            last = middle
        else:
            path.append(range_hash(first, middle))
            first = middle
    return tuple(reversed(path))


def consistency_proof(earlier: int, size: int, range_hash: RangeHash) -> tuple[bytes, ...]:
    """Return what shows that the tree of a size goes on where an earlier one ended.

    Raises
    ------
    ValueError
        When the earlier size is larger, or not positive.
    """
    if not 0 < earlier <= size:
        raise ValueError("an earlier tree has at least one leaf and no more than the later one")
    path, first, last, whole = [], 0, size, True
    while earlier != last:
        middle = first + largest_power_below(last - first)
        if earlier <= middle:
            path.append(range_hash(middle, last))
            last = middle
        else:
            path.append(range_hash(first, middle))
            first, whole = middle, False
    if not whole:
        path.append(range_hash(first, last))
    return tuple(reversed(path))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether a proof shows that the hash of a leaf stands at an index of the tree of a size with this root."""
    if not 0 <= index < size:
        return False
    place, last, digest = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            digest = node_hash(sibling, digest)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and digest == root


def verify_consistency(earlier: int, size: int, proof: Sequence[bytes], earlier_root: bytes, root: bytes) -> bool:
    """Return whether a proof shows that the tree of a size begins with the whole earlier tree.

    Of a tree without leaves every tree is a continuation, and no hashes are needed.
    """
    if not 0 <= earlier <= size:
        return False
    if earlier in (0, size):
        return not proof and earlier_root == (EMPTY_ROOT if earlier == 0 else root)
    path = [earlier_root, *proof] if earlier & (earlier - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = earlier - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == earlier_root and new == root
