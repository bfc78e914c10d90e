"""Changes of inputs: of bytes, as any format takes them, and of JSON documents as trees."""

from __future__ import annotations

import json
import random
import struct
from typing import Any

from tests.fuzz.target import Target

_EDGES = (0, 1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1)
_NUMBERS = tuple(
    struct.pack(kind, edge)
    for kind in (">B", ">H", ">I", "<H", "<I")
    for edge in _EDGES
    if edge < 256 ** struct.calcsize(kind)
)
_TEXTS = (
    b"",
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"../",
    b"%00",
    b"\r\n",
    b"-1",
    b"1e999",
    b"9" * 400,
    b"NaN",
)
_DEEP = json.loads("[" * 90 + "]" * 90)
_DEEPER, _DEEPEST = "deeper than json.dumps goes", b"[" * 20_000 + b"]" * 20_000
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**30, 0.5, -0.0, 1e308, 1e-320,
    "", " ", "0", "-1", "\x00", "\ud800", "é" * 3, "a" * 5000,
    "../../x", "2026-02-30", "9999-12-31T23:59:59Z", [], {}, [[]], [None], {"": {}}, _DEEP, _DEEPER,
)  # fmt: skip
_LONGEST = 1 << 18


def mutate(target: Target, seeds: tuple[bytes, ...], chance: random.Random) -> bytes:
    """Return a changed input, its checksums mostly repaired."""
    data = chance.choice(seeds)
    changed = _as_tree(data, chance) if target.is_json and chance.random() < 0.6 else None
    if changed is None:
        changed = data
        for _ in range(1 + int(chance.expovariate(0.5))):
            changed = _change(changed, target, seeds, chance)
    changed = changed[:_LONGEST]
    return changed if chance.random() < 0.1 else target.repaired(changed)


def _change(data: bytes, target: Target, seeds: tuple[bytes, ...], chance: random.Random) -> bytes:
    """Return bytes with one change at a place."""
    at = chance.randrange(len(data) + 1)
    length = min(len(data) - at, chance.choice((1, 1, 2, 4, 8, 32, 128)))
    before, piece, behind = data[:at], data[at : at + length], data[at + length :]
    number = chance.choice(_NUMBERS)
    word = chance.choice((*target.words, *_TEXTS)) + chance.choice((piece, b""))
    other = chance.choice(seeds)
    moved = chance.randrange(len(data) + 1)
    changed = (
        before + bytes([piece[0] ^ (1 << chance.randrange(8))]) + data[at + 1 :] if piece else before,
        before + number + data[at + len(number) :],
        before + behind,
        before + piece * chance.choice((2, 3, 50)) + behind,
        before,
        before + word + behind,
        before + other[chance.randrange(len(other) + 1) :],
        before + chance.randbytes(length) + behind,
        before + data[moved : moved + length] + behind,
    )
    return chance.choice(changed)


def _as_tree(data: bytes, chance: random.Random) -> bytes | None:
    """Return a JSON document with a few values changed; None where the input holds none."""
    try:
        tree = json.loads(data)
    except ValueError:
        return None
    for _ in range(1 + int(chance.expovariate(1.0))):
        tree = _with_change(tree, chance)
    text = json.dumps(tree, ensure_ascii=chance.random() < 0.5, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass").replace(json.dumps(_DEEPER).encode(), _DEEPEST)


def _with_change(tree: Any, chance: random.Random) -> Any:
    """Return a tree of which one value, name or element is another, further down more often than at the top."""
    inner = list(tree) if isinstance(tree, dict) else list(range(len(tree))) if isinstance(tree, list) else []
    if not inner or chance.random() < 0.05:
        return chance.choice(_VALUES)
    at = chance.choice(inner)
    kind = chance.random()
    if kind < 0.7:
        return _replaced(tree, at, _with_change(tree[at], chance))
    if isinstance(tree, dict):
        rest = {key: value for key, value in tree.items() if key != at}
        if kind < 0.85:
            return rest
        return rest | {chance.choice(("", "x", str(at) + " ", str(at).upper())): tree[at]}
    if kind < 0.85:
        return tree[:at] + tree[at + 1 :]
    return tree * chance.choice((2, 40)) if len(tree) < 100 else tree[:1]


def _replaced(tree: Any, at: Any, value: Any) -> Any:
    if isinstance(tree, dict):
        return tree | {at: value}
    return [*tree[:at], value, *tree[at + 1 :]]
