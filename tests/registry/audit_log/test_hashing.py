"""The tree is RFC 6962's: vectors of the certificate transparency project, and the definition computed plainly."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.audit_log.hashing import EMPTY_ROOT, KEPT_EVERY, Frontier, leaf_hash, node_hash
from registry.audit_log.proofs import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion

ENTRIES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
"""The leaves of the reference tests of Certificate Transparency (merkle_tree_test.cc), with the roots below."""

ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def plain_root(leaves: list[bytes]) -> bytes:
    """Return MTH of section 2.1, word by word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(plain_root(leaves[:half]), plain_root(leaves[half:]))


def grown(leaves: list[bytes]) -> Frontier:
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree


def numbered(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def test_roots_are_those_of_the_reference_implementation() -> None:
    tree = Frontier()
    assert (
        tree.root() == EMPTY_ROOT == bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    )
    for entry, root in zip(ENTRIES, ROOTS, strict=True):
        tree.append(leaf_hash(entry))
        assert tree.root().hex() == root


def test_proofs_are_those_of_the_reference_implementation() -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES]

    def range_hash(first: int, last: int) -> bytes:
        return plain_root(leaves[first:last])

    found = [one.hex() for one in inclusion_proof(5, 8, range_hash)]
    assert found == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    found = [one.hex() for one in consistency_proof(6, 8, range_hash)]
    assert found == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.parametrize("count", [*range(1, 35), 255, 256, 257, 511, 513])
def test_growing_is_computing_anew(count: int) -> None:
    leaves = numbered(count)
    tree = grown(leaves)
    assert tree.root() == plain_root(leaves)
    again = Frontier(tree.size, tree.digests)
    again.append(leaf_hash(b"next"))
    assert again.root() == plain_root([*leaves, leaf_hash(b"next")])


def test_every_kept_subtree_is_told_once() -> None:
    leaves, tree = numbered(1 << (KEPT_EVERY + 2)), Frontier()
    told = [subtree for leaf in leaves for subtree in tree.append(leaf)]
    width = 1 << KEPT_EVERY
    assert [(one.height, one.position) for one in told] == [(KEPT_EVERY, place) for place in range(4)]
    assert [one.digest for one in told] == [plain_root(leaves[i * width : (i + 1) * width]) for i in range(4)]


def test_kept_subtrees_of_two_heights() -> None:
    tree, leaf = Frontier(), leaf_hash(b"")
    told = [one for _ in range(1 << 16) for one in tree.append(leaf)]
    assert [one for one in told if one.height == 16] == [(16, 0, tree.root())]
    assert len(told) == (1 << 8) + 1


@given(size=st.integers(1, 70), data=st.data())
def test_a_proof_shows_a_leaf_and_nothing_else(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    root = plain_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, lambda first, last: plain_root(leaves[first:last]))
    assert verify_inclusion(leaves[index], index, size, proof, root)
    other = data.draw(st.integers(-1, size))
    if other != index:
        assert not verify_inclusion(leaves[index], other, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"forged"), index, size, proof, root)
    assert not verify_inclusion(leaves[index], index, size, (*proof, root), root)
    for place in range(len(proof)):
        changed = (*proof[:place], leaf_hash(b"x"), *proof[place + 1 :])
        assert not verify_inclusion(leaves[index], index, size, changed, root)
        assert not verify_inclusion(leaves[index], index, size, proof[:place] + proof[place + 1 :], root)


@given(size=st.integers(1, 70), data=st.data())
def test_a_proof_shows_that_nothing_before_was_changed(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    earlier = data.draw(st.integers(1, size))
    before, root = plain_root(leaves[:earlier]), plain_root(leaves)
    proof = consistency_proof(earlier, size, lambda first, last: plain_root(leaves[first:last]))
    assert verify_consistency(earlier, size, proof, before, root)
    assert verify_consistency(0, size, (), EMPTY_ROOT, root)
    forked = plain_root([leaf_hash(b"forged"), *leaves[1:earlier]])
    assert not verify_consistency(earlier, size, proof, forked, root)
    assert not verify_consistency(earlier, size, proof, before, forked if earlier < size else EMPTY_ROOT)
    assert not verify_consistency(size + 1, size, proof, before, root)
    for place in range(len(proof)):
        assert not verify_consistency(earlier, size, proof[:place] + proof[place + 1 :], before, root)


def test_a_right_edge_fits_its_size() -> None:
    with pytest.raises(ValueError, match="one hash per bit"):
        Frontier(3, [EMPTY_ROOT])
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_proof(3, 3, lambda first, last: b"")
    with pytest.raises(ValueError, match="at least one leaf"):
        consistency_proof(0, 3, lambda first, last: b"")
