"""Tries of a step, and what became of the last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from biometrics.people.evidence import required_text
from biometrics.people.exceptions import LONGEST_ACTOR, LONGEST_REASON
from biometrics.positions import Position
from biometrics.templates import Template
from devices.contract import CaptureEvidence
from enrollment.capture.findings import CaptureFinding, FindingKind, MissingFingers
from enrollment.capture.taking import TakenSample


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who decided about a step that findings stand against, and why.

    Parameters
    ----------
    approver
        Identifier of the person.
    reason
        In their words.

    Raises
    ------
    PersonDataError
        When either is empty or cannot be recorded.
    """

    approver: str
    reason: str

    def __post_init__(self) -> None:
        approver = required_text(self.approver, what="the approver", longest=LONGEST_ACTOR)
        reason = required_text(self.reason, what="the reason", longest=LONGEST_REASON)
        object.__setattr__(self, "approver", approver)
        object.__setattr__(self, "reason", reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class TryRecord:
    """What is kept of every try: no picture.

    Parameters
    ----------
    at
        UTC.
    positions, qualities
        What was seen, and its quality from 0 to 100, in the same order.
    findings
        What was found then.
    """

    at: datetime
    positions: tuple[Position, ...]
    qualities: tuple[int, ...]
    findings: tuple[CaptureFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldTry:
    """A try whose pictures are kept: the accepted one, the best so far, or the one in question.

    Parameters
    ----------
    number
        Which try of its step, counted from 1.
    samples
        Named where it was known which finger is which.
    geometry
        What the places of the fingertips say.
    findings
        What stands against it.
    evidence
        Where the device signs.
    """

    number: int
    samples: tuple[TakenSample, ...]
    geometry: frozenset[FindingKind] = frozenset()
    findings: tuple[CaptureFinding, ...] = ()
    evidence: CaptureEvidence | None = None

    @property
    def positions(self) -> tuple[Position, ...]:
        """Of its samples."""
        return tuple(one.position for one in self.samples)

    @property
    def named(self) -> bool:
        """Whether something was seen, and it is known which finger is which."""
        return bool(self.samples) and Position.UNKNOWN not in self.positions

    @property
    def templates(self) -> dict[Position, Template]:
        """Of the named samples that can be compared."""
        found = {one.position: one.extraction.template for one in self.samples}
        return {
            position: template for position, template in found.items() if template and position is not Position.UNKNOWN
        }

    @property
    def doubtful(self) -> bool:
        """Whether a finding questions which finger or whose it is."""
        return any(finding.kind.about_identity for finding in self.findings)

    @property
    def rank(self) -> tuple[bool, bool, int, int, int]:
        """Which of two tries is better: named, in no doubt, with more that is usable, and of higher quality."""
        qualities = [one.quality for one in self.samples]
        usable = sum(one.usable for one in self.samples)
        return self.named, not self.doubtful, usable, min(qualities, default=0), sum(qualities)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Accepted:
    """The step is done.

    Parameters
    ----------
    step
        Its name.
    held
        What was captured; its findings are those that a person accepted it with.
    """

    step: str
    held: HeldTry


@dataclass(frozen=True, slots=True, kw_only=True)
class Excepted:
    """Exceptions excuse what was left of the step."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recapture:
    """The step is to be presented again.

    Parameters
    ----------
    step
        Its name.
    findings
        Why.
    tries_left
        After which a person decides.
    held
        The last try, for what there is to show and to advise; None where it was set aside.
    """

    step: str
    findings: tuple[CaptureFinding, ...]
    tries_left: int
    held: HeldTry | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Undecided:
    """Fewer fingers were seen than expected; an exception says which are missing, or the step is presented again."""

    step: str
    question: MissingFingers
    tries_left: int
    held: HeldTry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exhausted:
    """Tried as often as allowed: a person accepts the best try, excuses, allows more tries, or separates the slap.

    Parameters
    ----------
    step
        Its name.
    best
        The best try, with what stands against it; None where nothing was kept.
    question
        Set where the best try shows fewer fingers than expected, so that nobody knows which is which.
    needs_second_person
        Whether somebody else than the operator has to accept it: which finger it is, or whose, is in doubt.
    """

    step: str
    best: HeldTry | None
    question: MissingFingers | None = None
    needs_second_person: bool = False


StepOutcome: TypeAlias = Accepted | Excepted | Recapture | Undecided | Exhausted
