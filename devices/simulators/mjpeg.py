"""A simulated network camera that streams JPEG pictures over HTTP, as `devices.cameras.mjpeg` reads them."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from typing import Any

from devices.simulators.camera_pictures import CameraPictures
from devices.simulators.camera_server import ON_THIS_MACHINE, SERVER, CameraSimulator, Misbehaviour, Place, camera_of

PATH = "/video"
_BOUNDARY = "simulated"
_GARBAGE = b"\x00\x8fnothing that anybody speaks\r\n" * 4_000
_TRICKLE_S = 0.05


class MjpegSimulator(CameraSimulator):
    """Serves `http://host:port/video` until it is closed; other paths are not found.

    Parameters
    ----------
    pictures
        What it shows; None is the test card.
    place
        Where it is.
    """

    def __init__(self, pictures: CameraPictures | None = None, place: Place = ON_THIS_MACHINE) -> None:
        super().__init__(_Viewer, pictures or CameraPictures(), place)

    @property
    def uri(self) -> str:
        """By which Kura opens it, without user and password."""
        return f"mjpeg:http://{self.host}:{self.port}{PATH}"

    def __enter__(self) -> MjpegSimulator:
        """Return the simulator."""
        return self


class _Viewer(BaseHTTPRequestHandler):
    timeout = 30
    server_version, sys_version = SERVER, ""

    def handle(self) -> None:
        camera = self._camera
        if camera.misbehaviour is Misbehaviour.SENDS_GARBAGE:
            self.wfile.write(_GARBAGE)
            return
        camera.hang()
        super().handle()

    def do_GET(self) -> None:
        """Answer with the stream."""
        if not self._camera.admits(self.headers.get("Authorization", "")):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path.partition("?")[0] != PATH:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        with self._camera.viewing() as told:
            for jpeg in self._camera.pictures.paced():
                if self._camera.closing.is_set() or not self._show(jpeg, told()):
                    return

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    @property
    def _camera(self) -> CameraSimulator:
        return camera_of(self.server)

    def _show(self, jpeg: bytes, misbehaviour: Misbehaviour | None) -> bool:
        """Send one picture, or what stands for it; say whether the viewer may go on."""
        lie = len(jpeg) // 3 if misbehaviour is Misbehaviour.LIES_ABOUT_LENGTH else 0
        head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg) - lie}\r\n\r\n".encode()
        part = head + jpeg + b"\r\n"
        if misbehaviour is Misbehaviour.HANGS:
            self._camera.hang()
            return False
        if misbehaviour is Misbehaviour.PULLED_OUT:
            self.wfile.write(part[: len(part) // 2])
            return False
        if misbehaviour is Misbehaviour.SENDS_GARBAGE:
            self.wfile.write(_GARBAGE)
            return False
        if misbehaviour is Misbehaviour.TRICKLES:
            self._trickle(part)
            return False
        self.wfile.write(part)
        return True

    def _trickle(self, part: bytes) -> None:
        for byte in part:
            self.wfile.write(bytes([byte]))
            if self._camera.closing.wait(_TRICKLE_S) or self._camera.misbehaviour is not Misbehaviour.TRICKLES:
                return
