"""What a JPEG file would cost to decode, told from its markers before it is decoded (ISO/IEC 10918-1, annex B).

Two things let a small file keep a decoder busy for hours: very many scans, each of which makes it go over the whole
picture, and very many segments or fill bytes, which it reads one at a time.
"""

from __future__ import annotations

import re

from biometrics.errors import ImageFormatError

START = b"\xff\xd8\xff"

MOST_SCANS = 100
"""A progressive picture has about ten. At 100 million pixels an empty scan takes 36 ms."""

MOST_SEGMENTS = 10_000
"""A picture with a large colour profile, previews and notes has some hundreds."""

MOST_FILL = 4_096
"""Bytes that mean nothing before a marker; the decoder takes 0.4 microseconds for each."""

_START_OF_SCAN, _END, _ALONE = 0xDA, 0xD9, frozenset({0x01, 0xD8})

_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
"""Within scans, 0 after 255 is a level, and D0 to D7 mark restarts."""


def require_modest_jpeg(data: bytes) -> None:
    """Refuse a JPEG file that would cost far more to decode than its pixels do.

    A file whose markers cannot be followed is left to the decoder, which refuses it at the same place.

    Raises
    ------
    ImageFormatError
        When it has too many scans, segments or fill bytes.
    """
    position, scans = len(START) - 1, 0
    for _ in range(MOST_SEGMENTS):
        found = _MARKER.search(data, position)
        if found is None or found[1][0] == _END:
            return
        if not scans and found.end() - position > MOST_FILL:
            raise _hostile("fill bytes")
        marker, position = found[1][0], found.end()
        scans += marker == _START_OF_SCAN
        if scans > MOST_SCANS:
            raise _hostile("scans")
        if marker not in _ALONE:
            position += int.from_bytes(data[position : position + 2], "big")
    raise _hostile("segments")


def _hostile(what: str) -> ImageFormatError:
    return ImageFormatError(f"the JPEG file holds too many {what}", remedy="save the picture again as an ordinary JPEG")
