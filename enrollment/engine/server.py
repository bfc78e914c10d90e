"""The engine: owns a registry and its gallery, and serves commands on a socket, a thread per connection."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from biometrics.errors import BiometricsError, ServiceBusyError, ServiceError, ServiceFailedError
from biometrics.protocols import Progress
from enrollment.engine import protocol
from enrollment.engine.address import SOCKET_NAME, listen, peer
from enrollment.engine.frames import Message, receive, send
from enrollment.engine.local import LocalService, Owner
from enrollment.engine.protocol import Question
from enrollment.operations.table import OPERATIONS
from enrollment.operations.tasks import COUNT_TASKS, RENEW_TASK, TAKE_TASK

_log = structlog.get_logger(__name__)

MOST_CONNECTIONS = 256
"""Commands connected at once; a thread each."""

MOST_AT_WORK = 64
"""Questions worked on at once; as many enrollments as share one commit."""

_LOOK_EVERY_S = 0.1
_ASKED_ALL_THE_TIME = frozenset({"task.take", "task.renew"})
"""Questions that whoever waits for work asks every second."""

_SEND_TIMEOUT = struct.pack("ll", 30, 0)
"""A command that does not take its answer for so long (struct timeval) is given up."""
_ASKED_ALL_THE_TIME = frozenset({TAKE_TASK.name, RENEW_TASK.name, COUNT_TASKS.name})
_WHEN_IT_RUNS_AGAIN = "repeat when it runs again; a deduplication goes on with kura dedup resume"


class _CommandGoneError(Exception):
    """Nobody waits for an answer any more."""


class Engine:
    """Serves until it is told to stop, then finishes what it is doing.

    Parameters
    ----------
    owner
        The registry and its gallery.
    folder
        Where the socket is made.
    settings
        Digest of the settings that `owner` works by.
    """

    def __init__(self, owner: Owner, folder: Path, settings: str) -> None:
        self._owner = owner
        self._folder = folder
        self._settings = settings
        self._stopping = threading.Event()
        self._at_work = threading.BoundedSemaphore(MOST_AT_WORK)
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._changing = threading.Lock()

    def stop(self) -> None:
        """Ask for the end; `serve` returns when it is reached. May be called in a signal handler."""
        self._stopping.set()

    def serve(self) -> None:
        """Listen, answer everybody, and return after `stop`, when all that was begun is answered.

        Raises
        ------
        OSError
            When the socket cannot be made.
        """
        with listen(self._folder, MOST_CONNECTIONS) as listener:
            listener.settimeout(_LOOK_EVERY_S)
            _log.info("engine.ready", pid=os.getpid())
            try:
                while not self._stopping.is_set():
                    try:
                        connection, _ = listener.accept()
                    except TimeoutError:
                        continue
                    self._welcome(connection)
            finally:
                self._stopping.set()
                (self._folder / SOCKET_NAME).unlink(missing_ok=True)
        self._finish()
        _log.info("engine.stopped", pid=os.getpid())

    def _welcome(self, connection: socket.socket) -> None:
        connection.settimeout(None)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND_TIMEOUT)
        thread = threading.Thread(target=self._converse, args=(connection,), name="engine")
        with self._changing:
            if len(self._connections) >= MOST_CONNECTIONS:
                thread = threading.Thread(target=_refuse, args=(connection, _busy()), name="refuse")
            else:
                self._connections[connection] = thread
        thread.start()

    def _finish(self) -> None:
        """Let every connection end after the answer it is waiting for."""
        with self._changing:
            remaining = dict(self._connections)
        for connection in remaining:
            with suppress(OSError):  # it ended by itself
                connection.shutdown(socket.SHUT_RD)
        for thread in remaining.values():
            thread.join()

    def _converse(self, connection: socket.socket) -> None:
        try:
            with connection:
                _, uid = peer(connection)
                if uid != os.getuid():
                    remedy = "run the command as the user that the engine runs as"
                    _refuse(connection, ServiceError("the engine serves another user", remedy=remedy))
                    return
                send(connection, protocol.greeting(self._settings, os.getpid()))
                while not self._stopping.is_set() and self._answer(connection):
                    pass
        except (OSError, _CommandGoneError):
            pass  # what it asked for was done, or was never whole
        finally:
            with self._changing:
                del self._connections[connection]

    def _answer(self, connection: socket.socket) -> bool:
        """Answer one question; False when nothing more can be understood on this connection."""
        try:
            message = receive(connection)
        except ServiceError as error:
            _log.warning("engine.garbage", reason=error.message)
            send(connection, protocol.error_message(error))
            return False
        if not self._at_work.acquire(blocking=False):
            send(connection, protocol.error_message(_busy()))
            return True
        try:
            answer = self._answer_to(message, connection)
        finally:
            self._at_work.release()
        try:
            send(connection, answer)
        except ServiceError as error:  # too large
            send(connection, protocol.error_message(error))
        return True

    def _answer_to(self, message: Message, connection: socket.socket) -> Message:
        started, name, failure = time.monotonic(), "unknown", None
        try:
            asked, actor, arguments = protocol.read_question(message)
            name = asked.name
            answer = self._perform(asked, LocalService(self._owner, actor), arguments, connection)
            return protocol.answer_message(answer, asked.answer)
        except BiometricsError as error:
            failure = error.kind
            return protocol.error_message(error)
        except _CommandGoneError:
            failure = "gone"
            raise
        except MemoryError:
            failure = "memory"
            remedy = "repeat in a moment; if it happens again, give the engine more memory or a gallery_folder"
            return protocol.error_message(ServiceBusyError("the engine is short of memory", remedy=remedy))
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not end the engine
            failure = type(error).__name__
            _log.exception("engine.failed", question=name)
            remedy = "please report it with the engine's log"
            return protocol.error_message(ServiceFailedError(f"internal error {failure}", remedy=remedy))
        finally:
            taken_ms = round((time.monotonic() - started) * 1000, 1)
            # Workers ask for tasks once a second each: that is news only when it fails.
            tell = _log.debug if failure is None and name in _ASKED_ALL_THE_TIME else _log.info
            tell("engine.question", question=name, ms=taken_ms, failure=failure)

    def _perform(
        self, asked: Question, service: LocalService, arguments: dict[str, Any], connection: socket.socket
    ) -> Any:
        if asked.name in OPERATIONS:
            return service.call(OPERATIONS[asked.name], arguments["asked"])
        if asked.tells_progress:
            arguments = arguments | {"progress": self._progress(connection)}
        return getattr(service, asked.name)(**arguments)

    def _progress(self, connection: socket.socket) -> Progress:
        """Return what tells the command how far its work has come, and ends that work when nobody waits for it."""

        def tell(done: int, total: int, what: str) -> None:
            if self._stopping.is_set():
                raise ServiceError("the engine was told to end", remedy=_WHEN_IT_RUNS_AGAIN)
            try:
                send(connection, protocol.progress_message(done, total, what))
            except OSError as error:
                raise _CommandGoneError from error

        return tell


def _busy() -> ServiceBusyError:
    return ServiceBusyError("the engine has as much to do as it takes on", remedy="repeat in a moment")


def _refuse(connection: socket.socket, error: BiometricsError) -> None:
    with connection, suppress(OSError):
        send(connection, protocol.error_message(error))
