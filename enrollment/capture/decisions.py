"""What a person may decide about a step that cannot go on by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from biometrics.errors import CaptureMoveError
from biometrics.people.exceptions import CaptureException
from biometrics.positions import Position
from enrollment.capture.outcome import Approval, Exhausted, StepOutcome, Undecided
from enrollment.capture.session import CaptureSession


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentAgain:
    """Nothing is missing, or a supervisor allows more tries: the step is presented again.

    Parameters
    ----------
    approval
        Needed where the tries are used up.
    """

    approval: Approval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """Fingers are missing, or cannot be captured."""

    exception: CaptureException


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptBest:
    """The best try is accepted with everything that stands against it."""

    approval: Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class OneByOne:
    """The fingers of the slap are captured one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureAnew:
    """Another step was the wrong one, and is captured again.

    Parameters
    ----------
    step
        Its name.
    approval
        Who says so, and why.
    """

    step: str
    approval: Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """An exception was of the wrong fingers: they are captured after all.

    Parameters
    ----------
    positions
        Which are not excused any more.
    approval
        Who says so, and why.
    """

    positions: tuple[Position, ...]
    approval: Approval


Decision: TypeAlias = PresentAgain | Excuse | AcceptBest | OneByOne | CaptureAnew | TakeBack


@runtime_checkable
class Decider(Protocol):
    """Asks a person what to do about a step."""

    def __call__(self, outcome: Undecided | Exhausted, /) -> Decision | None:
        """Return the decision; None leaves it for later, when everything else was captured."""
        ...


def carry_out(session: CaptureSession, outcome: Undecided | Exhausted, decision: Decision) -> tuple[StepOutcome, ...]:
    """Do to a step what was decided, and return where the steps stand that it changed.

    Raises
    ------
    CaptureMoveError
        When the decision is not possible, or not this person's.
    StorageError
        When the session cannot be kept.
    """
    step = outcome.step
    if isinstance(decision, Excuse):
        return session.state_exception(decision.exception)
    if isinstance(decision, AcceptBest):
        return (session.accept_best(step, decision.approval),)
    if isinstance(decision, OneByOne):
        return tuple(session.outcome(one.name) for one in session.separate(step))
    if isinstance(decision, CaptureAnew):
        return (session.reopen(decision.step, decision.approval),)
    if isinstance(decision, TakeBack):
        return session.withdraw_exception(decision.positions, decision.approval)
    return (_presented_again(session, outcome, decision),)


def _presented_again(session: CaptureSession, outcome: Undecided | Exhausted, decision: PresentAgain) -> StepOutcome:
    if isinstance(outcome, Undecided):
        return session.recapture(outcome.step)
    if decision.approval is None:
        raise CaptureMoveError(f"the tries of {outcome.step} are used up", remedy="let a supervisor allow more")
    return session.allow_more(outcome.step, decision.approval)
