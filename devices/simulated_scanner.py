"""A fingerprint scanner on which a simulated person's fingers are pressed: `simulated:finger?person=42&seed=1`.

`person` says whose fingers they are and `seed` which visit it is: another visit leaves other impressions of the same
fingers, the same visit the same ones in the same order. `profile` is one of the simulator's; `missing` names, with
commas between them, fingers the person does not have; `delay_ms` is how long it takes until fingers are pressed.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from biometrics.errors import (
    CaptureCancelledError,
    CaptureError,
    DeviceNotFoundError,
    DeviceRefusedError,
    DeviceTimeoutError,
    NothingPresentedError,
    SampleError,
)
from biometrics.positions import FINGERS, Modality, Position
from biometrics.samples import BiometricSample, now_utc
from biometrics.slaps import Slap
from devices.calls import Call
from devices.choices import DeviceChoices
from devices.contract import (
    Captured,
    CapturedSample,
    CaptureRequest,
    DeviceDescriptor,
    DeviceInfo,
    DeviceKind,
    Finding,
    Frame,
)
from devices.frames import Sensor, capture_best
from devices.simulated import PPI, PROFILES, MasterPrint, Profile, fingers_of, grow_master, take_impression
from devices.uris import DeviceUri

SCHEME = "simulated"
_TARGET = "finger"
_EXAMPLE = f"write it like {SCHEME}:{_TARGET}?person=42&seed=1&profile=ordinary"
_PARAMETERS = frozenset({"person", "seed", "profile", "missing", "delay_ms"})

_MOST_TOUCHES = 1_000
"""Of one finger in one visit, so that no two visits share an impression."""


_LIFTED_S = 0.1
"""Between two presses that a judge looks at."""

_LOOKS_S = 0.05
"""How often a scanner that waits looks whether it was closed."""


class SimulatedScanner:
    """Implements `devices.contract.Device`; masters are grown once, when first pressed.

    Parameters
    ----------
    uri
        Of the form above.

    Raises
    ------
    DeviceNotFoundError
        When it names another device than a finger scanner.
    CaptureError
        When a part of it cannot be used.
    """

    def __init__(self, uri: DeviceUri) -> None:
        if not uri.target:
            raise CaptureError("the URI names no device", source=uri.shown, remedy=_EXAMPLE)
        if uri.target != _TARGET:
            raise DeviceNotFoundError(f"only fingers are simulated, no {uri.target}", source=uri.shown, remedy=_EXAMPLE)
        given = uri.parameters(_PARAMETERS, _EXAMPLE)
        try:
            self._traits = fingers_of(uri.whole(given, "person"))
            self._visit = uri.whole(given, "seed", "0")
            self._delay_s = uri.whole(given, "delay_ms", "0") / 1000
        except CaptureError as error:
            raise error.advising(_EXAMPLE) from None
        self._profile = _profile(uri, given)
        self._missing = _positions(uri, given)
        self._masters: dict[Position, MasterPrint] = {}
        self._touches: Counter[Position] = Counter()
        self._closed = threading.Event()
        descriptor = DeviceDescriptor(
            uri=uri.shown, kind=DeviceKind.FINGERPRINT_SCANNER, name="simulated fingerprint scanner", simulated=True
        )
        self._info = DeviceInfo(descriptor=descriptor, ppi=PPI, slaps=frozenset(Slap), make="Kura", model="simulator")

    @property
    def info(self) -> DeviceInfo:
        """What it is."""
        return self._info

    def stream(self, call: Call) -> Iterator[Frame]:
        """Refuse: nothing is seen between two presses."""
        self._check_open()
        raise DeviceRefusedError("it shows no frames", source=call.uri, remedy="capture without a preview")

    def capture(self, request: CaptureRequest, call: Call) -> Captured:
        """Press the fingers once more: each gives a sample. A judge has a single finger pressed until it takes one.

        Raises
        ------
        NothingPresentedError
            When the person has none of the fingers.
        DeviceRefusedError
            When a face is asked for, or a finger was pressed 1,000 times.
        CaptureError
            When the scanner is closed.
        DeviceTimeoutError, CaptureCancelledError
            When the call ends before a finger is pressed.
        """
        self._check_open()
        if request.positions == (Position.FACE,):
            raise DeviceRefusedError("it takes no faces", source=call.uri, remedy="open a camera")
        pressed = [position for position in request.positions if position not in self._missing]
        if not pressed:
            named = ", ".join(position.value for position in request.positions)
            raise NothingPresentedError(
                f"no finger was pressed: the person has no {named}", source=call.uri, remedy="skip this finger"
            )
        self._wait(call)
        if request.judge is not None and request.slap is None:
            sensor = Sensor(uri=self._info.descriptor.uri, modality=Modality.FINGER, ppi=PPI, simulated=True)
            return capture_best(self._presses(pressed[0], call), request, call, sensor)
        return Captured(samples=tuple(CapturedSample(sample=self._press(position, call)) for position in pressed))

    def close(self) -> None:
        """Forget the masters and end a capture that waits; closing again does nothing."""
        self._closed.set()
        self._masters = {}

    def _check_open(self) -> None:
        if self._closed.is_set():
            uri = self._info.descriptor.uri
            raise CaptureError("the scanner is closed", source=uri, remedy="open it again")

    def _wait(self, call: Call) -> None:
        """Let the delay go by."""
        pressed = time.monotonic() + self._delay_s
        while (left_s := pressed - time.monotonic()) > 0:
            call.cancellation.wait(min(left_s, call.remaining_s, _LOOKS_S))
            self._check_open()
            if call.cancellation.wanted:
                call.check()
            if not call.remaining_s:
                raise NothingPresentedError("no finger was pressed in time", source=call.uri, remedy="try again")

    def _presses(self, position: Position, call: Call) -> Iterator[Frame]:
        """Lift the finger and press it again, until the call is over."""
        for number in count():
            try:
                sample = self._press(position, call)
            except (CaptureCancelledError, DeviceTimeoutError):
                return
            yield Frame(pixels=sample.pixels, number=number, captured_at=sample.captured_at)
            call.cancellation.wait(min(_LIFTED_S, call.remaining_s))
            self._check_open()

    def _press(self, position: Position, call: Call) -> BiometricSample:
        if self._touches[position] == _MOST_TOUCHES:
            raise DeviceRefusedError(
                f"{position.value} was pressed {_MOST_TOUCHES} times",
                source=call.uri,
                remedy="open it with another seed",
            )
        call.check()
        masters = self._masters
        if position not in masters:
            masters[position] = grow_master(self._traits[position])
        call.check()
        touch = self._visit * _MOST_TOUCHES + self._touches[position]
        self._touches[position] += 1
        pixels = take_impression(masters[position], touch, self._profile)
        uri = self._info.descriptor.uri
        return BiometricSample(
            position=position, pixels=pixels, ppi=PPI, captured_at=now_utc(), device=uri, simulated=True
        )


class SimulatedDriver:
    """Opens simulated scanners; there are as many as persons, so that discovery lists none."""

    schemes = (SCHEME,)
    exclusive = False

    def discover(self, call: Call) -> Sequence[DeviceDescriptor]:
        """Return nothing."""
        return ()

    def open(self, uri: DeviceUri, call: Call) -> SimulatedScanner:
        """Open the scanner of a simulated person, as `SimulatedScanner` does."""
        return SimulatedScanner(uri)

    def examine(self, call: Call) -> Sequence[Finding]:
        """Say that it needs nothing."""
        return (Finding(what="simulated fingers", fine=True, told="part of Kura"),)


def driver(choices: DeviceChoices) -> SimulatedDriver:
    """Return the driver of simulated scanners."""
    return SimulatedDriver()


def _profile(uri: DeviceUri, given: Mapping[str, str]) -> Profile:
    name = given.get("profile", "ordinary")
    if name not in PROFILES:
        raise CaptureError(f"no profile {name!r}", source=uri.shown, remedy=f"use one of {', '.join(PROFILES)}")
    return PROFILES[name]


def _positions(uri: DeviceUri, given: Mapping[str, str]) -> frozenset[Position]:
    names = given["missing"].split(",") if "missing" in given else []
    try:
        missing = frozenset(Position.parse(name) for name in names)
    except SampleError as error:
        raise CaptureError(error.message, source=uri.shown, remedy=error.remedy) from error
    if not missing.issubset(FINGERS):
        raise CaptureError("a missing finger must be one of the ten fingers", source=uri.shown, remedy=_EXAMPLE)
    return missing
