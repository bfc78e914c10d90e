"""A person captured with the devices of this machine, into a folder that `kura enroll` takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.devices.lookers import Lookers, modality_of
from api.devices.operator import Operator
from biometrics.errors import CaptureError, ConfigurationError
from biometrics.people.exceptions import CaptureException
from biometrics.positions import Modality
from devices.calls import Cancellation
from devices.contract import FrameJudge
from devices.opened import OpenDevice
from enrollment.capture.captured_person import CapturedPerson
from enrollment.capture.handing_over import MANIFEST, write_person
from enrollment.capture.judges import CaptureJudge
from enrollment.capture.judging import CaptureTools
from enrollment.capture.person import Station, capture_person
from enrollment.capture.plan import CapturePlan, CaptureStep
from enrollment.capture.session import CaptureSession
from enrollment.capture.session_folder import SessionFolder

SESSION = "session"
"""Folder of an unfinished capture, in that of the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureOrder:
    """Who is captured, and where to.

    Parameters
    ----------
    label
        By which the person will be enrolled.
    operator
        Who captures.
    folder
        For pictures, manifest and report.
    plan
        What is captured; an unfinished capture goes on with its own.
    exceptions
        What cannot be captured, known beforehand.
    """

    label: str
    operator: str
    folder: Path
    plan: CapturePlan
    exceptions: tuple[CaptureException, ...] = ()


def by_modality(devices: Sequence[OpenDevice], *, allow_simulated: bool) -> dict[Modality, OpenDevice]:
    """Return the device for fingers and the one for faces.

    Raises
    ------
    ConfigurationError
        When two of one kind are given, or one is simulated and the installation does not allow that.
    """
    found: dict[Modality, OpenDevice] = {}
    for device in devices:
        descriptor, modality = device.info.descriptor, modality_of(device.info)
        if descriptor.simulated and not allow_simulated:
            raise ConfigurationError(
                "this installation takes no captures of simulated devices",
                source=descriptor.uri,
                remedy="use a real one, or set devices.allow_simulated for a trial",
            )
        if modality in found:
            raise ConfigurationError(
                f"two devices capture a {modality.value}", source=descriptor.uri, remedy="name one of each kind"
            )
        found[modality] = device
    return found


def capture_into_folder(
    order: CaptureOrder,
    devices: Mapping[Modality, OpenDevice],
    tools: CaptureTools,
    lookers: Lookers,
    operator: Operator,
) -> CapturedPerson:
    """Capture a person, or go on where an interrupted capture of the same folder stands.

    Raises
    ------
    ConfigurationError
        When the folder holds a finished capture, or an unfinished one by somebody else.
    CaptureError, SampleError, StorageError
        As `capture_person`; what was captured so far is kept, and the same command goes on.
    """
    if (order.folder / MANIFEST).exists():
        raise ConfigurationError(
            "a person was captured into this folder already", source=str(order.folder), remedy="name another --out"
        )
    kept = SessionFolder(order.folder / SESSION)
    session = _session(order, kept, tools)

    def judge(step: CaptureStep) -> FrameJudge:
        return CaptureJudge(lookers.of(devices[step.modality].info, step.positions, step.slap))

    station = Station(
        devices=devices,
        decide=operator.decide,
        judge=judge,
        asked=operator.present,
        told=operator.tell,
        troubled=operator.trouble,
    )
    cancellation = Cancellation()
    try:
        person = capture_person(station, session, cancellation)
    finally:
        cancellation.cancel()
    write_person(person, order.label, order.folder)
    kept.erase()
    return person


def _session(order: CaptureOrder, kept: SessionFolder, tools: CaptureTools) -> CaptureSession:
    if not kept.holds_session:
        return CaptureSession.start(
            order.plan, tools, operator=order.operator, exceptions=order.exceptions, keep=kept.keep
        )
    state = kept.load(tools.extractors)
    if state.operator != order.operator:
        raise ConfigurationError(
            "somebody else began the capture in this folder", source=str(order.folder), remedy="name another --out"
        )
    return CaptureSession(state, tools, keep=kept.keep)


def require_devices(plan: CapturePlan, devices: Mapping[Modality, OpenDevice]) -> None:
    """Check that there is a device for every step before anybody presents anything.

    Raises
    ------
    CaptureError
        When there is none for one of them.
    """
    for step in plan.steps:
        if step.modality not in devices:
            raise CaptureError(
                f"no device was named that captures a {step.modality.value}",
                remedy="name one more URI, or leave that out of the plan",
            )
