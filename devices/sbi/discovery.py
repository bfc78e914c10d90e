"""Looking for services on the ports of the interface, all at the same time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from biometrics.errors import CaptureError
from devices.calls import Call
from devices.choices import DeviceChoices
from devices.contract import DeviceDescriptor, DeviceKind
from devices.sbi.asking import discovery_body
from devices.sbi.identity import DeviceState, discovered
from devices.sbi.json_text import read_json
from devices.sbi.places import SCHEME, ports, uri_of
from devices.sbi.wire import Place, ask
from devices.sbi.words import DeviceType, Status, Verb

_AT_ONCE = 32
_SERVICE_S = 3.0
"""How long one service is waited for, so that none that hangs holds up the list."""

_MOST_OF_ONE = 10
"""Devices of one service: so many of each of 100 ports are as many as a search may find (`devices.answers`)."""

_SHARE = 0.8
"""Of the call's time, so that what was found is told before it is up."""


def discover(choices: DeviceChoices, call: Call) -> Sequence[DeviceDescriptor]:
    """Return the devices of all services; what else listens on the ports is passed over.

    Raises
    ------
    DeviceTimeoutError, CaptureCancelledError
        When the call was over before it began, or was cancelled.
    """
    call.check()
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sbi-discovery") as pool:
        found = list(pool.map(lambda port: _devices_at(Place(host=choices.sbi_host, port=port), call), ports(choices)))
    if call.cancellation.wanted:
        call.check()
    return [one for several in found for one in several]


def _devices_at(place: Place, call: Call) -> list[DeviceDescriptor]:
    source = f"{SCHEME}:{place}"
    if not call.remaining_s or call.cancellation.wanted:
        return []
    own = Call(source, max(0.001, min(_SERVICE_S, _SHARE * call.remaining_s)), call.cancellation)
    try:
        answer = ask(place, Verb.DISCOVER, discovery_body(), own, threading.Event())
        states = discovered(read_json(answer.body, source), source) if answer.status == 200 else []
    except CaptureError:
        return []
    return [_descriptor(place, one) for one in states[:_MOST_OF_ONE] if one.identity.kind is not DeviceType.IRIS]


def _descriptor(place: Place, state: DeviceState) -> DeviceDescriptor:
    identity = state.identity
    name = f"{identity.make} {identity.model}".strip() or identity.serial
    return DeviceDescriptor(
        uri=uri_of(place, state.device_id or identity.serial),
        kind=DeviceKind.CAMERA if identity.kind is DeviceType.FACE else DeviceKind.FINGERPRINT_SCANNER,
        name=name if state.status is Status.READY else f"{name} ({state.status.value.lower()})",
        simulated=identity.simulated,
    )
