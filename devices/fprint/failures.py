"""What libfprint's errors mean, and what to do about them."""

from __future__ import annotations

from biometrics.errors import (
    CaptureError,
    DeviceBusyError,
    DeviceLostError,
    DeviceProtocolError,
    DeviceRefusedError,
    DeviceTimeoutError,
    DriverUnavailableError,
)
from devices.fprint.wire import Message

PACKAGES = ("libfprint-2-2", "gir1.2-fprint-2.0", "python3-gi")
"""Debian's, with everything that the driver needs; nothing is compiled."""

INSTALL = f"sudo apt-get install {' '.join(PACKAGES)}"

ADVICE = {
    "too-short": ("the swipe was too short", "swipe the whole finger, more slowly"),
    "center-finger": ("the finger was not in the middle", "put the finger on the middle of the scanner"),
    "remove-finger": ("the scanner could not take the finger", "lift the finger, wipe it dry, and press it again"),
    "general": ("no ridges were found in the picture", "press the finger again, firmly and still"),
}
"""What happened and what to do, by libfprint's code for a scan to be made again."""

_AGAIN = "pull the scanner out and in, then capture again"
_BUSY = "close the other program; the login service lets go by itself, or: sudo systemctl stop fprintd"

_MEANINGS: dict[tuple[str, str], tuple[type[CaptureError], str, str]] = {
    ("device", "already-open"): (DeviceBusyError, "the scanner is open already", _BUSY),
    ("device", "busy"): (DeviceBusyError, "the scanner is busy", _BUSY),
    ("device", "removed"): (DeviceLostError, "the scanner was pulled out", "connect it, then capture again"),
    ("device", "not-supported"): (DeviceRefusedError, "the scanner cannot do this", "use another scanner"),
    ("device", "too-hot"): (DeviceRefusedError, "the scanner is too hot", "let it cool for some minutes"),
    ("device", "general"): (DeviceRefusedError, "the scanner refused", _AGAIN),
    ("device", "data-not-found"): (DeviceRefusedError, "the scanner does not have what it was asked for", _AGAIN),
    ("device", "data-full"): (DeviceRefusedError, "the memory of the scanner is full", _AGAIN),
    ("io", "timed-out"): (DeviceTimeoutError, "the scanner did not answer", _AGAIN),
    ("io", "busy"): (DeviceBusyError, "another program uses the scanner", _BUSY),
    ("io", "address-in-use"): (DeviceBusyError, "another program uses the scanner", _BUSY),
    ("usb", "timed-out"): (DeviceTimeoutError, "the scanner did not answer", _AGAIN),
    ("usb", "no-device"): (DeviceLostError, "the scanner was pulled out", "connect it, then capture again"),
    ("usb", "already-open"): (DeviceBusyError, "another program uses the scanner", _BUSY),
    ("usb", "busy"): (DeviceBusyError, "another program uses the scanner", _BUSY),
    ("usb", "not-supported"): (DeviceRefusedError, "the scanner cannot do this", "use another scanner"),
}


def failure(answer: Message, uri: str, permit: str) -> CaptureError:
    """Return the error that libfprint told of.

    Parameters
    ----------
    answer
        With the event `failed`.
    uri
        Of the device, without secrets.
    permit
        The command that gives permission to use the device.
    """
    family, code = answer.text("family"), answer.text("code")
    told = answer.text("message")
    if code == "permission-denied":
        return DriverUnavailableError(
            "this user may not use the scanner",
            source=uri,
            remedy=f"allow it, then pull the scanner out and in: {permit}",
            missing=("permission for the USB device",),
            command=permit,
        )
    kind, meaning, remedy = _MEANINGS.get(
        (family, code), (DeviceProtocolError, "the scanner and its driver do not understand each other", _AGAIN)
    )
    message = f"{meaning} (libfprint: {told or code or 'no reason'})"
    if kind is DeviceRefusedError:
        return DeviceRefusedError(message, source=uri, remedy=remedy, code=code)
    return kind(message, source=uri, remedy=remedy)


def unavailable(uri: str, missing: str) -> DriverUnavailableError:
    """Return the error for a machine without libfprint, or without Python's way to it."""
    return DriverUnavailableError(
        f"fingerprint scanners need libfprint and its Python binding; {missing or 'a part of it'} is not installed",
        source=uri,
        remedy=f"install it: {INSTALL}",
        missing=(missing,) if missing else PACKAGES,
        command=INSTALL,
    )
