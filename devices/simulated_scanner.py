"""A fingerprint scanner on which a simulated person's fingers are pressed: `simulated:finger?person=42&seed=1`.

`person` says whose fingers they are and `seed` which visit it is: another visit leaves other impressions of the same
fingers, the same visit the same ones in the same order. `profile` is one of the simulator's; `missing` names, with
commas between them, fingers the person does not have.
"""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from urllib.parse import parse_qsl

from biometrics.errors import CaptureError, SampleError
from biometrics.positions import FINGERS, Position
from biometrics.samples import BiometricSample, now_utc
from devices.contract import CaptureRequest, DeviceDescriptor, DeviceInfo, DeviceKind
from devices.simulated import PPI, PROFILES, MasterPrint, Profile, fingers_of, grow_master, take_impression

_SCHEME = "simulated:finger"
_EXAMPLE = f"write it like {_SCHEME}?person=42&seed=1&profile=ordinary"
_PARAMETERS = frozenset({"person", "seed", "profile", "missing"})

_MOST_DIGITS = 15
"""Of a number in a URI; seeds of that size fit 64 bits."""

_MOST_TOUCHES = 1_000
"""Of one finger in one visit, so that no two visits share an impression."""


class SimulatedScanner:
    """Implements `devices.contract.FingerprintScanner`; masters are grown once, when first pressed.

    Parameters
    ----------
    uri
        Of the form above.

    Raises
    ------
    CaptureError
        When the URI is another's, or a part of it cannot be used.
    """

    def __init__(self, uri: str) -> None:
        given = _parameters(uri)
        self._traits = fingers_of(_number(uri, given, "person"))
        self._visit = _number(uri, given, "seed", "0")
        self._profile = _profile(uri, given)
        self._missing = _positions(uri, given)
        self._masters: dict[Position, MasterPrint] = {}
        self._touches: Counter[Position] = Counter()
        self._closed = False
        descriptor = DeviceDescriptor(
            uri=uri, kind=DeviceKind.FINGERPRINT_SCANNER, name="simulated fingerprint scanner", simulated=True
        )
        self._info = DeviceInfo(descriptor=descriptor, ppi=PPI)

    @property
    def info(self) -> DeviceInfo:
        """What it is."""
        return self._info

    def capture(self, request: CaptureRequest) -> BiometricSample:
        """Press the finger once more; a simulated finger is there at once.

        Raises
        ------
        CaptureError
            When the scanner is closed, the person lacks the finger, or it was pressed 1,000 times.
        """
        uri, position = self._info.descriptor.uri, request.positions[0]
        if self._closed:
            raise CaptureError("the scanner is closed", source=uri, remedy="open it again")
        if position in self._missing:
            raise CaptureError(
                f"no finger was pressed: the person has no {position.value}", source=uri, remedy="skip this finger"
            )
        if self._touches[position] == _MOST_TOUCHES:
            raise CaptureError(
                f"{position.value} was pressed {_MOST_TOUCHES} times", source=uri, remedy="open it with another seed"
            )
        if position not in self._masters:
            self._masters[position] = grow_master(self._traits[position])
        touch = self._visit * _MOST_TOUCHES + self._touches[position]
        self._touches[position] += 1
        pixels = take_impression(self._masters[position], touch, self._profile)
        return BiometricSample(
            position=position, pixels=pixels, ppi=PPI, captured_at=now_utc(), device=uri, simulated=True
        )

    def close(self) -> None:
        """Forget the masters; closing again does nothing."""
        self._closed = True
        self._masters.clear()

    def __enter__(self) -> SimulatedScanner:
        """Return the scanner."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def _parameters(uri: str) -> dict[str, str]:
    scheme, _, query = uri.partition("?")
    if scheme != _SCHEME:
        raise CaptureError("no driver knows this URI", source=uri, remedy=_EXAMPLE)
    try:
        given = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise CaptureError("the part after ? cannot be read", source=uri, remedy=_EXAMPLE) from None
    names = [name for name, _ in given]
    if len(set(names)) < len(names) or not _PARAMETERS.issuperset(names):
        known = ", ".join(sorted(_PARAMETERS))
        raise CaptureError(f"each of {known} may be given once, and nothing else", source=uri, remedy=_EXAMPLE)
    return dict(given)


def _number(uri: str, given: dict[str, str], name: str, default: str = "") -> int:
    text = given.get(name, default)
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise CaptureError(
            f"{name} must be a whole number of at most {_MOST_DIGITS} digits", source=uri, remedy=_EXAMPLE
        )
    return int(text)


def _profile(uri: str, given: dict[str, str]) -> Profile:
    name = given.get("profile", "ordinary")
    if name not in PROFILES:
        raise CaptureError(f"no profile {name!r}", source=uri, remedy=f"use one of {', '.join(PROFILES)}")
    return PROFILES[name]


def _positions(uri: str, given: dict[str, str]) -> frozenset[Position]:
    names = given["missing"].split(",") if "missing" in given else []
    try:
        missing = frozenset(Position.parse(name) for name in names)
    except SampleError as error:
        raise CaptureError(error.message, source=uri, remedy=error.remedy) from error
    if not missing.issubset(FINGERS):
        raise CaptureError("a missing finger must be one of the ten fingers", source=uri, remedy=_EXAMPLE)
    return missing
