"""The words of the MOSIP Secure Biometric Interface 0.9.5, and what they are called in Kura.

Every number travels as text (`"count": "4"`, `"timeout": "10000"`, `"deviceSubId": "1"`): the specification's examples,
its schemas and the services that exist do not agree, and text is what the services that exist read. Whoever reads an
answer takes both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum

from biometrics.positions import FINGERS, Position
from biometrics.slaps import Slap

SPEC_VERSION = "0.9.5"

PURPOSE = "Registration"
"""The only purpose that gives pictures unencrypted; devices for `Auth` do not."""

ENVIRONMENTS = ("Staging", "Developer", "Pre-Production", "Production")

FIRST_PORT, LAST_PORT = 4501, 4600
"""Where services listen, on 127.0.0.1."""

ANY_DEVICE = "Biometric Device"
"""The type that a discovery asks for when every device shall answer."""

UNKNOWN = "UNKNOWN"
"""The subtype of a finger nobody labelled."""


class Verb(Enum):
    """HTTP methods of the interface; each has one path."""

    DISCOVER = "MOSIPDISC"
    INFO = "MOSIPDINFO"
    STREAM = "STREAM"
    CAPTURE = "RCAPTURE"

    @property
    def path(self) -> str:
        """Where it is sent to, below the base URL of the service."""
        return _PATHS[self]


_PATHS = {Verb.DISCOVER: "device", Verb.INFO: "info", Verb.STREAM: "stream", Verb.CAPTURE: "capture"}


class DeviceType(Enum):
    """What a device captures, in `type` and `bioType`."""

    FINGER = "Finger"
    FACE = "Face"
    IRIS = "Iris"


class DeviceSubType(Enum):
    """How a device captures, in `deviceSubType`."""

    SLAP = "Slap"
    SINGLE = "Single"
    TOUCHLESS = "Touchless"
    DOUBLE = "Double"
    FULL_FACE = "Full face"


class Status(Enum):
    """How a device is, in `deviceStatus`."""

    READY = "Ready"
    BUSY = "Busy"
    NOT_READY = "Not Ready"
    NOT_REGISTERED = "Not Registered"


class Certification(Enum):
    """Where a device keeps its keys, in `certification`."""

    L0 = "L0"
    """In software; the digital id is signed by the device key, as everything else is."""

    L1 = "L1"
    """In a chip (foundational trust module), whose own key signs the digital id."""


FINGER_NAMES: Mapping[Position, str] = {
    Position.LEFT_INDEX: "Left IndexFinger",
    Position.LEFT_MIDDLE: "Left MiddleFinger",
    Position.LEFT_RING: "Left RingFinger",
    Position.LEFT_LITTLE: "Left LittleFinger",
    Position.LEFT_THUMB: "Left Thumb",
    Position.RIGHT_INDEX: "Right IndexFinger",
    Position.RIGHT_MIDDLE: "Right MiddleFinger",
    Position.RIGHT_RING: "Right RingFinger",
    Position.RIGHT_LITTLE: "Right LittleFinger",
    Position.RIGHT_THUMB: "Right Thumb",
}
"""`bioSubType` and `exception` of the ten fingers."""

FINGERS_BY_NAME: Mapping[str, Position] = {FINGER_NAMES[finger]: finger for finger in FINGERS} | {
    UNKNOWN: Position.UNKNOWN
}

SUB_IDS: Mapping[Slap, str] = {Slap.LEFT: "1", Slap.RIGHT: "2", Slap.THUMBS: "3"}
"""`deviceSubId` of the part of a scanner that takes a slap."""

NO_SUB_ID = "0"
"""`deviceSubId` where no part of the device is meant: one finger, or the face."""

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)")
_LONGEST_TIME = 40


def time_text(moment: datetime) -> str:
    """Return a moment as the interface writes it: UTC, whole seconds, `2026-01-31T12:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: str) -> datetime:
    """Return the moment that a device wrote, in UTC.

    Fractions of a second and offsets are read as well; a time without a zone is refused, since devices and
    applications took those for UTC and for local time.

    Raises
    ------
    ValueError
        When it is no such time.
    """
    match = _TIME.fullmatch(text) if text.isascii() and len(text) <= _LONGEST_TIME else None
    if match is None:
        raise ValueError("this is no time with a zone")
    seconds, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{seconds}.{(fraction or '0')[:6].ljust(6, '0')}{zone}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("this time lies outside the calendar") from error
