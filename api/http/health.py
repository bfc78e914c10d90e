"""What is not about people: whether a worker can answer, what it measures, its keys, its kinds of refusals."""

from __future__ import annotations

import asyncio
import ipaddress
import math
import time
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.http.access import public
from api.http.desk import Desk
from api.http.exchange import exchange_of
from api.http.guard import new_router
from api.http.kinds import KINDS
from api.http.problems import Refusal
from api.osia.tasks.keys import published_keys
from biometrics.records import SYSTEM

METRICS_SCOPE = "kura.metrics"

_ASK_AGAIN_S = 1.0
_ENGINE_TIMEOUT_S = 10.0

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


def health_router(desk: Desk) -> APIRouter:
    """Return what those who run the service ask it."""
    router = new_router(tags=["health"])
    readiness = Readiness(desk)

    @router.get("/health/live")
    @public()
    async def live() -> Mapping[str, str]:
        """Say that the worker runs."""
        return {"status": "live"}

    @router.get("/health/ready")
    @public()
    async def ready() -> Response:
        """Say whether requests can be answered, and which part keeps them from it."""
        lacking = await readiness.lacking()
        if lacking is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready", "part": lacking}, status_code=503, headers={"Retry-After": "2"})

    @router.get("/metrics")
    @public()
    async def metrics(request: Request) -> Response:
        """Return what all workers measure, to this machine, or to a token with the scope."""
        if not _is_local(request):
            exchange = exchange_of(request.scope)
            caller = await exchange.access.caller(request.scope)
            if METRICS_SCOPE not in caller.scopes:
                raise Refusal("scope", f"the scope {METRICS_SCOPE} is needed")
        return Response(desk.metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @router.get("/.well-known/jwks.json")
    @public()
    async def keys() -> Mapping[str, Any]:
        """Return the public keys by which clients verify what this service signed."""
        return {"keys": await asyncio.to_thread(published_keys, desk.service)}

    @router.get("/problems/{kind}")
    @public()
    async def problem(kind: str) -> Response:
        """Explain a kind of refusal."""
        if kind not in KINDS:
            raise Refusal("unknown", "there is no such kind of refusal")
        found = KINDS[kind]
        page = f"<!doctype html><title>{found.title}</title><h1>{found.title}</h1><p>{found.meaning}</p>"
        return HTMLResponse(page)

    return router


class Readiness:
    """Knows which part keeps a worker from answering; asks at most once a second, however often it is asked.

    Not among the requests that wait for a thread of the desk: a worker that has much to do is not ill.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._asking = asyncio.Lock()
        self._asked_at_s = -math.inf
        self._lacking: str | None = None
        self._asked: asyncio.Future[None] | None = None

    async def lacking(self) -> str | None:
        """Return the part that does not answer; None when all do."""
        if self._desk.stopping:
            return "stopping"
        if self._desk.audit is not None and self._desk.audit.stopped:
            return "audit"
        async with self._asking:
            if time.monotonic() - self._asked_at_s >= _ASK_AGAIN_S:
                self._lacking = await self._ask()
                self._asked_at_s = time.monotonic()
            return self._lacking

    async def _ask(self) -> str | None:
        def ask() -> None:
            self._desk.service(SYSTEM).state()

        if self._asked is None or self._asked.done():
            self._asked = asyncio.ensure_future(asyncio.to_thread(ask))
        answered, _ = await asyncio.wait({self._asked}, timeout=_ENGINE_TIMEOUT_S)
        return None if answered and self._asked.exception() is None else "engine"


def _is_local(request: Request) -> bool:
    """Return whether a request comes from this machine, and not through a proxy on it."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
