"""OSIA Third Party Services 1.2: yes or no for other administrations, each for a purpose that was agreed on."""

from __future__ import annotations

from fastapi import FastAPI

from api.http.app import new_app
from api.http.desk import Desk
from api.http.handlers import install_handlers
from api.osia.description import describe_as_osia
from api.osia.errors import render_error
from api.osia.thirdparty.misses import MissLimit
from api.osia.thirdparty.routes import router


def build(desk: Desk) -> FastAPI:
    """Return the application of this interface."""
    app = new_app("OSIA Third Party Services", "1.2.0")
    app.state.desk = desk
    app.state.misses = MissLimit(workers=desk.settings.processes)
    install_handlers(app, render_error, content_status=403, invalid_status=400, token_status=401, media_status=400)
    app.include_router(router)
    describe_as_osia(app)
    return app
