"""Evidence, exceptions, guardians and life events check themselves and survive JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from biometrics.errors import PersonDataError
from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.evidence import Evidence, EvidenceType
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence, unexplained
from biometrics.people.history import GrantedException
from biometrics.people.life import Guardian, GuardianRelation, LifeEvent, LifeEventKind
from biometrics.people.names import PersonName
from biometrics.positions import FINGERS, Modality, Position

DIGEST = "ab" * 32
FEBRUARY = PartialDate(value="2024-02", precision=DatePrecision.MONTH)
STATEMENTS = [
    Evidence(type=EvidenceType.BIRTH_ACT),
    Evidence(
        type=EvidenceType.JUGEMENT_SUPPLETIF,
        number="SIM 7/2024",
        issued_by="Tribunal (no such place)",
        issued_on=FEBRUARY,
        provisional=True,
        scan_sha256=DIGEST,
    ),
    CaptureException(
        positions=(Position.LEFT_THUMB, Position.FACE),
        reason=ExceptionReason.BANDAGED,
        presence=Presence.TEMPORARY,
        approver="supervisor-1",
        photo_sha256=DIGEST,
    ),
    CaptureException(
        positions=(Position.LEFT_THUMB,),
        reason=ExceptionReason.AMPUTATED,
        presence=Presence.PERMANENT,
        approver="supervisor-1",
        without_photo="the camera is broken",
    ),
    Guardian(relation=GuardianRelation.TUTOR, subject_id="a subject", document_number="SIM-9"),
    Guardian(relation=GuardianRelation.PARENT, name=PersonName(family="Xhɛq", given="ب")),
    LifeEvent(kind=LifeEventKind.DEATH, date=FEBRUARY, evidence_id="some evidence"),
    LifeEvent(kind=LifeEventKind.ACTIVE),
]


@pytest.mark.parametrize("stated", STATEMENTS, ids=lambda one: type(one).__name__)
def test_a_statement_is_the_same_when_written_and_read_again(stated: Any) -> None:
    assert type(stated).parse(json.loads(json.dumps(stated.document()))) == stated


EXCEPTION = {"positions": ["face"], "reason": "henna", "presence": "temporary", "approver": "x", "without_photo": "y"}


@pytest.mark.parametrize(
    ("kind", "document", "said"),
    [
        (Evidence, {}, "lacks type"),
        (Evidence, {"type": "selfie"}, "type of evidence is none"),
        (Evidence, {"type": "other", "provisional": "yes"}, "provisional is neither true nor false"),
        (Evidence, {"type": "other", "number": ""}, "the number is empty"),
        (Evidence, {"type": "other", "number": 7}, "number is not text"),
        (Evidence, {"type": "other", "number": "7" * 10_000}, "longer than"),
        (Evidence, {"type": "other", "issued_on": {"value": "2023-02-29", "precision": "day"}}, "issued_on: "),
        (Evidence, {"type": "other", "issued_on": {"precision": "year"}}, "issued_on: .*no value"),
        (Evidence, {"type": "other", "scan_sha256": "AB" * 32}, "scan is not named by a SHA-256"),
        (CaptureException, EXCEPTION | {"positions": []}, "names no position"),
        (CaptureException, EXCEPTION | {"positions": "face"}, "not a JSON array"),
        (CaptureException, EXCEPTION | {"positions": ["unknown"]}, "names no position"),
        (CaptureException, EXCEPTION | {"positions": ["face", "face"]}, "one twice"),
        (CaptureException, EXCEPTION | {"positions": ["nose"]}, "a position is none"),
        (CaptureException, EXCEPTION | {"reason": "tired"}, "the reason is none"),
        (CaptureException, EXCEPTION | {"without_photo": None}, "needs a photo"),
        (CaptureException, EXCEPTION | {"without_photo": "  "}, "is empty"),
        (CaptureException, EXCEPTION | {"photo_sha256": DIGEST}, "needs a photo"),
        (CaptureException, EXCEPTION | {"approver": ""}, "approver is empty"),
        (Guardian, {"relation": "parent"}, "either a subject or somebody named"),
        (Guardian, {"relation": "parent", "subject_id": "x", "name": {"family": "Xhɛq"}}, "either a subject"),
        (Guardian, {"relation": "friend", "subject_id": "x"}, "the relation is none"),
        (LifeEvent, {"kind": "birth"}, "kind of life event is none"),
        (LifeEvent, {"kind": "death", "date": {"value": "2001-04-31", "precision": "day"}}, "date: .*no such date"),
    ],
)
def test_a_wrong_statement_is_refused(kind: Any, document: dict[str, Any], said: str) -> None:
    with pytest.raises(PersonDataError, match=said):
        kind.parse(document)


def test_nobody_approves_an_exception_of_their_own() -> None:
    exception = CaptureException.parse(EXCEPTION)
    granted: dict[str, Any] = {
        "encounter_id": "e",
        "exception": exception,
        "recorded_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    assert GrantedException(operator="somebody else", **granted).exception == exception
    with pytest.raises(PersonDataError, match="its own operator"):
        GrantedException(operator="x", **granted)


def test_a_modality_is_explained_by_exceptions_for_all_of_it() -> None:
    assert unexplained(()) == (Modality.FINGER, Modality.FACE)
    assert unexplained(FINGERS) == (Modality.FACE,)
    assert unexplained((*FINGERS[1:], Position.FACE)) == (Modality.FINGER,)
    assert unexplained((*FINGERS, Position.FACE)) == ()
