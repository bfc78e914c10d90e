"""Network cameras over RTSP: `rtsp://user:password@192.0.2.7/door`, `rtsps://camera.example/door`.

Streams are read by FFmpeg inside OpenCV, over TCP. What Kura is told stands behind `#`, as with `mjpeg:`.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from contextlib import suppress

from biometrics.errors import CaptureError, DeviceProtocolError, DeviceTimeoutError
from biometrics.image_writing import SIMULATED_KEYWORD
from devices.calls import Call
from devices.cameras.addresses import NAME, NetworkAddress, descriptor_of, parse_address
from devices.cameras.camera import info_of, sensor_of, with_secrets
from devices.cameras.capture_feed import CaptureFeed, OpenCapture
from devices.cameras.live import LiveCamera, first_picture
from devices.cameras.opencv import codec_name, examine_opencv, quiet_opencv, size_text
from devices.cameras.reading import STALL_S
from devices.cameras.rtsp_greeting import Greeting, greet, refused
from devices.choices import DeviceChoices
from devices.contract import Device, DeviceDescriptor, Driver, Finding
from devices.uris import DeviceUri

_EXAMPLE = "write it like rtsp://user:password@192.0.2.7:554/door"
_OPEN_S = 15.0
"""The slowest cameras send a whole picture every ten seconds, and nothing can be decoded before."""

_MOST_WAITING = 250
"""Pictures that may have come by then."""

_HIGHEST_FPS = 240.0
"""What a camera could have; FFmpeg states the clock of the stream where it knows nothing better."""


def driver(choices: DeviceChoices) -> Driver:
    """Return the driver of cameras that speak RTSP."""
    return RtspDriver(choices)


class RtspDriver:
    """Opens cameras by their address; discovery lists those that the settings name."""

    schemes: tuple[str, ...] = ("rtsp", "rtsps")
    exclusive: bool = False

    def __init__(self, choices: DeviceChoices) -> None:
        self._choices = choices

    def discover(self, call: Call) -> Sequence[DeviceDescriptor]:
        """Return the cameras that the settings name; nobody is asked whether they are on."""
        call.check()
        cameras = [DeviceUri.parse(text) for text in self._choices.cameras]
        return [descriptor_of(uri, _address(uri)) for uri in cameras if uri.scheme in self.schemes]

    def open(self, uri: DeviceUri, call: Call) -> Device:
        """Connect and wait for the first picture; see `devices.contract.Driver`."""
        call.check()
        uri = with_secrets(uri, self._choices.cameras)
        address = _address(uri)
        stream = _Stream(address, uri.shown)
        reading, taken = first_picture(stream.feed(), uri.shown, call)
        picture = taken.decode()
        sensor = sensor_of(uri, address.options, simulated=picture.simulated)
        info = info_of(sensor, NAME, {"size": size_text(picture.pixels), "fps": stream.fps, "codec": stream.codec})
        return LiveCamera(lambda: _Stream(address, uri.shown).feed(), reading, info, sensor)

    def examine(self, call: Call) -> Sequence[Finding]:
        """Look for OpenCV, which reads them."""
        call.check()
        return (examine_opencv(),)


class _Stream:
    """Opens one stream."""

    def __init__(self, address: NetworkAddress, source: str) -> None:
        self._address, self._source = address, source
        self._socket: socket.socket | None = None
        self._interrupted = False
        self._feed = CaptureFeed(self._open, source, self._interrupt)
        self.fps = self.codec = ""

    def feed(self) -> CaptureFeed:
        """Return its pictures, not open yet."""
        return self._feed

    def _open(self, timeout_s: float) -> OpenCapture:
        """Greet the camera, and let FFmpeg open its stream."""
        wait_s = min(timeout_s, _OPEN_S)
        begun = time.monotonic()
        greeting = greet(self._address, self._source, wait_s, self._note)
        self._feed.simulated = SIMULATED_KEYWORD in greeting.server
        cv2 = quiet_opencv()
        left_s = max(0.1, wait_s - (time.monotonic() - begun))
        bounds = {
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC: int(left_s * 1_000),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC: int(STALL_S * 1_000),
            cv2.CAP_PROP_N_THREADS: 1,
        }
        parameters = [number for bound in bounds.items() for number in bound]
        capture: OpenCapture = cv2.VideoCapture(self._address.with_secrets, cv2.CAP_FFMPEG, parameters)
        if not capture.get(cv2.CAP_PROP_FRAME_WIDTH):
            capture.release()
            raise self._not_opened(greeting, wait_s, time.monotonic() - begun)
        fps = capture.get(cv2.CAP_PROP_FPS)
        self.fps = f"{fps:g}" if 0 < fps <= _HIGHEST_FPS else ""
        self.codec = codec_name(capture.get(cv2.CAP_PROP_FOURCC))
        _catch_up(capture, fps)
        return capture

    def _not_opened(self, greeting: Greeting, wait_s: float, took_s: float) -> CaptureError:
        if took_s >= wait_s - 0.2:
            return DeviceTimeoutError(
                f"the camera showed no picture within {wait_s:.2g} s",
                source=self._source,
                remedy="see that it is connected, and that its key frames are no more than 5 s apart",
                timeout_s=wait_s,
            )
        if greeting.locked:
            return refused(self._source)
        return DeviceProtocolError(
            "the camera's stream cannot be read",
            source=self._source,
            remedy="choose H.264 or MJPEG in the camera, and RTP over TCP",
        )

    def _note(self, connection: socket.socket) -> None:
        self._socket = connection
        if self._interrupted:
            self._interrupt()

    def _interrupt(self) -> None:
        self._interrupted = True
        if self._socket is not None:
            with suppress(OSError):  # the other side was faster, or FFmpeg's turn has come
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _catch_up(capture: OpenCapture, fps: float) -> None:
    """Leave out what came while FFmpeg examined the stream: up to a second of it, which is there at once."""
    frame_s = 1 / fps if 0 < fps <= _HIGHEST_FPS else 0.04
    for _ in range(_MOST_WAITING):
        begun = time.monotonic()
        if not capture.grab() or time.monotonic() - begun > frame_s / 2:
            return


def _address(uri: DeviceUri) -> NetworkAddress:
    address = parse_address(uri, uri.text, ("rtsp", "rtsps"), _EXAMPLE)
    descriptor_of(uri, address)
    return address
