"""A small application for the tests of the platform: what an interface of the service would be, without its content."""

from __future__ import annotations

import threading
import time
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.http.access import CallerOf, access, public
from api.http.app import new_app
from api.http.desk import Desk
from api.http.guard import new_router
from api.http.handlers import install_handlers, render_problem
from api.http.problems import Refusal
from biometrics.errors import RecordConflictError, SampleError, StorageError
from biometrics.records import ActorRole

SECRET = "Maria Example"  # stands for what must never be logged or told


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    size: int = 0
    picture: str = ""


class Filter(BaseModel):
    model_config = ConfigDict(extra="forbid")

    first: int = 0
    tag: list[str] = []


def build(desk: Desk) -> FastAPI:
    """Build the application as an interface with problems has it."""
    app = _routes(desk)
    install_handlers(app, render_problem, content_status=422, invalid_status=400)
    return app


def build_like_osia(desk: Desk) -> FastAPI:
    """Build it with the statuses and bodies that OSIA has."""

    def render(refusal: Refusal, _: Request) -> Response:
        return JSONResponse({"code": refusal.code, "message": refusal.message})

    app = _routes(desk)
    install_handlers(app, render, content_status=403, invalid_status=400, token_status=403, media_status=400)
    return app


def _routes(desk: Desk) -> FastAPI:
    app = new_app("Things", "1")
    router = new_router(prefix="/things")

    @router.get("/open")
    @public()
    async def open_to_all() -> str:
        return "open"

    @router.get("/{name}")
    @access("things.read")
    async def read(name: Annotated[str, Path(max_length=50)], caller: CallerOf, size: int = 0) -> dict[str, Any]:
        return {"name": name, "size": size, "client": caller.client}

    @router.put("/{name}")
    @access("things.read", "things.write")
    async def write(name: str, thing: Thing) -> dict[str, Any]:
        return {"name": name, "length": len(thing.picture)}

    @router.patch("/{name}")
    @access("things.write", media=("application/merge-patch+json",))
    async def patch(name: str, changed: dict[str, Any]) -> dict[str, Any]:
        return changed

    @router.post("/{name}/pictures")
    @access("things.write", media=("image/*", "application/octet-stream", "application/json"))
    async def upload(name: str, request: Request) -> int:
        return len(await request.body())

    @router.get("/{name}/found")
    @access("things.read")
    async def find(
        name: str, tags: Annotated[list[str] | None, Query(alias="tag")] = None, first: Annotated[int, Query()] = 0
    ) -> list[Any]:
        return [tags, first]

    @router.get("/{name}/filtered")
    @access("things.read")
    async def filtered(name: str, asked: Annotated[Filter, Query()]) -> list[Any]:
        return [asked.first, asked.tag]

    @router.delete("/{name}")
    @access("things.write", roles=(ActorRole.SUPERVISOR,))
    async def delete(name: str) -> None:
        raise {
            "conflict": RecordConflictError("the thing is in use", source=SECRET),
            "content": SampleError("the thing is no picture"),
            "memory": MemoryError(),
            "disk": StorageError("the disk is full", source="/srv"),
        }.get(name, KeyError(SECRET))

    @router.post("/{name}/work")
    @access("things.write")
    async def work(name: str) -> str:
        def slow() -> str:
            time.sleep(0.3)
            return threading.current_thread().name

        return await desk.run(slow)

    @router.get("/{name}/everybody")
    @access("things.read", one_to_many=True, purpose_bound=True)
    async def everybody(name: str, caller: CallerOf) -> str:
        return str(caller.purpose)

    app.include_router(router)
    return app
