"""A person as captured: samples with their history, exceptions, and what people decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from biometrics.errors import CaptureMoveError
from biometrics.people.exceptions import CaptureException
from biometrics.positions import Position
from devices.contract import CaptureEvidence
from enrollment.capture.findings import CaptureFinding
from enrollment.capture.outcome import Approval, TryRecord
from enrollment.capture.state import SessionState, StepState
from enrollment.capture.state_document import write_approval, write_evidence, write_try
from enrollment.capture.taking import TakenSample


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CapturedStep:
    """What one step came to.

    Parameters
    ----------
    name
        Of the step.
    samples
        What was accepted; none where exceptions excuse it, or its fingers were captured one by one.
    accepted_with
        What stood against it when a person accepted it all the same.
    tries
        All there were.
    approvals
        What people decided about it.
    evidence
        Where the device signed.
    """

    name: str
    samples: tuple[TakenSample, ...]
    accepted_with: tuple[CaptureFinding, ...]
    tries: tuple[TryRecord, ...]
    approvals: tuple[Approval, ...]
    evidence: CaptureEvidence | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CapturedPerson:
    """A finished capture.

    Parameters
    ----------
    session_id, operator, policy_version, started_at
        Of the session.
    steps
        In their order.
    exceptions
        Why some positions are lacking.
    """

    session_id: str
    operator: str
    policy_version: str
    started_at: datetime
    steps: tuple[CapturedStep, ...]
    exceptions: tuple[CaptureException, ...]

    @property
    def samples(self) -> tuple[TakenSample, ...]:
        """All that was accepted; a position may be there twice, pressed in a slap and alone."""
        return tuple(sample for step in self.steps for sample in step.samples)

    @property
    def best(self) -> dict[Position, TakenSample]:
        """The sample of highest quality of each position."""
        best: dict[Position, TakenSample] = {}
        for one in self.samples:
            if one.position not in best or one.quality > best[one.position].quality:
                best[one.position] = one
        return best

    @property
    def simulated(self) -> bool:
        """True when nobody was captured."""
        return any(one.sample.simulated for one in self.samples)

    def document(self) -> dict[str, Any]:
        """Return what is told of the capture beside its pictures, as JSON; it names nobody but who decided."""
        return {
            "session": self.session_id,
            "operator": self.operator,
            "policy": self.policy_version,
            "started_at": self.started_at.isoformat(),
            "simulated": self.simulated,
            "exceptions": [one.document() for one in self.exceptions],
            "steps": [_step_document(step) for step in self.steps],
        }


def captured_person(state: SessionState) -> CapturedPerson:
    """Return what a finished session captured.

    Raises
    ------
    CaptureMoveError
        When something is left to be captured or decided, naming it.
    """
    unfinished = [one.name for one in state.steps if not one.phase.settled]
    if unfinished:
        raise CaptureMoveError(
            f"the capture is not finished: {', '.join(unfinished)}", remedy="capture or decide what is left"
        )
    return CapturedPerson(
        session_id=state.session_id,
        operator=state.operator,
        policy_version=state.policy_version,
        started_at=state.started_at,
        steps=tuple(_captured_step(one) for one in state.steps),
        exceptions=state.exceptions,
    )


def _captured_step(one: StepState) -> CapturedStep:
    return CapturedStep(
        name=one.name,
        samples=() if one.best is None else one.best.samples,
        accepted_with=() if one.best is None else one.best.findings,
        tries=one.tries,
        approvals=one.approvals,
        evidence=None if one.best is None else one.best.evidence,
    )


def _step_document(step: CapturedStep) -> dict[str, Any]:
    return {
        "name": step.name,
        "samples": [
            {
                "position": one.position.value,
                "quality": one.quality,
                "quality_algorithm": one.extraction.quality.algorithm,
                "device_quality": one.device_quality,
                "device": one.sample.device,
                "captured_at": one.sample.captured_at.isoformat(),
            }
            for one in step.samples
        ],
        "accepted_with": [finding.document() for finding in step.accepted_with],
        "tries": [write_try(record) for record in step.tries],
        "approvals": [write_approval(approval) for approval in step.approvals],
        "evidence": write_evidence(step.evidence),
    }
