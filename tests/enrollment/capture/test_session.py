"""What becomes of captures that are offered step by step, and what people may decide about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from biometrics.errors import CaptureMoveError, PersonDataError, SampleError
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import FINGERS, Position
from biometrics.slaps import Slap
from biometrics.templates import Template
from devices.contract import Captured
from enrollment.capture.captured_person import captured_person
from enrollment.capture.checks import KnownFinger
from enrollment.capture.findings import FindingKind
from enrollment.capture.moves import MOVES, Move, Phase, check_start
from enrollment.capture.outcome import Accepted, Approval, Excepted, Exhausted, Recapture, Undecided
from enrollment.capture.plan import CapturePlan, PlanKind
from enrollment.capture.session import CaptureSession
from models.finger.slap import HandFault
from tests.enrollment.capture.toys import Touch, ToyFingers, face, hand, named, single, toy_tools, whole

BY_SUPERVISOR = Approval(approver="awa", reason="I looked at the person's hand")
BY_OPERATOR = Approval(approver="oumar", reason="it gets no better")
RING = Position.RIGHT_RING


def _session(
    *kinds: PlanKind,
    exceptions: Sequence[CaptureException] = (),
    references: Sequence[KnownFinger] = (),
) -> CaptureSession:
    plan = CapturePlan.of(*kinds)
    return CaptureSession.start(plan, toy_tools(), operator="oumar", exceptions=exceptions, references=references)


def _excuse(*positions: Position, reason: ExceptionReason = ExceptionReason.MISSING) -> CaptureException:
    return CaptureException(
        positions=positions, reason=reason, presence=Presence.PERMANENT, approver="awa", without_photo="no camera"
    )


def _offer(session: CaptureSession, captured: Captured) -> object:
    step = session.next_step
    assert step is not None
    return session.offer(step, captured)


def _kinds(outcome: object) -> list[FindingKind]:
    if isinstance(outcome, Exhausted):
        return [] if outcome.best is None else [one.kind for one in outcome.best.findings]
    assert isinstance(outcome, Recapture)
    return [one.kind for one in outcome.findings]


def _exhaust(session: CaptureSession, *tries: Captured) -> Exhausted:
    for captured in tries[:-1]:
        assert isinstance(_offer(session, captured), Recapture)
    outcome = _offer(session, tries[-1])
    assert isinstance(outcome, Exhausted)
    return outcome


def test_an_honest_person_is_captured_in_four_steps() -> None:
    session = _session(PlanKind.TEN)
    for slap in Slap:
        assert isinstance(_offer(session, whole(hand(slap))), Accepted)
    assert isinstance(_offer(session, face()), Accepted)
    assert session.next_step is None and session.finished and session.waiting == ()
    person = captured_person(session.state)
    assert set(person.best) == {*FINGERS, Position.FACE}
    for one in person.samples:
        template = one.extraction.template
        assert template is not None and template.position is one.position is one.sample.position
    assert all(step.accepted_with == () and len(step.tries) == 1 for step in person.steps)


def test_low_quality_is_asked_again_until_a_person_decides() -> None:
    session = _session(PlanKind.SINGLES)
    thumb = Position.RIGHT_THUMB
    first = _offer(session, single(Touch(thumb, quality=20)))
    assert isinstance(first, Recapture) and first.tries_left == 2
    assert first.held is not None and first.held.samples[0].quality == 20
    exhausted = _exhaust(session, single(Touch(thumb, quality=35)), single(Touch(thumb, quality=30)))
    assert exhausted.best is not None and exhausted.best.samples[0].quality == 35
    assert not exhausted.needs_second_person
    # The person goes on meanwhile.
    assert session.next_step is not None and session.next_step.name == "right_index"
    with pytest.raises(CaptureMoveError, match="not finished: right_thumb"):
        captured_person(session.state)
    accepted = session.accept_best("right_thumb", BY_OPERATOR)
    assert isinstance(accepted, Accepted)
    assert [one.kind for one in accepted.held.findings] == [FindingKind.LOW_QUALITY]


def test_a_wrong_finger_at_the_limit_needs_a_second_person() -> None:
    session = _session(PlanKind.SINGLES)
    assert isinstance(_offer(session, single(Touch(Position.RIGHT_THUMB))), Accepted)
    again = single(Touch(Position.RIGHT_THUMB), Position.RIGHT_INDEX)
    exhausted = _exhaust(session, again, again, again)
    assert _kinds(exhausted) == [FindingKind.REPEATED_FINGER]
    assert exhausted.needs_second_person
    with pytest.raises(CaptureMoveError, match="operator cannot accept it alone"):
        session.accept_best("right_index", BY_OPERATOR)
    accepted = session.accept_best("right_index", BY_SUPERVISOR)
    assert isinstance(accepted, Accepted)
    assert [one.kind for one in accepted.held.findings] == [FindingKind.REPEATED_FINGER]
    assert session.state.of("right_index").approvals == (BY_SUPERVISOR,)


def test_the_right_finger_is_better_than_the_wrong_one_however_good() -> None:
    session = _session(PlanKind.SINGLES)
    _offer(session, single(Touch(Position.RIGHT_THUMB)))
    wrong, right = Touch(Position.RIGHT_THUMB, quality=99), Touch(Position.RIGHT_INDEX, quality=12)
    tries = [single(one, Position.RIGHT_INDEX) for one in (wrong, right, wrong)]
    best = _exhaust(session, *tries).best
    assert best is not None and best.samples[0].quality == 12 and best.number == 2


def test_the_earlier_finger_was_the_wrong_one() -> None:
    session = _session(PlanKind.SINGLES)
    index = Touch(Position.RIGHT_INDEX)
    assert isinstance(_offer(session, single(index, Position.RIGHT_THUMB)), Accepted)
    exhausted = _exhaust(session, *[single(index)] * 3)
    assert exhausted.best is not None and exhausted.best.findings[0].others == (Position.RIGHT_THUMB,)
    again = session.reopen("right_thumb", BY_SUPERVISOR)
    assert isinstance(again, Recapture) and again.tries_left == 3
    # What stood against the later finger stands no more, so the operator may accept it.
    waiting = session.waiting[0]
    assert isinstance(waiting, Exhausted) and not waiting.needs_second_person
    assert isinstance(session.accept_best("right_index", BY_OPERATOR), Accepted)
    assert session.next_step is not None and session.next_step.name == "right_thumb"
    assert isinstance(_offer(session, single(Touch(Position.RIGHT_THUMB))), Accepted)


def test_a_finger_in_doubt_does_not_stand_against_others() -> None:
    session = _session(PlanKind.SINGLES)
    thumb = Touch(Position.RIGHT_THUMB)
    _offer(session, single(thumb))
    _exhaust(session, *[single(thumb, Position.RIGHT_INDEX)] * 3)
    session.reopen("right_thumb", BY_SUPERVISOR)
    assert isinstance(_offer(session, single(thumb)), Accepted)
    waiting = session.waiting[0]
    assert isinstance(waiting, Exhausted) and waiting.needs_second_person


def test_a_missing_finger_is_asked_about_before_any_finger_has_a_name() -> None:
    session = _session(PlanKind.SLAPS)
    outcome = _offer(session, whole(hand(Slap.RIGHT, lifted=[RING])))
    assert isinstance(outcome, Undecided)
    assert outcome.question.text().startswith("3 of 4 fingers seen: which one is missing?")
    assert outcome.question.candidates == Slap.RIGHT.fingers
    assert outcome.held.positions == (Position.UNKNOWN,) * 3
    with pytest.raises(CaptureMoveError, match="offer is not possible for right, which is asked"):
        session.offer(CapturePlan.of(PlanKind.SLAPS).steps[0], whole(hand(Slap.RIGHT)))
    (answered,) = session.state_exception(_excuse(RING))
    assert isinstance(answered, Accepted)
    shown = {one.position: int(one.sample.pixels[0, 0]) for one in answered.held.samples}
    assert shown == {finger: FINGERS.index(finger) for finger in Slap.RIGHT.fingers if finger is not RING}


def test_a_finger_that_was_not_pressed_is_pressed() -> None:
    session = _session(PlanKind.SLAPS)
    _offer(session, whole(hand(Slap.RIGHT, lifted=[RING])))
    outcome = session.recapture("right")
    assert isinstance(outcome, Recapture) and outcome.tries_left == 2
    assert _kinds(outcome) == [FindingKind.FEWER_FINGERS]
    assert isinstance(_offer(session, whole(hand(Slap.RIGHT))), Accepted)


def test_a_try_in_question_can_be_answered_after_the_limit_and_not_accepted_without() -> None:
    session = _session(PlanKind.SLAPS)
    three = whole(hand(Slap.RIGHT, lifted=[RING]))
    for _ in range(3):
        assert isinstance(_offer(session, three), Undecided)
        outcome = session.recapture("right")
    assert isinstance(outcome, Exhausted) and outcome.question is not None
    with pytest.raises(CaptureMoveError, match="does not show what is expected"):
        session.accept_best("right", BY_SUPERVISOR)
    (answered,) = session.state_exception(_excuse(RING))
    assert isinstance(answered, Accepted)


def test_two_missing_fingers_are_named_one_after_the_other() -> None:
    session = _session(PlanKind.SLAPS)
    _offer(session, whole(hand(Slap.RIGHT, lifted=[RING, Position.RIGHT_LITTLE])))
    (outcome,) = session.state_exception(_excuse(RING))
    assert isinstance(outcome, Undecided) and outcome.question.missing == 1
    assert RING not in outcome.question.candidates
    (outcome,) = session.state_exception(_excuse(Position.RIGHT_LITTLE))
    assert isinstance(outcome, Accepted) and outcome.held.positions == Slap.RIGHT.fingers[:2]


def test_fingers_that_are_known_are_no_candidates() -> None:
    references = [KnownFinger(position=finger, template=_template(finger), recorded=True) for finger in FINGERS[1:3]]
    session = _session(PlanKind.SLAPS, references=references)
    outcome = _offer(session, whole(hand(Slap.RIGHT, lifted=[RING])))
    assert isinstance(outcome, Undecided)
    assert outcome.question.candidates == (RING, Position.RIGHT_LITTLE)


def test_references_that_explain_every_finger_leave_all_candidates() -> None:
    index = _template(Position.RIGHT_INDEX)
    known = {finger: _template(finger) for finger in Slap.RIGHT.fingers} | {RING: index}
    references = [KnownFinger(position=finger, template=one, recorded=True) for finger, one in known.items()]
    outcome = _offer(_session(PlanKind.SLAPS, references=references), whole(hand(Slap.RIGHT, lifted=[RING])))
    assert isinstance(outcome, Undecided) and outcome.question.candidates == Slap.RIGHT.fingers


def _template(finger: Position) -> Template:
    template = ToyFingers().extract(single(Touch(finger)).samples[0].sample).template
    assert template is not None
    return template


def test_a_wrong_answer_shows_where_references_know_better() -> None:
    references = [KnownFinger(position=finger, template=_template(finger), recorded=True) for finger in FINGERS]
    session = _session(PlanKind.SLAPS, references=references)
    _offer(session, whole(hand(Slap.RIGHT, lifted=[Position.RIGHT_INDEX])))
    (outcome,) = session.state_exception(_excuse(Position.RIGHT_LITTLE))
    assert set(_kinds(outcome)) == {FindingKind.WRONG_FINGER}
    assert len(_kinds(outcome)) == 3


def test_more_fingers_than_an_exception_allows() -> None:
    session = _session(PlanKind.SLAPS, exceptions=[_excuse(RING)])
    assert session.next_step is not None and RING not in session.next_step.positions
    outcome = _offer(session, whole(hand(Slap.RIGHT)))
    assert _kinds(outcome) == [FindingKind.TOO_MANY_FINGERS]
    (again,) = session.withdraw_exception([RING], BY_SUPERVISOR)
    assert isinstance(again, Recapture) and session.state.exceptions == ()
    assert isinstance(_offer(session, whole(hand(Slap.RIGHT))), Accepted)


def test_a_finger_that_was_seen_cannot_be_said_not_to_exist_of_the_same_picture() -> None:
    session = _session(PlanKind.SLAPS)
    blurred = [Touch(one, quality=30 if one is RING else 80) for one in Slap.RIGHT.fingers]
    _offer(session, whole(blurred))
    (outcome,) = session.state_exception(_excuse(RING))
    assert isinstance(outcome, Recapture) and session.state.of("right").best is None
    assert _kinds(_offer(session, whole(blurred))) == [FindingKind.TOO_MANY_FINGERS]


def test_a_finger_that_is_there_and_cannot_be_captured_leaves_the_others() -> None:
    session = _session(PlanKind.SLAPS)
    worn = [Touch(one, quality=0 if one is RING else 80) for one in Slap.RIGHT.fingers]
    outcome = _exhaust(session, *[whole(worn)] * 3)
    assert _kinds(outcome) == [FindingKind.UNUSABLE_PRINT]
    with pytest.raises(CaptureMoveError, match="right_ring cannot be compared"):
        session.accept_best("right", BY_SUPERVISOR)
    (rest,) = session.state_exception(_excuse(RING, reason=ExceptionReason.WORN))
    assert isinstance(rest, Accepted) and RING not in rest.held.positions


def test_fingers_that_the_device_named_are_counted_and_their_names_checked() -> None:
    right, left = Slap.RIGHT.fingers, Slap.LEFT.fingers
    session = _session(PlanKind.SLAPS)
    fewer = _offer(session, named(hand(Slap.RIGHT, lifted=[RING]), [one for one in right if one is not RING]))
    assert isinstance(fewer, Undecided) and fewer.question.candidates == (RING,)
    session.recapture("right")
    # In whatever order the device gives them.
    accepted = _offer(session, named(hand(Slap.RIGHT)[::-1], right[::-1]))
    assert isinstance(accepted, Accepted) and accepted.held.positions == right
    assert _kinds(_offer(session, named(hand(Slap.RIGHT), left))) == [FindingKind.SAME_SLAP_TWICE]
    assert _kinds(_offer(session, named(hand(Slap.RIGHT), right))) == [FindingKind.UNEXPECTED_FINGER]


@pytest.mark.parametrize("second", [Position.RIGHT_INDEX, Position.UNKNOWN])
def test_a_device_that_names_fingers_twice_or_not_at_all(second: Position) -> None:
    session = _session(PlanKind.SLAPS)
    given = named(hand(Slap.RIGHT)[:2], [Position.RIGHT_INDEX, second])
    with pytest.raises(SampleError, match="without names, or with one name twice"):
        _offer(session, given)
    assert session.state.of("right").tries == ()


def test_a_device_that_says_which_finger_a_single_one_was() -> None:
    session = _session(PlanKind.SINGLES)
    outcome = _offer(session, single(Touch(Position.LEFT_INDEX)))
    assert _kinds(outcome) == [FindingKind.UNEXPECTED_FINGER]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(HandFault.OTHER_HAND, FindingKind.SWAPPED_HANDS), (HandFault.UPSIDE_DOWN, FindingKind.UPSIDE_DOWN)],
)
def test_hands_that_lie_wrong(fault: HandFault, kind: FindingKind) -> None:
    session = _session(PlanKind.SLAPS)
    assert _kinds(_offer(session, whole(hand(Slap.RIGHT), fault))) == [kind]
    assert isinstance(_offer(session, whole(hand(Slap.RIGHT))), Accepted)


def test_the_same_slap_twice() -> None:
    session = _session(PlanKind.SLAPS)
    _offer(session, whole(hand(Slap.RIGHT)))
    assert _kinds(_offer(session, whole(hand(Slap.RIGHT)))) == [FindingKind.SAME_SLAP_TWICE]


def test_nothing_on_the_glass() -> None:
    session = _session(PlanKind.SLAPS)
    outcome = _offer(session, whole([]))
    assert _kinds(outcome) == [FindingKind.NOTHING_SEEN]


def test_a_single_touch_is_checked_against_the_slap_before() -> None:
    session = _session(PlanKind.SLAPS, PlanKind.SINGLES)
    for slap in Slap:
        _offer(session, whole(hand(slap)))
    outcome = _offer(session, single(Touch(Position.RIGHT_INDEX), Position.RIGHT_THUMB))
    assert _kinds(outcome) == [FindingKind.WRONG_FINGER]


def test_a_slap_that_cannot_be_pressed_is_captured_finger_by_finger() -> None:
    session = _session(PlanKind.SLAPS, exceptions=[_excuse(RING)])
    steps = session.separate("right")
    assert [step.name for step in steps] == ["right_index", "right_middle", "right_little"]
    assert session.next_step == steps[0]
    for step in steps:
        assert isinstance(_offer(session, single(Touch(step.positions[0]))), Accepted)
    assert session.next_step is not None and session.next_step.name == "left"
    with pytest.raises(CaptureMoveError, match="separate is not possible for right, which is separated"):
        session.separate("right")
    with pytest.raises(CaptureMoveError, match="is no slap"):
        _session(PlanKind.FACE).separate("face")


def test_faces() -> None:
    session = _session(PlanKind.FACE)
    assert _kinds(_offer(session, face(0))) == [FindingKind.UNUSABLE_FACE]
    assert _kinds(_offer(session, face(20))) == [FindingKind.LOW_QUALITY]
    attacked = _offer(session, face(attack=True))
    assert isinstance(attacked, Exhausted)
    # The honest one of low quality is the best, although the other is sharper.
    assert attacked.best is not None and attacked.best.number == 2
    outcome = session.allow_more("face", BY_SUPERVISOR)
    assert isinstance(outcome, Recapture) and outcome.tries_left == 3
    assert isinstance(_offer(session, face()), Accepted)
    with pytest.raises(SampleError, match="a face is expected"):
        _offer(_session(PlanKind.FACE), single(Touch(Position.RIGHT_INDEX)))


def test_a_person_whose_positions_are_all_excused() -> None:
    everything = (*FINGERS, Position.FACE)
    session = _session(PlanKind.TEN, exceptions=[_excuse(*everything, reason=ExceptionReason.UNABLE)])
    assert session.next_step is None and session.finished
    assert session.outcome("face") == Excepted(step="face")
    person = captured_person(session.state)
    assert person.samples == () and person.exceptions[0].positions == everything


def test_exceptions_need_a_second_person_and_are_stated_once() -> None:
    own = CaptureException(
        positions=(RING,),
        reason=ExceptionReason.BANDAGED,
        presence=Presence.TEMPORARY,
        approver="oumar",
        without_photo="no camera",
    )
    session = _session(PlanKind.SLAPS)
    with pytest.raises(CaptureMoveError, match="somebody else than the operator"):
        session.state_exception(own)
    session.state_exception(_excuse(RING))
    with pytest.raises(CaptureMoveError, match="right_ring is excused already"):
        session.state_exception(_excuse(RING))
    with pytest.raises(CaptureMoveError, match="left_ring is not excused"):
        session.withdraw_exception([Position.LEFT_RING], BY_SUPERVISOR)
    _offer(session, whole(hand(Slap.RIGHT, lifted=[RING])))
    with pytest.raises(CaptureMoveError, match="except is not possible for right, which is accepted"):
        session.state_exception(_excuse(Position.RIGHT_INDEX))
    assert session.state.excepted == {RING}


def test_simulated_and_real_samples_do_not_mix() -> None:
    session = _session(PlanKind.SINGLES)
    _offer(session, single(Touch(Position.RIGHT_THUMB)))
    with pytest.raises(SampleError, match="are mixed"):
        _offer(session, single(Touch(Position.RIGHT_INDEX), simulated=False))
    assert session.state.of("right_index").tries == ()


def test_who_decides_has_a_name_and_a_reason() -> None:
    with pytest.raises(PersonDataError):
        Approval(approver=" ", reason="because")
    with pytest.raises(PersonDataError):
        Approval(approver="awa", reason="")
    with pytest.raises(PersonDataError):
        CaptureSession.start(CapturePlan.of(PlanKind.FACE), toy_tools(), operator=" ")


def test_steps_that_are_not_there() -> None:
    with pytest.raises(CaptureMoveError, match="no step 'thumbs'") as refused:
        _session(PlanKind.FACE).outcome("thumbs")
    assert refused.value.remedy == "its steps are face"


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("move", Move)
def test_moves_start_where_the_table_says(move: Move, phase: Phase) -> None:
    if phase in MOVES[move]:
        check_start("right", move, phase)
        return
    with pytest.raises(CaptureMoveError, match=f"{move.value} is not possible for right, which is {phase.value}"):
        check_start("right", move, phase)


def test_what_is_not_kept_has_not_happened() -> None:
    def fail(state: object) -> None:
        raise OSError("disk full")

    session = _session(PlanKind.SINGLES)
    before = session.state
    failing = CaptureSession(before, toy_tools(), keep=fail)
    step = failing.next_step
    assert step is not None
    with pytest.raises(OSError, match="disk full"):
        failing.offer(step, single(Touch(Position.RIGHT_THUMB)))
    assert failing.state is before


def test_one_finger_given_twice_is_refused() -> None:
    session = _session(PlanKind.SINGLES)
    thumb, index = Touch(Position.RIGHT_THUMB), Touch(Position.RIGHT_INDEX)
    for name in (Position.RIGHT_THUMB, Position.UNKNOWN):
        two = (*single(thumb, name).samples, *single(index, name).samples)
        with pytest.raises(SampleError, match="one name twice"):
            _offer(session, Captured(samples=two))
    with pytest.raises(SampleError, match="one name twice"):
        _offer(_session(PlanKind.FACE), Captured(samples=(*face().samples, *face().samples)))
    assert session.state.of("right_thumb").tries == ()


def test_an_exception_does_not_name_the_fingers_of_a_try_on_which_none_was_missing() -> None:
    session = _session(PlanKind.SLAPS)
    # The index finger was not pressed; later it turns out that the ring finger is bandaged.
    _offer(session, whole(hand(Slap.RIGHT, lifted=[Position.RIGHT_INDEX])))
    session.recapture("right")
    (outcome,) = session.state_exception(_excuse(RING, reason=ExceptionReason.BANDAGED))
    assert isinstance(outcome, Recapture) and session.state.of("right").best is None
    accepted = _offer(session, whole(hand(Slap.RIGHT, lifted=[RING])))
    assert isinstance(accepted, Accepted)
    shown = {one.position: int(one.sample.pixels[0, 0]) for one in accepted.held.samples}
    assert shown == {finger: FINGERS.index(finger) for finger in Slap.RIGHT.fingers if finger is not RING}


def test_a_try_with_fingers_is_better_than_one_without() -> None:
    session = _session(PlanKind.SLAPS)
    for captured in (whole([]), whole(hand(Slap.RIGHT, lifted=[RING])), whole([])):
        if isinstance(_offer(session, captured), Undecided):
            session.recapture("right")
    (outcome,) = session.waiting
    assert isinstance(outcome, Exhausted) and outcome.question is not None and outcome.question.seen == 3


@pytest.mark.parametrize("spelled", ["Oumar", "OUMAR", "oumar ", "\uff4f\uff55\uff4d\uff41\uff52"])
def test_the_operator_is_nobody_else_by_another_spelling(spelled: str) -> None:
    session = _session(PlanKind.SINGLES)
    _offer(session, single(Touch(Position.RIGHT_THUMB)))
    again = single(Touch(Position.RIGHT_THUMB), Position.RIGHT_INDEX)
    _exhaust(session, again, again, again)
    with pytest.raises(CaptureMoveError, match="operator cannot accept it alone"):
        session.accept_best("right_index", Approval(approver=spelled, reason="it is fine"))
    with pytest.raises(CaptureMoveError, match="somebody else than the operator"):
        session.state_exception(replace(_excuse(RING), approver=spelled))


def test_what_nobody_can_present_is_given_up_and_decided_about() -> None:
    session = _session(PlanKind.SINGLES)
    _offer(session, single(Touch(Position.RIGHT_THUMB, quality=20)))
    before = session.state
    outcome = session.if_given_up("right_thumb")
    assert isinstance(outcome, Exhausted) and outcome.best is not None and session.state is before
    assert isinstance(session.give_up("right_thumb"), Exhausted)
    (excused,) = session.state_exception(_excuse(Position.RIGHT_THUMB, reason=ExceptionReason.WORN))
    assert excused == Excepted(step="right_thumb")
