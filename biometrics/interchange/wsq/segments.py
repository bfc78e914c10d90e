"""The marked segments of a WSQ file, and the fields inside them (specification, section 3 and annex A)."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from biometrics.errors import ImageFormatError
from biometrics.interchange.reader import ByteReader
from biometrics.interchange.wsq.huffman import HuffmanTable
from biometrics.interchange.wsq.kernels import LOOKAHEAD
from biometrics.interchange.wsq.subbands import HIGHPASS, LEAST_SIDE, LOWPASS, SUBBANDS

SOI, EOI, SOF, SOB, DTT, DQT, DHT, DRT, COM = 0xFFA0, 0xFFA1, 0xFFA2, 0xFFA3, 0xFFA4, 0xFFA5, 0xFFA6, 0xFFA7, 0xFFA8

START = struct.pack(">H", SOI)

_TAP_TOLERANCE = 1e-6
"""Encoders round the filters' taps to nine or ten digits; another filter differs in the first."""

_MOST_BLOCKS = 3
_MOST_SEGMENTS = 1000
"""The specification has three blocks and seven segments before them; the rest are comments. More is made to keep
readers busy."""

Block: TypeAlias = tuple[HuffmanTable, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Size of the picture, and the level and scale of its coefficients: grey = coefficient * scale + shift."""

    width: int
    height: int
    shift: float
    scale: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiser:
    """Where in a bin a coefficient is taken to lie (0 to 1), and width of bin and zero bin by subband; 0 if absent."""

    centre: float
    bins: tuple[float, ...]
    zero_bins: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WsqFile:
    """What a WSQ file consists of; each block with the Huffman table that was in force."""

    frame: Frame
    quantiser: Quantiser
    blocks: tuple[Block, ...]
    comments: tuple[bytes, ...]


def parse(data: bytes) -> WsqFile:
    """Take a WSQ file apart.

    Raises
    ------
    ImageFormatError
        When a segment is missing, cut short, impossible, or of an unknown kind.
    """
    reader = ByteReader(data, "the WSQ file", ImageFormatError)
    if reader.number(2, "its first marker") != SOI:
        raise ImageFormatError("this is not a WSQ file")
    frame, quantiser, filtered = None, None, False
    tables: dict[int, HuffmanTable] = {}
    blocks: list[Block] = []
    comments: list[bytes] = []
    for marker, body in _segments(reader):
        if marker == SOF and frame is None:
            frame = _frame(body)
        elif marker == DTT:
            _check_filters(body)
            filtered = True
        elif marker == DQT:
            quantiser = _quantiser(body)
        elif marker == DHT:
            tables |= _huffman_tables(body)
        elif marker == SOB and len(blocks) < _MOST_BLOCKS:
            blocks.append((_chosen(tables, body), _take_code(reader)))
        elif marker == COM:
            comments.append(body.take(body.remaining, "a comment"))
        else:  # restart intervals (DRT) are in the specification, but no certified encoder writes them
            raise ImageFormatError(f"segment {marker:04X} has no place in a WSQ file")
    if frame is None or quantiser is None or not filtered:
        raise ImageFormatError("the WSQ file lacks its frame, filters or quantisation")
    return WsqFile(frame=frame, quantiser=quantiser, blocks=tuple(blocks), comments=tuple(comments))


def _segments(reader: ByteReader) -> Iterator[tuple[int, ByteReader]]:
    """Yield markers and what follows them, up to the end of the picture; who meets a block reads its code."""
    for _ in range(_MOST_SEGMENTS):
        marker = reader.number(2, "a marker")
        if marker == EOI:
            return
        yield marker, reader.part(_body_length(reader), f"segment {marker:04X}")
    raise ImageFormatError(f"the WSQ file has more than {_MOST_SEGMENTS} segments")


def _body_length(reader: ByteReader) -> int:
    length = reader.number(2, "the length of a segment")
    if length < 2:
        raise ImageFormatError(f"a segment of the WSQ file says it is {length} bytes long")
    return length - 2


def _decimal(reader: ByteReader, size: int, what: str) -> float:
    """Read a number as a power of ten and digits."""
    digits_behind_point = reader.number(1, what)
    return reader.number(size, what) / float(10**digits_behind_point)


def _frame(body: ByteReader) -> Frame:
    body.take(2, "black and white")
    height, width = body.number(2, "the height"), body.number(2, "the width")
    shift, scale = _decimal(body, 2, "the level"), _decimal(body, 2, "the scale")
    if min(width, height) < LEAST_SIDE:
        raise ImageFormatError(f"the WSQ file declares {width} x {height} pixels")
    return Frame(width=width, height=height, shift=shift, scale=scale)


def _check_filters(body: ByteReader) -> None:
    """Refuse filters that are not the specification's; what the file says of those is not needed."""
    low_taps, high_taps = body.number(1, "the number of taps"), body.number(1, "the number of taps")
    taps = [_tap(body) for _ in range((low_taps + 1) // 2 + (high_taps + 1) // 2)]
    expected = (*LOWPASS, *HIGHPASS)
    sizes_fit = (low_taps, high_taps) == (2 * len(LOWPASS) - 1, 2 * len(HIGHPASS) - 1)
    if not sizes_fit or max(abs(tap - known) for tap, known in zip(taps, expected, strict=True)) > _TAP_TOLERANCE:
        raise ImageFormatError(
            "the WSQ file uses filters other than the specification's 9 and 7 taps",
            remedy="decode it with the software that made it",
        )


def _tap(body: ByteReader) -> float:
    negative = body.number(1, "a sign") != 0
    value = _decimal(body, 4, "a filter tap")
    return -value if negative else value


def _quantiser(body: ByteReader) -> Quantiser:
    centre = _decimal(body, 2, "the bin centre")
    pairs = [(_decimal(body, 2, "a bin width"), _decimal(body, 2, "a zero bin width")) for _ in range(SUBBANDS)]
    bins, zero_bins = zip(*pairs, strict=True)
    return Quantiser(centre=centre, bins=bins, zero_bins=zero_bins)


def _huffman_tables(body: ByteReader) -> dict[int, HuffmanTable]:
    found = {}
    while body.remaining:
        name = body.number(1, "the number of a Huffman table")
        counts = tuple(body.take(LOOKAHEAD, "a Huffman table"))
        found[name] = HuffmanTable(counts=counts, symbols=body.take(sum(counts), "a Huffman table"))
    return found


def _chosen(tables: dict[int, HuffmanTable], body: ByteReader) -> HuffmanTable:
    name = body.number(1, "the header of a block")
    if name not in tables:
        raise ImageFormatError(f"a block of the WSQ file needs Huffman table {name}, which is missing")
    return tables[name]


def _take_code(reader: ByteReader) -> bytes:
    """Return the code bits up to the next marker; a byte FF among them is followed by a stuffed 00."""
    rest = np.frombuffer(reader.rest, dtype=np.uint8)
    marks = (rest[:-1] == 0xFF) & (rest[1:] != 0)
    length = int(np.argmax(marks)) if marks.any() else len(rest)
    return reader.take(length, "a block").replace(b"\xff\x00", b"\xff")


def compose(file: WsqFile) -> bytes:
    """Return a WSQ file as bytes; each Huffman table stands before the first block that uses it."""
    parts = [START, *(_segment(COM, comment) for comment in file.comments)]
    parts += [_segment(DTT, _filters_body()), _segment(DQT, _quantiser_body(file.quantiser))]
    parts.append(_segment(SOF, _frame_body(file.frame)))
    written: list[HuffmanTable] = []
    for table, code in file.blocks:
        if table not in written:
            body = bytes([len(written), *table.counts]) + table.symbols
            written.append(table)
            parts.append(_segment(DHT, body))
        parts.append(_segment(SOB, bytes([written.index(table)])) + code.replace(b"\xff", b"\xff\x00"))
    parts.append(struct.pack(">H", EOI))
    return b"".join(parts)


def with_comments(data: bytes, comments: Sequence[bytes]) -> bytes:
    """Return the bytes of a WSQ file with comments before everything else in it."""
    return b"".join((START, *(_segment(COM, comment) for comment in comments), data[len(START) :]))


def _segment(marker: int, body: bytes) -> bytes:
    """Return a marker, the length that counts itself, and the body."""
    return struct.pack(">HH", marker, len(body) + 2) + body


def _decimal_bytes(value: float, size: int) -> bytes:
    """Write a number as a power of ten and as many digits as fit."""
    most = 256**size - 1
    digits = 0 if value == 0 else math.floor(math.log10(most / value))
    while round(value * 10.0**digits) > most:
        digits -= 1
    return bytes([digits]) + round(value * 10.0**digits).to_bytes(size, "big")


def rounded(value: float) -> float:
    """Return a number as a WSQ file will say it, in two bytes and a power of ten."""
    text = _decimal_bytes(value, 2)
    return int.from_bytes(text[1:], "big") / float(10 ** text[0])


def _frame_body(frame: Frame) -> bytes:
    size = struct.pack(">BBHH", 0, 255, frame.height, frame.width)
    levels = _decimal_bytes(frame.shift, 2) + _decimal_bytes(frame.scale, 2)
    return size + levels + struct.pack(">BH", 2, 0)  # parameters of the second certified encoder; no software number


def _filters_body() -> bytes:
    taps = b"".join(bytes([tap < 0]) + _decimal_bytes(abs(tap), 4) for tap in (*LOWPASS, *HIGHPASS))
    return bytes([2 * len(LOWPASS) - 1, 2 * len(HIGHPASS) - 1]) + taps


def _quantiser_body(quantiser: Quantiser) -> bytes:
    widths: Sequence[tuple[float, float]] = list(zip(quantiser.bins, quantiser.zero_bins, strict=True))
    pairs = b"".join(_decimal_bytes(width, 2) + _decimal_bytes(zero, 2) for width, zero in widths)
    return _decimal_bytes(quantiser.centre, 2) + pairs
