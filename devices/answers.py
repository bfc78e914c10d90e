"""What drivers answer, taken for nothing before it was looked at: drivers come from anybody."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from biometrics.errors import BiometricsError, CaptureError, DeviceProtocolError, SampleError
from biometrics.positions import Position
from biometrics.samples import BiometricSample
from devices.contract import (
    Captured,
    CapturedSample,
    CaptureRequest,
    Device,
    DeviceDescriptor,
    DeviceInfo,
    Finding,
    Frame,
)
from devices.uris import DeviceUri

MOST_DEVICES = 1_000
"""That one search may find, or findings of one examination."""

_REPORT = "report this to whoever made the driver"

T = TypeVar("T")


def typed(uri: DeviceUri, work: Callable[[], T]) -> T:
    """Do something with a driver and return what it gives.

    Raises
    ------
    BiometricsError
        As the driver raises it, with the URI as its source; what is none is a `DeviceProtocolError` that says where the
        driver failed, and not with which words, since these may hold anything.
    """
    try:
        return work()
    except SampleError as error:
        failure: BiometricsError = DeviceProtocolError(error.message, source=error.source, remedy=error.remedy)
    except BiometricsError as error:
        failure = error
    except BaseException as error:  # noqa: BLE001 - a driver may raise what it wants
        failure = DeviceProtocolError(f"the driver failed: {_place_of(error)}", remedy=_REPORT)
    # Raised out here, it has no context: no traceback with other people's words comes along.
    raise without_secrets(failure, uri)


def without_secrets(error: BiometricsError, uri: DeviceUri) -> BiometricsError:
    """Return the error with a source, and without the secrets of the URI."""
    if uri.text != uri.shown:
        whole = (uri.text, uri.shown), (uri.text.partition(":")[2], uri.shown.partition(":")[2])
        for secret, shown in whole:
            error.message = error.message.replace(secret, shown)
            error.source = error.source and error.source.replace(secret, shown)
            error.remedy = error.remedy and error.remedy.replace(secret, shown)
        error.args = (error.message,)
        # What it was raised from may hold them too, in other people's words.
        error.__cause__ = error.__context__ = None
    return error.at(uri.shown).advising("see that the device is connected and free, then try again")


def checked_device(device: object) -> Device:
    """Return what a driver opened, when it is a device."""
    if not isinstance(device, Device):
        raise _not("a device", device)
    return device


def checked_info(info: object) -> DeviceInfo:
    """Return what a device says it is, when it says so."""
    if not isinstance(info, DeviceInfo) or not isinstance(info.descriptor, DeviceDescriptor):
        raise _not("what the device is", info)
    return info


def checked_frame(frame: object, after: int) -> Frame:
    """Return a frame whose number is higher than the last one's."""
    if not isinstance(frame, Frame):
        raise _not("a frame", frame)
    if frame.number <= after:
        raise DeviceProtocolError(f"frame {frame.number} came after frame {after}", remedy=_REPORT)
    return frame


def checked_captured(captured: object, request: CaptureRequest, info: DeviceInfo) -> Captured:
    """Return a capture whose samples are of what was asked for, and simulated where the device is."""
    if not isinstance(captured, Captured):
        raise _not("a capture", captured)
    allowed = {*request.positions} | ({Position.UNKNOWN} if request.slap else set())
    for taken in captured.samples:
        if not isinstance(taken, CapturedSample) or not isinstance(taken.sample, BiometricSample):
            raise _not("samples", taken)
        if taken.sample.position not in allowed:
            raise DeviceProtocolError(
                f"a sample of {taken.sample.position.value} came, which was not asked for", remedy=_REPORT
            )
        if info.descriptor.simulated and not taken.sample.simulated:
            raise DeviceProtocolError("a simulated device gave a sample that does not say so", remedy=_REPORT)
    positions = [taken.sample.position for taken in captured.samples]
    if len(set(positions)) < len(positions):
        raise DeviceProtocolError("two samples of one finger came", remedy=_REPORT)
    return captured


def checked_descriptors(found: object, schemes: Sequence[str]) -> tuple[DeviceDescriptor, ...]:
    """Return what a search found, each device once, by URI."""
    descriptors: dict[str, DeviceDescriptor] = {}
    for one in _several(found):
        if not isinstance(one, DeviceDescriptor):
            raise _not("devices", one)
        if DeviceUri.parse(one.uri).scheme not in schemes:
            raise CaptureError(
                "a driver found a device that is not its own", source=str(DeviceUri.parse(one.uri)), remedy=_REPORT
            )
        descriptors[one.uri] = one
    return tuple(descriptors[uri] for uri in sorted(descriptors))


def checked_findings(found: object) -> tuple[Finding, ...]:
    """Return what an examination found."""
    findings = []
    for one in _several(found):
        if not isinstance(one, Finding):
            raise _not("findings", one)
        findings.append(one)
    return tuple(findings)


def _several(found: object) -> list[object]:
    if not isinstance(found, Iterable):
        raise _not("a sequence", found)
    several = list(islice(found, MOST_DEVICES + 1))
    if len(several) > MOST_DEVICES:
        raise DeviceProtocolError(f"the driver told of more than {MOST_DEVICES} things", remedy=_REPORT)
    return several


def _not(expected: str, given: object) -> DeviceProtocolError:
    return DeviceProtocolError(f"the driver gave {type(given).__name__} instead of {expected}", remedy=_REPORT)


def _place_of(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
