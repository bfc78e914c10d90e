"""JPEG pictures in packets of the Real-time Transport Protocol (RFC 3550, RFC 2435)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

PAYLOAD_TYPE = 26
CLOCK_HZ = 90_000
_MOST_PAYLOAD = 1_400
_TABLES_IN_BAND = 255
_START_OF_FRAME, _TABLES, _START_OF_SCAN = 0xC0, 0xDB, 0xDA
_SAMPLINGS = {b"\x21\x11\x11": 0, b"\x22\x11\x11": 1}
"""The type that RFC 2435 gives to colours at half the width, and at half the width and height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JpegScan:
    """What RFC 2435 carries of a JPEG file: receivers make the rest again.

    Parameters
    ----------
    width, height
        In pixels.
    kind
        How colours are sampled, by RFC 2435.
    tables
        Quantization tables, 64 bytes each.
    data
        The entropy-coded scan.
    """

    width: int
    height: int
    kind: int
    tables: bytes
    data: bytes

    @classmethod
    def of(cls, jpeg: bytes) -> JpegScan:
        """Take a baseline JPEG file of three colours apart.

        Raises
        ------
        ValueError
            When it is of another kind.
        """
        tables, frame, at = b"", b"", 2
        while jpeg[at + 1] != _START_OF_SCAN:
            (length,) = struct.unpack_from(">H", jpeg, at + 2)
            segment = jpeg[at + 4 : at + 2 + length]
            if jpeg[at + 1] == _TABLES:
                tables += b"".join(segment[start + 1 : start + 65] for start in range(0, len(segment), 65))
            elif jpeg[at + 1] == _START_OF_FRAME:
                frame = segment
            at += 2 + length
        (length,) = struct.unpack_from(">H", jpeg, at + 2)
        if len(frame) != 15:
            raise ValueError("no baseline JPEG of three colours")
        height, width = struct.unpack_from(">HH", frame, 1)
        return cls(
            width=width,
            height=height,
            kind=_SAMPLINGS[bytes((frame[7], frame[10], frame[13]))],
            tables=tables,
            data=jpeg[at + 2 + length : -2],
        )


class Packets:
    """Numbers the packets of one viewer.

    Parameters
    ----------
    source
        By which the viewer tells this stream from others, 32 bits.
    """

    def __init__(self, source: int) -> None:
        self._source, self._sequence = source, 0

    def of(self, scan: JpegScan, timestamp: int) -> Iterator[bytes]:
        """Yield the packets of one picture; `timestamp` counts `CLOCK_HZ`."""
        offset = 0
        while offset < len(scan.data):
            payload = scan.data[offset : offset + _MOST_PAYLOAD]
            last = offset + len(payload) == len(scan.data)
            yield self._header(timestamp, last=last) + _jpeg_header(scan, offset) + payload
            offset += len(payload)

    def _header(self, timestamp: int, *, last: bool) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFFFF
        kind = PAYLOAD_TYPE | (0x80 if last else 0)
        return struct.pack(">BBHII", 0x80, kind, self._sequence, timestamp & 0xFFFFFFFF, self._source)


def _jpeg_header(scan: JpegScan, offset: int) -> bytes:
    # The type-specific byte is zero, so the first four bytes are the offset.
    header = struct.pack(">IBBBB", offset, scan.kind, _TABLES_IN_BAND, scan.width // 8, scan.height // 8)
    return header if offset else header + struct.pack(">BBH", 0, 0, len(scan.tables)) + scan.tables
