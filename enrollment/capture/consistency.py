"""What holds of every session, whatever was done to it; what contradicts it is damaged, or was not written by Kura."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from enrollment.capture.moves import Phase
from enrollment.capture.state import SessionState, StepState


def contradiction(state: SessionState) -> str | None:
    """Return what a session says that cannot be; None where nothing does."""
    return next(_contradictions(state), None)


def _contradictions(state: SessionState) -> Iterator[str]:
    names = [one.name for one in state.steps]
    excused = [position for one in state.exceptions for position in one.positions]
    if len(set(names)) < len(names):
        yield "a step is there twice"
    if len(set(excused)) < len(excused):
        yield "a position is excused twice"
    if any(state.is_operator(one.approver) for one in state.exceptions):
        yield "an exception was approved by the operator"
    for one in state.steps:
        for told in _contradictions_of(state, one):
            yield f"{one.name} {told}"


def _contradictions_of(state: SessionState, one: StepState) -> Iterator[str]:
    expected = set(state.expected(one.step))
    if one.phase is Phase.SEPARATED:
        single = {position for other in state.steps if other.step.slap is None for position in other.step.positions}
        if one.step.slap is None or not set(one.step.positions) <= single:
            yield "is said to be captured finger by finger, and is not"
    elif (one.phase is Phase.EXCEPTED) is bool(expected):
        yield "is excused without an exception, or expected in spite of one"
    if len(one.tries) > one.allowed:
        yield "was tried more often than allowed"
    if one.phase is (Phase.EXHAUSTED if one.tries_left else Phase.OPEN):
        yield "has tries left and needs a decision, or the other way round"
    if (one.pending is not None) is not (one.phase is Phase.ASKED):
        yield "has a try in question, and no question, or the other way round"
    if not all(1 <= held.number <= len(one.tries) for held in one.held):
        yield "holds a try that was none"
    if one.phase.settled and one.phase is not Phase.ACCEPTED and one.held:
        yield "holds what is not wanted"
    if one.phase is Phase.ACCEPTED:
        yield from _contradictions_of_accepted(state, one)


def _contradictions_of_accepted(state: SessionState, one: StepState) -> Iterator[str]:
    best, expected = one.best, state.expected(one.step)
    if best is None or Counter(best.positions) != Counter(expected):
        yield "is accepted without what is expected"
    elif not all(sample.usable for sample in best.samples):
        yield "is accepted with what cannot be used"
    elif best.findings and not one.approvals:
        yield "is accepted by nobody in spite of findings"
    elif best.doubtful and all(state.is_operator(approval.approver) for approval in one.approvals):
        yield "is accepted by its operator alone in spite of doubts"
