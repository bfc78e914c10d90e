"""An operator is told what to present and what was found, and asked only what can be carried out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from api.devices.operator import Standing
from biometrics.errors import CaptureMoveError, DeviceLostError
from biometrics.people.exceptions import ExceptionReason, Presence
from biometrics.positions import Position
from biometrics.slaps import Slap
from enrollment.capture.decisions import AcceptBest, CaptureAnew, Excuse, OneByOne, PresentAgain, TakeBack
from enrollment.capture.findings import CaptureFinding, FindingKind, MissingFingers
from enrollment.capture.outcome import Accepted, Approval, Excepted, Exhausted, HeldTry, Recapture, Undecided
from enrollment.capture.plan import CaptureStep
from enrollment.capture.taking import TakenSample
from tests.api.devices.typist import Typist
from tests.enrollment.capture.toys import Touch, hand, named, toy_extractors

RIGHT = Slap.RIGHT.fingers
STANDING = Standing(operator="oumar", expected=RIGHT)
QUESTION = MissingFingers(seen=3, expected=RIGHT, candidates=(Position.RIGHT_RING, Position.RIGHT_LITTLE))
LOW = CaptureFinding(kind=FindingKind.LOW_QUALITY, positions=RIGHT[:1])
REPEATED = CaptureFinding(kind=FindingKind.REPEATED_FINGER, positions=RIGHT[:1], others=(Position.LEFT_INDEX,))


def _held(*findings: CaptureFinding, touches: list[Touch] | None = None) -> HeldTry:
    captured = named(touches or hand(Slap.RIGHT), RIGHT)
    fingers = toy_extractors().finger
    taken = [TakenSample(sample=one.sample, extraction=fingers.extract(one.sample)) for one in captured.samples]
    return HeldTry(number=1, samples=tuple(taken), findings=findings)


UNDECIDED = Undecided(step="right", question=QUESTION, tries_left=2, held=_held())
POOR = Exhausted(step="right", best=_held(LOW))
DOUBTFUL = Exhausted(step="right", best=_held(REPEATED), needs_second_person=True)


def _offered(outcome: Undecided | Exhausted, standing: Standing = STANDING) -> list[str]:
    """Return what may be chosen."""
    typist = Typist()
    with pytest.raises(AssertionError, match="nobody answers"):
        typist.operator().decide(outcome, standing)
    return [line[5:].partition(" (")[0] for line in typist.lines if re.match(r"  \d  ", line)]


def test_what_is_presented_and_what_became_of_it() -> None:
    typist = Typist()
    operator = typist.operator("fr")
    operator.present(CaptureStep(positions=(Position.FACE,)))
    operator.tell(Accepted(step="right", held=_held(LOW)))
    operator.tell(Excepted(step="thumbs"))
    operator.tell(Recapture(step="left", findings=(LOW,), tries_left=1))
    operator.tell(Recapture(step="left_index", findings=(), tries_left=3))
    operator.goes_on(1, 4)
    assert typist.lines == [
        "présentez maintenant : le visage",
        "la main droite : accepté",
        f"  {LOW.text('fr')}",
        "les deux pouces : dispensé",
        "la main gauche : encore une fois ; essais restants : 1",
        f"  {LOW.text('fr')}",
        "l'index gauche : à présenter ; essais restants : 3",
        "reprise de la capture commencée dans ce dossier ; fait : 1 sur 4",
    ]


@pytest.mark.parametrize(
    ("outcome", "told"), [(UNDECIDED, QUESTION.text()), (POOR, LOW.text()), (DOUBTFUL, REPEATED.text())]
)
def test_where_nobody_is_asked_the_reason_is_told_and_nothing_decided(
    outcome: Undecided | Exhausted, told: str
) -> None:
    typist = Typist()
    operator = typist.operator(alone=True)
    operator.tell(outcome)
    assert typist.lines[0].startswith("the right hand: ") and typist.lines[1:] == [f"  {told}"]
    assert operator.decide(outcome, STANDING) is None


def test_whoever_is_asked_reads_the_reason_once() -> None:
    typist = Typist("3")
    operator = typist.operator()
    operator.tell(UNDECIDED)
    assert operator.decide(UNDECIDED, STANDING) is None
    assert typist.lines.count(f"  {QUESTION.text()}") == 1


def test_troubles_are_told_apart() -> None:
    typist = Typist()
    typist.operator().trouble(DeviceLostError("pulled out", source="toy:1", remedy="plug it in"), 2)
    typist.operator().trouble(CaptureMoveError("not possible"), 1)
    assert typist.lines == [
        "the device failed, 2 in a row: toy:1: pulled out (plug it in)",
        "that cannot be: not possible",
    ]


def test_what_is_offered_can_be_carried_out() -> None:
    excuse, later = "something is missing or cannot be captured: state what and why", "decide later"
    more, best, single = "allow more tries", "accept the best try as it is", "capture the fingers one by one"
    anew = "what was captured earlier was the wrong one: capture that again"
    back = "an exception was stated of something that is there: take it back"
    assert _offered(UNDECIDED) == ["none is missing: present once more", excuse, later]
    assert _offered(POOR) == [more, best, excuse, single, later]
    assert _offered(POOR, replace(STANDING, accepted=("left",))) == [more, best, excuse, single, later]
    assert _offered(DOUBTFUL, replace(STANDING, accepted=("left",))) == [more, best, excuse, single, anew, later]
    assert _offered(DOUBTFUL) == [more, best, excuse, single, later]
    assert _offered(POOR, replace(STANDING, excused=RIGHT[:1])) == [more, best, excuse, single, back, later]
    # Neither a try with an unusable finger, nor one that shows something else, nor none can be accepted.
    unusable = Exhausted(step="right", best=_held(LOW, touches=[Touch(RIGHT[0], quality=0), *hand(Slap.RIGHT)[1:]]))
    assert _offered(unusable) == [more, excuse, single, later]
    assert _offered(POOR, replace(STANDING, expected=RIGHT[:3])) == [more, excuse, single, later]
    assert _offered(Exhausted(step="face", best=None)) == [more, excuse, later]


def test_every_decision() -> None:
    by_awa = Approval(approver="awa", reason="seen")
    standing = replace(STANDING, accepted=("left", "thumbs"), excused=(Position.LEFT_RING, Position.LEFT_LITTLE))
    for answers, decision in (
        (("1", "awa", "seen"), PresentAgain(approval=by_awa)),
        (("2", "awa", "seen"), AcceptBest(approval=by_awa)),
        (("4",), OneByOne()),
        (("5", "2", "awa", "seen"), CaptureAnew(step="thumbs", approval=by_awa)),
        (("6", "2", "awa", "seen"), TakeBack(positions=(Position.LEFT_LITTLE,), approval=by_awa)),
        (("7",), None),
    ):
        typist = Typist(*answers)
        assert typist.operator().decide(DOUBTFUL, standing) == decision
        assert not typist.left
    assert Typist("1").operator("fr").decide(UNDECIDED, STANDING) == PresentAgain()


def test_an_exception_is_stated_in_full() -> None:
    typist = Typist("2", "1, 2", "3", "non", " main  bandée ", "awa")
    decision = typist.operator("fr").decide(UNDECIDED, STANDING)
    assert isinstance(decision, Excuse)
    exception = decision.exception
    assert exception.positions == QUESTION.candidates
    assert (exception.reason, exception.presence) == (ExceptionReason.BANDAGED, Presence.TEMPORARY)
    assert (exception.without_photo, exception.approver) == ("main bandée", "awa")
    assert "  2  amputé" in typist.lines


def test_where_one_finger_is_left_it_need_not_be_named() -> None:
    alone = replace(STANDING, expected=(Position.RIGHT_THUMB,))
    decision = Typist("2", "1", "yes", "none", "awa").operator().decide(Exhausted(step="right_thumb", best=None), alone)
    assert isinstance(decision, Excuse) and decision.exception.positions == (Position.RIGHT_THUMB,)


def test_whoever_captures_does_not_approve_what_needs_two() -> None:
    refused = "whoever captures does not approve this too: name somebody else"
    typist = Typist("2", "oumar", " oumar ", "awa", "seen")
    decision = typist.operator().decide(DOUBTFUL, STANDING)
    assert decision == AcceptBest(approval=Approval(approver="awa", reason="seen"))
    assert typist.lines.count(refused) == 2
    typist = Typist("2", "1", "1", "y", "none", "oumar", "awa")
    assert isinstance(typist.operator().decide(UNDECIDED, STANDING), Excuse)
    assert typist.lines.count(refused) == 1
    # Quality alone is the operator's to judge.
    decision = Typist("2", "oumar", "worn").operator().decide(POOR, STANDING)
    assert decision == AcceptBest(approval=Approval(approver="oumar", reason="worn"))


@pytest.mark.parametrize("before", [(), ("1",), ("1", "2"), ("1", "2", "yes"), ("1", "2", "yes", "no camera")])
def test_an_answer_is_taken_back_at_every_question(before: tuple[str, ...]) -> None:
    typist = Typist("2", *before, "", "1")
    assert typist.operator().decide(UNDECIDED, STANDING) == PresentAgain()
    assert not typist.left


def test_what_cannot_be_recorded_is_said_and_asked_again() -> None:
    typist = Typist("2", "1", "1", "yes", "x" * 2001, "awa", "1")
    assert typist.operator().decide(UNDECIDED, STANDING) == PresentAgain()
    assert any(line.startswith("that cannot be: the reason for no photo is longer than") for line in typist.lines)
