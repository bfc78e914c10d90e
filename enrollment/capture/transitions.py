"""How a step of a session becomes the next one: without devices, models and files."""

from __future__ import annotations

from dataclasses import replace

from biometrics.errors import CaptureMoveError
from biometrics.people.exceptions import CaptureException, ExceptionReason
from biometrics.positions import Position
from biometrics.samples import now_utc
from enrollment.capture.moves import Phase
from enrollment.capture.outcome import Approval, HeldTry, TryRecord
from enrollment.capture.state import StepState
from enrollment.capture.weighing import Weighed

_ABSENT = frozenset({ExceptionReason.MISSING, ExceptionReason.AMPUTATED})


def record_of(held: HeldTry) -> TryRecord:
    """Return what is kept of a try when its pictures are not."""
    return TryRecord(
        at=now_utc(),
        positions=held.positions,
        qualities=tuple(one.quality for one in held.samples),
        findings=held.findings,
    )


def after(one: StepState, weighed: Weighed) -> StepState:
    """Return a step after a try was weighed."""
    if weighed.question is not None:
        return replace(one, phase=Phase.ASKED, pending=weighed.held)
    if weighed.clean:
        return replace(one, phase=Phase.ACCEPTED, best=weighed.held, pending=None)
    return replace(one, phase=again(one), best=better(one.best, weighed.held), pending=None)


def again(one: StepState) -> Phase:
    """Return where a step stands that is not done: to be presented, or to be decided about."""
    return Phase.OPEN if one.tries_left else Phase.EXHAUSTED


def better(first: HeldTry | None, second: HeldTry | None) -> HeldTry | None:
    """Return the better of two tries, the earlier one where they are alike."""
    if first is None or second is None:
        return first or second
    return second if second.rank > first.rank else first


def trimmed(held: HeldTry | None, exception: CaptureException) -> HeldTry | None:
    """Return a try without excused fingers; None where it shows one that is said not to exist."""
    if held is None or not set(held.positions) & set(exception.positions):
        return held
    if exception.reason in _ABSENT:
        return None
    return replace(held, samples=tuple(one for one in held.samples if one.position not in exception.positions))


def anew(one: StepState, tries: int, approval: Approval) -> StepState:
    """Return a step that is presented again as often as one that never was; its tries and approvals stay."""
    allowed = len(one.tries) + tries
    return StepState(step=one.step, allowed=allowed, tries=one.tries, approvals=(*one.approvals, approval))


def given_up(one: StepState) -> StepState:
    """Return a step that a person decides about with the tries that there were."""
    return replace(one, phase=Phase.EXHAUSTED, allowed=len(one.tries))


def check_acceptable(name: str, weighed: Weighed, expected: tuple[Position, ...]) -> None:
    """Refuse a try that cannot be recorded as what was expected.

    Raises
    ------
    CaptureMoveError
        When it does not show what is expected, or a part of it cannot be compared.
    """
    held = weighed.held
    if not held.named or set(held.positions) != set(expected):
        raise CaptureMoveError(
            f"the best try of {name} does not show what is expected",
            remedy="state which fingers are missing, withdraw a wrong exception, or capture the fingers one by one",
        )
    unusable = [one.position.value for one in held.samples if not one.usable]
    if unusable:
        raise CaptureMoveError(
            f"{', '.join(unusable)} cannot be compared with anything",
            remedy="state an exception for it, or allow more tries",
        )
