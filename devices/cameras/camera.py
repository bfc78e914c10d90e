"""What all cameras share: URIs that say what is presented, and captures out of frames."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

from biometrics.errors import BiometricsError, CaptureError
from biometrics.positions import Modality
from biometrics.samples import check_ppi
from biometrics.slaps import Slap
from devices.calls import Call
from devices.contract import Captured, CaptureRequest, DeviceDescriptor, DeviceInfo, DeviceKind, Frame
from devices.frames import Sensor, capture_best, check_presentable
from devices.uris import DeviceUri

OPTIONS = frozenset({"kind", "ppi"})
"""Of every camera's URI: `kind=face`, which is so anyway, or `kind=finger&ppi=500`."""

_EXAMPLE = "say kind=finger&ppi=500 for fingers, and nothing for faces"


def sensor_of(uri: DeviceUri, given: Mapping[str, str], *, simulated: bool) -> Sensor:
    """Read what a camera is presented with from the options of its URI.

    Raises
    ------
    CaptureError
        When they are wrong, or one of them does not go with the other.
    """
    kind = given.get("kind", "face")
    if kind not in ("face", "finger") or ("ppi" in given) != (kind == "finger"):
        raise CaptureError("kind is face, or finger with its ppi", source=uri.shown, remedy=_EXAMPLE)
    if kind == "face":
        return Sensor(uri=uri.shown, simulated=simulated)
    try:
        ppi = check_ppi(float(uri.whole(given, "ppi")))
    except BiometricsError as error:
        raise CaptureError(error.message, source=uri.shown, remedy=_EXAMPLE) from error
    return Sensor(uri=uri.shown, modality=Modality.FINGER, ppi=ppi, simulated=simulated)


def info_of(sensor: Sensor, name: str, details: Mapping[str, str], *, streams: bool = True) -> DeviceInfo:
    """Return what a camera says about itself; details without a value are left out."""
    face = sensor.modality is Modality.FACE
    return DeviceInfo(
        descriptor=DeviceDescriptor(
            uri=sensor.uri,
            kind=DeviceKind.CAMERA if face else DeviceKind.FINGERPRINT_SCANNER,
            name=name,
            simulated=sensor.simulated,
        ),
        ppi=sensor.ppi,
        slaps=frozenset() if face else frozenset(Slap),
        streams=streams,
        details={what: told for what, told in details.items() if told},
    )


class FrameCamera(ABC):
    """A device whose captures are chosen among its frames; `frames` is what kinds of it differ in."""

    def __init__(self, info: DeviceInfo, sensor: Sensor) -> None:
        self._info, self._sensor = info, sensor

    @property
    def info(self) -> DeviceInfo:
        """What it is."""
        return self._info

    @abstractmethod
    def frames(self, call: Call) -> Iterator[Frame]:
        """Yield frames that were taken after the call began, until it is over."""

    @abstractmethod
    def close(self) -> None:
        """Give the device back."""

    def stream(self, call: Call) -> Iterator[Frame]:
        """Yield what it sees; see `devices.contract.Device`."""
        yield from self.frames(call)

    def capture(self, request: CaptureRequest, call: Call) -> Captured:
        """Choose among what it sees; see `devices.contract.Device`."""
        check_presentable(request, self._sensor)
        return capture_best(self.frames(call), request, call, self._sensor)

    def closed(self) -> CaptureError:
        """Return the error for a call that comes too late."""
        return CaptureError("the camera is closed", source=self._sensor.uri, remedy="open it again")


def is_over(call: Call) -> bool:
    """Say whether a call is cancelled, or its time up."""
    return call.cancellation.wanted or not call.remaining_s


def with_secrets(uri: DeviceUri, uris: Sequence[str]) -> DeviceUri:
    """Return the URI of the settings that is shown like this one, so that what discovery lists can be opened."""
    known = [DeviceUri.parse(text) for text in uris]
    return next((camera for camera in known if camera.shown == uri.text), uri)
