"""Where a capture session stands: all of it in one value, which a station keeps over a loss of power."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from biometrics.errors import CaptureMoveError
from biometrics.people.exceptions import CaptureException
from biometrics.positions import Position
from enrollment.capture.moves import Phase
from enrollment.capture.outcome import Approval, HeldTry, TryRecord
from enrollment.capture.plan import CapturePlan, CaptureStep


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepState:
    """Where one step stands.

    Parameters
    ----------
    step
        As planned, without regard to exceptions.
    allowed
        Tries after which a person decides.
    phase
        Where it stands.
    tries
        All there were.
    best
        The accepted try, or the best so far.
    pending
        The try in question, as long as it is.
    approvals
        What people decided about it, in order.
    """

    step: CaptureStep
    allowed: int
    phase: Phase = Phase.OPEN
    tries: tuple[TryRecord, ...] = ()
    best: HeldTry | None = None
    pending: HeldTry | None = None
    approvals: tuple[Approval, ...] = ()

    @property
    def name(self) -> str:
        """Of the step."""
        return self.step.name

    @property
    def tries_left(self) -> int:
        """How often it may still be presented before a person decides."""
        return max(0, self.allowed - len(self.tries))

    @property
    def held(self) -> tuple[HeldTry, ...]:
        """The tries whose pictures are kept."""
        return tuple(one for one in (self.best, self.pending) if one is not None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SessionState:
    """Where a session stands.

    Parameters
    ----------
    session_id
        Of this capture of this person; no name.
    operator
        Identifier of whoever serves the station.
    started_at
        UTC.
    policy_version
        By which it is judged.
    steps
        In their order.
    exceptions
        That were stated so far.
    """

    session_id: str
    operator: str
    started_at: datetime
    policy_version: str
    steps: tuple[StepState, ...]
    exceptions: tuple[CaptureException, ...] = ()

    def is_operator(self, name: str) -> bool:
        """Say whether a name is the operator's, however it is spelled."""
        return _spelled(name) == _spelled(self.operator)

    @property
    def excepted(self) -> frozenset[Position]:
        """All positions that are excused."""
        return frozenset(position for one in self.exceptions for position in one.positions)

    @property
    def plan(self) -> CapturePlan:
        """What is asked for, less what is excused or done otherwise."""
        steps = tuple(one.step for one in self.steps if one.phase is not Phase.SEPARATED)
        return CapturePlan(steps=steps).without(self.excepted)

    def expected(self, step: CaptureStep) -> tuple[Position, ...]:
        """Return what a step is to show."""
        return tuple(position for position in step.positions if position not in self.excepted)

    def of(self, name: str) -> StepState:
        """Return a step by its name.

        Raises
        ------
        CaptureMoveError
            When the plan has no such step.
        """
        for one in self.steps:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in self.steps) or "none"
        raise CaptureMoveError(f"the plan has no step {name!r}", remedy=f"its steps are {known}")

    def touched(self, positions: Collection[Position]) -> tuple[StepState, ...]:
        """Return the steps that some of the positions belong to, but for those that were separated."""
        there = (one for one in self.steps if one.phase is not Phase.SEPARATED)
        return tuple(one for one in there if set(one.step.positions) & set(positions))

    def put(self, changed: StepState, *behind: StepState) -> SessionState:
        """Return the session with one step changed, and others inserted behind it."""
        steps: list[StepState] = []
        for one in self.steps:
            steps += [changed, *behind] if one.name == changed.name else [one]
        return replace(self, steps=tuple(steps))


def _spelled(name: str) -> str:
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()
