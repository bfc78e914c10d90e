"""What an installation may choose about its server: the table `[server]` of its settings."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass

from biometrics.errors import ConfigurationError

TLS_NONE, TLS_OWN, TLS_PROXY = "none", "own", "proxy"

_LARGEST: Mapping[str, tuple[float, float]] = {
    "port": (0, 65535),
    "workers": (0, 256),
    "worker_threads": (1, 64),
    "most_body_mb": (1, 1024),
    "head_timeout_s": (0.5, 300.0),
    "body_timeout_s": (0.5, 3600.0),
    "request_timeout_s": (1.0, 3600.0),
    "keep_alive_s": (1, 3600),
    "connections": (8, 65536),
    "queue": (1, 65536),
}
"""Least and greatest value of each number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How `kura serve` listens, whom it believes, and how much it takes on; docs/operations.md explains each.

    Parameters
    ----------
    host, port
        Address to listen on; port 0 means any that is free.
    workers
        Processes that answer requests; 0 means one per core.
    worker_threads
        Requests that one worker extracts from, or has searched, at a time.
    tls
        Who ends TLS: `own` (this server), `proxy` (one of `proxies`), or `none`.
    tls_certificate, tls_key
        PEM files, from the home, of the server's certificate chain and its key.
    client_authority
        PEM file, from the home, of those who sign clients' certificates; empty asks for none.
    proxies
        Addresses or networks of the proxies that may say from whom a request comes.
    issuer, audience
        What a token must name as its issuer and its audience.
    issuer_keys
        JSON Web Key Set of the issuer: a file from the home, or an https address.
    clients_file
        File, from the home, with the rights of each client.
    most_body_mb
        Largest request body.
    head_timeout_s, body_timeout_s
        Longest time until the head, and then the body, of a request is whole.
    request_timeout_s
        Longest time until a request is answered.
    keep_alive_s
        How long a connection may be idle between two requests.
    connections
        Connections per worker.
    queue
        Requests per worker that wait for a thread.
    log_requests
        Whether each request leaves a line in the log.
    """

    host: str = "127.0.0.1"
    port: int = 8430
    workers: int = 0
    worker_threads: int = 1
    tls: str = TLS_NONE
    tls_certificate: str = ""
    tls_key: str = ""
    client_authority: str = ""
    proxies: tuple[str, ...] = ()
    issuer: str = ""
    audience: str = "kura"
    issuer_keys: str = ""
    clients_file: str = "clients.toml"
    most_body_mb: int = 32
    head_timeout_s: float = 10.0
    body_timeout_s: float = 20.0
    request_timeout_s: float = 60.0
    keep_alive_s: int = 15
    connections: int = 512
    queue: int = 64
    log_requests: bool = True

    def __post_init__(self) -> None:
        for name, (least, most) in _LARGEST.items():
            if not least <= getattr(self, name) <= most:
                raise ConfigurationError(f"server.{name} must lie within {least:g}-{most:g}")
        if self.tls not in (TLS_NONE, TLS_OWN, TLS_PROXY):
            raise ConfigurationError(
                f"server.tls must be {TLS_NONE}, {TLS_OWN} or {TLS_PROXY}, not {self.tls!r}",
                remedy="write own and name a certificate, or proxy and name who may speak for clients",
            )
        if not self.host:
            raise ConfigurationError("server.host is empty", remedy="write 127.0.0.1 for this machine only")
        for network in self.proxies:
            _require_network(network)

    @property
    def processes(self) -> int:
        """Workers to start, at least 1."""
        return self.workers or len(os.sched_getaffinity(0))


def _require_network(text: str) -> None:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise ConfigurationError(
            f"server.proxies holds {text!r}, which is no address or network",
            remedy="write addresses such as 10.0.0.7 or networks such as 10.0.0.0/24",
        ) from error


DEFAULT_SERVER = ServerSettings()
