"""A pushed camera with the page that pushes: the server starts when it is opened and ends when it is closed."""

from __future__ import annotations

import socket
from collections.abc import Callable

from biometrics.errors import DeviceBusyError
from devices.browser.camera import PushedCamera
from devices.browser.channel import FrameChannel
from devices.browser.gate import Gate
from devices.browser.loopback import HOST, LoopbackServer, listen
from devices.browser.proofs import Proofs
from devices.browser.service import CameraService
from devices.contract import DeviceDescriptor, DeviceInfo, DeviceKind


class ServedCamera(PushedCamera):
    """Implements `devices.contract.Device`.

    Parameters
    ----------
    uri
        As shown.
    listener
        Where the page is served; closed with the camera.
    token
        What its address holds.
    simulated
        Whether its frames are nobody's.
    left
        Called once when it is closed and the port is free again.
    """

    def __init__(
        self, uri: str, listener: socket.socket, *, token: str, simulated: bool, left: Callable[[], None]
    ) -> None:
        port: int = listener.getsockname()[1]
        descriptor = DeviceDescriptor(
            uri=uri, kind=DeviceKind.CAMERA, name="camera of a web browser", simulated=simulated
        )
        url = f"http://{HOST}:{port}/#{token}"
        super().__init__(
            DeviceInfo(descriptor=descriptor, streams=True, details={"url": url}), FrameChannel(simulated=simulated)
        )
        self._server = LoopbackServer(listener, Gate(CameraService(self.channel, Proofs(token, port)).app(), port=port))
        self._left: Callable[[], None] | None = left

    def close(self) -> None:
        """Let the page and what waits end, and give the port back; closing again does nothing."""
        super().close()
        self._server.close()
        left, self._left = self._left, None
        if left is not None:
            left()


def listen_at(port: int, last_port: int, source: str) -> socket.socket:
    """Return a socket at a port; where that is 0, at the last one if it is free, else at any.

    Raises
    ------
    DeviceBusyError, CaptureError
        As `devices.browser.loopback.listen`.
    """
    if port or not last_port:
        return listen(port, source)
    try:
        return listen(last_port, source)
    except DeviceBusyError:
        return listen(0, source)
