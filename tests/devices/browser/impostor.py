"""Another program that listens where a station did, and writes down all that it is told."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS = {
    "/hello": json.dumps({"nonce": "0" * 64, "proof": "0" * 64}).encode(),
    "/session": b'{"session": "x"}\n{"wanted": true}\n',
}


class Impostor(ThreadingHTTPServer):
    """Makes an honest face: a proof that is none, and a wish for pictures.

    Parameters
    ----------
    port
        Where the station was.
    """

    def __init__(self, port: int) -> None:
        self.told: list[tuple[str, str, bytes]] = []
        self.asked = threading.Event()
        super().__init__(("127.0.0.1", port), _Answering)

    def handle_error(self, *_: object) -> None:
        """Let those go who do not wait for the answer."""


class _Answering(BaseHTTPRequestHandler):
    server: Impostor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.told.append((self.path, str(self.headers), body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(ANSWERS.get(self.path, b""))
        self.server.asked.set()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def impostor(port: int) -> Iterator[Impostor]:
    with Impostor(port) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,), name="impostor")
        serving.start()
        try:
            yield server
        finally:
            server.shutdown()
            serving.join()
