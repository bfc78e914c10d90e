"""How an application describes itself: as OSIA does, with scopes per operation and no answers that are never given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from api.http.access import Access, access_of

_SCHEME = "BearerAuth"
_NEVER = "422"
"""What the framework would describe for requests that are not formed as described; OSIA's answer is 400."""

_NEVER_MODELS = ("HTTPValidationError", "ValidationError")


def describe_as_osia(app: FastAPI) -> None:
    """Let an application describe which scopes its operations need, and leave out the framework's own answers."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def guarded_routes(routes: Sequence[BaseRoute]) -> Iterator[APIRoute]:
    """Yield the routes of an application, those of its routers among them."""
    for route in routes:
        inner = getattr(route, "original_router", None) or route
        below = getattr(inner, "routes", None)
        if below is not None:
            yield from guarded_routes(below)
        elif isinstance(inner, APIRoute):
            yield inner


def _described(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    scopes = {route.operation_id: asked.scopes for route in guarded_routes(app.routes) if (asked := _asked(route))}
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["responses"].pop(_NEVER, None)
            needed = scopes.get(operation["operationId"])
            if needed:
                operation["security"] = [{_SCHEME: sorted(needed)}]
    components = document.setdefault("components", {})
    for name in _NEVER_MODELS:
        components.get("schemas", {}).pop(name, None)
    components["securitySchemes"] = {_SCHEME: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    return document


def _asked(route: APIRoute) -> Access | None:
    return access_of(route.endpoint)
