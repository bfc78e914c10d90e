"""`kura serve`: one process that keeps an engine and the workers running, and ends them in order.

Nothing is recorded here, and no request passes through: whatever ends, the others go on. The order of the end is what
matters: no new connections, then the workers with what they began, then the engine that they ask.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import structlog
from prometheus_client import multiprocess

from api.serve.children import Child, ChildPlan
from api.serve.notice import ServerNotice, metrics_folder, write_notice
from biometrics.errors import ServiceError, StorageError
from enrollment.engine import address
from registry.location import registry_folder
from registry.ownership import OwnerRole, try_to_own

_log = structlog.get_logger(__name__)

_ENGINE = "engine"
_LOOK_EVERY_S = 0.05
_ASK_ENGINE_EVERY_S = 1.0
"""An engine that somebody else started is looked for so often."""

_ENGINE_ENDS_WITHIN_S = 600.0
"""As `kura engine stop`: an engine that has not ended by then works on something that nobody waits for."""

_GRACE_S = 20.0
"""Beyond the longest request: a worker closes down, and ends the delivery that it began."""

_REFUSED_CODE = 3
"""Exit code of a process that could not use what it was given (`api.command_line.BAD_INPUT`)."""

_REFUSED_OFTEN = 3
"""Starts refused in a row by which a server that never came up gives up."""

WORKER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}
"""Of a worker: one thread per library, and few heaps, since images come and go on several threads."""

Command = Callable[[int, int], Sequence[str]]
"""Returns a child's command, given the descriptors of the listening socket and of the pipe that it follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServePlan:
    """What a supervisor runs.

    Parameters
    ----------
    home
        Folder of the installation.
    url
        Where it listens, for people.
    development
        Whether it takes tokens of the development issuer.
    workers
        How many.
    request_timeout_s
        Longest time that a worker may take to end.
    engine, worker
        Commands of the children.
    engines_own
        Variables of the environment that no worker is given, such as one with a key.
    """

    home: Path
    url: str
    development: bool
    workers: int
    request_timeout_s: float
    engine: Command
    worker: Command
    engines_own: frozenset[str] = frozenset()


