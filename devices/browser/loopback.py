"""A small HTTP server in a thread of its own, for pages that only this machine's browsers may open."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import h11
from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from biometrics.errors import CaptureError, DeviceBusyError

HOST = "127.0.0.1"

_MOST_CONNECTIONS = 32
"""A browser opens six to one server."""

_HEAD_S = 5.0
"""Within which a request's head must have come whole; browsers open connections ahead and keep them idle."""

_LARGEST_HEAD_BYTES = 16_384

_LAST_WORDS_S = 0.3
"""How long, at the end, answers may take to end by themselves, and connections to take what was said."""

_STOPS_S = 5.0
"""How long it may take until what was cut is gone."""

# Whoever sends what is no HTTP is not worth a line; failures of the application are.
_log = logging.getLogger(__name__)
_log.setLevel(logging.ERROR)


class _PromptConnection(H11Protocol):
    """uvicorn's connection, cut when a head takes too long, and where there are too many and it is owed no answer.

    It asks for one thing after the other, as browsers do: answers that nobody reads would keep its place for good.
    """

    _late: asyncio.TimerHandle | None = None
    _since = 0.0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.logger = _log
        self._since = self.loop.time()
        self._make_room()
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._late is None and self.conn.their_state is h11.IDLE:
            self._expect_head()
        waited = self.conn.their_state is h11.IDLE
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._since = self.loop.time() if waited else self._since
            self._head_came()
        if self.conn.their_state is h11.DONE and self.conn.trailing_data[0]:
            self.transport.abort()

    def _make_room(self) -> None:
        """Where there are too many, cut those that are owed no answer and have asked nothing for the longest time.

        Most answers take a moment: where all are owed one, a few more connections may wait for their turn.
        """
        there = [one for one in self.connections if isinstance(one, _PromptConnection)]
        there = [one for one in there if not one.transport.is_closing()]
        spare = [one for one in there if one is not self and one.conn.their_state is not h11.DONE]
        for one in sorted(spare, key=lambda one: one._since)[: max(0, len(there) - _MOST_CONNECTIONS)]:
            one.transport.abort()
        if len(there) - len(spare) > 2 * _MOST_CONNECTIONS:
            self.transport.abort()

    def _expect_head(self) -> None:
        if not self.transport.is_closing():
            self._late = self.loop.call_later(_HEAD_S, self.transport.abort)

    def _head_came(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class _PromptServer(Server):
    """uvicorn's server, which says when it is ready, and stops as soon as it is asked to."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked = asyncio.Event()

    def stop(self) -> None:
        """Ask for the end, from any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it ended already
                self._loop.call_soon_threadsafe(self._asked.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.ready.set()

    async def main_loop(self) -> None:
        await self._asked.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A connection that was accepted just now becomes one in a task, which must not find its server closed.
        for listener in sockets or []:
            asyncio.get_running_loop().remove_reader(listener)
        await _until(lambda: len(asyncio.all_tasks()) == 1, _LAST_WORDS_S)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.close()
        await _until(lambda: not self.server_state.connections, _LAST_WORDS_S)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await _until(lambda: len(asyncio.all_tasks()) == 1, _STOPS_S)


async def _until(so: Callable[[], bool], seconds: float) -> None:
    """Wait until something is so; polled, as nothing tells, and for moments only."""
    end = time.monotonic() + seconds
    while not so() and time.monotonic() < end:
        await asyncio.sleep(0.005)


class LoopbackServer:
    """Serves an application on 127.0.0.1 until it is closed.

    Parameters
    ----------
    listener
        From `listen`; closed with the server.
    app
        What answers; long answers that do not end by themselves when it is closed are cut.
    """

    def __init__(self, listener: socket.socket, app: ASGIApp) -> None:
        config = Config(
            app,
            loop="asyncio",
            http=_PromptConnection,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            h11_max_incomplete_event_size=_LARGEST_HEAD_BYTES,
            timeout_graceful_shutdown=2,
        )
        self._server = _PromptServer(config)
        self._thread = threading.Thread(target=self._run, args=(listener,), name="loopback-server", daemon=True)
        self._thread.start()
        self._server.ready.wait()

    def close(self) -> None:
        """Stop, and let the port go; closing again does nothing."""
        self._server.stop()
        self._thread.join(2 * _STOPS_S)

    def _run(self, listener: socket.socket) -> None:
        try:
            self._server.run([listener])
        finally:
            self._server.ready.set()


def listen(port: int, source: str) -> socket.socket:
    """Return a socket that listens on 127.0.0.1, at any free port where `port` is 0.

    Raises
    ------
    DeviceBusyError
        When another program listens there.
    CaptureError
        When listening is not allowed there.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise DeviceBusyError(
                f"another program uses port {port}", source=source, remedy="end it, or name another port; 0 is any"
            ) from None
        raise CaptureError(
            f"port {port} cannot be listened on: {error.strerror}", source=source, remedy="name a port above 1023"
        ) from None
    return listener
