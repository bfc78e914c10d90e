"""Network cameras over HTTP: `mjpeg:http://user:password@192.0.2.7/video?camera=1`.

The query is the camera's. What Kura is told stands behind `#`: `mjpeg:http://192.0.2.7/video#kind=finger&ppi=500`.
"""

from __future__ import annotations

from collections.abc import Sequence

from biometrics.image_writing import SIMULATED_KEYWORD
from devices.calls import Call
from devices.cameras.addresses import NAME, NetworkAddress, descriptor_of, parse_address
from devices.cameras.camera import info_of, sensor_of, with_secrets
from devices.cameras.live import LiveCamera, first_picture
from devices.cameras.opencv import size_text
from devices.choices import DeviceChoices
from devices.contract import Device, DeviceDescriptor, Driver, Finding
from devices.uris import DeviceUri

_EXAMPLE = "write it like mjpeg:http://user:password@192.0.2.7:8080/video"


def driver(choices: DeviceChoices) -> Driver:
    """Return the driver of cameras that stream JPEG pictures over HTTP."""
    return MjpegDriver(choices)


class MjpegDriver:
    """Opens cameras by their address; discovery lists those that the settings name."""

    schemes: tuple[str, ...] = ("mjpeg",)
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
        from devices.cameras.http_feed import HttpFeed  # noqa: PLC0415 - httpx is heavy

        call.check()
        uri = with_secrets(uri, self._choices.cameras)
        address = _address(uri)
        feed = HttpFeed(address, uri.shown)
        reading, taken = first_picture(feed, uri.shown, call)
        try:
            picture = taken.decode()
        except BaseException:
            reading.stop()
            raise
        simulated = picture.simulated or SIMULATED_KEYWORD in feed.server
        sensor = sensor_of(uri, address.options, simulated=simulated)
        info = info_of(sensor, NAME, {"size": size_text(picture.pixels), "codec": "MJPG"})
        return LiveCamera(lambda: HttpFeed(address, uri.shown), reading, info, sensor)

    def examine(self, call: Call) -> Sequence[Finding]:
        """Return nothing: what it needs comes with Kura."""
        del call
        return ()


def _address(uri: DeviceUri) -> NetworkAddress:
    address = parse_address(uri, uri.text.removeprefix("mjpeg:"), ("http", "https"), _EXAMPLE)
    descriptor_of(uri, address)
    return address
