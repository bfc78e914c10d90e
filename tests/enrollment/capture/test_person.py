"""A person from the first step to a folder that is enrolled, at devices that fail, with people who decide."""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from biometrics.errors import (
    CaptureCancelledError,
    CaptureError,
    CaptureMoveError,
    DeviceBusyError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceTimeoutError,
    DeviceTrustError,
    ManifestError,
    NothingPresentedError,
    ResolutionError,
)
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import FINGERS, FOUR_FINGERS, Modality, Position
from biometrics.slaps import Slap
from devices.calls import Cancellation
from devices.contract import Captured, Frame, FrameJudge, FrameJudgement
from enrollment.capture.captured_person import CapturedPerson
from enrollment.capture.decisions import AcceptBest, CaptureAnew, Decision, Excuse, OneByOne, PresentAgain, TakeBack
from enrollment.capture.findings import FindingKind
from enrollment.capture.handing_over import MANIFEST, REPORT, prepared_person, write_person
from enrollment.capture.outcome import Accepted, Approval, Exhausted, StepOutcome, Undecided
from enrollment.capture.person import Station, Trouble, capture_person
from enrollment.capture.plan import CapturePlan, CaptureStep, PlanKind
from enrollment.capture.policy import CapturePolicy
from enrollment.capture.session import CaptureSession
from enrollment.intake import gather
from enrollment.preparation import prepare
from tests.enrollment.capture.toys import (
    Touch,
    ToyDevice,
    face,
    hand,
    single,
    toy_extractors,
    toy_tools,
    whole,
)

BY_SUPERVISOR = Approval(approver="awa", reason="I looked at the person's hand")
BY_OPERATOR = Approval(approver="oumar", reason="it gets no better")
RING = CaptureException(
    positions=(Position.RIGHT_RING,),
    reason=ExceptionReason.AMPUTATED,
    presence=Presence.PERMANENT,
    approver="awa",
    without_photo="no camera",
)


class Decisions:
    """Somebody who decides what was written down beforehand."""

    def __init__(self, *decisions: Decision | None) -> None:
        self.left = list(decisions)
        self.asked: list[Undecided | Exhausted] = []

    def __call__(self, outcome: Undecided | Exhausted, /) -> Decision | None:
        self.asked.append(outcome)
        return self.left.pop(0)


def _session(*kinds: PlanKind, policy: CapturePolicy | None = None) -> CaptureSession:
    return CaptureSession.start(CapturePlan.of(*kinds), toy_tools(policy), operator="oumar")


def _scanner(*answers: Captured | BaseException) -> ToyDevice:
    return ToyDevice(answers=list(answers))


def _hands() -> list[Captured]:
    return [whole(hand(slap)) for slap in Slap]


def _capture(session: CaptureSession, scanner: ToyDevice, decide: Decisions | None = None) -> CapturedPerson:
    station = Station(devices={Modality.FINGER: scanner}, decide=decide or Decisions())
    return capture_person(station, session)


def test_an_honest_person() -> None:
    asked: list[CaptureStep] = []
    told: list[StepOutcome] = []
    scanner, camera = _scanner(*_hands()), _scanner(face())
    station = Station(devices={Modality.FINGER: scanner, Modality.FACE: camera}, asked=asked.append, told=told.append)
    policy = CapturePolicy(finger_timeout_s=7.0, face_timeout_s=9.0, least_device_quality=40, device_pause_s=0.0)
    person = capture_person(station, _session(PlanKind.TEN, policy=policy))
    assert set(person.best) == {*FINGERS, Position.FACE}
    assert [step.name for step in asked] == ["right", "left", "thumbs", "face"]
    assert all(isinstance(outcome, Accepted) for outcome in told)
    assert [request.slap for request in scanner.asked] == list(Slap)
    assert (scanner.asked[0].timeout_s, camera.asked[0].timeout_s) == (7.0, 9.0)
    assert scanner.asked[0].least_quality is None  # this device does not judge


