"""One HTTP worker of `kura serve`: loads the extractors, answers requests, asks the engine; opens no registry.

Started by the supervisor as `python -m api.serve.worker`; its variables keep libraries to one thread each, since there
is a worker per core.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import signal
import socket
import threading
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import cv2
import structlog

from api.http.app import build_app
from api.http.desk import open_desk
from api.http.engines import EngineDoor
from api.http.gate import AccessDesk
from api.installation import Installation, open_installation
from api.osia.abis.performing import OPERATIONS
from api.osia.tasks.runner import TaskRunner
from api.private_memory import keep_memory_private
from api.serve.development import ISSUER_FILE, ISSUER_NAME
from api.serve.life import follow
from api.serve.logs import log_as_json
from api.serve.server import Serving, WorkerServer
from api.serve.tls import server_context
from api.server_settings import TLS_OWN
from biometrics.errors import BiometricsError

_REFUSED = 3

_log = structlog.get_logger(__name__)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPlan:
    """What a worker is started with.

    Parameters
    ----------
    home
        Folder of the installation.
    heard
        Descriptor of the listening socket.
    followed
        Descriptor of the pipe that the supervisor holds.
    workers
        How many workers there are.
    development
        Whether tokens of the development issuer are taken.
    """

    home: Path
    heard: int
    followed: int
    workers: int
    development: bool


def main() -> int:
    """Serve until told to end; 3 when the installation cannot be used."""
    keep_memory_private()
    plan = _plan()
    log_as_json()
    ending = threading.Event()
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: ending.set())  # uvicorn takes them over while it serves
    follow(plan.followed)
    try:
        _work(plan, ending)
    except BiometricsError as error:
        _log.error("worker.refused", kind=error.kind, reason=str(error))
        return _REFUSED
    return 0


def _work(plan: WorkerPlan, ending: threading.Event) -> None:
    cv2.setNumThreads(1)
    installation = _installation(plan)
    server = installation.settings.server
    tls = server_context(plan.home, server) if server.tls == TLS_OWN else None
    access = AccessDesk.from_settings(plan.home, server, workers=plan.workers, development=plan.development)
    with ExitStack() as held:
        door = EngineDoor(installation)
        held.callback(door.close)
        desk = open_desk(installation, door.acting)
        held.callback(desk.close)
        app = build_app(desk, access=access)
        desk.decisions.start()
        held.callback(desk.decisions.stop)
        listener = socket.socket(fileno=plan.heard)
        if ending.is_set():
            return
        runner = TaskRunner(desk, lambda client: access.clients.get(client, access.unlisted), OPERATIONS)
        runner.start()
        held.callback(runner.stop)
        serving = Serving(app=app, settings=server, listener=listener, tls=tls)
        WorkerServer(serving, ready=_say_ready, stopping=partial(setattr, desk, "stopping", True)).run()


def _installation(plan: WorkerPlan) -> Installation:
    installation = open_installation(plan.home, create=False)
    if not plan.development:
        return installation
    server = dataclasses.replace(installation.settings.server, issuer=ISSUER_NAME, issuer_keys=ISSUER_FILE)
    settings = dataclasses.replace(installation.settings, server=server)
    return dataclasses.replace(installation, settings=settings)


def _say_ready() -> None:
    _log.info("worker.ready", pid=os.getpid())


def _plan() -> WorkerPlan:
    parser = argparse.ArgumentParser(description="a worker of kura serve")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--heard", type=int, required=True)
    parser.add_argument("--followed", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--dev", action="store_true")
    given = parser.parse_args()
    return WorkerPlan(
        home=given.home,
        heard=given.heard,
        followed=given.followed,
        workers=given.workers,
        development=given.dev,
    )


if __name__ == "__main__":
    raise SystemExit(main())
