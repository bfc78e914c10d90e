"""The driver `sbi`: finds and opens the devices of this machine's Secure Biometric Interface services.

`sbi:http://127.0.0.1:4501/ID` is a device by its identifier or serial number; without `ID` it is the only one of the
service. Whom to believe is the installation's choice (`DeviceChoices.sbi_trust`); without it nothing is opened.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from devices.calls import Call
from devices.choices import DeviceChoices
from devices.contract import Device, DeviceDescriptor, Finding
from devices.sbi.places import SCHEME, wanted
from devices.sbi.replay import SeenRecords
from devices.uris import DeviceUri

# ruff: noqa: PLC0415 - cryptography and the readers of pictures take 0.2 s, which whoever only lists drivers is spared


class SbiDriver:
    """Implements `devices.contract.Driver`; its methods may be called from several threads.

    Parameters
    ----------
    choices
        Of the installation.
    """

    schemes: tuple[str, ...] = (SCHEME,)
    exclusive: bool = False
    """The service decides who captures: another program may list the device, or watch, meanwhile."""

    def __init__(self, choices: DeviceChoices) -> None:
        self._choices = choices
        self._seen = SeenRecords()

    def discover(self, call: Call) -> Sequence[DeviceDescriptor]:
        """Ask every port at the same time; what listens there and is no such service is passed over."""
        from devices.sbi import discovery

        return discovery.discover(self._choices, call)

    def open(self, uri: DeviceUri, call: Call) -> Device:
        """Open a device, and prove who it is; errors as `devices.contract.Driver.open`."""
        from devices.sbi.device import SbiDevice
        from devices.sbi.session import Session
        from devices.sbi.trust import Anchors

        asked_for = wanted(uri, self._choices)
        anchors = Anchors.read(self._choices.sbi_trust, uri.shown)
        session = Session(asked_for, self._choices, anchors, threading.Event())
        return SbiDevice(uri.shown, session, self._seen, call)

    def examine(self, call: Call) -> Sequence[Finding]:
        """Look at the certificates that are trusted, and at the services that run."""
        from devices.sbi.examination import examine

        return examine(self._choices, call)


def driver(choices: DeviceChoices) -> SbiDriver:
    """Return the driver, for the entry point."""
    return SbiDriver(choices)
