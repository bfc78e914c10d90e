"""What the simulated network cameras share: a server on a port of its own, viewers, and ways to misbehave."""

from __future__ import annotations

import hmac
import socket
import socketserver
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from biometrics.errors import CaptureError
from biometrics.image_writing import SIMULATED_KEYWORD
from devices.simulators.camera_pictures import CameraPictures

SERVER = f"{SIMULATED_KEYWORD}-Camera"
"""As which the simulators announce themselves; what comes from them is simulated."""

_VIEWERS_AT_MOST = 16

Handler: TypeAlias = Callable[[Any, Any, Any], socketserver.BaseRequestHandler]
"""Makes what speaks with one viewer, out of a connection, where it comes from, and the server."""


class Misbehaviour(Enum):
    """What a simulated camera does wrong, for trying out what a client makes of it."""

    HANGS = "hangs"
    PULLED_OUT = "pulled out"
    SENDS_GARBAGE = "sends garbage"
    LIES_ABOUT_LENGTH = "lies about length"
    TRICKLES = "trickles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a simulated camera is, and who may see it.

    Parameters
    ----------
    host, port
        Where it listens; port 0 is any free one.
    user, password
        Whom it shows its pictures to; everybody, where no user is given.
    """

    host: str = "127.0.0.1"
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)


ON_THIS_MACHINE = Place()


class CameraSimulator:
    """A simulated network camera on a thread of its own, from now until it is closed.

    Parameters
    ----------
    handler
        Speaks its protocol with one viewer.
    pictures
        What it shows.
    place
        Where it is.

    Raises
    ------
    CaptureError
        When it cannot listen there.
    """

    def __init__(self, handler: Handler, pictures: CameraPictures, place: Place) -> None:
        self.pictures = pictures
        self.closing = threading.Event()
        self._place = place
        self._misbehaviour: Misbehaviour | None = None
        self._changed = threading.Condition()
        self._viewers: dict[object, bool] = {}
        try:
            self._server = _Server((place.host, place.port), handler, self)
        except OSError as error:
            raise CaptureError(
                f"it cannot listen on {place.host}:{place.port}: {error.strerror}", remedy="choose another port"
            ) from error
        self.host, self.port = place.host, int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="simulated camera")
        self._thread.start()

    def __exit__(self, *reason: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Hang up on everybody and end; closing again does nothing."""
        with self._changed:
            self.closing.set()
            self._changed.notify_all()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    def admits(self, authorization: str) -> bool:
        """Say whether a header `Authorization` (Basic, RFC 7617) is that of who may see the pictures."""
        if not self._place.user:
            return True
        expected = "Basic " + b64encode(f"{self._place.user}:{self._place.password}".encode()).decode()
        return hmac.compare_digest(authorization.encode(), expected.encode())

    @property
    def misbehaviour(self) -> Misbehaviour | None:
        """What it does wrong at present."""
        return self._misbehaviour

    @contextmanager
    def misbehaving(self, misbehaviour: Misbehaviour) -> Iterator[None]:
        """Do something wrong while this is entered, to viewers who watch already too."""
        with self._changed:
            self._misbehaviour = misbehaviour
            self._viewers = dict.fromkeys(self._viewers, False)
            self._changed.wait_for(lambda: all(self._viewers.values()), timeout=5.0)
        try:
            yield
        finally:
            with self._changed:
                self._misbehaviour = None
                self._changed.notify_all()

    @contextmanager
    def viewing(self) -> Iterator[Callable[[], Misbehaviour | None]]:
        """Give a viewer's thread what tells, before each picture, how to behave now."""
        viewer = object()

        def told() -> Misbehaviour | None:
            with self._changed:
                self._viewers[viewer] = True
                self._changed.notify_all()
                return self._misbehaviour

        told()
        try:
            yield told
        finally:
            with self._changed:
                del self._viewers[viewer]
                self._changed.notify_all()

    def hang(self) -> None:
        """Wait until it behaves again, or is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self.closing.is_set() or self._misbehaviour is not Misbehaviour.HANGS)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = _VIEWERS_AT_MOST

    def __init__(self, address: tuple[str, int], handler: Handler, camera: CameraSimulator) -> None:
        self.camera = camera
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, place = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._guard:
            self._connections.add(connection)
        return connection, place

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Hang up on whoever is one too many, and on everybody once the camera is pulled out."""
        crowded = len(self._connections) > _VIEWERS_AT_MOST
        return not crowded and self.camera.misbehaviour is not Misbehaviour.PULLED_OUT

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        with self._guard:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: viewers come and go."""


def camera_of(server: socketserver.BaseServer) -> CameraSimulator:
    """Return the simulator whose viewer a handler serves."""
    if not isinstance(server, _Server):
        raise TypeError(f"{server} serves no simulated camera")
    return server.camera
