"""Changes of a session that concern more than one step: exceptions, and slaps that become single fingers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from biometrics.errors import CaptureMoveError
from biometrics.people.exceptions import CaptureException
from biometrics.positions import Position
from enrollment.capture.judging import Judging
from enrollment.capture.moves import Move, Phase, check_start
from enrollment.capture.outcome import Approval
from enrollment.capture.plan import CaptureStep, single_steps
from enrollment.capture.state import SessionState, StepState
from enrollment.capture.transitions import anew


def with_exception(state: SessionState, exception: CaptureException, judging: Judging) -> SessionState:
    """Return a session after an exception: its steps shrink, and what they hold is judged anew.

    Raises
    ------
    CaptureMoveError
        When the operator approved it, a position is excused already, or was captured.
    """
    if state.is_operator(exception.approver):
        raise CaptureMoveError(
            "an exception is approved by somebody else than the operator", remedy="let a supervisor approve it"
        )
    twice = [position.value for position in exception.positions if position in state.excepted]
    if twice:
        raise CaptureMoveError(f"{twice[0]} is excused already", remedy="withdraw the earlier exception first")
    changed = replace(state, exceptions=(*state.exceptions, exception))
    for one in state.touched(exception.positions):
        check_start(one.name, Move.EXCEPT, one.phase)
        changed = changed.put(judging.excused(changed, one, exception))
    return changed


def without_exception(
    state: SessionState, positions: Collection[Position], tries: int, approval: Approval
) -> SessionState:
    """Return a session in which positions are not excused any more; their steps are presented again.

    Raises
    ------
    CaptureMoveError
        When one of them is not excused.
    """
    wrong = [position.value for position in positions if position not in state.excepted]
    if wrong or not positions:
        raise CaptureMoveError(f"{wrong[0] if wrong else 'nothing'} is not excused", remedy="name what is")
    shrunk = ((one, tuple(left for left in one.positions if left not in positions)) for one in state.exceptions)
    changed = replace(state, exceptions=tuple(replace(one, positions=left) for one, left in shrunk if left))
    for one in state.touched(positions):
        changed = changed.put(anew(one, tries, approval))
    return changed


def separated(state: SessionState, one: StepState, tries: int) -> tuple[SessionState, tuple[CaptureStep, ...]]:
    """Return a session in which the fingers of a slap are steps of their own, and those that are to be captured.

    Raises
    ------
    CaptureMoveError
        When the step is no slap.
    """
    if one.step.slap is None:
        raise CaptureMoveError(f"{one.name} is no slap", remedy="capture it as it is, or state an exception")
    planned = {other.name for other in state.steps}
    added = [
        StepState(step=step, allowed=tries, phase=Phase.OPEN if state.expected(step) else Phase.EXCEPTED)
        for step in single_steps(one.step.positions)
        if step.name not in planned
    ]
    changed = state.put(replace(one, phase=Phase.SEPARATED, best=None, pending=None), *added)
    return changed, tuple(single.step for single in added if single.phase is Phase.OPEN)