def test_who_judges_frames() -> None:
    def judge(frame: Frame, /) -> FrameJudgement:
        return FrameJudgement(score=1.0, take=True)

    def judges(step: CaptureStep) -> FrameJudge:
        return judge

    policy = CapturePolicy(least_device_quality=40, device_pause_s=0.0)
    for device in (ToyDevice(answers=[face()]), ToyDevice(answers=[face()], judges=True)):
        station = Station(devices={Modality.FACE: device}, judge=judges)
        capture_person(station, _session(PlanKind.FACE, policy=policy))
        (request,) = device.asked
        assert (request.judge is None) == (request.least_quality == 40) == device.judges
    touched = ToyDevice(answers=[face()], streams=False)
    capture_person(Station(devices={Modality.FACE: touched}, judge=judges), _session(PlanKind.FACE, policy=policy))
    assert touched.asked[0].judge is None  # each of its frames is another press


@pytest.mark.parametrize(
    "error",
    [
        DeviceLostError("pulled out"),
        DeviceTimeoutError("silent"),
        DeviceBusyError("busy"),
        DeviceProtocolError("garbage"),
        DeviceNotFoundError("gone"),
        NothingPresentedError("nobody there"),
        ResolutionError("not its resolution"),
    ],
)
def test_a_device_that_fails_and_comes_back_is_no_try_of_the_person(error: Trouble) -> None:
    troubles: list[tuple[Trouble, int]] = []
    scanner = _scanner(error, error, *_hands())
    station = Station(
        devices={Modality.FINGER: scanner}, troubled=lambda trouble, times: troubles.append((trouble, times))
    )
    person = capture_person(station, _session(PlanKind.SLAPS))
    assert troubles == [(error, 1), (error, 2)]
    assert [len(step.tries) for step in person.steps] == [1, 1, 1]


def test_a_device_that_does_not_come_back_ends_the_capture_which_can_be_gone_on_with() -> None:
    session = _session(PlanKind.SLAPS)
    right, left, thumbs = _hands()
    with pytest.raises(DeviceLostError):
        _capture(session, _scanner(right, *[DeviceLostError("pulled out")] * 5))
    assert session.next_step is not None and session.next_step.name == "left"
    assert len(_capture(session, _scanner(left, thumbs)).best) == 10


def test_a_device_that_is_not_to_be_believed_ends_the_capture_at_once() -> None:
    session = _session(PlanKind.SLAPS)
    with pytest.raises(DeviceTrustError):
        _capture(session, _scanner(DeviceTrustError("replayed"), *_hands()))
    assert session.state.of("right").tries == ()


def test_a_step_without_a_device() -> None:
    with pytest.raises(CaptureError, match="no device captures a face"):
        _capture(_session(PlanKind.FACE), _scanner())


def test_cancelled() -> None:
    cancellation = Cancellation()
    scanner = _scanner(*_hands())
    station = Station(devices={Modality.FINGER: scanner}, told=lambda outcome: cancellation.cancel())
    session = _session(PlanKind.SLAPS)
    with pytest.raises(CaptureCancelledError):
        capture_person(station, session, cancellation)
    assert len(scanner.asked) == 1 and session.next_step is not None and session.next_step.name == "left"
    with pytest.raises(CaptureCancelledError):
        _capture(session, _scanner(CaptureCancelledError("by the device")))


def test_cancelled_while_the_device_is_waited_for() -> None:
    cancellation = Cancellation()
    station = Station(
        devices={Modality.FINGER: _scanner(DeviceLostError("pulled out"))},
        troubled=lambda trouble, times: cancellation.cancel(),
    )
    with pytest.raises(CaptureCancelledError):
        capture_person(station, _session(PlanKind.SLAPS, policy=CapturePolicy(device_pause_s=60.0)), cancellation)


def test_a_missing_finger_is_asked_about_at_once() -> None:
    right, left, thumbs = whole(hand(Slap.RIGHT, lifted=RING.positions)), *_hands()[1:]
    decide = Decisions(Excuse(exception=RING))
    person = _capture(_session(PlanKind.SLAPS), _scanner(right, left, thumbs), decide)
    assert isinstance(decide.asked[0], Undecided)
    assert set(person.best) == set(FINGERS) - set(RING.positions)
    assert person.exceptions == (RING,)


def test_a_finger_that_was_not_pressed_is_presented_again() -> None:
    right = whole(hand(Slap.RIGHT, lifted=RING.positions))
    person = _capture(_session(PlanKind.SLAPS), _scanner(right, *_hands()), Decisions(PresentAgain()))
    assert len(person.best) == 10 and len(person.steps[0].tries) == 2


