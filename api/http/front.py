"""The outermost layer: gives each request its identifier, limits its headers, counts it and logs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import exchange as exchanges
from api.http.bodies import BodyLimits
from api.http.decisions import DecisionDesk
from api.http.exchange import Exchange, request_id_of
from api.http.gate import AccessDesk
from api.http.logs import log_request
from api.http.metrics import MetricsDesk
from api.http.problems import Refusal
from api.http.traces import Tracing

MOST_HEADERS = 64
LARGEST_HEADERS = 32 * 1024
LONGEST_QUERY = 8 * 1024

_LONG_LENGTH = 7
"""Digits of the length of a body that is not read to its end where nobody looks at it: 1 MB and more."""

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

ALWAYS = (
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
"""Headers of every answer that does not set them itself."""


class Front:
    """Wraps the whole application.

    Parameters
    ----------
    app
        What answers.
    access, bodies, decisions, metrics, tracing
        Parts that requests need on their way.
    log_requests
        Whether each request leaves a line.
    """

    def __init__(  # noqa: PLR0913 - parts, each used once a request
        self,
        app: ASGIApp,
        *,
        access: AccessDesk,
        bodies: BodyLimits,
        decisions: DecisionDesk,
        metrics: MetricsDesk,
        tracing: Tracing,
        log_requests: bool = True,
    ) -> None:
        self._app = app
        self._access = access
        self._bodies = bodies
        self._decisions = decisions
        self._metrics = metrics
        self._tracing = tracing
        self._log_requests = log_requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; anything but HTTP is handed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(reversed(scope["headers"]))
        exchange = Exchange(
            request_id=request_id_of(headers),
            method=scope["method"] if scope["method"] in _METHODS else "OTHER",
            access=self._access,
            bodies=self._bodies,
        )
        scope[exchanges.KEY] = exchange
        self._metrics.in_flight.inc()
        try:
            with self._tracing.span(headers, exchange):
                closing = _Closing(
                    send, exchange, sends_much=_sends_much(headers), encrypted=scope.get("scheme") == "https"
                )
                await self._answer(scope, receive, closing)
        finally:
            self._metrics.in_flight.dec()
            self._tell(exchange)

    async def _answer(self, scope: Scope, receive: Receive, send: _Closing) -> None:
        refusal = _too_much(scope)
        if refusal is not None:
            await send.refuse(refusal)
            return
        try:
            await self._app(scope, receive, send)
        except Exception:
            if send.started:
                raise  # the server cuts the connection: half an answer must not look whole
            await send.refuse(Refusal("internal", "the service failed; report the request identifier"))

    def _tell(self, exchange: Exchange) -> None:
        elapsed_s = perf_counter() - exchange.started_s
        self._decisions.note(exchange)
        self._metrics.answered(
            route=exchange.route,
            method=exchange.method,
            status=exchange.status,
            seconds=elapsed_s,
            refused=exchange.refused,
        )
        if self._log_requests:
            log_request(exchange, elapsed_s)


class _Closing:
    """Sends an answer with what every answer carries, and notes what was sent."""

    def __init__(self, send: Send, exchange: Exchange, *, sends_much: bool, encrypted: bool) -> None:
        self._send = send
        self._encrypted = encrypted
        self._sends_much = sends_much
        self._exchange = exchange
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self._exchange.status = message["status"]
            message["headers"] = self._completed(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self._exchange.bytes_out += len(message.get("body", b""))
        await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Answer from here, where no application does."""
        self._exchange.refused = refusal.kind.name
        said = {"type": f"/problems/{refusal.kind.name}", "title": refusal.kind.title, "status": refusal.status}
        body = json.dumps(said | {"detail": refusal.message}).encode()
        headers: Mapping[str, Any] = {"content-type": "application/problem+json", **refusal.headers}
        lines = [(name.lower().encode(), str(value).encode()) for name, value in headers.items()]
        lines.append((b"content-length", str(len(body)).encode()))
        await self({"type": "http.response.start", "status": refusal.status, "headers": lines})
        await self({"type": "http.response.body", "body": body})

    def _completed(self, headers: Any) -> list[tuple[bytes, bytes]]:
        given = [(bytes(name), bytes(value)) for name, value in headers]
        names = {name for name, _ in given}
        given.extend(line for line in ALWAYS if line[0] not in names)
        given.append((b"x-request-id", self._exchange.request_id.encode()))
        if self._encrypted:
            given.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
        if self._sends_much and not self._exchange.body_read and b"connection" not in names:
            given.append((b"connection", b"close"))  # rather than read to its end what is not looked at
        return given


def _sends_much(headers: Mapping[bytes, bytes]) -> bool:
    """Return whether a body is announced that takes a while to arrive."""
    return b"transfer-encoding" in headers or len(headers.get(b"content-length", b"")) >= _LONG_LENGTH


def _too_much(scope: Scope) -> Refusal | None:
    close = {"Connection": "close"}
    headers = scope["headers"]
    size = sum(len(name) + len(value) for name, value in headers)
    if len(headers) > MOST_HEADERS or size > LARGEST_HEADERS:
        return Refusal("headers", f"at most {MOST_HEADERS} headers of {LARGEST_HEADERS} bytes are taken", headers=close)
    if len(scope.get("query_string", b"")) + len(scope.get("raw_path") or b"") > LONGEST_QUERY:
        return Refusal("headers", f"an address of at most {LONGEST_QUERY} bytes is taken", headers=close)
    return None
