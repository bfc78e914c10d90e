"""The application of OSIA Biometrics 1.6."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI

from api.http.app import new_app
from api.http.desk import Desk
from api.http.handlers import install_handlers
from api.osia.abis.routes import abis_router
from api.osia.description import describe_as_osia
from api.osia.errors import render_error
from api.osia.tasks.routes import task_router

VERSION = "1.6.0"


def build(desk: Desk) -> FastAPI:
    """Return the application, working with a desk; it lies under `/osia/abis`."""
    app = new_app("OSIA Biometrics", VERSION)
    app.state.desk = desk
    app.include_router(abis_router())
    app.include_router(task_router(desk))
    # OSIA lists neither 401 nor 415 for these operations.
    install_handlers(
        app,
        render_error,
        content_status=HTTPStatus.FORBIDDEN,
        invalid_status=HTTPStatus.BAD_REQUEST,
        token_status=HTTPStatus.FORBIDDEN,
        media_status=HTTPStatus.BAD_REQUEST,
    )
    describe_as_osia(app)
    return app