class Supervisor:
    """Runs until it is told to stop, on a home that is held by `only_server`.

    Parameters
    ----------
    plan
        What it runs.
    listener
        The socket that workers take connections from; closed at the end.
    """

    def __init__(self, plan: ServePlan, listener: socket.socket) -> None:
        self._plan = plan
        self._listener = listener
        self._stopping = threading.Event()
        self._told = 0
        self._refused = 0
        self._engine_came_up = False
        self._engine_listens = False
        self._ask_engine_at = 0.0

    def stop(self) -> None:
        """Ask for the end; asked twice, workers do not wait for clients. May be called in a signal handler."""
        self._told += 1
        self._stopping.set()

    def run(self) -> None:
        """Start everything, keep it running, and return after `stop`, when all has ended.

        Raises
        ------
        ServiceError
            When engine or workers refuse to start.
        """
        with ExitStack() as held:
            held.callback(self._listener.close)
            metrics = held.enter_context(metrics_folder())
            followed, holding = os.pipe()
            held.callback(os.close, holding)
            engine, workers = self._children(followed, metrics)
            try:
                self._keep_running(engine, workers, metrics)
            finally:
                os.close(followed)
                self._listener.close()
                self._end(workers, self._plan.request_timeout_s + _GRACE_S, again=signal.SIGINT)
                self._end([engine], _ENGINE_ENDS_WITHIN_S, again=signal.SIGTERM)
                _log.info("serve.stopped", pid=os.getpid())

    def _children(self, followed: int, metrics: Path) -> tuple[Child, list[Child]]:
        plan, heard = self._plan, self._listener.fileno()
        engine = ChildPlan(name=_ENGINE, command=plan.engine(heard, followed), descriptors=(followed,), environment={})
        worker = ChildPlan(
            name="worker",
            command=plan.worker(heard, followed),
            descriptors=(heard, followed),
            environment=WORKER_ENVIRONMENT | {"PROMETHEUS_MULTIPROC_DIR": str(metrics)},
            withheld=plan.engines_own,
        )
        return Child(engine), [Child(worker) for _ in range(plan.workers)]

    def _keep_running(self, engine: Child, workers: list[Child], metrics: Path) -> None:
        _log.info("serve.listening", pid=os.getpid(), url=self._plan.url)
        while not self._stopping.is_set():
            changed = self._tend_engine(engine, metrics)
            for worker in workers:
                changed |= self._tend(worker, metrics)
            if changed:
                self._tell_about(engine, workers, metrics)
            self._stopping.wait(_LOOK_EVERY_S)

    def _tend_engine(self, engine: Child, metrics: Path) -> bool:
        """Keep an engine running: this one, or one that somebody started by hand."""
        if engine.is_running and self._engine_came_up:
            return self._tend(engine, metrics)
        if time.monotonic() >= self._ask_engine_at:
            self._ask_engine_at = time.monotonic() + _ASK_ENGINE_EVERY_S
            self._engine_listens = _engine_listens(self._plan.home)
            self._engine_came_up |= self._engine_listens
        if self._engine_listens and not engine.is_running:
            return False
        return self._tend(engine, metrics)

    def _tend(self, child: Child, metrics: Path) -> bool:
        ended = child.look()
        if ended is None:
            return child.start_when_due()
        pid, code = ended
        multiprocess.mark_process_dead(pid, str(metrics))  # type: ignore[no-untyped-call]
        self._engine_listens = False
        self._judge(child, code)
        return True

    def _judge(self, child: Child, code: int) -> None:
        """Give up when a kind of child never came up and its starts are refused."""
        came_up = child.was_steady or (child.name == _ENGINE and self._engine_came_up)
        if code != _REFUSED_CODE or came_up or (child.name == _ENGINE and _is_owned(self._plan.home)):
            return
        self._refused += 1
        if self._refused >= _REFUSED_OFTEN:
            raise ServiceError(
                f"the server cannot start: its {child.name} refuses what it was given",
                remedy="what it said stands above",
            )

    def _tell_about(self, engine: Child, workers: list[Child], metrics: Path) -> None:
        notice = ServerNotice(
            pid=os.getpid(),
            url=self._plan.url,
            development=self._plan.development,
            engine=engine.pid,
            workers=[worker.pid for worker in workers if worker.pid is not None],
            metrics=str(metrics),
        )
        try:
            write_notice(self._plan.home, notice)
        except StorageError as error:  # a full disk is no reason to end
            _log.warning("serve.notice_failed", reason=error.message)

    def _end(self, children: list[Child], within_s: float, *, again: signal.Signals) -> None:
        """Let children end by themselves; told twice, tell them too; by force when the time is up."""
        told, until = self._told, time.monotonic() + within_s
        for child in children:
            child.tell(signal.SIGTERM)
        while not all(child.await_end(time.monotonic() + _LOOK_EVERY_S) for child in children):
            if self._told > told:
                told = self._told
                for child in children:
                    child.tell(again)
            if time.monotonic() > until:
                _log.error("serve.killed", children=[child.pid for child in children if child.is_running])
                for child in children:
                    child.tell(signal.SIGKILL)
                until += _GRACE_S


def _engine_listens(home: Path) -> bool:
    """Return whether an engine listens in a home's registry."""
    folder = registry_folder(home)
    if not folder.is_dir():
        return False
    try:
        connection = address.connect(folder)
    except OSError:  # another user's: the engine's start will say so
        return False
    if connection is None:
        return False
    connection.close()
    return True


def _is_owned(home: Path) -> bool:
    """Return whether some process owns a home's registry: for a while, or one that ends at this moment."""
    ownership = try_to_own(home, OwnerRole.COMMAND)
    if ownership is None:
        return True
    ownership.close()
    return False
