"""What drivers answer, taken for nothing before it was looked at: drivers come from anybody."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
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
        error.message = uri.hidden_in(error.message)
        error.source = error.source and uri.hidden_in(error.source)
        error.remedy = error.remedy and uri.hidden_in(error.remedy)
        error.args = (error.message,)
        # What it was raised from may hold them too, in other people's words.
        error.__cause__ = error.__context__ = None
    return error.at(uri.shown).advising("see that the device is connected and free, then try again")


def checked_device(device: object) -> Device:
    """Return what a driver opened, when it is a device."""
    if not isinstance(device, Device):
        raise _not("a device", device)
    return device


def checked_info(info: object, uri: DeviceUri) -> DeviceInfo:
    """Return what a device says it is, when it says so, without the secrets of the URI."""
    if not isinstance(info, DeviceInfo) or not isinstance(info.descriptor, DeviceDescriptor):
        raise _not("what the device is", info)
    if uri.text == uri.shown:
        return info
    details = {name: uri.hidden_in(told) for name, told in info.details.items()}
    return replace(info, descriptor=_without_secrets(info.descriptor, uri), details=details)


def checked_frame(frame: object, after: int) -> Frame:
    """Return a frame whose number is higher than the last one's."""
    if not isinstance(frame, Frame):
        raise _not("a frame", frame)
    if frame.number <= after:
        raise DeviceProtocolError(f"frame {frame.number} came after frame {after}", remedy=_REPORT)
    return frame


def checked_captured(captured: object, request: CaptureRequest, info: DeviceInfo, uri: DeviceUri) -> Captured:
    """Return a capture whose samples are of what was asked for, and simulated where the device is; without secrets."""
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
    if uri.text == uri.shown:
        return captured
    return replace(captured, samples=tuple(_told_without_secrets(taken, uri) for taken in captured.samples))


def checked_descriptors(found: object, schemes: Sequence[str]) -> tuple[DeviceDescriptor, ...]:
    """Return what a search found, each device once, by URI."""
    descriptors: dict[str, DeviceDescriptor] = {}
    for one in _several(found):
        if not isinstance(one, DeviceDescriptor):
            raise _not("devices", one)
        uri = DeviceUri.parse(one.uri)
        if uri.scheme not in schemes:
            raise CaptureError("a driver found a device that is not its own", source=uri.shown, remedy=_REPORT)
        descriptors[uri.shown] = _without_secrets(one, uri)
    return tuple(descriptors[uri] for uri in sorted(descriptors))


def checked_findings(found: object) -> tuple[Finding, ...]:
    """Return what an examination found."""
    findings = []
    for one in _several(found):
        if not isinstance(one, Finding):
            raise _not("findings", one)
        findings.append(one)
    return tuple(findings)


def _without_secrets(descriptor: DeviceDescriptor, uri: DeviceUri) -> DeviceDescriptor:
    return replace(descriptor, uri=uri.hidden_in(descriptor.uri), name=uri.hidden_in(descriptor.name))


def _told_without_secrets(taken: CapturedSample, uri: DeviceUri) -> CapturedSample:
    return replace(taken, sample=replace(taken.sample, device=uri.hidden_in(taken.sample.device)))


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
