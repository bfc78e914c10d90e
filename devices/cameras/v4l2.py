"""Cameras of this machine (Video4Linux2): `v4l2:0`, `v4l2:0?width=1280&height=720&fps=30`.

The kernel lets one program at a time take pictures, whichever it is; so Kura needs no lock of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from biometrics.errors import CaptureError, DeviceNotFoundError, DeviceProtocolError, DriverUnavailableError
from devices.calls import Call
from devices.cameras.camera import OPTIONS, info_of, sensor_of
from devices.cameras.capture_feed import CaptureFeed, OpenCapture
from devices.cameras.live import LiveCamera, first_picture
from devices.cameras.opencv import codec_name, quiet_opencv, size_text
from devices.cameras.v4l2_nodes import Kernel, Node
from devices.choices import DeviceChoices
from devices.contract import Device, DeviceDescriptor, Driver, Finding
from devices.frames import Sensor
from devices.uris import DeviceUri

_EXAMPLE = "write it like v4l2:0 or v4l2:0?width=1280&height=720&fps=30"
_WISHES = {"width": 10_000, "height": 10_000, "fps": 240}
"""What may be wished for, and the most of it; a camera that cannot gives what comes nearest."""

_FPS, _FOURCC = 5, 6
"""OpenCV's numbers of properties: CAP_PROP_FPS, CAP_PROP_FOURCC."""


def open_with_opencv(index: int, wishes: Mapping[str, int]) -> OpenCapture | None:
    """Open a camera through OpenCV; None when it does not open."""
    cv2 = quiet_opencv()
    capture = cv2.VideoCapture(index, cv2.CAP_V4L2)
    if not capture.isOpened():
        capture.release()
        return None
    if wishes:  # uncompressed, most cameras give large pictures only slowly
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    properties = {"width": cv2.CAP_PROP_FRAME_WIDTH, "height": cv2.CAP_PROP_FRAME_HEIGHT, "fps": cv2.CAP_PROP_FPS}
    for name, value in wishes.items():
        capture.set(properties[name], value)
    opened: OpenCapture = capture
    return opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where the driver looks, and by what it opens; tests put their own in.

    Parameters
    ----------
    kernel
        Knows the cameras.
    opens
        Opens the camera of a number with wishes as to its pictures; None when it does not open.
    """

    kernel: Kernel = field(default_factory=Kernel)
    opens: Callable[[int, Mapping[str, int]], OpenCapture | None] = open_with_opencv


THIS_MACHINE = Machine()


def driver(choices: DeviceChoices) -> Driver:
    """Return the driver of this machine's cameras; nothing about it can be chosen."""
    del choices
    return V4l2Driver(THIS_MACHINE)


class V4l2Driver:
    """Finds and opens cameras of this machine."""

    schemes: tuple[str, ...] = ("v4l2",)
    exclusive: bool = False

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def discover(self, call: Call) -> Sequence[DeviceDescriptor]:
        """Return the nodes that give pictures; a forbidden one is an error only where none else is there."""
        call.check()
        found: list[DeviceDescriptor] = []
        forbidden: DriverUnavailableError | None = None
        for index in self._machine.kernel.indexes():
            uri = f"v4l2:{index}"
            try:
                node = self._machine.kernel.node(index, uri)
            except DriverUnavailableError as error:
                forbidden = error
                continue
            except CaptureError:  # pulled out a moment ago
                continue
            if node is not None:
                found.append(info_of(Sensor(uri=uri), node.name, {}).descriptor)
        if forbidden is not None and not found:
            raise forbidden
        return found

    def open(self, uri: DeviceUri, call: Call) -> Device:
        """Open a camera and wait for its first picture; see `devices.contract.Driver`."""
        call.check()
        given = uri.parameters(OPTIONS.union(_WISHES), _EXAMPLE)
        index, wishes = _index(uri), _wishes(uri, given)
        sensor = sensor_of(uri, given, simulated=False)
        node = self._found(index, sensor.uri)

        details = {"kernel driver": node.driver, "connected at": node.bus}

        def opened(timeout_s: float) -> OpenCapture:
            del timeout_s
            capture = self._opened(node, wishes, sensor.uri)
            fps = capture.get(_FPS)
            details.update({"fps": f"{fps:g}" if fps > 0 else "", "codec": codec_name(capture.get(_FOURCC))})
            return capture

        reading, taken = first_picture(CaptureFeed(opened, sensor.uri), sensor.uri, call)
        info = info_of(sensor, node.name, {"size": size_text(taken.decode().pixels)} | details)
        return LiveCamera(lambda: CaptureFeed(opened, sensor.uri), reading, info, sensor)

    def examine(self, call: Call) -> Sequence[Finding]:
        """Look for cameras, and whether this user may open them; without one nothing is wrong."""
        try:
            found = self.discover(call)
        except DriverUnavailableError as error:
            return (
                Finding(
                    what="cameras of this machine",
                    fine=False,
                    told=f"{error.message}; log in again afterwards",
                    command=error.command or "",
                ),
            )
        names = ", ".join(f"{camera.uri} {camera.name}" for camera in found)
        told = names or "none is connected, or the kernel lacks its driver (uvcvideo for most)"
        return (Finding(what="cameras of this machine", fine=bool(found), told=told, optional=True),)

    def _found(self, index: int, source: str) -> Node:
        node = self._machine.kernel.node(index, source)
        if node is None:
            raise DeviceNotFoundError(
                "this node gives no pictures", source=source, remedy="kura devices list shows the cameras"
            )
        return node

    def _opened(self, node: Node, wishes: Mapping[str, int], source: str) -> OpenCapture:
        self._machine.kernel.require_free(node, source)
        capture = self._machine.opens(node.index, wishes)
        if capture is None:
            self._machine.kernel.require_free(node, source)
            raise DeviceProtocolError(
                "the camera does not start", source=source, remedy="connect it again, without a hub, then try again"
            )
        return capture


def _index(uri: DeviceUri) -> int:
    if not (uri.target.isascii() and uri.target.isdecimal() and len(uri.target) <= 4):
        raise CaptureError("the camera is named by its number", source=uri.shown, remedy=_EXAMPLE)
    return int(uri.target)


def _wishes(uri: DeviceUri, given: Mapping[str, str]) -> dict[str, int]:
    try:
        wishes = {name: uri.whole(given, name) for name in _WISHES if name in given}
    except CaptureError as error:
        raise error.advising(_EXAMPLE) from None
    if any(not 1 <= wishes[name] <= _WISHES[name] for name in wishes) or ("width" in wishes) != ("height" in wishes):
        raise CaptureError("width goes with height, and fps is at most 240", source=uri.shown, remedy=_EXAMPLE)
    return wishes
