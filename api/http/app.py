"""The whole HTTP application of one worker: OSIA's interfaces, the native one, and what those who run it ask."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.routing import Mount

from api.http.bodies import BodyLimits
from api.http.desk import Desk
from api.http.front import Front
from api.http.gate import AccessDesk
from api.http.guard import GuardedRoute, require_guarded
from api.http.handlers import install_handlers, render_problem
from api.http.health import health_router
from api.http.traces import open_tracing

Build = Callable[[Desk], FastAPI]

PARTS = {
    "/osia/abis": "api.osia.abis.app",
    "/osia/enrollment": "api.osia.enrollment.app",
    "/osia/3rdparty": "api.osia.thirdparty.app",
    "/v1": "api.native.app",
}
"""Where each part of the service lies, and the module whose `build(desk)` makes it."""


def new_app(title: str, version: str, **named: Any) -> FastAPI:
    """Return an application that lets nobody in by default; a part adds its routes and installs its handlers."""
    app = FastAPI(title=title, version=version, redirect_slashes=False, docs_url=None, redoc_url=None, **named)
    app.router.route_class = GuardedRoute
    return app


def build_app(desk: Desk, *, access: AccessDesk, parts: dict[str, Build] | None = None) -> FastAPI:
    """Return the application of a worker.

    Parameters
    ----------
    desk
        What endpoints work with.
    access
        Who checks tokens and rights.
    parts
        What lies where; by default `PARTS`.

    Raises
    ------
    ConfigurationError
        When an endpoint does not say who may call it.
    """
    settings = desk.settings
    front = Middleware(
        Front,
        access=access,
        bodies=BodyLimits(most_bytes=settings.most_body_mb * 1024 * 1024, timeout_s=settings.body_timeout_s),
        decisions=desk.decisions,
        metrics=desk.metrics,
        tracing=open_tracing(),
        log_requests=settings.log_requests,
    )
    app = new_app("Kura", "1", openapi_url=None)
    app.user_middleware.append(front)
    install_handlers(app, render_problem, content_status=422, invalid_status=400, hides_paths=False)
    app.include_router(health_router(desk))
    for prefix, build in (_found() if parts is None else parts).items():
        part = build(desk)
        require_guarded(route for route in part.routes if getattr(route, "path", None) != part.openapi_url)
        app.routes.append(_mounted(prefix, part))
    return app


def _mounted(prefix: str, part: FastAPI) -> Mount:
    """Return a part under its prefix, whatever follows: a line feed too, which the part refuses in its own words."""
    mount = Mount(prefix, part)
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount


def _found() -> dict[str, Build]:
    return {prefix: importlib.import_module(module).build for prefix, module in PARTS.items()}
