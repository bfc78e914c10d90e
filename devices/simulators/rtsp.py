"""A simulated network camera that speaks RTSP (RFC 2326) and sends its pictures as RTP over the same connection."""

from __future__ import annotations

import secrets
import socketserver
import struct
import threading
from contextlib import suppress

from devices.simulators.camera_pictures import CameraPictures
from devices.simulators.camera_server import ON_THIS_MACHINE, SERVER, CameraSimulator, Misbehaviour, Place, camera_of
from devices.simulators.rtsp_packets import CLOCK_HZ, PAYLOAD_TYPE, JpegScan, Packets

PATH = "/door"
_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, TEARDOWN"
_INTERLEAVED = 0x24
_MOST_HEAD_BYTES = 8_192
_GARBAGE = b"\x00\x8fnothing that anybody speaks\r\n" * 4_000
_TRICKLE_S = 0.05


class RtspSimulator(CameraSimulator):
    """Serves `rtsp://host:port/door` until it is closed.

    Parameters
    ----------
    pictures
        What it shows, made with `for_rtp`; None is the test card.
    place
        Where it is.
    """

    def __init__(self, pictures: CameraPictures | None = None, place: Place = ON_THIS_MACHINE) -> None:
        super().__init__(_Viewer, pictures or CameraPictures(for_rtp=True), place)

    @property
    def uri(self) -> str:
        """By which Kura opens it, without user and password."""
        return f"rtsp://{self.host}:{self.port}{PATH}"

    def __enter__(self) -> RtspSimulator:
        """Return the simulator."""
        return self


