"""A small HTTP server in a thread of its own, for pages that only this machine's browsers may open."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
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

_STOPS_S = 5.0

# Whoever sends what is no HTTP is not worth a line; failures of the application are.
_log = logging.getLogger(__name__)
_log.setLevel(logging.ERROR)


class _PromptConnection(H11Protocol):
    """uvicorn's connection, cut when a head takes too long, and where there are too many and this one is idle."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.logger = _log
        if len(self.connections) > _MOST_CONNECTIONS:
            idle = [other for other in self.connections if isinstance(other, _PromptConnection) and other._late]
            (min(idle, key=_age) if idle else self).transport.abort()
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._late is None and self.conn.their_state is h11.IDLE:
            self._expect_head()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._head_came()

    def _expect_head(self) -> None:
        if not self.transport.is_closing():
            self._late = self.loop.call_later(_HEAD_S, self.transport.abort)

    def _head_came(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def _age(connection: _PromptConnection) -> float:
    return connection._late.when() if connection._late is not None else float("inf")


class _StoppingServer(Server):
    """uvicorn's server, which says when it is ready, and waits for nobody when it stops."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.sleep(0.05)  # whoever is told the end may still be reading it
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await super().shutdown(sockets)


class LoopbackServer:
    """Serves an application on 127.0.0.1 until it is closed.

    Parameters
    ----------
    listener
        From `listen`; closed with the server.
    app
        What answers; it must end its long answers by itself before `close` is called, or they are cut.
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
        self._server = _StoppingServer(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="loopback-server", daemon=True
        )
        self._thread.start()
        self._server.ready.wait(_STOPS_S)

    def close(self) -> None:
        """Stop, and let the port go; closing again does nothing."""
        self._server.should_exit = True
        self._thread.join(_STOPS_S)


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
