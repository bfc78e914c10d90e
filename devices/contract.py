"""What drivers offer and what they are asked for.

A *driver* finds devices of its kind and opens them by URI (`devices.uris`); an open *device* says what it is, streams
frames and captures. Both block, and are used by one thread at a time: `devices.opened` puts that thread in between,
with time-outs that hold even where a device hangs. Judging what was captured is no business of this room: whoever
wants the best of many frames passes a `FrameJudge`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol, runtime_checkable

import numpy as np

from biometrics.arrays import Pixels
from biometrics.errors import CaptureError, DeviceProtocolError
from biometrics.positions import FINGERS, Position
from biometrics.samples import BiometricSample
from biometrics.slaps import Slap
from devices.calls import Call, check_timeout
from devices.uris import DeviceUri


class DeviceKind(Enum):
    """What a device captures."""

    FINGERPRINT_SCANNER = "fingerprint scanner"
    CAMERA = "camera"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDescriptor:
    """A device that can be opened; nothing is opened yet.

    Parameters
    ----------
    uri
        Names driver and device, such as `simulated:finger?person=1`; opening it opens this device.
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
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """What an open device says about itself.

    Parameters
    ----------
    descriptor
        As it was opened.
    ppi
        Resolution of its samples, pixels per inch; None for cameras.
    slaps
        Fingers that it takes pressed together; empty where it takes one at a time, or a face.
    streams
        Whether `stream` shows what it sees.
    judges
        Whether it measures quality itself and captures at `CaptureRequest.least_quality`; others deliver frames, of
        which `CaptureRequest.judge` chooses.
    make, model, serial, firmware
        As the device states them; empty where it does not.
    details
        What else is worth telling people, by name; no secrets.
    """

    descriptor: DeviceDescriptor
    ppi: float | None = None
    slaps: frozenset[Slap] = frozenset()
    streams: bool = False
    judges: bool = False
    make: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One picture of a stream.

    Parameters
    ----------
    pixels
        uint8 [height, width] grey or [height, width, 3] RGB; never written to again by the driver.
    number
        Counts the frames of one stream or capture from 0; a gap means that frames were left out.
    captured_at
        UTC.

    Raises
    ------
    DeviceProtocolError
        When the pixels are empty or of another type or shape, the number is below 0, or the time has no zone.
    """

    pixels: Pixels
    number: int
    captured_at: datetime

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if self.pixels.dtype != np.uint8 or not (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)):
            raise DeviceProtocolError(f"a frame must be uint8 grey or RGB, not {self.pixels.dtype} {shape}")
        if not self.pixels.size or self.number < 0 or self.captured_at.tzinfo is None:
            raise DeviceProtocolError("a frame is empty, or lacks its number or the zone of its time")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameJudgement:
    """What a judge says of one frame.

    Parameters
    ----------
    score
        Higher is better; None when the frame shows nothing that could be taken.
    take
        True when it is good enough to end the capture with.
    """

    score: float | None
    take: bool = False


@runtime_checkable
class FrameJudge(Protocol):
    """Looks at frames one after the other, in the device's thread; slow ones make frames be left out."""

    def __call__(self, frame: Frame, /) -> FrameJudgement:
        """Judge one frame; what it raises ends the capture."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRequest:
    """One capture to be made.

    Parameters
    ----------
    positions
        What is presented: one finger, the fingers of a slap that are there, or the face.
    slap
        Set when the fingers are pressed together.
    timeout_s
        Seconds within which there must be an answer.
    least_quality
        1-100: a device that judges captures as soon as it is reached, and the best it saw when time is up.
    judge
        Chooses among frames where the device does not judge; without it the first frame is taken.

    Raises
    ------
    CaptureError
        When the positions are none, no fingers of the slap, or several without a slap, or a number is out of range.
    """

    positions: tuple[Position, ...]
    slap: Slap | None = None
    timeout_s: float = 10.0
    least_quality: int | None = None
    judge: FrameJudge | None = None

    def __post_init__(self) -> None:
        allowed = (*FINGERS, Position.FACE) if self.slap is None else self.slap.fingers
        wrong = [position.value for position in self.positions if position not in allowed]
        if wrong or not self.positions or len(set(self.positions)) < len(self.positions):
            raise CaptureError(
                f"a capture cannot be of {wrong[0] if wrong else 'nothing, or of one finger twice'}",
                remedy="name one of the ten fingers, fingers of one slap, or the face",
            )
        if self.slap is None and len(self.positions) > 1:
            raise CaptureError("several fingers are captured together only as a slap", remedy="name the slap")
        if self.least_quality is not None and not 1 <= self.least_quality <= 100:
            raise CaptureError(f"{self.least_quality} is no quality to ask for", remedy="give 1 to 100")
        check_timeout(self.timeout_s)

    @property
    def missing(self) -> tuple[Position, ...]:
        """Fingers of the slap that are not presented, from left to right."""
        return tuple(finger for finger in (self.slap.fingers if self.slap else ()) if finger not in self.positions)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CapturedSample:
    """One finger or face of a capture.

    Parameters
    ----------
    sample
        What the sensor saw. Where a slap was asked for, either a named finger, or the whole picture at
        `Position.UNKNOWN`, which is still to be taken apart.
    device_quality
        0-100 as the device judged it; None where it does not.
    """

    sample: BiometricSample
    device_quality: float | None = None

    def __post_init__(self) -> None:
        if self.device_quality is not None and not 0 <= self.device_quality <= 100:
            raise CaptureError(f"a quality of {self.device_quality} lies outside 0-100")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureEvidence:
    """What proves where samples come from, for the record; nothing of it shows a person.

    Parameters
    ----------
    transaction
        Identifier of the capture, which the device repeated under its signature.
    serial
        Of the device, as signed.
    certificate_sha256
        Hexadecimal digest of the certificate that signed.
    chain_hash
        Last link of the device's chain of captures.
    device_time
        As signed, UTC.
    """

    transaction: str
    serial: str
    certificate_sha256: str
    chain_hash: str
    device_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Captured:
    """What one capture gave.

    Parameters
    ----------
    samples
        At least one; in the order the device gave them. Fingers that were asked for and not seen are not among them.
    frames_seen
        How many frames it was chosen from; 1 where the device chooses itself.
    evidence
        Where the device signs.
    """

    samples: tuple[CapturedSample, ...]
    frames_seen: int = 1
    evidence: CaptureEvidence | None = None

    def __post_init__(self) -> None:
        if not self.samples:
            raise CaptureError("a capture without a sample is none")


@runtime_checkable
class Device(Protocol):
    """An open device; blocking, and used by one thread at a time. Only `close` may come from another one."""

    @property
    def info(self) -> DeviceInfo:
        """What it is; also known once it is closed."""
        ...

    def stream(self, call: Call) -> Iterator[Frame]:
        """Yield what it sees until the call is cancelled, or its time up; the newest frame when the reader is slow.

        Raises
        ------
        CaptureError
            When the device shows no frames (`DeviceRefusedError`), is closed, or fails as in `capture`. The end that
            the call asked for is none: the iterator just ends.
        """
        ...

    def capture(self, request: CaptureRequest, call: Call) -> Captured:
        """Wait for what is presented and return it.

        Raises
        ------
        NothingPresentedError
            When nothing was presented in time.
        DeviceRefusedError
            When the device cannot capture what is asked for.
        DeviceLostError, DeviceBusyError, DeviceTimeoutError, DeviceProtocolError, DeviceTrustError
            By what went wrong; nothing of an untrusted or damaged answer is returned.
        CaptureCancelledError
            When the call was cancelled.
        """
        ...

    def close(self) -> None:
        """Give the device back, and let a call that is under way end; closing again does nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of an examination of this machine: something is there, or missing and how to get it.

    Parameters
    ----------
    what
        What was looked for, in a few words.
    fine
        Whether it is there.
    told
        What was found, or why that keeps devices from being used.
    command
        The command to run, exactly; empty where nothing can be run.
    optional
        True when its absence only limits a driver, instead of keeping it from working.
    """

    what: str
    fine: bool
    told: str
    command: str = ""
    optional: bool = False


@runtime_checkable
class Driver(Protocol):
    """Finds and opens the devices of one scheme. Making one is cheap: what is heavy is imported by its methods.

    Several threads may call it at once, a search and openings for instance; each open device has one thread.
    """

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes of the URIs it opens, such as `("rtsp", "rtsps")`."""
        ...

    @property
    def exclusive(self) -> bool:
        """Whether only one program at a time may have one of its devices open.

        A device is then what stands before the `?` of its URI.
        """
        ...

    def discover(self, call: Call) -> Sequence[DeviceDescriptor]:
        """Return what can be opened now; nothing where nothing is connected or installed.

        Raises
        ------
        CaptureError
            When looking failed; a driver that cannot work is `DriverUnavailableError`.
        """
        ...

    def open(self, uri: DeviceUri, call: Call) -> Device:
        """Open one device.

        Raises
        ------
        CaptureError
            `DeviceNotFoundError`, `DriverUnavailableError`, `DeviceBusyError` and others, by what went wrong; a URI
            that cannot be read is a plain `CaptureError`.
        """
        ...

    def examine(self, call: Call) -> Sequence[Finding]:
        """Look at what this machine has of what the driver needs; never raises for what is missing."""
        ...
