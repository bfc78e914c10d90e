"""What every capture driver offers: a scanner is opened by its URI, asked what it is, and captures until it is closed.

Judging a sample is not a driver's business: it delivers what it saw, or a `CaptureError` that says why it saw nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Protocol, runtime_checkable

from biometrics.errors import CaptureError
from biometrics.positions import FINGERS, Position
from biometrics.samples import BiometricSample


class DeviceKind(Enum):
    """What a device captures."""

    FINGERPRINT_SCANNER = "fingerprint scanner"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDescriptor:
    """A device that can be opened; nothing is opened yet.

    Parameters
    ----------
    uri
        Names driver and device, such as `simulated:finger?person=1`.
    kind
        What it captures.
    name
        For people.
    simulated
        True when its samples are nobody's.
    """

    uri: str
    kind: DeviceKind
    name: str
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """What an open device says about itself.

    Parameters
    ----------
    descriptor
        As it was opened.
    ppi
        Resolution of its samples, pixels per inch.
    """

    descriptor: DeviceDescriptor
    ppi: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRequest:
    """One capture to be made.

    Parameters
    ----------
    position
        The finger to be pressed: one of the ten.
    timeout_s
        Seconds to wait for it.

    Raises
    ------
    CaptureError
        When no particular finger is named, or the time is no positive number.
    """

    position: Position
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        if self.position not in FINGERS:
            raise CaptureError(
                f"a scanner cannot be asked for {self.position.value}", remedy="name one of the ten fingers"
            )
        if not (math.isfinite(self.timeout_s) and self.timeout_s > 0):
            raise CaptureError(f"{self.timeout_s} is no time to wait", remedy="give seconds, more than 0")


@runtime_checkable
class FingerprintScanner(Protocol):
    """An open scanner; leaving its context closes it. Used by one thread at a time."""

    @property
    def info(self) -> DeviceInfo:
        """What it is; also known once it is closed."""
        ...

    def capture(self, request: CaptureRequest) -> BiometricSample:
        """Wait for the finger and return what the sensor saw, at the position that was asked for.

        Raises
        ------
        CaptureError
            When there is no finger, or the scanner is closed.
        """
        ...

    def close(self) -> None:
        """Give the device back; closing again does nothing."""
        ...

    def __enter__(self) -> FingerprintScanner:
        """Return the scanner."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        ...
