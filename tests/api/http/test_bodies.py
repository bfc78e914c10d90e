"""Bodies that come in parts, too slowly, without end, or that nobody looks at; how much of them is in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request

from api.http.bodies import BodyLimits
from api.http.problems import Refusal
from tests.api.http.fixtures import InProcess

READ, WRITE = "things.read", "things.write"


def asgi(served: InProcess, parts: AsyncIterator[bytes], **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Send a request whose body comes in parts; return status, headers and body."""
    said = {"authorization": f"Bearer {served.issuer.token(READ, WRITE)}", "content-type": "application/json"} | headers
    scope: dict[str, Any] = {
        "type": "http",
        "method": "PUT",
        "path": "/t/things/a",
        "raw_path": b"/t/things/a",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in said.items()],
        "client": ("127.0.0.1", 1),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        try:
            return {"type": "http.request", "body": await anext(parts), "more_body": True}
        except StopAsyncIteration:
            return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(served.app(scope, receive, send))
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(one.get("body", b"") for one in sent[1:])


async def in_parts(*parts: bytes, pause_s: float = 0.0) -> AsyncIterator[bytes]:
    for part in parts:
        await asyncio.sleep(pause_s)
        yield part


async def endless(asked: list[int]) -> AsyncIterator[bytes]:
    while True:
        asked.append(1)
        yield b"a" * 65536


def test_a_body_in_parts_is_read(served: InProcess) -> None:
    status, _, body = asgi(served, in_parts(b'{"na', b'me": "a"}'), transfer_encoding="chunked")
    assert (status, json.loads(body)) == (200, {"name": "a", "length": 0})


def test_a_body_without_end_is_cut_off(served: InProcess) -> None:
    asked: list[int] = []
    status, headers, _ = asgi(served, endless(asked), transfer_encoding="chunked")
    assert (status, headers["connection"], len(asked)) == (413, "close", 17)


def test_a_body_that_is_too_long_is_not_begun(served: InProcess) -> None:
    asked: list[int] = []
    status, headers, _ = asgi(served, endless(asked), content_length=str(1 << 21))
    assert (status, headers["connection"], asked) == (413, "close", [])
    assert asgi(served, endless(asked), content_length="9" * 30)[0] == 413
    assert asgi(served, endless(asked), content_length="-1")[0] == 400
    assert not asked


def test_a_body_that_comes_too_slowly(served: InProcess) -> None:
    status, headers, _ = asgi(served, in_parts(*[b"a"] * 10, pause_s=0.2), transfer_encoding="chunked")
    assert (status, headers["connection"]) == (408, "close")


def test_a_body_nobody_looks_at_is_not_read_to_its_end(served: InProcess) -> None:
    asked: list[int] = []
    refused = asgi(served, endless(asked), transfer_encoding="chunked", authorization="Bearer x")
    assert (refused[0], refused[1]["connection"], asked) == (401, "close", [])
    assert "connection" not in asgi(served, endless(asked), content_length="200", authorization="Bearer x")[1]


def test_bodies_in_memory_are_bounded() -> None:
    limits = BodyLimits(most_bytes=100, timeout_s=1.0)

    def request(length: int) -> Any:
        return Request({"type": "http", "headers": [(b"content-length", str(length).encode())]})

    held = [limits.room(request(100)) for _ in range(8)]
    for one in held:
        one.__enter__()
    with pytest.raises(Refusal, match="too many"), limits.room(request(1)):
        pass
    for one in held:
        one.__exit__(None, None, None)
    with limits.room(request(1)):
        pass
