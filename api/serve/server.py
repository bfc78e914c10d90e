"""A worker's HTTP server: takes connections from a socket that all workers share, and finishes what it began."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from starlette.types import ASGIApp
from uvicorn import Config, Server

from api.serve.connection import ConnectionLimits, connections
from api.serve.proxies import ProxyFields, networks_of
from api.server_settings import TLS_PROXY, ServerSettings

_log = structlog.get_logger(__name__)

_LOOPBACK = ("127.0.0.0/8", "::1/128")

_STEP_ASIDE_S, _STEP_ASIDE_MOST_S = 0.0005, 0.02
"""For how long a worker leaves the next connection to its siblings: for each that it has, and at most.

All wait on one socket, and the one that wakes first would take a burst of connections alone; the more a worker has, the
later it comes back. 20 ms once a connection is nothing beside an extraction.
"""

_AFTER_FAILURE_S = 0.2
"""Pause after a connection could not be taken, for example because there were no descriptors left."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What a worker serves.

    Parameters
    ----------
    app
        What answers.
    settings
        How it listens and how much it takes on.
    listener
        The socket that connections come from.
    tls
        What speaks TLS; None where nothing does here.
    """

    app: ASGIApp
    settings: ServerSettings
    listener: socket.socket
    tls: ssl.SSLContext | None = None


class WorkerServer(Server):
    """uvicorn's server over a shared socket.

    Parameters
    ----------
    serving
        What it serves.
    ready, stopping
        Called when it takes connections, and when it takes no more.
    """

    def __init__(
        self, serving: Serving, *, ready: Callable[[], None] = _nothing, stopping: Callable[[], None] = _nothing
    ) -> None:
        super().__init__(_config(serving))
        self._serving = serving
        self._ready, self._stopping = ready, stopping
        self._incoming: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take connections."""
        await super().startup(sockets=[])
        self._serving.listener.setblocking(False)
        self._listen()
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and let those that there are end after the answer they wait for."""
        self._stopping()
        asyncio.get_running_loop().remove_reader(self._serving.listener)
        self._serving.listener.close()
        if self._incoming:
            await asyncio.wait(self._incoming, timeout=self._serving.settings.head_timeout_s)
        await super().shutdown(sockets=[])

    def _listen(self) -> None:
        if not self.should_exit:
            asyncio.get_running_loop().add_reader(self._serving.listener, self._accept)

    def _accept(self) -> None:
        """Take one connection, then let siblings with fewer go first."""
        loop, listener = asyncio.get_running_loop(), self._serving.listener
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # a sibling was quicker, or the client left
        except OSError as error:
            _log.error("worker.accept_failed", reason=error.strerror)
            loop.remove_reader(listener)
            loop.call_later(_AFTER_FAILURE_S, self._listen)
            return
        connection.setblocking(False)
        task = loop.create_task(self._welcome(connection))
        self._incoming.add(task)
        task.add_done_callback(self._incoming.discard)
        loop.remove_reader(listener)
        aside_s = min(_STEP_ASIDE_MOST_S, _STEP_ASIDE_S * len(self.server_state.connections))
        loop.call_later(aside_s, self._listen)

    async def _welcome(self, connection: socket.socket) -> None:
        loop, settings = asyncio.get_running_loop(), self._serving.settings
        handshake_s = settings.head_timeout_s if self._serving.tls is not None else None
        try:
            await loop.connect_accepted_socket(
                self._protocol, connection, ssl=self._serving.tls, ssl_handshake_timeout=handshake_s
            )
        except (OSError, TimeoutError):  # the client left, or spoke no TLS that we take
            with contextlib.suppress(OSError):
                connection.close()

    def _protocol(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _config(serving: Serving) -> Config:
    settings = serving.settings
    speakers = None
    if settings.tls == TLS_PROXY:  # anybody else would speak in the clear
        speakers = networks_of([*settings.proxies, *_LOOPBACK])
    limits = ConnectionLimits(
        most=settings.connections,
        head_timeout_s=settings.head_timeout_s,
        send_timeout_s=settings.body_timeout_s,
        speakers=speakers,
    )
    return Config(
        ProxyFields(serving.app, settings.proxies),
        loop="uvloop",
        http=connections(limits),
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=settings.keep_alive_s,
        timeout_graceful_shutdown=int(settings.request_timeout_s) + 1,
        reset_contextvars=True,
    )
