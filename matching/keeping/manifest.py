"""What a snapshot consists of: its files with their SHA-256, its arrays and where they lie, and what it is of.

The file is JSON that people may read. `sha256` is of the body, without a key: it tells accidents. `seal` is its
HMAC under the snapshot's key: it tells changes made on purpose.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from biometrics.errors import SnapshotError, SnapshotKeyError
from matching.keeping import sealing

FORMAT = "kura gallery snapshot/1"
MANIFEST_NAME = "manifest.json"

REMEDY = "nothing is lost: the gallery is built anew from the registry, for example by kura gallery build"

_NAME = re.compile(r"[a-z0-9_./-]{1,200}")
_HEX = re.compile(r"[0-9a-f]{64}")
_KINDS = "biufSU"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of sealed pieces: its length in bytes and the SHA-256 of all of it."""

    file: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayEntry:
    """One array: its NumPy type and shape, and where its pieces begin.

    Parameters
    ----------
    name, dtype, shape
        What it is called, and what it is.
    part, offset, first_piece
        Number of the part file, the byte in it and the number of the piece at which it begins.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    part: int
    offset: int
    first_piece: int

    @property
    def bytes(self) -> int:
        """Bytes of the array itself."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything about a snapshot but its arrays.

    Parameters
    ----------
    snapshot_id
        32 random bytes in hexadecimal.
    written_at
        When it was written, ISO 8601 in UTC.
    header
        What it is of; JSON values only.
    piece_bytes
        Bytes of every piece of an array but its last.
    parts, arrays
        Its files and arrays, in order.
    """

    snapshot_id: str
    written_at: str
    header: Mapping[str, Any]
    piece_bytes: int
    parts: tuple[Part, ...]
    arrays: tuple[ArrayEntry, ...]

    @property
    def bytes(self) -> int:
        """Bytes of all part files together."""
        return sum(part.bytes for part in self.parts)


def piece_lengths(array_bytes: int, piece_bytes: int) -> list[int]:
    """Return the lengths in bytes of the pieces of an array; an empty array has one empty piece."""
    whole, rest = divmod(array_bytes, piece_bytes)
    return [piece_bytes] * whole + ([rest] if rest or not whole else [])


def encode_manifest(manifest: Manifest, key: bytes) -> bytes:
    """Return the bytes of a manifest's file."""
    body = asdict(manifest) | {"header": dict(manifest.header), "key_check": sealing.key_check(key)}
    signed = _canonical(body)
    document = {
        "format": FORMAT,
        "body": body,
        "sha256": hashlib.sha256(signed).hexdigest(),
        "seal": sealing.signature(key, manifest.snapshot_id, signed),
    }
    return _readable(document)


def decode_manifest(data: bytes, find_key: sealing.FindKey) -> tuple[Manifest, bytes]:
    """Read a manifest's file, make sure that it is what was written under a known key, byte for byte, and return both.

    Raises
    ------
    SnapshotKeyError
        When it was written under a key that is not known.
    SnapshotError
        When it is no manifest, or is damaged or altered.
    """
    document = _document(data)
    body = document["body"]
    signed = _canonical(body)
    if document["sha256"] != hashlib.sha256(signed).hexdigest() or data != _readable(document):
        raise SnapshotError("the manifest is damaged", remedy=REMEDY)
    if not (isinstance(body, dict) and _HEX.fullmatch(str(body.get("snapshot_id")))):
        raise SnapshotError("the manifest is not what this version writes", remedy=REMEDY)
    key = find_key(str(body.get("key_check")))
    if key is None:
        raise SnapshotKeyError("the snapshot was sealed with another key", remedy=REMEDY)
    if not hmac.compare_digest(str(document["seal"]), sealing.signature(key, body["snapshot_id"], signed)):
        raise SnapshotError("the manifest was altered", remedy=REMEDY)
    return _manifest(body), key


def told_key_check(data: bytes) -> str | None:
    """Return the check digits of the key that a manifest says it was written under; nobody has proved it."""
    try:
        body = _document(data)["body"]
    except SnapshotError:
        return None
    return str(body.get("key_check")) if isinstance(body, dict) else None


def _document(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SnapshotError("the manifest is damaged: it is no JSON", remedy=REMEDY) from error
    if not isinstance(document, dict) or document.keys() != {"format", "body", "sha256", "seal"}:
        raise SnapshotError("the manifest is damaged: it is no manifest", remedy=REMEDY)
    if document["format"] != FORMAT:
        raise SnapshotError("the snapshot is of another version of Kura", remedy=REMEDY)
    return document


def _manifest(body: dict[str, Any]) -> Manifest:
    """Return the manifest a body tells; authentic, but perhaps of a version that wrote something else."""
    try:
        values = {name: value for name, value in body.items() if name != "key_check"}
        parts = tuple(Part(**part) for part in values.pop("parts"))
        entries = (entry | {"shape": tuple(entry["shape"])} for entry in values.pop("arrays"))
        manifest = Manifest(**values, parts=parts, arrays=tuple(ArrayEntry(**entry) for entry in entries))
        whole = _is_whole(manifest)
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        raise SnapshotError("the manifest is not what this version writes", remedy=REMEDY) from error
    if not whole:
        raise SnapshotError("the manifest contradicts itself", remedy=REMEDY)
    return manifest


def _is_whole(manifest: Manifest) -> bool:
    """Return whether the arrays fill the parts without gaps, in order, under names of their own."""
    ends, pieces = [0] * len(manifest.parts), [0] * len(manifest.parts)
    for entry in manifest.arrays:
        if (entry.offset, entry.first_piece) != (ends[entry.part], pieces[entry.part]):
            return False
        if min(entry.part, *entry.shape, manifest.piece_bytes - 1) < 0:
            return False
        lengths = piece_lengths(entry.bytes, manifest.piece_bytes)
        ends[entry.part] += entry.bytes + len(lengths) * sealing.TAG_BYTES
        pieces[entry.part] += len(lengths)
    names = [entry.name for entry in manifest.arrays]
    return (
        ends == [part.bytes for part in manifest.parts]
        and len(set(names)) == len(names)
        and [part.file for part in manifest.parts] == [part_name(number) for number in range(len(manifest.parts))]
        and all(storable(entry.name, np.dtype(entry.dtype)) for entry in manifest.arrays)
    )


def storable(name: str, dtype: np.dtype[Any]) -> bool:
    """Return whether an array of this name and type can be kept."""
    return _NAME.fullmatch(name) is not None and dtype.kind in _KINDS and dtype.itemsize > 0


def part_name(number: int) -> str:
    """Return the file name of a part."""
    return f"part-{number:05d}.sealed"


def _canonical(body: object) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _readable(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, indent=1, ensure_ascii=True).encode() + b"\n"
