"""Fingerprint scanners through libfprint: `fprint:uru4000`, `fprint:virtual_image?ppi=500`.

The target is libfprint's name for what drives the scanner and, where libfprint names the device otherwise than `0`, a
stroke and that name. One device has one name only, so that two programs cannot both take it; of two alike, which
libfprint cannot tell apart, the first is used. `ppi` states the resolution where Kura's table does not know it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from biometrics.errors import CaptureError, DeviceNotFoundError, DeviceRefusedError
from devices.calls import Call
from devices.choices import DeviceChoices
from devices.contract import DeviceDescriptor, DeviceInfo, DeviceKind, Finding
from devices.fprint.examination import examine
from devices.fprint.failures import failure
from devices.fprint.listing import ListedDevice, listed_devices
from devices.fprint.process import ChildProcess, interpreters, start_child, waited_for
from devices.fprint.resolution import resolve_ppi
from devices.fprint.scanner import FprintScanner
from devices.fprint.usb import permit_command
from devices.uris import DeviceUri

_SCHEME = "fprint"
_TARGET = re.compile(r"([a-z0-9_]{1,64})(?:/[^/]{1,600})?")
_EXAMPLE = "write it like fprint:uru4000 or fprint:virtual_image?ppi=500; kura devices list shows what is connected"


class FprintDriver:
    """Implements `devices.contract.Driver`; every device, and every look around, has a process of its own.

    Parameters
    ----------
    choices
        Of which it takes `fprint_ppi`.
    pythons
        Interpreters, of which the first with PyGObject and libfprint is used; None is Kura's, then the system's.
    """

    schemes = (_SCHEME,)
    exclusive = True

    def __init__(self, choices: DeviceChoices, pythons: tuple[str, ...] | None = None) -> None:
        self._choices = choices
        self._pythons = interpreters() if pythons is None else pythons

    def discover(self, call: Call) -> Sequence[DeviceDescriptor]:
        """Return the connected scanners that give out pictures; the others compare inside and are of no use here.

        Raises
        ------
        DriverUnavailableError
            When libfprint, or Python's way to it, is not installed.
        DeviceTimeoutError, CaptureCancelledError, DeviceLostError, DeviceProtocolError
            By what went wrong.
        """
        found = self._list(call)
        return list({device.uri: _descriptor(device, device.uri) for device in found if device.captures}.values())

    def open(self, uri: DeviceUri, call: Call) -> FprintScanner:
        """Open one scanner in a process of its own.

        Raises
        ------
        DriverUnavailableError
            When libfprint, or Python's way to it, is not installed, or this user may not use the scanner.
        DeviceNotFoundError
            When it is not connected.
        DeviceRefusedError
            When it gives out no pictures, or nobody knows its resolution.
        CaptureError
            When the URI cannot be read; DeviceBusyError and others by what went wrong.
        """
        wanted = _driver_of(uri)
        stated = uri.parameters(frozenset({"ppi"}), _EXAMPLE).get("ppi")
        if stated is not None:
            resolve_ppi(wanted, stated, {}, uri.shown)  # a wrong one is told before anything is opened
        child = self._start(call)
        try:
            device = _find(listed_devices(child, call), uri)
            ppi, source = resolve_ppi(device.driver, stated, self._choices.fprint_ppi, uri.shown)
            number = child.ask("open", driver=device.driver, id=device.ident)
            answer = waited_for(child, number, call)
            if answer.event != "opened":
                raise failure(answer, uri.shown, permit_command())
        except BaseException:
            child.end()
            raise
        info = DeviceInfo(
            descriptor=_descriptor(device, uri.shown),
            ppi=ppi,
            model=device.name,
            details={"driver": device.driver, "scan": device.scan, "resolution from": source},
        )
        return FprintScanner(info, child)

    def examine(self, call: Call) -> Sequence[Finding]:
        """Say whether libfprint is there, what is connected, and what keeps it from being used."""
        return examine(lambda: self._list(call), self._choices.fprint_ppi)

    def _list(self, call: Call) -> tuple[ListedDevice, ...]:
        child = self._start(call)
        try:
            return listed_devices(child, call)
        finally:
            child.end()

    def _start(self, call: Call) -> ChildProcess:
        child, python = start_child(self._pythons, call)
        self._pythons = (python,)
        return child


def driver(choices: DeviceChoices) -> FprintDriver:
    """Make the driver; nothing is started yet."""
    return FprintDriver(choices)


def _driver_of(uri: DeviceUri) -> str:
    parts = _TARGET.fullmatch(uri.target)
    if parts is None:
        raise CaptureError("the URI names no scanner", source=uri.shown, remedy=_EXAMPLE)
    return parts[1]


def _find(devices: Sequence[ListedDevice], uri: DeviceUri) -> ListedDevice:
    fitting = [device for device in devices if device.uri == f"{_SCHEME}:{uri.target}"]
    if not fitting:
        others = ", ".join(device.uri for device in devices if device.captures) or "none"
        raise DeviceNotFoundError(
            "no such scanner is connected", source=uri.shown, remedy=f"connect it; connected are: {others}"
        )
    if not fitting[0].captures:
        raise DeviceRefusedError(
            f"{fitting[0].name} compares fingers in its own chip and gives out no pictures",
            source=uri.shown,
            remedy="use a scanner that gives out pictures",
            code="match-on-chip",
        )
    return fitting[0]


def _descriptor(device: ListedDevice, uri: str) -> DeviceDescriptor:
    return DeviceDescriptor(uri=uri, kind=DeviceKind.FINGERPRINT_SCANNER, name=device.name, simulated=device.simulated)
