"""What is recorded about a person beside the record: numbers, papers, exceptions, guardians and life events."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel

from api.http.access import access
from api.http.guard import new_router
from api.native.asking import Turn, TurnOf
from api.native.models import entries as models
from api.native.pictures import capture_exception, read_base64
from api.native.routes.persons import Person
from api.native.scopes import PERSONS_WRITE
from biometrics.people.dates import PartialDate
from biometrics.people.evidence import Evidence, EvidenceType
from biometrics.people.identifiers import IdentifierKind, IdentifierScheme, PersonNumber
from biometrics.people.life import Guardian, GuardianRelation, LifeEvent, LifeEventKind
from biometrics.people.names import PersonName
from enrollment.engine.service import EnrollmentService
from enrollment.operations import people
from enrollment.operations.operation import Operation

router: APIRouter = new_router(tags=["persons"])

EntryId = Annotated[str, Path(max_length=64, description="identifier of the entry, as the person shows it")]


@router.post("/persons/{person}/numbers", response_model=models.EntryTold)
@access(PERSONS_WRITE)
async def give_number(person: Person, body: models.NumberAsked, turn: TurnOf) -> dict[str, Any]:
    """Record a number of a person; a NINA takes the place of the one that is held."""
    asked = people.GiveNumber(person=person, number=_number(body), reason=body.reason, replaces=body.replaces)
    return await _record(turn, person, body, people.GIVE_NUMBER, asked)


@router.post("/persons/{person}/numbers/{entry}/end", response_model=models.EntryTold)
@access(PERSONS_WRITE)
async def end_number(person: Person, entry: EntryId, body: models.ReasonAsked, turn: TurnOf) -> dict[str, Any]:
    """End a number: it names the person no longer."""
    asked = people.EndEntry(person=person, entry_id=entry, reason=body.reason)
    return await _record(turn, person, body, people.END_NUMBER, asked)


@router.post("/persons/{person}/evidence", response_model=models.EntryTold)
@access(PERSONS_WRITE)
async def add_evidence(person: Person, body: models.EvidenceAsked, turn: TurnOf) -> dict[str, Any]:
    """Record a paper that a person presented, with its scan."""
    scan = None if body.scan is None else read_base64(body.scan, "scan")
    paper = Evidence(
        type=EvidenceType(body.type),
        number=body.number,
        issued_by=body.issued_by,
        issued_on=PartialDate.parse(body.issued_on.model_dump()),
        provisional=body.provisional,
        scan_sha256=_digest(scan),
    )
    asked = people.AddEvidence(
        person=person, paper=paper, encounter_id=body.encounter, replaces=body.replaces, scan=scan
    )
    return await _record(turn, person, body, people.ADD_EVIDENCE, asked)


@router.post("/persons/{person}/exceptions", response_model=models.EntryTold)
@access(PERSONS_WRITE)
async def grant_exceptions(person: Person, body: models.ExceptionsAsked, turn: TurnOf) -> dict[str, Any]:
    """Record which fingers or face could not be captured, why, and who allowed it; answer the encounter."""
    photo = None if body.photo is None else read_base64(body.photo, "photo")
    granted = tuple(
        capture_exception(one, None if one.without_photo is not None else _digest(photo)) for one in body.exceptions
    )
    asked = people.GrantExceptions(person=person, exceptions=granted, encounter_id=body.encounter, photo=photo)
    return await _record(turn, person, body, people.GRANT_EXCEPTIONS, asked)


@router.post("/persons/{person}/guardians", response_model=models.EntryTold)
@access(PERSONS_WRITE)
async def add_guardian(person: Person, body: models.GuardianAsked, turn: TurnOf) -> dict[str, Any]:
    """Record who speaks for a person."""
    guardian = Guardian(
        relation=GuardianRelation(body.relation),
        subject_id=body.person,
        name=None if body.name is None else PersonName.parse(body.name.model_dump()),
        document_number=body.document_number,
    )
    asked = people.AddGuardian(person=person, guardian=guardian, reason=body.reason)
    return await _record(turn, person, body, people.ADD_GUARDIAN, asked)


@router.post("/persons/{person}/guardians/{entry}/end", response_model=models.EntryTold)
@access(PERSONS_WRITE)
async def end_guardian(person: Person, entry: EntryId, body: models.ReasonAsked, turn: TurnOf) -> dict[str, Any]:
    """End a guardian, who speaks for the person no longer."""
    asked = people.EndEntry(person=person, entry_id=entry, reason=body.reason)
    return await _record(turn, person, body, people.END_GUARDIAN, asked)


@router.post("/persons/{person}/life-events", response_model=models.EntryTold)
@access(PERSONS_WRITE)
async def record_life_event(person: Person, body: models.LifeEventAsked, turn: TurnOf) -> dict[str, Any]:
    """Record a death, or that the record is out of use or in use again."""
    happened = LifeEvent(
        kind=LifeEventKind(body.kind), date=PartialDate.parse(body.date.model_dump()), evidence_id=body.evidence
    )
    asked = people.RecordLifeEvent(person=person, happened=happened, reason=body.reason)
    return await _record(turn, person, body, people.RECORD_LIFE_EVENT, asked)


@router.post("/persons/{person}/life-events/{entry}/annul", response_model=models.EntryTold)
@access(PERSONS_WRITE)
async def annul_life_event(person: Person, entry: EntryId, body: models.ReasonAsked, turn: TurnOf) -> dict[str, Any]:
    """Annul a life event that was recorded wrongly."""
    asked = people.EndEntry(person=person, entry_id=entry, reason=body.reason)
    return await _record(turn, person, body, people.ANNUL_LIFE_EVENT, asked)


async def _record(
    turn: Turn, person: str, body: BaseModel, operation: Operation[Any, str], asked: Any
) -> dict[str, Any]:
    """Have an entry recorded or ended, and answer its identifier."""

    def work(service: EnrollmentService) -> dict[str, Any]:
        turn.require_person(service, person)
        return {"id": service.call(operation, asked)}

    return await turn.do(body, work)


def _number(body: models.NumberAsked) -> PersonNumber:
    scheme = IdentifierScheme(body.scheme)
    kind = IdentifierKind.TEMPORARY if body.temporary else IdentifierKind.PERMANENT
    if scheme is not IdentifierScheme.NINA and not body.temporary:
        kind = IdentifierKind.NONE
    return PersonNumber(scheme=scheme, value=body.value, kind=kind)


def _digest(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()
