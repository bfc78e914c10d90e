"""Where callbacks arrive in tests: a small server that keeps what it gets, and can be told to fail."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_WITHIN_S = 60.0


@dataclass(slots=True)
class Delivery:
    """One callback as it arrived."""

    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    url: str

    @property
    def said(self) -> Any:
        """The body's JSON value."""
        return json.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """What arrived, by task; `answer` is the status that callers get."""

    url: str = ""
    answer: int = 204
    deliveries: list[Delivery] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def of(self, task_id: str) -> Delivery:
        """Wait for the answer of a task."""
        deadline = time.monotonic() + _WITHIN_S
        with self.arrived:
            while True:
                found = [one for one in self.deliveries if one.query.get("taskId") == task_id]
                if found:
                    return found[-1]
                left = deadline - time.monotonic()
                assert left > 0, "no callback arrived"
                self.arrived.wait(left)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Yield a receiver on a free port of this machine."""
    receiver = Receiver()

    class _Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            delivery = Delivery(query=query, headers=dict(self.headers), body=body, url=self.path)
            with receiver.arrived:
                if receiver.answer < 300:
                    receiver.deliveries.append(delivery)
                    receiver.arrived.notify_all()
            self.send_response(receiver.answer)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/callback"
    thread = threading.Thread(target=server.serve_forever, name="receiver")
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
