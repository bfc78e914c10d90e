"""Looks for what must not be there: canaries, in every form in which files, logs and streams might hold them."""

from __future__ import annotations

import base64
import html
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

LEAST_BYTES = 6
"""Shorter canaries are found by chance."""

_MOST_UNPACKED = 64 << 20
_STARTS = (b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
"""Of gzip, and of zlib at its usual levels, as in PNG and PDF."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A canary where none may be.

    Parameters
    ----------
    place
        A path, or what else was looked into.
    canary
        Its name.
    form
        How it was written.
    """

    place: str
    canary: str
    form: str


def find(folder: Path, canaries: Mapping[str, str | bytes]) -> list[Leak]:
    """Return every canary in the files below a folder, their names included.

    Parameters
    ----------
    folder
        Or one file.
    canaries
        What is looked for, by name; of pictures and templates give some `windows`.
    """
    leaks: list[Leak] = []
    for path in sorted([folder, *folder.rglob("*")]):
        place = str(path.relative_to(folder)) if path != folder else path.name
        leaks += find_in(place.encode(errors="surrogateescape"), canaries, f"the name of {place}")
        if path.is_symlink() or not path.is_file():
            continue
        leaks += find_in(path.read_bytes(), canaries, place)
    return leaks


def find_in(data: bytes, canaries: Mapping[str, str | bytes], place: str) -> list[Leak]:
    """Return every canary in some bytes, compressed streams in them unpacked."""
    texts = [("", data), *((" compressed", inner) for inner in _unpacked(data))]
    if b"\n" in data:  # base64 and JSON may be broken into lines
        texts.append((" in lines", data.replace(b"\r", b"").replace(b"\n", b"")))
    return [
        Leak(place=place, canary=name, form=form + how)
        for how, text in texts
        for name, canary in canaries.items()
        for form, written in forms(canary)
        if written in text
    ]


def windows(data: bytes, count: int = 5, length: int = 24) -> list[bytes]:
    """Return pieces of data from all over it, so that a part of it is found too."""
    room = len(data) - length
    if room < count:
        raise ValueError("too few bytes to take windows from")
    places = [room * (number + 1) // (count + 1) for number in range(count)]
    return [data[at : at + length] for at in places]


@lru_cache(maxsize=4096)
def forms(canary: str | bytes) -> tuple[tuple[str, bytes], ...]:
    """Return every form of a canary with its name."""
    raw = canary.encode() if isinstance(canary, str) else canary
    if len(raw) < LEAST_BYTES:
        raise ValueError("a canary is too short not to be found by chance")
    found = {"raw": raw, "hexadecimal": raw.hex().encode(), "HEXADECIMAL": raw.hex().upper().encode()}
    for skipped in range(3):
        found[f"base64 +{skipped}"] = _within_base64(raw, skipped)
        found[f"base64url +{skipped}"] = _within_base64(raw, skipped).replace(b"+", b"-").replace(b"/", b"_")
    if isinstance(canary, str):
        found |= {
            "UTF-16 LE": canary.encode("utf-16-le"),
            "UTF-16 BE": canary.encode("utf-16-be"),
            "JSON": json.dumps(canary)[1:-1].encode(),
            "percent": quote(canary, safe="").encode(),
            "percent plus": quote(canary, safe=" ").replace(" ", "+").encode(),
            "HTML": html.escape(canary).encode(),
            "upper case": canary.upper().encode(),
            "lower case": canary.lower().encode(),
        }
    else:
        found["percent"] = quote(raw, safe="").encode()
        found["as numbers"] = ",".join(map(str, raw[:12])).encode()
        found["as numbers, spaced"] = ", ".join(map(str, raw[:12])).encode()
    different = {written: form for form, written in reversed(found.items())}
    return tuple((form, written) for written, form in different.items())


def _within_base64(raw: bytes, skipped: int) -> bytes:
    """Return the characters of base64 that depend on these bytes alone, which begin behind `skipped` of a group."""
    text = base64.b64encode(bytes(skipped) + raw)
    first = (0, 2, 3)[skipped]
    whole = (skipped + len(raw)) // 3 * 4
    return text[first:whole]


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Yield what streams of gzip, zlib and zip within some bytes hold."""
    for start in _STARTS:
        for at in _places(data, start):
            yield from _inflated(data[at:], wbits=47)  # gzip or zlib, whichever it is
    for at in _places(data, b"PK\x03\x04"):
        name, more = (
            int.from_bytes(data[at + 26 : at + 28], "little"),
            int.from_bytes(data[at + 28 : at + 30], "little"),
        )
        yield from _inflated(data[at + 30 + name + more :], wbits=-15)


def _places(data: bytes, start: bytes) -> Iterator[int]:
    at = data.find(start)
    while at >= 0:
        yield at
        at = data.find(start, at + 1)


def _inflated(data: bytes, *, wbits: int) -> Iterator[bytes]:
    try:
        inner = zlib.decompressobj(wbits).decompress(data, _MOST_UNPACKED)
    except zlib.error:
        return
    if inner:
        yield inner
