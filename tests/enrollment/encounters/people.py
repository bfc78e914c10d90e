"""Drafts of encounters whose samples are told by numbers, handed to a service or to the owner itself."""

from __future__ import annotations

from typing import Any

from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import FINGERS, Position
from enrollment.encounters.drafts import EncounterDraft, RecordedEncounter
from enrollment.engine.service import EnrollmentService
from enrollment.preparation import PreparedSubmission, ReceivedImage, prepare_received
from tests.enrollment.fakes import fake_extractors, picture

CITIZENS, VISA = "citizens", "visa_applicants"

NOTHING_CAPTURED = (
    CaptureException(
        positions=(*FINGERS, Position.FACE),
        reason=ExceptionReason.UNABLE,
        presence=Presence.TEMPORARY,
        approver="supervisor-1",
        without_photo="stated by the client's system",
    ),
)


def samples(label: str, number: int, capture: int = 0, *, face: bool = True) -> PreparedSubmission:
    """Return a person of a number, captured for the so-many-th time, as bytes that were received."""
    data = picture(number, capture, color=face)
    return prepare_received(label, [ReceivedImage(data=data, origin="biometricData[0]")], fake_extractors())


def draft(label: str, number: int, capture: int = 0, **stated: Any) -> EncounterDraft:
    """Return the draft of an encounter, by default into the gallery of citizens."""
    face = stated.pop("face", True)
    return EncounterDraft(prepared=samples(label, number, capture, face=face), **{"galleries": (CITIZENS,), **stated})


def record(service: EnrollmentService, label: str, number: int, capture: int = 0, **stated: Any) -> RecordedEncounter:
    """Record an encounter that has usable samples."""
    recorded = service.record_encounter(draft(label, number, capture, **stated))
    assert isinstance(recorded, RecordedEncounter)
    return recorded