def test_a_repeated_finger_at_the_limit() -> None:
    thumb = single(Touch(Position.RIGHT_THUMB), Position.RIGHT_INDEX)
    tries = [single(Touch(Position.RIGHT_THUMB)), thumb, thumb, thumb]
    rest = [single(Touch(finger)) for finger in FINGERS[2:]]
    refused: list[Trouble] = []
    station = Station(
        devices={Modality.FINGER: _scanner(*tries, *rest)},
        decide=Decisions(AcceptBest(approval=BY_OPERATOR), PresentAgain(), AcceptBest(approval=BY_SUPERVISOR)),
        troubled=lambda trouble, times: refused.append(trouble),
    )
    person = capture_person(station, _session(PlanKind.SINGLES))
    assert [type(one) for one in refused] == [CaptureMoveError, CaptureMoveError]
    step = person.steps[1]
    assert [one.kind for one in step.accepted_with] == [FindingKind.REPEATED_FINGER]
    assert step.approvals == (BY_SUPERVISOR,)
    told = person.document()["steps"][1]
    assert told["accepted_with"][0]["key"] == "capture.finding.repeated_finger"
    assert told["approvals"] == [{"approver": "awa", "reason": "I looked at the person's hand"}]
    assert len(told["tries"]) == 3


def test_decisions_left_for_later_are_asked_once_more_and_then_keep_the_capture_open() -> None:
    poor = [single(Touch(FINGERS[0], quality=20))] * 3
    session = _session(PlanKind.SINGLES)
    decide = Decisions(None, None)
    with pytest.raises(CaptureMoveError, match="not finished: right_thumb"):
        _capture(session, _scanner(*poor, *[single(Touch(finger)) for finger in FINGERS[1:]]), decide)
    assert len(decide.asked) == 2
    person = _capture(session, _scanner(), Decisions(AcceptBest(approval=BY_OPERATOR)))
    assert len(person.best) == 10


def test_one_exception_settles_several_steps_that_wait() -> None:
    poor = [single(Touch(finger, quality=0)) for finger in FINGERS[:2] for _ in range(3)]
    worn = CaptureException(
        positions=FINGERS[:2],
        reason=ExceptionReason.WORN,
        presence=Presence.TEMPORARY,
        approver="awa",
        without_photo="no camera",
    )
    decide = Decisions(None, None, Excuse(exception=worn))
    rest = [single(Touch(finger)) for finger in FINGERS[2:]]
    person = _capture(_session(PlanKind.SINGLES), _scanner(*poor, *rest), decide)
    assert set(person.best) == set(FINGERS[2:]) and len(decide.asked) == 3


def test_the_earlier_step_is_captured_anew() -> None:
    index, thumb = Touch(Position.RIGHT_INDEX), Touch(Position.RIGHT_THUMB)
    rest = [single(Touch(finger)) for finger in FINGERS[2:]]
    first = [single(index, Position.RIGHT_THUMB), *[single(index)] * 3]
    decide = Decisions(CaptureAnew(step="right_thumb", approval=BY_SUPERVISOR), AcceptBest(approval=BY_OPERATOR))
    person = _capture(_session(PlanKind.SINGLES), _scanner(*first, single(thumb), *rest), decide)
    assert [int(person.best[finger].sample.pixels[0, 0]) for finger in FINGERS] == list(range(10))
    assert person.steps[1].accepted_with == ()


def test_one_by_one_and_more_tries() -> None:
    stuck = [whole(hand(Slap.RIGHT, quality=20))] * 3
    singles = [single(Touch(finger)) for finger in Slap.RIGHT.fingers]
    person = _capture(_session(PlanKind.SLAPS), _scanner(*stuck, *singles, *_hands()[1:]), Decisions(OneByOne()))
    assert len(person.best) == 10
    more = PresentAgain(approval=BY_SUPERVISOR)
    person = _capture(_session(PlanKind.SLAPS), _scanner(*stuck, *_hands()), Decisions(more))
    assert len(person.steps[0].tries) == 4


def _four(touches: Sequence[Touch]) -> CapturedPerson:
    thumbs, singles = whole(hand(Slap.THUMBS)), [single(one) for one in touches]
    return _capture(_session(PlanKind.FOUR), _scanner(thumbs, *singles))


