"""What devices say when they fail: the error codes of the interface, and the errors of Kura that they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from biometrics.errors import (
    CaptureError,
    DeviceBusyError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceRefusedError,
    DeviceTrustError,
    NothingPresentedError,
)

SUCCESS = "0"

_LONGEST_SAID = 120
_SERVICE = "ask its provider, naming the code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One error code.

    Parameters
    ----------
    kind
        The error that it is.
    meaning
        What happened, in one sentence.
    remedy
        What to do about it.
    only_this
        True when it tells of one finger alone: what else the answer holds may be taken.
    """

    kind: type[CaptureError]
    meaning: str
    remedy: str
    only_this: bool = False


FAILURES: Mapping[str, Failure] = {
    "100": Failure(
        kind=DeviceRefusedError,
        meaning="the device is not registered",
        remedy="register it with its provider's management client",
    ),
    "101": Failure(
        kind=NothingPresentedError,
        meaning="the device saw no finger or face",
        remedy="present it again, and hold still",
        only_this=True,
    ),
    "102": Failure(
        kind=NothingPresentedError,
        meaning="the device could not take what was presented",
        remedy="clean the sensor, then present it again",
        only_this=True,
    ),
    "103": Failure(
        kind=DeviceTrustError,
        meaning="the device says that somebody tampered with it",
        remedy="take it out of use, and tell its provider",
    ),
    "104": Failure(
        kind=DeviceRefusedError,
        meaning="the device cannot reach its management server",
        remedy="see to the network of its service, then try again",
    ),
    "105": Failure(
        kind=NothingPresentedError,
        meaning="what was presented lies the wrong way round",
        remedy="turn it the right way, then present it again",
        only_this=True,
    ),
    "106": Failure(
        kind=DeviceNotFoundError,
        meaning="the service does not find the device",
        remedy="connect it; kura devices list shows what is there",
    ),
    "107": Failure(
        kind=DeviceTrustError,
        meaning="the device's key has expired",
        remedy="have its provider's management client renew the key",
    ),
    "108": Failure(
        kind=DeviceRefusedError,
        meaning="the device lacks a key of the domain",
        remedy="have its provider's management client fetch the keys",
    ),
    "109": Failure(
        kind=DeviceRefusedError,
        meaning="the device cannot capture that many at once",
        remedy="capture fewer together, or one after the other",
    ),
    "110": Failure(kind=DeviceRefusedError, meaning="the device is not ready", remedy="wait a moment, then try again"),
    "111": Failure(
        kind=DeviceBusyError, meaning="somebody else uses the device", remedy="end the other capture, then try again"
    ),
    "112": Failure(kind=DeviceProtocolError, meaning="the device takes the transaction for malformed", remedy=_SERVICE),
    "202": Failure(
        kind=DeviceNotFoundError,
        meaning="no device is connected to the service",
        remedy="connect it; kura devices list shows what is there",
    ),
    "701": Failure(
        kind=NothingPresentedError,
        meaning="nothing was presented in time",
        remedy="present it again, and hold still",
        only_this=True,
    ),
    "703": Failure(
        kind=DeviceBusyError,
        meaning="another capture is under way at the device",
        remedy="end the other capture, then try again",
    ),
}
"""By code. 5xx are the provider's own. 701 and 703 stand in no specification: MOSIP's own mock service sends them."""


def code_of(value: object) -> str | None:
    """Return an `errorCode` as text: services send it as text and as a number; None when it is neither."""
    if isinstance(value, str):
        code = value.strip()
        return code if code.isascii() and code.isprintable() and 0 < len(code) <= 12 else None
    return str(value) if type(value) is int and 0 <= value <= 99_999 else None


def failure_of(code: str, said: object, source: str) -> CaptureError:
    """Return the error that a code other than `SUCCESS` is.

    Parameters
    ----------
    code
        As `code_of` reads it.
    said
        `errorInfo`, the device's own words; shown only where the code is not the specification's.
    source
        The device, for the error.
    """
    known = FAILURES.get(code)
    if known is None:
        return DeviceRefusedError(
            f"the device refused with its own code {_shown(code)}{_words(said)}",
            source=source,
            remedy=_SERVICE,
            code=code,
        )
    if known.kind is DeviceRefusedError:
        return DeviceRefusedError(known.meaning, source=source, remedy=known.remedy, code=code)
    if known.kind is DeviceTrustError:
        return DeviceTrustError(known.meaning, source=source, remedy=known.remedy, check=f"device-{code}")
    return known.kind(known.meaning, source=source, remedy=known.remedy)


def _words(said: object) -> str:
    return f": {_shown(said)}" if isinstance(said, str) and said.strip() else ""


def _shown(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text.strip()[:_LONGEST_SAID])
