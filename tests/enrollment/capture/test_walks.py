"""Any moves in any order: what must hold of a session holds after each of them, and after a loss of power."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from biometrics.errors import CaptureMoveError, SampleError
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import FINGERS, Position
from biometrics.slaps import Slap
from devices.contract import Captured
from enrollment.capture.captured_person import captured_person
from enrollment.capture.consistency import contradiction
from enrollment.capture.decisions import AcceptBest, Decision, OneByOne, PresentAgain, carry_out
from enrollment.capture.moves import Phase
from enrollment.capture.outcome import Approval, Exhausted, Undecided
from enrollment.capture.plan import CapturePlan, CaptureStep, PlanKind
from enrollment.capture.session import CaptureSession
from enrollment.capture.session_folder import SessionFolder
from enrollment.capture.state import SessionState
from enrollment.capture.state_document import write_state
from models.finger.slap import HandFault
from tests.enrollment.capture.toys import Touch, face, hand, named, single, toy_extractors, toy_tools, whole

OPERATOR, SUPERVISOR = "oumar", "awa"
MOVES = 40
PLANS = ((PlanKind.TEN,), (PlanKind.SLAPS, PlanKind.SINGLES), (PlanKind.FOUR,), (PlanKind.SINGLES,))


class Walk:
    """A session, and everything that may be done to it, by dice."""

    def __init__(self, dice: random.Random, keep: Callable[[SessionState], None]) -> None:
        self.dice = dice
        plan = CapturePlan.of(*dice.choice(PLANS))
        self.session = CaptureSession.start(plan, toy_tools(), operator=OPERATOR, keep=keep)

    def go(self) -> str:
        """Do anything, allowed or not, and return what."""
        # Captures are as frequent as everything else together, so that sessions come somewhere.
        moves = (self._exception, self._withdrawal, self._recapture, self._acceptance, self._more, self._separate)
        move = self.dice.choice((*(self._offer,) * 10, *moves, self._reopen, self._give_up, self._decide))
        before = _told(self.session.state)
        try:
            move()
        except (CaptureMoveError, SampleError):
            assert _told(self.session.state) == before
        return move.__name__

    @property
    def _name(self) -> str:
        return self.dice.choice(self.session.state.steps).name

    def _approval(self) -> Approval:
        return Approval(approver=self.dice.choice((OPERATOR, "Oumar ", SUPERVISOR)), reason="seen")

    def _positions(self) -> tuple[Position, ...]:
        return tuple(self.dice.sample((*FINGERS, Position.FACE), self.dice.choice((1, 1, 1, 2, 4))))

    def _offer(self) -> None:
        step = self.session.next_step
        if step is None or self.dice.random() < 0.05:
            step = self.dice.choice(self.session.state.steps).step
        self.session.offer(step, self._captured(step))

    def _captured(self, step: CaptureStep) -> Captured:
        if step.positions == (Position.FACE,):
            return face(self.dice.choice((0, 20, 80)), attack=self.dice.random() < 0.2)
        touches = [self._touch(finger) for finger in step.positions if self.dice.random() > 0.1]
        if step.slap is None:
            touch = self._touch(step.positions[0])
            given = [single(touch, self.dice.choice((*step.positions * 5, Position.UNKNOWN, touch.finger)))]
            given *= self.dice.choice((1, 1, 1, 1, 2))
            return Captured(samples=tuple(sample for one in given for sample in one.samples))
        if self.dice.random() < 0.1:
            touches = hand(self.dice.choice(tuple(Slap)))
        if touches and self.dice.random() < 0.3:
            names = self.dice.choice((step.positions, self.dice.sample(FINGERS, len(touches))))
            return named(touches[: len(names)], names[: len(touches)])
        return whole(touches, self.dice.choice((None, None, None, *HandFault)))

    def _touch(self, finger: Position) -> Touch:
        pressed = finger if self.dice.random() < 0.9 else self.dice.choice(FINGERS)
        return Touch(pressed, quality=self.dice.choice((0, 20, 80, 80, 80, 80)), capture=self.dice.randrange(2))

    def _exception(self) -> None:
        exception = CaptureException(
            positions=self._positions(),
            reason=self.dice.choice(tuple(ExceptionReason)),
            presence=Presence.TEMPORARY,
            approver=self.dice.choice((OPERATOR, SUPERVISOR)),
            without_photo="no camera",
        )
        self.session.state_exception(exception)

    def _withdrawal(self) -> None:
        known = [*self.session.state.excepted]
        self.session.withdraw_exception(self.dice.sample(known, 1) if known else self._positions(), self._approval())

    def _recapture(self) -> None:
        self.session.recapture(self._waiting(Undecided))

    def _acceptance(self) -> None:
        self.session.accept_best(self._waiting(Exhausted), self._approval())

    def _more(self) -> None:
        self.session.allow_more(self._waiting(Exhausted), self._approval())

    def _separate(self) -> None:
        self.session.separate(self._name)

    def _reopen(self) -> None:
        self.session.reopen(self._name, self._approval())

    def _give_up(self) -> None:
        self.session.give_up(self._name)

    def _decide(self) -> None:
        if self.session.waiting:
            outcome = self.dice.choice(self.session.waiting)
            assert isinstance(outcome, Undecided | Exhausted)
            carry_out(self.session, outcome, self._decision())

    def _decision(self) -> Decision:
        ways = (OneByOne(), PresentAgain(approval=self._approval()), AcceptBest(approval=self._approval()))
        return self.dice.choice(ways)

    def _waiting(self, kind: type) -> str:
        names = [one.step for one in self.session.waiting if isinstance(one, kind)]
        return self.dice.choice(names) if names else self._name


def _told(state: SessionState) -> object:
    return write_state(state, lambda sample: sample.pixels.tobytes().hex())


def _check(session: CaptureSession) -> None:
    state = session.state
    assert contradiction(state) is None
    for one in state.steps:
        if one.phase is not Phase.SEPARATED:
            assert session.outcome(one.name).step == one.name
    _check_fingers(state)
    if session.finished:
        person = captured_person(state)
        planned = {position for one in state.steps for position in one.step.positions}
        assert planned <= set(person.best) | state.excepted
        assert not set(person.best) & state.excepted


def _check_fingers(state: SessionState) -> None:
    """No finger stands under two names without the word of somebody else than the operator."""
    accepted = [
        (one, sample.position, int(sample.sample.pixels[0, 0]))
        for one in state.steps
        if one.phase is Phase.ACCEPTED and one.best is not None
        for sample in one.best.samples
        if sample.position is not Position.FACE
    ]
    for (first, first_name, first_finger), (second, second_name, second_finger) in combinations(accepted, 2):
        if first_finger == second_finger and first_name is not second_name:
            approvers = {one.approver for step in (first, second) for one in step.approvals}
            assert SUPERVISOR in approvers, f"{first_name} and {second_name} are one finger"


@pytest.mark.parametrize("seed", range(8))
def test_walks(seed: int) -> None:
    for number in range(20):
        kept: list[SessionState] = []
        walk = Walk(random.Random(f"{seed} {number}"), kept.append)
        for _ in range(MOVES):
            walk.go()
            _check(walk.session)
            assert kept[-1] is walk.session.state


@pytest.mark.parametrize("seed", range(6))
def test_walks_with_losses_of_power(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    folder = SessionFolder(tmp_path)
    walk = Walk(dice, folder.keep)
    for _ in range(MOVES):
        walk.go()
        state = SessionFolder(folder.path).load(toy_extractors())
        assert _told(state) == _told(walk.session.state)
        if dice.random() < 0.3:
            walk.session = CaptureSession(state, toy_tools(), keep=folder.keep)
        _check(walk.session)