def test_a_folder_that_kura_enroll_takes(tmp_path: Path) -> None:
    person = _four([Touch(Position.RIGHT_INDEX), Touch(Position.LEFT_INDEX)])
    submission = write_person(person, "P-0001", tmp_path / "out")
    (read,) = gather([tmp_path / "out" / MANIFEST]).submissions
    assert (read.label, len(read.sources)) == ("P-0001", 4)
    assert {(one.path.name, one.position, one.ppi, one.simulated) for one in read.sources} == {
        (one.path.name, one.position, one.ppi, one.simulated) for one in submission.sources
    }
    assert {one.position for one in read.sources} == set(FOUR_FINGERS)
    prepared = prepare(read, toy_extractors())
    assert prepared.simulated and len(prepared.templates) == 4
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (tmp_path / "out").iterdir())
    report = json.loads((tmp_path / "out" / REPORT).read_text())
    assert report["operator"] == "oumar" and len(report["steps"]) == 3


def test_what_goes_to_enrollment_is_what_the_folder_holds(tmp_path: Path) -> None:
    person = _four([Touch(Position.RIGHT_INDEX), Touch(Position.LEFT_INDEX)])
    write_person(person, "P-0001", tmp_path)
    (read,) = gather([tmp_path / MANIFEST]).submissions
    by_folder, at_once = prepare(read, toy_extractors()), prepared_person(person, "P-0001")
    digests = {one.sample.position: one.image.sha256 for one in by_folder.samples}
    assert {one.sample.position: one.image.sha256 for one in at_once.samples} == digests
    assert [one.extraction for one in at_once.samples] == [one.extraction for one in person.samples]


def test_nothing_captured_is_no_folder(tmp_path: Path) -> None:
    excused = CaptureException(
        positions=(Position.FACE,),
        reason=ExceptionReason.UNABLE,
        presence=Presence.TEMPORARY,
        approver="awa",
        without_photo="no camera",
    )
    session = CaptureSession.start(CapturePlan.of(PlanKind.FACE), toy_tools(), operator="oumar", exceptions=[excused])
    person = _capture(session, _scanner())
    with pytest.raises(ManifestError, match="nothing was captured"):
        write_person(person, "P-0001", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_better_of_a_slap_and_a_single_touch_is_handed_over() -> None:
    session = _session(PlanKind.SLAPS, PlanKind.SINGLES)
    singles = [single(Touch(finger, quality=70 + place)) for place, finger in enumerate(FINGERS)]
    slaps = [whole(hand(slap, quality=75)) for slap in Slap]
    person = _capture(session, _scanner(*slaps, *singles))
    assert len(person.samples) == 20
    assert [person.best[finger].quality for finger in FINGERS] == [75] * 6 + [76, 77, 78, 79]


def test_a_finger_that_no_scanner_sees_is_decided_about() -> None:
    nobody = [NothingPresentedError("nobody there")] * CapturePolicy().device_tries
    worn = CaptureException(
        positions=FINGERS[:1],
        reason=ExceptionReason.WORN,
        presence=Presence.PERMANENT,
        approver="awa",
        without_photo="no camera",
    )
    rest = [single(Touch(finger)) for finger in FINGERS[1:]]
    decide = Decisions(PresentAgain(approval=BY_OPERATOR), Excuse(exception=worn))
    person = _capture(_session(PlanKind.SINGLES), _scanner(*nobody, *nobody, *rest), decide)
    assert set(person.best) == set(FINGERS[1:]) and person.exceptions == (worn,)
    session = _session(PlanKind.SINGLES)
    with pytest.raises(NothingPresentedError):  # where nobody decides, it is presented when the capture goes on
        _capture(session, _scanner(*nobody), Decisions(None))
    assert session.next_step is not None and session.next_step.name == "right_thumb"


def test_a_decision_about_another_step_leaves_the_question() -> None:
    left = replace(RING, positions=(Position.LEFT_RING,))
    right, thumbs = whole(hand(Slap.RIGHT, lifted=RING.positions)), whole(hand(Slap.THUMBS))
    decide = Decisions(
        Excuse(exception=left), Excuse(exception=RING), TakeBack(positions=left.positions, approval=BY_OPERATOR)
    )
    scanner = _scanner(
        right, whole(hand(Slap.LEFT)), whole(hand(Slap.LEFT)), whole(hand(Slap.LEFT)), whole(hand(Slap.LEFT)), thumbs
    )
    person = _capture(_session(PlanKind.SLAPS), scanner, decide)
    assert [outcome.step for outcome in decide.asked] == ["right", "right", "left"]
    assert set(person.best) == set(FINGERS) - set(RING.positions) and person.exceptions == (RING,)
