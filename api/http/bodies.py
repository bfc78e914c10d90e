"""Bodies of requests: how large, how slow, of which kind; looked at before they are read, and while they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request

from api.http.problems import Refusal

_CLOSE = {"Connection": "close"}
"""Whoever sends more than we read is cut off, rather than read to the end."""

_ROOM_FACTOR = 8
"""Bodies in memory at a time, as a multiple of the largest one."""


@dataclass(slots=True, kw_only=True)
class BodyLimits:
    """Reads bodies within limits; one per worker.

    Parameters
    ----------
    most_bytes
        Largest body.
    timeout_s
        Longest time until a body is whole.
    """

    most_bytes: int
    timeout_s: float
    _held_bytes: int = field(default=0, init=False)

    @contextmanager
    def room(self, request: Request) -> Iterator[None]:
        """Set room aside for a body, for as long as the request is worked on.

        Raises
        ------
        Refusal
            When it is too large, or too many bodies are in memory.
        """
        wanted = min(_stated_length(request), self.most_bytes + 1)
        if wanted > self.most_bytes:
            raise self._too_large()
        size = self.most_bytes if wanted < 0 else wanted
        if self._held_bytes + size > self.most_bytes * _ROOM_FACTOR:
            raise Refusal("busy", "too many large requests at a time", retry_after_s=1, headers=_CLOSE)
        self._held_bytes += size
        try:
            yield
        finally:
            self._held_bytes -= size

    async def read(self, request: Request) -> bytes:
        """Return the body of a request.

        Raises
        ------
        Refusal
            When it is too large, takes too long, or ends before it is whole.
        """
        parts: list[bytes] = []
        length = 0
        try:
            async with asyncio.timeout(self.timeout_s):
                async for part in request.stream():
                    length += len(part)
                    if length > self.most_bytes:
                        raise self._too_large()
                    parts.append(part)
        except TimeoutError:
            raise Refusal("slow", f"the body was not whole after {self.timeout_s:g} s", headers=_CLOSE) from None
        except ClientDisconnect:
            raise Refusal("slow", "the body ended before it was whole", headers=_CLOSE) from None
        return b"".join(parts)

    def _too_large(self) -> Refusal:
        return Refusal("large", f"the body is larger than {self.most_bytes} bytes", headers=_CLOSE)


def require_media(request: Request, taken: Sequence[str], *, json: bool) -> None:
    """Refuse a body of another kind.

    Parameters
    ----------
    request
        The request.
    taken
        Kinds that are taken, `image/*` for all images.
    json
        Whether it is to be read as JSON.

    Raises
    ------
    Refusal
        When it is another, in another encoding, compressed, or not stated once.
    """
    if any(value.strip().lower() != "identity" for value in request.headers.getlist("content-encoding")):
        raise Refusal("media", "compressed bodies are not taken")
    stated = request.headers.getlist("content-type")
    if len(stated) != 1:
        raise Refusal("media", "the body needs one Content-Type")
    kind, _, parameters = stated[0].partition(";")
    kind = kind.strip().lower()
    if not any(kind == one or (one.endswith("/*") and kind.startswith(one[:-1])) for one in taken):
        raise Refusal("media", f"the body must be {' or '.join(taken)}")
    if json and parameters.strip().lower().replace('"', "") not in ("", "charset=utf-8"):
        raise Refusal("media", "JSON is taken in UTF-8 only")


def _stated_length(request: Request) -> int:
    """Return the stated length of the body, -1 where it comes in chunks, 0 without one."""
    if request.headers.getlist("transfer-encoding"):
        return -1
    stated = request.headers.getlist("content-length")
    if not stated:
        return 0
    if len(stated) > 1 or not (stated[0].isascii() and stated[0].isdigit()):
        raise Refusal("invalid", "the length of the body is not stated once", headers=_CLOSE)
    return int(stated[0]) if len(stated[0]) <= 18 else 10**18
