"""JPEG pictures that follow each other in one endless answer: `multipart/x-mixed-replace` (RFC 2046, 5.1).

Cameras take liberties that are allowed here: a boundary declared with its dashes, lines that end with a line feed
only, empty lines or zeros behind a picture, parts without headers. Whatever could make a reader wait or fill its
memory for ever is refused: so is a picture cut short, or one that its announced length does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from biometrics.errors import DeviceLostError, DeviceProtocolError

MOST_PART_BYTES = 16_000_000
"""Of one picture: a camera's largest, of 50 million pixels, has about so many."""

MOST_HEADER_BYTES = 8_192
"""Of one part; cameras send about 100."""

MOST_PREAMBLE_BYTES = 65_536
"""Before the first boundary, and between two parts."""

_LONGEST_BOUNDARY = 200
"""RFC 2046 allows 70, which not all cameras know."""

_LONGEST_TYPE = 500
"""Of a Content-Type: taking longer ones apart takes seconds, or fails."""

_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s;"]+))', re.IGNORECASE)

_START, _END = b"\xff\xd8\xff", b"\xff\xd9"
_JPEG_TYPES = frozenset({"image/jpeg", "image/jpg", "image/pjpeg"})
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_PADDING = b"\r\n\0"


def boundary_of(content_type: str, *, source: str) -> bytes:
    """Return the boundary that a `Content-Type` declares.

    Raises
    ------
    DeviceProtocolError
        When it is no multipart type, or declares no boundary.
    """
    if len(content_type) > _LONGEST_TYPE or not content_type.isprintable():
        raise _wrong("the type of the answer cannot be read", source)
    kind, _, parameters = content_type.partition(";")
    if not kind.strip().lower().startswith("multipart/"):
        raise DeviceProtocolError(
            f"the answer is {kind.strip()!r}, not a stream of pictures",
            source=source,
            remedy="give the address of its MJPEG stream, as its manual says",
        )
    stated = _BOUNDARY.search(f";{parameters}")
    boundary = (stated["quoted"] or stated["plain"] or "") if stated else ""
    if not boundary.strip("- ") or len(boundary) > _LONGEST_BOUNDARY:
        raise _wrong("the stream declares no boundary between its pictures", source)
    return boundary.encode("latin-1", errors="replace")


def jpeg_parts(
    chunks: Iterable[bytes], boundary: bytes, *, source: str, most_bytes: int = MOST_PART_BYTES
) -> Iterator[bytes]:
    """Yield each picture, undecoded, as soon as its last byte came; end behind the closing boundary.

    Parameters
    ----------
    chunks
        The body in any pieces. Bounding its time is the iterator's part: what it raises comes through.
    boundary
        As declared, with or without its leading dashes.
    source
        URI of the device without secrets, for errors.
    most_bytes
        That one picture may have.

    Raises
    ------
    DeviceProtocolError
        When a part is too large, is no JPEG picture, or does not have the length it announces, or no boundary comes.
    DeviceLostError
        When the bytes end before the closing boundary.
    """
    pending = _Pending(chunks, source)
    delimiter = b"--" + boundary.lstrip(b"-")
    _skip_to(pending, delimiter, anything=True)
    while not pending.starts_with(b"--"):
        length = _announced_length(_headers(pending, source), source, most_bytes)
        picture = pending.take(length) if length is not None else _up_to(pending, delimiter, most_bytes)
        yield _whole(picture, delimiter, source)
        _skip_to(pending, delimiter, anything=False)


class _Pending:
    """Bytes that came and were not used yet."""

    def __init__(self, chunks: Iterable[bytes], source: str) -> None:
        self._chunks = iter(chunks)
        self.source = source
        self.held = bytearray()

    def more(self) -> None:
        for chunk in self._chunks:
            if chunk:
                self.held += chunk
                return
        raise DeviceLostError(
            "the stream ended in the middle", source=self.source, remedy="see that the camera is on, then try again"
        )

    def take(self, count: int) -> bytes:
        while len(self.held) < count:
            self.more()
        taken = bytes(self.held[:count])
        del self.held[:count]
        return taken

    def find(self, wanted: re.Pattern[bytes], most: int) -> re.Match[bytes] | None:
        """Look for it, however many pieces it takes, within so many bytes; what was looked through is not again."""
        seen = 0
        while True:
            found = wanted.search(self.held, seen)
            if found is not None:
                return found if found.start() <= most else None
            if len(self.held) > most + _LONGEST_BOUNDARY:
                return None
            seen = max(0, len(self.held) - _LONGEST_BOUNDARY - len(_PADDING))
            self.more()

    def starts_with(self, wanted: bytes) -> bool:
        while len(self.held) < len(wanted):
            self.more()
        return self.held.startswith(wanted)


def _skip_to(pending: _Pending, delimiter: bytes, *, anything: bool) -> None:
    found = pending.find(re.compile(rb"-*" + re.escape(delimiter)), MOST_PREAMBLE_BYTES)
    if found is None:
        raise _wrong(f"no boundary came within {MOST_PREAMBLE_BYTES} bytes", pending.source)
    if not anything and pending.held[: found.start()].strip(_PADDING):
        raise _wrong("a picture is longer than its announced length", pending.source)
    del pending.held[: found.end()]


def _headers(pending: _Pending, source: str) -> dict[str, str]:
    found = pending.find(_HEADER_END, MOST_HEADER_BYTES)
    if found is None:
        raise _wrong(f"the headers of a picture have more than {MOST_HEADER_BYTES} bytes", source)
    text = pending.held[: found.start()].decode("latin-1")
    del pending.held[: found.end()]
    headers = {}
    for line in text.splitlines()[1:]:  # the first is what remains of the boundary's line
        name, colon, value = line.partition(":")
        if not colon:
            raise _wrong("a header of a picture cannot be read", source)
        headers[name.strip().lower()] = value.strip()
    return headers


def _announced_length(headers: dict[str, str], source: str, most: int) -> int | None:
    kind = headers.get("content-type", "image/jpeg").partition(";")[0].strip().lower()
    if kind not in _JPEG_TYPES:
        raise _wrong(f"the stream holds {kind[:50]!r}, not JPEG pictures", source)
    text = headers.get("content-length")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 12:
        raise _wrong("the announced length of a picture is no number", source)
    if int(text) > most:
        raise _wrong(f"a picture of {int(text)} bytes is announced, more than {most}", source)
    return int(text)


def _up_to(pending: _Pending, delimiter: bytes, most: int) -> bytes:
    found = pending.find(re.compile(rb"\r?\n-*" + re.escape(delimiter)), most)
    if found is None:
        raise _wrong(f"a picture has more than {most} bytes", pending.source)
    return pending.take(found.start())


def _whole(picture: bytes, delimiter: bytes, source: str) -> bytes:
    if not picture.startswith(_START):
        raise _wrong("what came is no JPEG picture", source)
    if b"\n" + delimiter in picture:
        raise _wrong("a picture is shorter than its announced length", source)
    if not picture.rstrip(_PADDING).endswith(_END):
        raise _wrong("a picture is cut short", source)
    return picture


def _wrong(message: str, source: str) -> DeviceProtocolError:
    return DeviceProtocolError(message, source=source, remedy="try again; restart the camera when it comes back")
