"""The native API as an application of its own, mounted at `/v1`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from api.http.app import new_app
from api.http.desk import Desk
from api.http.handlers import install_handlers, render_problem
from api.native.problem import PROBLEMS, Problem
from api.native.routes import (
    administration,
    cases,
    closed_cases,
    deduplications,
    entries,
    merges,
    oversight,
    persons,
    rights,
    stations,
)

_PARTS = (stations, persons, entries, rights, merges, cases, closed_cases, deduplications, oversight, administration)


def build(desk: Desk) -> FastAPI:
    """Return the application that answers below `/v1`."""
    app = new_app("Kura", "1", description="Enrollment, identity matching and adjudication", responses=PROBLEMS)
    app.state.desk = desk
    for part in _PARTS:
        app.include_router(part.router)
    install_handlers(app, render_problem, content_status=422, invalid_status=400)
    app.openapi = _describing(app.openapi)  # type: ignore[method-assign]  # as FastAPI's manual has it
    return app


def _describing(describe: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Return a description that knows what a problem is, though no route answers one by its type."""

    def described() -> dict[str, Any]:
        document = describe()
        document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        return document

    return described
