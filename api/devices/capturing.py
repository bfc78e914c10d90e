"""A person captured with the devices of this machine, into a folder that `kura enroll` takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.devices.capture_folder import CaptureFolder
from api.devices.lookers import Lookers, modality_of
from api.devices.operator import Operator, Standing, Waiting
from api.devices.station_device import StationDevice, simulated_refused
from biometrics.errors import CaptureError, CaptureMoveError, ConfigurationError, SampleError
from biometrics.people.exceptions import CaptureException
from biometrics.positions import Modality
from devices.calls import Cancellation
from devices.contract import FrameJudge
from devices.opened import OpenDevice
from enrollment.capture.captured_person import CapturedPerson
from enrollment.capture.decisions import Decision
from enrollment.capture.handing_over import write_person
from enrollment.capture.judges import CaptureJudge
from enrollment.capture.judging import CaptureTools
from enrollment.capture.moves import Phase
from enrollment.capture.person import CaptureDevice, Station, capture_person
from enrollment.capture.plan import CapturePlan, CaptureStep
from enrollment.capture.session import CaptureSession
from enrollment.capture.state import SessionState


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
        What is captured.
    allow_simulated
        Whether samples that show nobody are taken.
    exceptions
        What cannot be captured, known beforehand.
    """

    label: str
    operator: str
    folder: CaptureFolder
    plan: CapturePlan
    allow_simulated: bool
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
            raise simulated_refused(descriptor.uri)
        if modality in found:
            raise ConfigurationError(
                f"two devices that capture a {modality.value} are named",
                source=descriptor.uri,
                remedy="name one of each kind",
            )
        found[modality] = device
    return found


def require_devices(plan: CapturePlan, devices: Mapping[Modality, CaptureDevice]) -> None:
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


def capture_into_folder(
    order: CaptureOrder,
    devices: Mapping[Modality, CaptureDevice],
    tools: CaptureTools,
    lookers: Lookers,
    operator: Operator,
) -> CapturedPerson:
    """Capture a person, or go on where an interrupted capture into the same folder stands.

    Raises
    ------
    ConfigurationError
        As `CaptureFolder.require_usable`; when an unfinished capture there is somebody else's or of another plan; and
        when a sample shows nobody, and that is not allowed.
    CaptureError, SampleError, StorageError
        As `capture_person`; what was captured so far is kept, and the same command goes on.
    """
    session = _session(order, tools, operator)

    def judge(step: CaptureStep) -> FrameJudge:
        looker = lookers.required(devices[step.modality].info, step.positions, step.slap)
        return CaptureJudge(looker, watch=operator.watcher())

    put_off: dict[str, SessionState] = {}

    def decide(outcome: Waiting) -> Decision | None:
        if put_off.get(outcome.step) is session.state:
            return None  # nothing happened since this was put off: it would be the same question again
        decision = operator.decide(outcome, _standing(session, outcome))
        if decision is None:
            put_off[outcome.step] = session.state
        return decision

    station = Station(
        devices={
            modality: StationDevice(device=device, extractors=tools.extractors, allow_simulated=order.allow_simulated)
            for modality, device in devices.items()
        },
        decide=decide,
        judge=judge,
        asked=operator.present,
        told=operator.tell,
        troubled=operator.trouble,
    )
    person = _captured(station, session, order.folder, operator)
    write_person(person, order.label, order.folder.path)
    order.folder.erase_session()
    return person


def _captured(station: Station, session: CaptureSession, folder: CaptureFolder, operator: Operator) -> CapturedPerson:
    cancellation = Cancellation()
    try:
        return capture_person(station, session, cancellation)
    except CaptureMoveError:
        if session.next_step is None and session.waiting:
            raise folder.unfinished(", ".join(outcome.step for outcome in session.waiting)) from None
        raise
    except (CaptureError, SampleError):
        operator.ended()
        raise
    finally:
        cancellation.cancel()  # nothing goes on at a device after an interruption


def _session(order: CaptureOrder, tools: CaptureTools, operator: Operator) -> CaptureSession:
    kept = order.folder.session
    if not order.folder.require_usable(order.label):
        order.folder.begin(order.label)
        return CaptureSession.start(
            order.plan, tools, operator=order.operator, exceptions=order.exceptions, keep=kept.keep
        )
    state = kept.load(tools.extractors)
    refused = None
    if state.operator != order.operator:
        refused = "somebody else began the capture in this folder"
    elif not {step.name for step in order.plan.steps} <= {one.name for one in state.steps}:
        refused = "the capture in this folder was begun with another plan"
    if refused is not None:
        raise ConfigurationError(
            refused, source=str(order.folder.path), remedy="go on as it was begun, or name another --out"
        )
    session = CaptureSession(state, tools, keep=kept.keep)
    operator.goes_on(sum(one.phase.settled for one in state.steps), len(state.steps))
    for exception in order.exceptions:
        if not state.excepted.issuperset(exception.positions):
            session.state_exception(exception)
    return session


def _standing(session: CaptureSession, outcome: Waiting) -> Standing:
    state = session.state
    fingers = [one for one in state.steps if one.step.modality is Modality.FINGER]
    return Standing(
        operator=state.operator,
        expected=state.expected(state.of(outcome.step).step),
        accepted=tuple(one.name for one in fingers if one.phase is Phase.ACCEPTED),
        excused=tuple(position for exception in state.exceptions for position in exception.positions),
    )
