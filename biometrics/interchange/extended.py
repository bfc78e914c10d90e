"""Extended data of minutiae and finger image records: blocks of a type, a length, and a body."""

from __future__ import annotations

import struct

_HEADER = struct.Struct(">HH")

_MOST_BLOCKS = 255
"""The standards name three; more is made to keep readers busy."""


def split_extended(area: bytes) -> list[tuple[int, bytes]] | None:
    """Return the types and bodies of the blocks; None where they do not fill the area.

    The standards count type and length in the length; corrected printings of ISO/IEC 19794-2:2005 do not.
    """
    counting_all = _split(area, counted=_HEADER.size)
    return _split(area, counted=0) if counting_all is None else counting_all


def extended_block(kind: int, body: bytes) -> bytes:
    """Return one block."""
    return _HEADER.pack(kind, _HEADER.size + len(body)) + body


def _split(area: bytes, *, counted: int) -> list[tuple[int, bytes]] | None:
    blocks: list[tuple[int, bytes]] = []
    start = 0
    while start < len(area):
        body = start + _HEADER.size
        if body > len(area):
            return None
        kind, length = _HEADER.unpack_from(area, start)
        start = body - counted + length
        if length < counted or start > len(area) or len(blocks) == _MOST_BLOCKS:
            return None
        blocks.append((kind, area[body:start]))
    return blocks
