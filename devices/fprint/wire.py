"""Answers of the child, read out of bytes that are believed in nothing.

A message is two big-endian numbers of 32 bits, the lengths of header and body, then the header, a JSON object with
`event` and `number`, and the body: the pixels of an `image`, and nothing otherwise.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass

MOST_HEADER_BYTES = 65_536
LONGEST_SIDE = 5_000
"""Pixels; what libfprint bounds pictures by where a size comes from outside. Real scanners have some hundreds."""

_PREFIX = struct.Struct(">II")
_MOST_BODY_BYTES = LONGEST_SIDE * LONGEST_SIDE


class WireError(ValueError):
    """The bytes are no message; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One answer.

    Parameters
    ----------
    event
        What it tells.
    number
        Of the command that it answers.
    fields
        The rest of the header.
    body
        Rows of grey pixels where `event` is `image`: as many as `size` says.
    """

    event: str
    number: int
    fields: Mapping[str, object]
    body: bytes

    def text(self, name: str) -> str:
        """Return a field that is text, fit to be shown; empty when it is none."""
        value = self.fields.get(name)
        given = value[:200] if isinstance(value, str) else ""
        return "".join(letter if letter.isprintable() else "?" for letter in given)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture in pixels.

        Raises
        ------
        WireError
            When one is no number of 1 to `LONGEST_SIDE`, or the body is not as long as they say.
        """
        height, width = (self._side(name) for name in ("height", "width"))
        if height * width != len(self.body):
            raise WireError(f"{len(self.body)} bytes are no picture of {width} x {height}")
        return height, width

    def _side(self, name: str) -> int:
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LONGEST_SIDE:
            raise WireError(f"a picture has no {name} of {str(value)[:20]}")
        return value


def take_message(received: bytearray) -> Message | None:
    """Take the first message out of what was received; None when it is not all there yet.

    Raises
    ------
    WireError
        When what was received begins no message.
    """
    if len(received) < _PREFIX.size:
        return None
    header_bytes, body_bytes = _PREFIX.unpack_from(received)
    if header_bytes > MOST_HEADER_BYTES or body_bytes > _MOST_BODY_BYTES:
        raise WireError(f"a message of {header_bytes} + {body_bytes} bytes is none")
    end_of_header = _PREFIX.size + header_bytes
    if len(received) < end_of_header + body_bytes:
        return None
    header = _header(bytes(received[_PREFIX.size : end_of_header]))
    body = bytes(received[end_of_header : end_of_header + body_bytes])
    del received[: end_of_header + body_bytes]
    event, number = header.pop("event", None), header.pop("number", None)
    if not isinstance(event, str) or not isinstance(number, int) or (body and event != "image"):
        raise WireError("a message says nothing that is known")
    return Message(event=event, number=number, fields=header, body=body)


def _header(text: bytes) -> dict[str, object]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        raise WireError("the header of a message is no JSON") from None
    if not isinstance(header, dict):
        raise WireError("the header of a message is no object")
    return header
