"""One person at a station: what is offered step by step, what becomes of it, and what people decide.

Nothing here refuses a person. What stands against a capture asks for another one; after as many as the policy allows,
a person decides: the best try is accepted as it is, with their name, their reason and what was found, or an exception
is recorded, or more tries are allowed. Where it is in doubt which finger it is, or whose, the one who decides is not
the operator.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TypeAlias

from biometrics.errors import CaptureMoveError, SampleError
from biometrics.people.evidence import required_text
from biometrics.people.exceptions import LONGEST_ACTOR, CaptureException
from biometrics.positions import Position
from biometrics.samples import now_utc
from devices.contract import Captured
from enrollment.capture.changes import separated, with_exception, without_exception
from enrollment.capture.checks import KnownFinger
from enrollment.capture.judging import CaptureTools, Judging
from enrollment.capture.moves import Move, Phase, check_end, check_start
from enrollment.capture.outcome import Approval, HeldTry, Recapture, StepOutcome
from enrollment.capture.plan import CapturePlan, CaptureStep
from enrollment.capture.policy import CapturePolicy
from enrollment.capture.state import SessionState, StepState
from enrollment.capture.taking import take
from enrollment.capture.transitions import after, again, anew, better, check_acceptable, given_up, record_of
from registry.identifiers import new_identifier

Keep: TypeAlias = Callable[[SessionState], None]
"""Keeps where a session stands; what it raises undoes the move."""


def keep_nothing(state: SessionState) -> None:
    """Let a session be lost with its process."""


class CaptureSession:
    """A capture under way; used by one thread at a time.

    Every move is kept before it counts: a session that is resumed stands where its last outcome was told.

    Parameters
    ----------
    state
        Where it stands.
    tools
        What captures are judged with.
    references
        What is known of the person from earlier, to tell fingers apart.
    keep
        Called with every new state.
    """

    def __init__(
        self,
        state: SessionState,
        tools: CaptureTools,
        *,
        references: Sequence[KnownFinger] = (),
        keep: Keep = keep_nothing,
    ) -> None:
        self._state = state
        self._tools = tools
        self._judging = Judging(tools=tools, references=tuple(references))
        self._keep = keep

    @classmethod
    def start(  # noqa: PLR0913
        cls,
        plan: CapturePlan,
        tools: CaptureTools,
        *,
        operator: str,
        exceptions: Sequence[CaptureException] = (),
        references: Sequence[KnownFinger] = (),
        keep: Keep = keep_nothing,
    ) -> CaptureSession:
        """Return a new session.

        Raises
        ------
        CaptureMoveError
            When an exception was approved by the operator, or two are of the same position.
        PersonDataError
            When the operator is not named.
        """
        state = SessionState(
            session_id=new_identifier(),
            operator=required_text(operator, what="the operator", longest=LONGEST_ACTOR),
            started_at=now_utc(),
            policy_version=tools.policy.version,
            steps=tuple(StepState(step=step, allowed=tools.policy.tries) for step in plan.steps),
        )
        session = cls(state, tools, references=references)
        for exception in exceptions:
            session.state_exception(exception)
        keep(session.state)
        session._keep = keep
        return session

    @property
    def state(self) -> SessionState:
        """Where it stands."""
        return self._state

    @property
    def policy(self) -> CapturePolicy:
        """What is asked of captures."""
        return self._tools.policy

    @property
    def next_step(self) -> CaptureStep | None:
        """What is presented next, less what is excused; None where only decisions are left, or nothing."""
        return next((self._wanted(one) for one in self._state.steps if one.phase is Phase.OPEN), None)

    @property
    def waiting(self) -> tuple[StepOutcome, ...]:
        """The steps about which a person has to decide: `Undecided` and `Exhausted`."""
        asked = (one for one in self._state.steps if one.phase in (Phase.ASKED, Phase.EXHAUSTED))
        return tuple(self.outcome(one.name) for one in asked)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to be captured or decided."""
        return all(one.phase.settled for one in self._state.steps)

    def outcome(self, name: str) -> StepOutcome:
        """Return where a step stands, as its last move told.

        Raises
        ------
        CaptureMoveError
            When there is no such step, or it was separated.
        """
        return self._judging.outcome(self._state, self._state.of(name))

    def offer(self, step: CaptureStep, captured: Captured) -> StepOutcome:
        """Judge what was captured for a step; counts as a try.

        Raises
        ------
        CaptureMoveError
            When the step is not open; nothing is looked at then.
        SampleError, ProcessingError
            When a picture cannot be looked at, or a model fails; it counts as no try.
        StorageError
            When the session cannot be kept; it counts as no try.
        """
        one = self._start(step.name, Move.OFFER)
        tools, wanted = self._tools, self._wanted(one)
        taken = take(captured, wanted, tools.extractors, tools.segment)
        held = HeldTry(
            number=len(one.tries) + 1, samples=taken.samples, geometry=taken.geometry, evidence=taken.evidence
        )
        self._check_simulated(held)
        weighed = self._judging.weighed(self._state, one, held)
        tried = replace(one, tries=(*one.tries, record_of(weighed.held)))
        outcome = self._move(Move.OFFER, self._state.put(after(tried, weighed)), one)
        return replace(outcome, held=weighed.held) if isinstance(outcome, Recapture) else outcome

    def recapture(self, name: str) -> StepOutcome:
        """Say that no finger is missing: those that were not seen were not pressed.

        Raises
        ------
        CaptureMoveError
            When nothing was asked about this step.
        StorageError
            When the session cannot be kept.
        """
        one = self._start(name, Move.RECAPTURE)
        kept = replace(one, best=better(one.best, one.pending), pending=None, phase=again(one))
        return self._move(Move.RECAPTURE, self._state.put(kept), one)

    def state_exception(self, exception: CaptureException) -> tuple[StepOutcome, ...]:
        """Record that positions cannot be captured, and why; answers which fingers are missing.

        Slaps shrink, and what was captured of the rest is judged anew. A finger that is said not to exist and was
        seen sets the try aside in which it was.

        Returns
        -------
        StepOutcome
            Of every step that the exception is about.

        Raises
        ------
        CaptureMoveError
            When the operator approved it, a position is excused already, or was captured.
        StorageError
            When the session cannot be kept.
        """
        touched = self._state.touched(exception.positions)
        return self._moved(Move.EXCEPT, with_exception(self._state, exception, self._judging), touched)

    def withdraw_exception(self, positions: Collection[Position], approval: Approval) -> tuple[StepOutcome, ...]:
        """Take back that positions cannot be captured; the steps they belong to are presented again.

        Raises
        ------
        CaptureMoveError
            When one of them is not excused.
        StorageError
            When the session cannot be kept.
        """
        touched = self._state.touched(positions)
        state = without_exception(self._state, positions, self.policy.tries, approval)
        return self._moved(Move.WITHDRAW, state, touched)

    def accept_best(self, name: str, approval: Approval) -> StepOutcome:
        """Accept the best try of an exhausted step, with everything that stands against it.

        Raises
        ------
        CaptureMoveError
            When the step is not exhausted; when its best try does not show what is expected, or a part of it cannot
            be used; or when the operator approves of what needs a second person.
        StorageError
            When the session cannot be kept.
        """
        one = self._start(name, Move.ACCEPT_BEST)
        if one.best is None:
            raise CaptureMoveError(f"nothing of {name} was kept", remedy="allow more tries, or state an exception")
        weighed = self._judging.weighed(self._state, one, one.best)  # other steps may have gone on since
        check_acceptable(name, weighed, self._state.expected(one.step))
        if weighed.held.doubtful and self._state.is_operator(approval.approver):
            raise CaptureMoveError(
                f"{name} is in doubt, and its operator cannot accept it alone",
                remedy="let a supervisor look at the person and approve",
            )
        accepted = replace(one, phase=Phase.ACCEPTED, best=weighed.held, approvals=(*one.approvals, approval))
        return self._move(Move.ACCEPT_BEST, self._state.put(accepted), one)

    def allow_more(self, name: str, approval: Approval) -> StepOutcome:
        """Allow as many tries again as the policy does; the best one so far stays the best.

        Raises
        ------
        CaptureMoveError
            When the step is not exhausted.
        StorageError
            When the session cannot be kept.
        """
        one = self._start(name, Move.ALLOW_MORE)
        more = replace(
            one,
            phase=Phase.OPEN,
            allowed=len(one.tries) + self.policy.tries,
            approvals=(*one.approvals, approval),
        )
        return self._move(Move.ALLOW_MORE, self._state.put(more), one)

    def give_up(self, name: str) -> StepOutcome:
        """Try no more, since nothing can be presented that is seen: a person decides, with the tries that there were.

        Raises
        ------
        CaptureMoveError
            When the step is not open.
        StorageError
            When the session cannot be kept.
        """
        one = self._start(name, Move.GIVE_UP)
        return self._move(Move.GIVE_UP, self._state.put(given_up(one)), one)

    def if_given_up(self, name: str) -> StepOutcome:
        """Return what `give_up` would lead to, for a person to decide about; nothing is changed.

        Raises
        ------
        CaptureMoveError
            When the step is not open.
        """
        one = given_up(self._start(name, Move.GIVE_UP))
        return self._judging.outcome(self._state.put(one), one)

    def separate(self, name: str) -> tuple[CaptureStep, ...]:
        """Capture the fingers of a slap one by one instead; return their steps.

        Raises
        ------
        CaptureMoveError
            When the step is no slap, or is done already.
        StorageError
            When the session cannot be kept.
        """
        one = self._start(name, Move.SEPARATE)
        state, added = separated(self._state, one, self.policy.tries)
        self._commit(Move.SEPARATE, state, [one])
        return added

    def reopen(self, name: str, approval: Approval) -> StepOutcome:
        """Capture an accepted step again, because it turned out to be the wrong one; what was accepted is dropped.

        Raises
        ------
        CaptureMoveError
            When the step is not accepted.
        StorageError
            When the session cannot be kept.
        """
        one = self._start(name, Move.REOPEN)
        return self._move(Move.REOPEN, self._state.put(anew(one, self.policy.tries, approval)), one)

    def _start(self, name: str, move: Move) -> StepState:
        one = self._state.of(name)
        check_start(name, move, one.phase)
        return one

    def _move(self, move: Move, state: SessionState, one: StepState) -> StepOutcome:
        return self._moved(move, state, [one])[0]

    def _moved(self, move: Move, state: SessionState, before: Sequence[StepState]) -> tuple[StepOutcome, ...]:
        self._commit(move, state, before)
        return tuple(self.outcome(one.name) for one in before)

    def _commit(self, move: Move, state: SessionState, before: Sequence[StepState]) -> None:
        for one in before:
            check_end(move, one.phase, state.of(one.name).phase)
        self._keep(state)
        self._state = state

    def _wanted(self, one: StepState) -> CaptureStep:
        wanted = one.step.without(self._state.excepted)
        assert wanted is not None  # a step without positions is excepted, not open
        return wanted

    def _check_simulated(self, held: HeldTry) -> None:
        kept = [other for one in self._state.steps for other in one.held]
        if len({sample.sample.simulated for one in (*kept, held) for sample in one.samples}) > 1:
            raise SampleError(
                "simulated and real samples of one person are mixed",
                remedy="capture all of a person with real devices, or all of a simulated one with simulators",
            )