class _Viewer(socketserver.StreamRequestHandler):
    timeout = 60

    def setup(self) -> None:
        super().setup()
        self._camera = camera_of(self.server)
        self._writing = threading.Lock()
        self._paused = threading.Event()
        self._sender: threading.Thread | None = None

    def handle(self) -> None:
        while (head := self._next_head()) is not None and not self._camera.closing.is_set():
            request, headers = head
            method, _, rest = request.partition(" ")
            self._camera.hang()
            if self._camera.misbehaviour in (Misbehaviour.SENDS_GARBAGE, Misbehaviour.PULLED_OUT):
                self._garble()
                return
            if not self._answer(method, rest.partition(" ")[0], headers):
                return

    def finish(self) -> None:
        self._paused.set()
        if self._sender is not None:
            self._sender.join()
        with suppress(OSError):  # the viewer is gone
            super().finish()

    def _next_head(self) -> tuple[str, dict[str, str]] | None:
        """Return the line and the headers of the next request; reports on the transmission are passed over."""
        lines: list[str] = []
        while (first := self.rfile.read(1)) and first[0] == _INTERLEAVED:
            _, length = struct.unpack(">BH", self.rfile.read(3))
            self.rfile.read(length)
        line = first + self.rfile.readline(_MOST_HEAD_BYTES)
        while line.strip() and len(lines) < 100:
            lines.append(line.decode("latin-1").strip())
            line = self.rfile.readline(_MOST_HEAD_BYTES)
        if not lines:
            return None
        pairs = (line.partition(":") for line in lines[1:])
        return lines[0], {name.strip().lower(): value.strip() for name, _, value in pairs}

    def _answer(self, method: str, url: str, headers: dict[str, str]) -> bool:
        """Answer one request; say whether to go on."""
        told = {"CSeq": headers.get("cseq", "0"), "Server": SERVER}
        if method == "OPTIONS":
            self._reply("200 OK", told | {"Public": _METHODS})
        elif not self._camera.admits(headers.get("authorization", "")):
            self._reply("401 Unauthorized", told | {"WWW-Authenticate": 'Basic realm="camera"'})
        elif not url.partition("://")[2].partition("/")[2].startswith(PATH[1:]):
            self._reply("404 Not Found", told)
        elif method == "DESCRIBE":
            body = self._description()
            self._reply("200 OK", told | {"Content-Type": "application/sdp", "Content-Base": url + "/"}, body)
        elif method == "SETUP" and "RTP/AVP/TCP" not in headers.get("transport", ""):
            self._reply("461 Unsupported Transport", told)
        else:
            self._control(method, told)
        return method != "TEARDOWN"

    def _control(self, method: str, told: dict[str, str]) -> None:
        session = told | {"Session": "1;timeout=60"}
        if method == "SETUP":
            self._reply("200 OK", session | {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"})
        elif method in ("PLAY", "PAUSE", "GET_PARAMETER", "TEARDOWN"):
            self._reply("200 OK", session)
            if method == "PLAY" and self._sender is None:
                self._sender = threading.Thread(target=self._send, name="simulated camera's pictures")
                self._sender.start()
            elif method in ("PAUSE", "TEARDOWN"):
                self._paused.set()
        else:
            self._reply("501 Not Implemented", told)

    def _description(self) -> bytes:
        lines = (
            "v=0",
            f"o=- 0 0 IN IP4 {self._camera.host}",
            f"s={SERVER}",
            f"c=IN IP4 {self._camera.host}",
            "t=0 0",
            "a=control:*",
            f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
            f"a=framerate:{self._camera.pictures.fps:g}",
            "a=control:pictures",
            "",
        )
        return "\r\n".join(lines).encode()

    def _reply(self, status: str, headers: dict[str, str], body: bytes = b"") -> None:
        if body:
            lie = 1_000 if self._camera.misbehaviour is Misbehaviour.LIES_ABOUT_LENGTH else 0
            headers = headers | {"Content-Length": str(len(body) + lie)}
        lines = [f"RTSP/1.0 {status}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        answer = "\r\n".join(lines).encode() + body
        if self._camera.misbehaviour is Misbehaviour.TRICKLES:
            self._trickle(answer)
        else:
            with self._writing:
                self.wfile.write(answer)

    def _send(self) -> None:
        packets, source = Packets(secrets.randbits(32)), self._camera.pictures
        step = int(CLOCK_HZ / source.fps)
        with self._camera.viewing() as told, suppress(OSError):  # the viewer is gone
            for number, jpeg in enumerate(source.paced()):
                if self._paused.is_set() or self._camera.closing.is_set():
                    return
                frames = [_interleaved(packet) for packet in packets.of(JpegScan.of(jpeg), number * step)]
                if not self._show(frames, told()):
                    return

    def _show(self, frames: list[bytes], misbehaviour: Misbehaviour | None) -> bool:
        """Send one picture, or what stands for it; say whether the viewer may go on."""
        if misbehaviour is Misbehaviour.HANGS:
            self._camera.hang()
        elif misbehaviour in (Misbehaviour.SENDS_GARBAGE, Misbehaviour.PULLED_OUT):
            self._garble()
            return False
        elif misbehaviour is Misbehaviour.TRICKLES:
            self._trickle(b"".join(frames))
        else:
            if misbehaviour is Misbehaviour.LIES_ABOUT_LENGTH:
                frames = [frame[:2] + struct.pack(">H", len(frame) // 2) + frame[4:] for frame in frames]
            with self._writing:
                self.wfile.write(b"".join(frames))
        return True

    def _garble(self) -> None:
        """Say something that nobody understands, or nothing, and hang up."""
        with self._writing, suppress(OSError):  # the viewer is gone
            if self._camera.misbehaviour is Misbehaviour.SENDS_GARBAGE:
                self.wfile.write(_GARBAGE)
            self.connection.shutdown(2)

    def _trickle(self, data: bytes) -> None:
        for byte in data:
            with self._writing:
                self.wfile.write(bytes([byte]))
            if self._camera.closing.wait(_TRICKLE_S) or self._camera.misbehaviour is not Misbehaviour.TRICKLES:
                return


def _interleaved(packet: bytes) -> bytes:
    return struct.pack(">BBH", _INTERLEAVED, 0, len(packet)) + packet
