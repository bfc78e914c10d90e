"""From exceptions to answers, for one application: its own way to render, its own statuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.http.decisions import denial_of
from api.http.exchange import exchange_of
from api.http.kinds import KINDS
from api.http.problems import Refusal, refusal_of
from biometrics.errors import (
    BiometricsError,
    ConfigurationError,
    GalleryError,
    ModelUnavailableError,
    ServiceError,
    StorageError,
)

Render = Callable[[Refusal, Request], Response]

_MOST_FAULTS = 5
_LONGEST_PLACE = 100


def install_handlers(  # noqa: PLR0913 - statuses that an interface fixes, each by its name
    app: FastAPI,
    render: Render,
    *,
    content_status: int,
    invalid_status: int,
    token_status: int = 401,
    media_status: int = 415,
    hides_paths: bool = True,
) -> None:
    """Let an application answer refusals and errors in its own manner.

    Parameters
    ----------
    app
        The application.
    render
        Makes the answer; status, Retry-After and headers of the refusal are put on it here.
    content_status
        Of what is well formed and cannot be used.
    invalid_status
        Of what is not formed as described.
    token_status
        Without a good token.
    media_status
        Of bodies of another kind.
    hides_paths
        Whether a good token is needed even to learn that there is nothing under an address.
    """
    statuses: Mapping[str, int] = {
        "content": content_status,
        "unusable": content_status,
        "token": token_status,
        "media": media_status,
    }

    def answered(request: Request, refusal: Refusal) -> Response:
        refusal.status = statuses.get(refusal.kind.name, refusal.status)
        response = render(refusal, request)
        response.status_code = refusal.status
        for name, value in refusal.headers.items():
            if name != "WWW-Authenticate" or refusal.status == HTTPStatus.UNAUTHORIZED:
                response.headers[name] = value
        if refusal.retry_after_s is not None:
            response.headers["Retry-After"] = str(refusal.retry_after_s)
        exchange = exchange_of(request.scope)
        exchange.refused = refusal.kind.name
        exchange.denied = denial_of(refusal)
        return response

    async def on_refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return answered(request, error)

    async def on_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, BiometricsError)
        _tell_operators(error, exchange_of(request.scope).request_id)
        return answered(request, refusal_of(error, content_status=content_status))

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answered(request, Refusal("invalid", _faults(error), status=invalid_status))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == HTTPStatus.NOT_FOUND and hides_paths:
            exchange = exchange_of(request.scope)
            try:
                exchange.client = (await exchange.access.caller(request.scope)).client
            except Refusal as refusal:
                return answered(request, refusal)
        return answered(request, _of_status(error))

    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(BiometricsError, on_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)


def _tell_operators(error: BiometricsError, request_id: str) -> None:
    """Tell the log what only those who run the service can mend."""
    if isinstance(error, (ConfigurationError, GalleryError, ModelUnavailableError, ServiceError, StorageError)):
        structlog.get_logger().error("unavailable", request_id=request_id, error=error.kind, reason=error.message)


def _of_status(error: HTTPException) -> Refusal:
    kind = next((kind for kind in KINDS.values() if kind.status == error.status_code), KINDS["internal"])
    return Refusal(kind.name, kind.title, headers=error.headers)


def render_problem(refusal: Refusal, request: Request) -> Response:
    """Render a refusal as RFC 9457 has it."""
    document = {
        "type": f"/problems/{refusal.kind.name}",
        "title": refusal.kind.title,
        "status": refusal.status,
        "detail": refusal.message,
        "instance": f"urn:kura:request:{exchange_of(request.scope).request_id}",
    }
    return JSONResponse(document, media_type="application/problem+json")


def _faults(error: RequestValidationError) -> str:
    """Say where a request is wrong and in which way, never what it holds."""
    faults = [f"{_place(_where(fault))}: {_said(fault)}" for fault in error.errors()[:_MOST_FAULTS]]
    more = len(error.errors()) - len(faults)
    return "; ".join(faults) + (f"; and {more} more" if more > 0 else "")


def _where(fault: Mapping[str, Any]) -> tuple[object, ...]:
    """Return the place of a fault; a field that nobody described is not named, since its name is what was sent."""
    location: tuple[object, ...] = tuple(fault["loc"])
    return location[:-1] if fault["type"] == "extra_forbidden" else location


def _said(fault: Mapping[str, object]) -> str:
    """Return pydantic's words for a fault, except for those that repeat what was sent."""
    kind = str(fault["type"])
    if kind == "extra_forbidden":
        return "it has a field that is not described"
    return str(fault["msg"]) if kind in _SAFE_FAULTS or kind.startswith(_SAFE_BEGINNINGS) else kind.replace("_", " ")


_SAFE_FAULTS = frozenset(("missing", "too_short", "too_long", "greater_than_equal", "less_than_equal", "enum"))
_SAFE_BEGINNINGS = ("string_", "int_", "bool_", "float_", "list_", "dict_", "model_")


def _place(location: tuple[object, ...]) -> str:
    """Return where a fault is; names that the client made up are left out, since they may hold anything."""
    text = ".".join(str(part) for part in location)
    return text if len(text) <= _LONGEST_PLACE and text.isprintable() else str(location[0])
