"""Receivers of results on this machine: they note what comes, and answer as they are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_WAIT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    content: bytes


@dataclass(slots=True)
class Receiver:
    """Where results arrive; the statuses are answered in turn, the last again and again."""

    url: str = ""
    statuses: list[int] = field(default_factory=lambda: [204])
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    received: list[Received] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int) -> list[Received]:
        """Return what came, when so many requests did."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.received) >= count, timeout=_WAIT_S)
            return list(self.received)

    def wait_for_more(self, known: int) -> list[Received]:
        """Return what came after the first so many requests, when something did."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.received) > known)
            return self.received[known:]

    def note(self, received: Received) -> int:
        with self.changed:
            self.received.append(received)
            self.changed.notify_all()
            return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def receiving(number: str = "127.0.0.1", **named: Any) -> Iterator[Receiver]:
    """Yield a receiver that listens on this machine."""
    receiver = Receiver(**named)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.note(
                Received(method=self.command, path=self.path, headers=dict(self.headers), content=content)
            )
            time.sleep(receiver.delay_s)
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer((number, 0), Handler) as server:
        receiver.url = f"http://{number}:{server.server_port}/results"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
