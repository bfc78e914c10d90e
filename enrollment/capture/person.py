"""A person at the devices of a station, from the first step to the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from biometrics.errors import (
    CaptureCancelledError,
    CaptureError,
    CaptureMoveError,
    DeviceBusyError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceTimeoutError,
    NothingPresentedError,
    SampleError,
)
from biometrics.positions import Modality
from devices.calls import Cancellation
from devices.contract import Captured, CaptureRequest, DeviceInfo, FrameJudge
from enrollment.capture.captured_person import CapturedPerson, captured_person
from enrollment.capture.decisions import Decider, Decision, carry_out
from enrollment.capture.moves import Phase
from enrollment.capture.outcome import Exhausted, StepOutcome, Undecided
from enrollment.capture.plan import CaptureStep
from enrollment.capture.session import CaptureSession

Trouble: TypeAlias = CaptureError | SampleError

_PASSING = (
    DeviceBusyError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceTimeoutError,
    NothingPresentedError,
    SampleError,
)
"""What the next attempt may not have: a cable is plugged in again, somebody puts the finger down. A device that is not
to be believed, refuses, or lacks its driver ends the capture at once."""


@runtime_checkable
class CaptureDevice(Protocol):
    """An open device that may be captured from, such as `devices.opened.OpenDevice`."""

    @property
    def info(self) -> DeviceInfo:
        """What it is."""
        ...

    def capture(self, request: CaptureRequest, cancellation: Cancellation | None = None) -> Captured:
        """Wait for what is presented and return it; raises as `devices.contract.Device.capture`."""
        ...


def leave_open(outcome: Undecided | Exhausted, /) -> Decision | None:
    """Leave every decision for later."""


def tell_nobody(*_: object) -> None:
    """Tell nobody."""


def no_judge(step: CaptureStep, /) -> FrameJudge | None:
    """Let the first frame be taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """What a person is captured with, and who is asked and told.

    Parameters
    ----------
    devices
        One per modality.
    decide
        Asked about steps that need a person's decision.
    judge
        Gives the judge of frames for a step, for devices that stream and do not judge themselves.
    asked
        Told every step before it is captured.
    told
        Told every outcome.
    troubled
        Told what a device failed with, or why a decision is not possible, and how often in a row; it may wait until
        somebody has seen to it.
    """

    devices: Mapping[Modality, CaptureDevice]
    decide: Decider = leave_open
    judge: Callable[[CaptureStep], FrameJudge | None] = no_judge
    asked: Callable[[CaptureStep], None] = tell_nobody
    told: Callable[[StepOutcome], None] = tell_nobody
    troubled: Callable[[Trouble, int], None] = tell_nobody


def capture_person(
    station: Station, session: CaptureSession, cancellation: Cancellation | None = None
) -> CapturedPerson:
    """Capture what is left of a session, step by step, and return the person.

    Raises
    ------
    CaptureError
        When a device fails more often in a row than the policy tries, or for good; `CaptureCancelledError` when
        nobody wants the capture any more. The session stands where its last outcome was told, and can be gone on with.
    CaptureMoveError
        When decisions were left open.
    SampleError, ProcessingError, StorageError
        As `CaptureSession.offer`.
    """
    wanted = cancellation or Cancellation()
    while True:
        if wanted.wanted:
            raise CaptureCancelledError("the capture of the person was cancelled", remedy="go on with the session")
        step = session.next_step
        if step is not None:
            _capture_step(station, session, step, wanted)
        elif not _decide_waiting(station, session):
            return captured_person(session.state)


def _capture_step(station: Station, session: CaptureSession, step: CaptureStep, cancellation: Cancellation) -> None:
    """Present a step once, and let a person decide at once where the outcome needs it."""
    station.asked(step)
    try:
        outcome = _offered(station, session, step, cancellation)
    except NothingPresentedError:
        # A finger that no scanner sees, such as a mason's, is decided about where somebody decides.
        outcome = session.if_given_up(step.name)
        if not isinstance(outcome, Exhausted) or not _decide(station, session, outcome):
            raise
        return
    station.told(outcome)
    if isinstance(outcome, Undecided | Exhausted):
        _decide(station, session, outcome)


def _offered(station: Station, session: CaptureSession, step: CaptureStep, cancellation: Cancellation) -> StepOutcome:
    device = station.devices.get(step.modality)
    if device is None:
        raise CaptureError(
            f"no device captures a {step.modality.value}", remedy="open one, or leave it out of the plan"
        )
    policy, failed = session.policy, 0
    while True:
        try:
            return session.offer(step, device.capture(_request(station, session, step, device), cancellation))
        except _PASSING as error:
            failed += 1
            station.troubled(error, failed)
            if failed >= policy.device_tries:
                raise
            if cancellation.wait(policy.device_pause_s):
                raise CaptureCancelledError("the capture of the person was cancelled") from error


def _request(station: Station, session: CaptureSession, step: CaptureStep, device: CaptureDevice) -> CaptureRequest:
    policy = session.policy
    return CaptureRequest(
        positions=step.positions,
        slap=step.slap,
        timeout_s=policy.timeout_s(step.modality),
        least_quality=(policy.least_device_quality or None) if device.info.judges else None,
        # A scanner that shows no stream gives touches, one by one: a judge would ask for one press after the other.
        judge=station.judge(step) if device.info.streams and not device.info.judges else None,
    )


def _decide_waiting(station: Station, session: CaptureSession) -> bool:
    """Ask once more about the steps that wait; say whether one was decided, which may have changed the others."""
    waiting = (outcome for outcome in session.waiting if isinstance(outcome, Undecided | Exhausted))
    return any(_decide(station, session, outcome) for outcome in waiting)


def _decide(station: Station, session: CaptureSession, outcome: Undecided | Exhausted) -> bool:
    """Ask until the step does not wait any more, or nobody decides; say whether somebody did."""
    decided, refused = False, 0
    asked: StepOutcome | None = outcome
    while isinstance(asked, Undecided | Exhausted):
        decision = station.decide(asked)
        if decision is None:
            break
        try:
            if session.state.of(asked.step).phase is Phase.OPEN:
                session.give_up(asked.step)
            outcomes = carry_out(session, asked, decision)
        except CaptureMoveError as error:
            refused += 1
            station.troubled(error, refused)
            if refused >= session.policy.device_tries:
                raise
            continue
        decided = True
        for after in outcomes:
            station.told(after)
        # The decision may have been about other steps: then this one waits, and is asked about again.
        asked = next((waiting for waiting in session.waiting if waiting.step == asked.step), None)
    return decided
