"""A worker whose application is small: it tells what reached it, and waits or sends much where it is asked to."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import signal
import socket
import threading
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.installation import open_installation
from api.serve.life import follow
from api.serve.logs import log_as_json
from api.serve.proxies import CERTIFICATE_KEY
from api.serve.server import Serving, WorkerServer
from api.serve.tls import server_context
from api.server_settings import TLS_OWN


async def tell(request: Request) -> Response:
    certificate = request.scope.get(CERTIFICATE_KEY)
    return JSONResponse(
        {
            "pid": os.getpid(),
            "client": request.client.host if request.client else None,
            "scheme": request.scope["scheme"],
            "certificate": hashlib.sha256(certificate).hexdigest() if certificate else None,
            "fields": sorted(request.headers.keys()),
        }
    )


async def wait(request: Request) -> Response:
    await asyncio.sleep(float(request.query_params["s"]))
    return JSONResponse({"pid": os.getpid()})


async def much(request: Request) -> Response:
    return Response(b"x" * int(request.query_params["bytes"]))


async def fail(_: Request) -> Response:
    raise ValueError("what somebody sent")


async def take(request: Request) -> Response:
    return JSONResponse({"bytes": len(await request.body())})


STUB = Starlette(
    routes=[
        Route("/tell", tell),
        Route("/wait", wait),
        Route("/much", much),
        Route("/fail", fail),
        Route("/take", take, methods=["POST"]),
    ]
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("heard", type=int)
    parser.add_argument("followed", type=int)
    given = parser.parse_args()
    log_as_json()
    ending = threading.Event()
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: ending.set())
    follow(given.followed)
    settings = open_installation(given.home, create=False).settings.server
    tls = server_context(given.home, settings) if settings.tls == TLS_OWN else None
    listener = socket.socket(fileno=given.heard)
    if not ending.is_set():
        WorkerServer(Serving(app=STUB, settings=settings, listener=listener, tls=tls)).run()


if __name__ == "__main__":
    main()
