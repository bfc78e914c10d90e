"""Small snapshots of made-up arrays for the tests: several files, several pieces, empty and odd arrays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.keeping import FindKey, Manifest, Sizes, key_check, open_snapshot, write_snapshot

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
SMALL = Sizes(piece_bytes=64, part_bytes=400)
HEADER = {"gallery": "citizens", "generation": 7, "scales": {"face": "cosine/toy"}, "weights": [0.5, 1.0]}

Arrays = dict[str, NDArray[Any]]


def arrays(seed: int = 0) -> Arrays:
    noise = np.random.default_rng(seed)
    return {
        "codes/0": noise.integers(0, 256, (7, 64), dtype=np.uint8),
        "codes/1": noise.integers(0, 256, (3, 64), dtype=np.uint8),
        "steps": noise.random(5, dtype=np.float32),
        "nobody": np.zeros((0, 3), dtype=np.int64),
        "number": np.array(12, dtype=np.int32),
        "names": np.array([b"abc", b"defg"]),
        "labels": np.array(["é", "xyz"]),
        "active": noise.random(100) < 0.5,
        "turned": noise.random((6, 4))[:, ::2],
    }


def write(folder: Path, seed: int = 0, *, header: Mapping[str, Any] | None = None, key: bytes = KEY) -> Manifest:
    return write_snapshot(folder, HEADER if header is None else header, arrays(seed).items(), key, sizes=SMALL)


def read(folder: Path, key: bytes = KEY) -> tuple[dict[str, Any], Arrays] | None:
    """Return all of a snapshot; None when there is none."""
    snapshot = open_snapshot(folder, only(key))
    if snapshot is None:
        return None
    with snapshot:
        found = dict(snapshot.arrays)
        snapshot.require_all_read()
        assert list(snapshot.faults()) == []
        return dict(snapshot.header), found


def only(key: bytes) -> FindKey:
    """Return who knows one key."""
    return lambda check: key if check == key_check(key) else None


def same(found: Arrays, wanted: Arrays) -> bool:
    """Return whether arrays are the same, in the same order, of the same types and shapes."""
    return list(found) == list(wanted) and all(
        found[name].dtype == wanted[name].dtype and np.array_equal(found[name], wanted[name]) for name in wanted
    )
