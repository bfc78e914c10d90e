"""OSIA Enrollment 1.3: enrollments that are collected piece by piece, and finalized when everything is there."""

from __future__ import annotations

from fastapi import FastAPI

from api.http.app import new_app
from api.http.desk import Desk
from api.http.handlers import install_handlers
from api.osia.description import describe_as_osia
from api.osia.enrollment import buffer_routes, routes
from api.osia.errors import render_error


def build(desk: Desk) -> FastAPI:
    """Return the application of this interface."""
    app = new_app("OSIA Enrollment", "1.3.0")
    app.state.desk = desk
    install_handlers(app, render_error, content_status=403, invalid_status=400, token_status=403, media_status=400)
    app.include_router(routes.router)
    app.include_router(buffer_routes.router)
    describe_as_osia(app)
    return app
