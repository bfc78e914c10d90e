"""What libfprint says is connected."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from devices.calls import Call
from devices.fprint.failures import failure
from devices.fprint.process import ChildProcess, waited_for
from devices.fprint.usb import permit_command

_MOST = 64
_FIRST = "0"
"""libfprint's name for the only device of a driver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDevice:
    """One device of libfprint's list.

    Parameters
    ----------
    driver
        libfprint's name for what drives it.
    ident
        libfprint's name for it among the driver's.
    name
        For people.
    scan
        `press` or `swipe`.
    captures
        Whether it gives out pictures.
    """

    driver: str
    ident: str
    name: str
    scan: str
    captures: bool

    @property
    def uri(self) -> str:
        """By which it is opened."""
        return f"fprint:{self.driver}" + ("" if self.ident == _FIRST else "/" + quote(self.ident, safe=""))

    @property
    def simulated(self) -> bool:
        """Whether it is one of libfprint's virtual devices, at which no person is."""
        return self.driver.startswith("virtual_")


def listed_devices(child: ChildProcess, call: Call) -> tuple[ListedDevice, ...]:
    """Ask a process for what is connected.

    Raises
    ------
    DeviceTimeoutError, CaptureCancelledError, DeviceLostError, DeviceProtocolError
        By what went wrong.
    """
    answer = waited_for(child, child.ask("list"), call)
    if answer.event == "failed":
        raise failure(answer, call.uri, permit_command())
    entries = answer.fields.get("devices")
    if answer.event != "devices" or not isinstance(entries, list) or len(entries) > _MOST:
        raise child.garbage("it does not list devices")
    devices = tuple(_device(entry) for entry in entries)
    if None in devices:
        raise child.garbage("its list of devices cannot be read")
    return tuple(device for device in devices if device is not None)


def _device(entry: object) -> ListedDevice | None:
    if not isinstance(entry, dict):
        return None
    texts = [entry.get(name) for name in ("driver", "id", "name", "scan")]
    if not all(isinstance(text, str) and text and len(text) <= 200 and text.isprintable() for text in texts):
        return None
    driver, ident, name, scan = (str(text) for text in texts)
    return ListedDevice(driver=driver, ident=ident, name=name, scan=scan, captures=entry.get("captures") is True)
