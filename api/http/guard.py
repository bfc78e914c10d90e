"""Routes that let nobody in by default: every endpoint says what it asks of its callers, and is held to it."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_origin

import structlog
from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api.http.access import CALLER_KEY, JSON, Access, access_of
from api.http.addresses import require_known_query, require_plain_path
from api.http.bodies import require_media
from api.http.exchange import exchange_of
from api.http.gate import CLIENT_KEY
from api.http.json_body import strict_json
from api.http.problems import RETRY_AFTER_S, Refusal
from biometrics.errors import BiometricsError, ConfigurationError
from biometrics.rights.abroad import flagged

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parameters:
    """Names of query parameters: those given once, and those that may be repeated."""

    single: frozenset[str]
    several: frozenset[str]


class GuardedRoute(APIRoute):
    """A route whose endpoint says by `access` or `public` who may call it.

    What it asks is checked in this order: path, token, certificate, scope, role, right, purpose, rate, query, kind and
    size of the body, JSON; only then does validation begin.
    """

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Return what answers a request."""
        asked = access_of(self.endpoint)
        if asked is None:
            raise ConfigurationError(
                f"the endpoint {self.endpoint.__name__} says nothing about who may call it",
                remedy="decorate it with access(...) or public()",
            )
        answer: Handler = super().get_route_handler()
        reads_json = self.body_field is not None
        has_body = reads_json or asked.media != JSON
        parameters = _parameters(self)
        template = self.path_format

        async def guarded(request: Request) -> Response:
            exchange = exchange_of(request.scope)
            exchange.route = request.scope.get("root_path", "") + template
            with ExitStack() as held:
                try:
                    require_plain_path(request.scope)
                    await _admit(request, asked)
                    require_known_query(request.scope, parameters.single, parameters.several)
                    if has_body:
                        await _take_body(request, asked, held, reads_json=reads_json)
                    return await answer(request)
                except (Refusal, BiometricsError, RequestValidationError, HTTPException):
                    raise
                except MemoryError as error:
                    raise Refusal("busy", "memory is short", retry_after_s=RETRY_AFTER_S) from error
                except Exception as error:
                    raise _failed(error, exchange.request_id) from error

        return guarded


def new_router(prefix: str = "", tags: Iterable[str] = ()) -> APIRouter:
    """Return a router of guarded routes, whose prefix shows in their templates."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=GuardedRoute, redirect_slashes=False)


def require_guarded(routes: Iterable[BaseRoute]) -> None:
    """Refuse to start with a route that is no guarded one.

    Raises
    ------
    ConfigurationError
        When there is one.
    """
    for route in routes:
        inner = getattr(route, "original_router", None) or route
        below = getattr(inner, "routes", None)
        if below is not None:
            require_guarded(below)
        elif not isinstance(inner, GuardedRoute):
            raise ConfigurationError(f"the route {getattr(route, 'path', route)} is not guarded")


async def _admit(request: Request, asked: Access) -> None:
    if asked.public:
        return
    exchange = exchange_of(request.scope)
    try:
        caller = await exchange.access.caller(request.scope)
    finally:
        exchange.client = request.scope.get(CLIENT_KEY)
    exchange.access.admit(caller, asked)
    used = sorted(asked.scopes)
    scope = " ".join(used) or None
    for going in exchange.access.goes_abroad(caller):
        scope = flagged(scope, going.country)
    exchange.caller = replace(caller, route=f"{exchange.method} {exchange.route}", scope=scope)
    request.scope[CALLER_KEY] = exchange.caller


async def _take_body(request: Request, asked: Access, held: ExitStack, *, reads_json: bool) -> None:
    """Read the body and, where it is JSON, what it says; where FastAPI looks for them."""
    limits = exchange_of(request.scope).bodies
    held.enter_context(limits.room(request))
    stated = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if not stated and "content-type" not in request.headers:
        return
    require_media(request, asked.media, json=reads_json)
    body = await limits.read(request)
    request._body = body
    exchange_of(request.scope).bytes_in = len(body)
    exchange_of(request.scope).body_read = True
    if reads_json and body:
        request._json = strict_json(body)
        if request._json is None:  # which FastAPI would take for no body at all
            raise Refusal("invalid", "body: null is sent where an object is expected")


def _parameters(route: APIRoute) -> _Parameters:
    names: dict[bool, set[str]] = {False: set(), True: set()}
    for field in _query_fields(route.dependant):
        annotation = field.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            for name, inner in annotation.model_fields.items():
                names[_repeats(inner.annotation)].add(inner.alias or name)
        else:
            names[_repeats(annotation)].add(field.alias)
    return _Parameters(single=frozenset(names[False]), several=frozenset(names[True]))


def _query_fields(dependant: Dependant) -> list[Any]:
    """Return the query parameters of an endpoint and of what it depends on."""
    inner = (field for below in dependant.dependencies for field in _query_fields(below))
    return [*dependant.query_params, *inner]


def _repeats(annotation: Any) -> bool:
    kinds = [annotation, *getattr(annotation, "__args__", ())]
    return any((get_origin(kind) or kind) in (list, tuple, set, frozenset) for kind in kinds)


def _failed(error: Exception, request_id: str) -> Refusal:
    """Tell the log where something failed, by type and place only: what an error says may be personal."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    structlog.get_logger().error("request_failed", request_id=request_id, error=type(error).__name__, place=place)
    return Refusal("internal", f"the service failed; report the request {request_id} to those who run it")
