"""Messages on a stream socket: how long the JSON and each of its parts are, then these.

All integers are big-endian. A message is `KURE`, the length of the JSON (32 bits), the number of parts (32 bits), the
length of each part (64 bits), the JSON (an object, in UTF-8), the parts. Limits are checked before anything is read.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any, NamedTuple

from biometrics.errors import ServiceError
from biometrics.images import MOST_BYTES
from enrollment.engine.plain_codecs import Parts

_START = struct.Struct(">4sII")
_MAGIC = b"KURE"

MOST_JSON_BYTES = 64 * 1024 * 1024
"""A deduplication that reports 100,000 pairs has about 50 MB."""

MOST_PARTS = 1_024
"""A person of a whole ten-print card with slaps, several portraits and a template of each has under 100."""

MOST_PART_BYTES = 1_000_000_000
"""All parts together: ten uncompressed cards of the largest size that is read at all have more than anybody sends."""


class Message(NamedTuple):
    """A JSON object and the bytes that belong to it."""

    said: dict[str, Any]
    parts: Parts


def send(stream: socket.socket, message: Message) -> None:
    """Send a message.

    Raises
    ------
    ServiceError
        When it is too large to be understood.
    OSError
        When the other side is gone.
    """
    said = json.dumps(message.said, allow_nan=False, separators=(",", ":")).encode()
    lengths = [len(part) for part in message.parts]
    _check(len(said), lengths)
    start = _START.pack(_MAGIC, len(said), len(lengths))
    stream.sendall(start + struct.pack(f">{len(lengths)}Q", *lengths) + said)
    for part in message.parts:
        stream.sendall(part)


def receive(stream: socket.socket) -> Message:
    """Wait for the next message.

    Raises
    ------
    ServiceError
        When what comes is no message, or too large.
    OSError
        When the other side has gone, between messages or within one.
    """
    magic, json_bytes, count = _START.unpack(_read(stream, _START.size))
    if magic != _MAGIC:
        raise ServiceError("this is no message of Kura")
    _check(json_bytes, [0] * min(count, MOST_PARTS + 1))
    lengths = struct.unpack(f">{count}Q", _read(stream, 8 * count))
    _check(json_bytes, lengths)
    try:
        said = json.loads(_read(stream, json_bytes))
    except (ValueError, RecursionError):
        raise ServiceError("a message holds no JSON") from None
    if not isinstance(said, dict):
        raise ServiceError("a message is no JSON object")
    return Message(said, [_read(stream, length) for length in lengths])


def _check(json_bytes: int, lengths: list[int] | tuple[int, ...]) -> None:
    largest = max(lengths, default=0)
    if json_bytes > MOST_JSON_BYTES or len(lengths) > MOST_PARTS or sum(lengths) > MOST_PART_BYTES:
        raise ServiceError("a message is too large", remedy="hand in fewer samples at once")
    if largest > MOST_BYTES:
        raise ServiceError("a file in a message is too large", remedy="give single images")


def _read(stream: socket.socket, length: int) -> bytes:
    # It grows as data come, so that a length alone takes no memory.
    data = bytearray()
    while len(data) < length:
        piece = stream.recv(min(length - len(data), 1 << 20))
        if not piece:
            raise ConnectionResetError("the other side closed the connection")
        data += piece
    return bytes(data)
