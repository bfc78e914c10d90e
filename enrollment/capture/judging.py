"""Where a step of a session stands: what its tries come to beside everything else that is known of the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from biometrics.errors import CaptureMoveError
from biometrics.people.exceptions import CaptureException
from biometrics.positions import Position
from enrollment.capture.checks import KnownFinger
from enrollment.capture.comparing import PrintComparison
from enrollment.capture.moves import Phase
from enrollment.capture.outcome import Accepted, Excepted, Exhausted, HeldTry, Recapture, StepOutcome, Undecided
from enrollment.capture.policy import CapturePolicy
from enrollment.capture.state import SessionState, StepState
from enrollment.capture.taking import Segment
from enrollment.capture.transitions import after, again, trimmed
from enrollment.capture.weighing import Weighed, weigh
from enrollment.preparation import Extractors
from models.finger.slap import segment_slap


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureTools:
    """What captures are judged with.

    Parameters
    ----------
    extractors
        One per modality.
    compare
        How prints are compared.
    policy
        What is asked of them.
    segment
        Takes the picture of a slap apart.
    """

    extractors: Extractors
    compare: PrintComparison
    policy: CapturePolicy = field(default_factory=CapturePolicy)
    segment: Segment = segment_slap


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judging:
    """Judges the tries of one session.

    Parameters
    ----------
    tools
        What captures are judged with.
    references
        What is known of the person from earlier.
    """

    tools: CaptureTools
    references: Sequence[KnownFinger] = ()

    def weighed(self, state: SessionState, one: StepState, held: HeldTry) -> Weighed:
        """Return what stands against a try of a step."""
        tools = self.tools
        return weigh(held, state.expected(one.step), self._known(state, one), tools.compare, tools.policy)

    def excused(self, state: SessionState, one: StepState, exception: CaptureException) -> StepState:
        """Return a step after an exception that is in the state already."""
        if not state.expected(one.step):
            return replace(one, phase=Phase.EXCEPTED, best=None, pending=None)
        best, pending = (trimmed(held, exception) for held in (one.best, one.pending))
        if best is not None and not best.named and one.phase is not Phase.EXHAUSTED:
            best = None  # what is missing on it was not asked: it was said that nothing is
        if pending is not None:
            return after(replace(one, best=best, pending=None), self.weighed(state, one, pending))
        if best is None:
            return replace(one, best=None, pending=None, phase=again(one))
        weighed = self.weighed(state, one, best)
        phase = Phase.ACCEPTED if weighed.clean else again(one)
        return replace(one, phase=phase, best=weighed.held, pending=None)

    def outcome(self, state: SessionState, one: StepState) -> StepOutcome:
        """Return where a step stands, as its last move told.

        Raises
        ------
        CaptureMoveError
            When it was separated.
        """
        name, held = one.name, one.pending or one.best
        if one.phase is Phase.EXCEPTED:
            return Excepted(step=name)
        if one.phase is Phase.ACCEPTED:
            assert one.best is not None
            return Accepted(step=name, held=one.best)
        if one.phase is Phase.SEPARATED:
            raise CaptureMoveError(f"{name} was separated", remedy="ask for the single fingers")
        # Judged again, as other steps may have gone on since.
        weighed = None if held is None else self.weighed(state, one, held)
        if one.phase is Phase.ASKED:
            assert weighed is not None and weighed.question is not None
            return Undecided(step=name, question=weighed.question, tries_left=one.tries_left, held=weighed.held)
        if one.phase is Phase.EXHAUSTED:
            if weighed is None:
                return Exhausted(step=name, best=None)
            best = weighed.held
            return Exhausted(step=name, best=best, question=weighed.question, needs_second_person=best.doubtful)
        findings = one.tries[-1].findings if one.tries else ()
        if one.best is not None and one.best.number == len(one.tries):
            findings = one.best.findings  # an exception may have excused some since
        return Recapture(step=name, findings=findings, tries_left=one.tries_left)

    def _known(self, state: SessionState, step: StepState) -> tuple[KnownFinger, ...]:
        """Return what is known of the person without a step: other steps as far as they are in no doubt, references."""
        known = [
            KnownFinger(position=position, template=template)
            for one in state.steps
            if one.name != step.name and one.best is not None
            if one.phase is Phase.ACCEPTED or not one.best.doubtful
            for position, template in one.best.templates.items()
            if position is not Position.FACE
        ]
        return (*known, *self.references)
