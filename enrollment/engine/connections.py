"""Connections to the engine of a registry, used by any number of threads and kept for the next question."""

from __future__ import annotations

import select
import socket
import threading
from pathlib import Path

from biometrics.errors import BiometricsError, ServiceError, ServiceLostError
from enrollment.engine import protocol
from enrollment.engine.address import connect
from enrollment.engine.frames import Message, receive, send
from enrollment.engine.protocol import Greeting

REPEAT = "repeat the same command when it runs again: what was recorded already is not recorded twice"


class Connections:
    """Connections on which nobody waits for an answer, and new ones.

    Parameters
    ----------
    folder
        The registry's folder.
    settings
        Digest of the settings that the engine must work by; None when they do not matter.
    first
        A connection to it, on which nothing was said yet.
    """

    def __init__(self, folder: Path, settings: str | None, first: socket.socket) -> None:
        self._folder = folder
        self._settings = settings
        self._idle: list[socket.socket] = []
        self._changing = threading.Lock()
        self.greeting = self._greet(first)
        self._idle.append(first)

    def ask(self, message: Message) -> socket.socket:
        """Send a question and return the connection on which its answer will come; the caller gives it back or closes.

        A connection that the engine closed meanwhile, as it does when it is started again, is replaced by a new one.

        Raises
        ------
        ServiceError
            When no engine listens (`ServiceLostError` when one did before), or the question is too large.
        OSError
            When it ends meanwhile; the question was not sent whole, so that nobody acts on it.
        """
        listened = bool(self._idle)
        while (connection := self._take_idle()) is not None:
            try:
                return _sent(connection, message)
            except OSError:
                continue  # the next one may be of an engine that lives
        return _sent(self._connect(listened=listened), message)

    def give_back(self, connection: socket.socket) -> None:
        """Keep a connection whose question is answered."""
        with self._changing:
            self._idle.append(connection)

    def close(self) -> None:
        """Close all connections that nobody uses."""
        with self._changing:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take_idle(self) -> socket.socket | None:
        """Return a connection that nobody uses and the engine has not closed; None when there is none."""
        with self._changing:
            while self._idle:
                connection = self._idle.pop()
                if not _has_something_to_say(connection):
                    return connection
                connection.close()
        return None

    def _connect(self, *, listened: bool) -> socket.socket:
        connection = connect(self._folder)
        if connection is None:
            kind = ServiceLostError if listened else ServiceError
            raise kind("the engine has ended", remedy=REPEAT)
        self._greet(connection)
        return connection

    def _greet(self, connection: socket.socket) -> Greeting:
        try:
            return protocol.read_greeting(receive(connection), self._settings)
        except OSError as error:
            connection.close()
            raise ServiceError("the engine has ended", remedy=REPEAT) from error
        except BiometricsError:
            connection.close()
            raise


def _sent(connection: socket.socket, message: Message) -> socket.socket:
    try:
        send(connection, message)
    except BaseException:
        connection.close()
        raise
    return connection


def _has_something_to_say(connection: socket.socket) -> bool:
    """Return whether an engine that nobody asked says something: it can only be that it is gone."""
    poll = select.poll()  # unlike select(), for any number of open files
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
