"""The socket that a server listens on, made once and shared by all its workers."""

from __future__ import annotations

import socket

from biometrics.errors import ConfigurationError

_BACKLOG = 1024
"""Connections that wait while all workers are busy or starting; the system may allow fewer."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that waits for connections.

    Raises
    ------
    ConfigurationError
        When the address is unknown, in use, or not this user's to take.
    """
    place = f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigurationError(f"{place} is no address to listen on: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"the server cannot listen on {place}: {error.strerror}",
            remedy="end what listens there, or choose another with --port or server.port",
        ) from error
    return listener


def url_of(listener: socket.socket, *, tls: bool) -> str:
    """Return the address of a listening socket for people."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{port}"
