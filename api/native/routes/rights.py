"""What people ask about their data, and what is done about it; erasure and what ends a measure take two persons."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Query, Response

from api.http.access import access
from api.http.guard import new_router
from api.http.problems import Refusal
from api.native.asking import Inquiry, InquiryOf, TurnOf
from api.native.models import rights as models
from api.native.routes.merges import require_two
from api.native.routes.persons import Person
from api.native.scopes import ENROLL, RIGHTS_DECIDE, RIGHTS_ERASE, RIGHTS_READ, RIGHTS_WRITE
from api.rights.access_export import access_document, printed
from api.rights.certificate import certificate_of, signed_content
from api.rights.notices import find_notice, read_notices
from api.rights.pdf import pdf_bytes
from api.rights.rights_settings import read_rights_settings
from api.rights.views import record_document, rights_document
from biometrics.records import ActorRole
from biometrics.rights.words import ErasureState, IdentityCheck, RequestDecision, RequestKind
from biometrics.samples import now_utc
from enrollment.engine.service import EnrollmentService
from enrollment.operations import rights as operations
from enrollment.operations.disclosing import DISCLOSE, SIGN_DOCUMENT, Disclose, Disclosure, SignDocument
from enrollment.operations.explaining import EXPLAIN_RESULTS, ExplainResults
from enrollment.operations.rights_erasure import ERASURE, ErasePerson, NamedErasure
from enrollment.operations.rights_measures import (
    HOLD,
    LIFT_HOLD,
    LIFT_RESTRICTION,
    RESTRICT,
    EndMeasure,
    HoldPerson,
    RestrictPerson,
)
from enrollment.operations.rights_upkeep import GIVE_NOTICE, GiveNotice
from enrollment.rights.erasing import as_far_as_can_be, begin

router: APIRouter = new_router(tags=["rights"])

_RECEIVES = (ActorRole.OPERATOR, ActorRole.SUPERVISOR)
_DECIDES = (ActorRole.SUPERVISOR,)

Prefer = Annotated[
    str | None, Header(max_length=200, description="`respond-async` (RFC 7240): answered as soon as it is accepted")
]

EntryId = Annotated[str, Path(max_length=64, description="identifier of the request, lock, hold or erasure")]


@router.post("/persons/{person}/rights/requests", response_model=models.RequestTold)
@access(RIGHTS_WRITE, roles=_RECEIVES)
async def receive_request(person: Person, body: models.RequestAsked, turn: TurnOf) -> dict[str, Any]:
    """Record what a person asks about their data; a contest opens its case again."""
    kind = RequestKind(body.kind)
    asked = operations.ReceiveRequest(
        person=person,
        kind=kind,
        identity_check=IdentityCheck(body.identity_check),
        asked=body.asked,
        due_days=read_rights_settings(turn.desk.home).due_days(kind),
        case_id=body.case,
    )

    def work(service: EnrollmentService) -> dict[str, Any]:
        turn.require_person(service, person)
        return record_document(service.call(operations.RECEIVE_REQUEST, asked))

    return await turn.do(body, work)


@router.get("/rights/requests", response_model=models.RequestsTold)
@access(RIGHTS_READ, roles=_RECEIVES)
async def list_requests(
    inquiry: InquiryOf, overdue: Annotated[bool, Query(description="only those that are late")] = False
) -> dict[str, Any]:
    """List the requests without an answer, the most urgent first."""
    inquiry.require_every_gallery()
    found = await inquiry.ask(operations.LIST_REQUESTS, operations.ListRequests(overdue=overdue))
    return {"items": [record_document(one) for one in found]}


@router.post("/rights/requests/{entry}/answer", response_model=models.RequestTold)
@access(RIGHTS_DECIDE, roles=_DECIDES)
async def answer_request(entry: EntryId, body: models.AnswerAsked, turn: TurnOf) -> dict[str, Any]:
    """Answer a request; to refuse it, even in part, takes two persons."""
    turn.require_every_gallery()
    if body.approver is not None:
        require_two(turn, body.approver)
    asked = operations.AnswerRequest(
        request_id=entry,
        decision=RequestDecision(body.decision),
        answer=body.answer,
        approver=body.approver,
    )
    return await turn.do(body, lambda service: record_document(service.call(operations.ANSWER_REQUEST, asked)))


@router.get("/persons/{person}/rights", response_model=models.RightsTold)
@access(RIGHTS_READ, roles=_RECEIVES, purpose_bound=True)
async def show_rights(person: Person, inquiry: InquiryOf) -> dict[str, Any]:
    """Show what a person asked, what restricts the use of their data, and what keeps them."""
    inquiry.require_every_gallery()
    return rights_document(await inquiry.ask(operations.SHOW_RIGHTS, operations.NamedPerson(person=person)))


@router.get("/persons/{person}/rights/access", response_model=models.AccessTold)
@access(RIGHTS_READ, roles=_RECEIVES, purpose_bound=True)
async def export_access(person: Person, inquiry: InquiryOf) -> dict[str, Any]:
    """Put together everything about a person for that person, signed."""
    settings, made_at = read_rights_settings(inquiry.desk.home), now_utc()

    def work(service: EnrollmentService) -> dict[str, Any]:
        document = access_document(_disclosed(service, inquiry, person), settings, made_at)
        signature = service.call(SIGN_DOCUMENT, SignDocument(content=signed_content(document)))
        return {**document, "signature": signature}

    return await inquiry.work(work)


@router.get(
    "/persons/{person}/rights/access.pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
@access(RIGHTS_READ, roles=_RECEIVES, purpose_bound=True)
async def print_access(person: Person, inquiry: InquiryOf) -> Response:
    """Put together everything about a person for that person, to read, in French."""
    settings, made_at = read_rights_settings(inquiry.desk.home), now_utc()

    def work(service: EnrollmentService) -> bytes:
        return pdf_bytes(printed(_disclosed(service, inquiry, person), settings, made_at))

    data = await inquiry.work(work)
    return Response(data, media_type="application/pdf", headers={"Cache-Control": "no-store"})


@router.get("/persons/{person}/rights/results", response_model=models.ResultsTold)
@access(RIGHTS_READ, roles=_RECEIVES, purpose_bound=True)
async def explain_results(
    person: Person,
    inquiry: InquiryOf,
    language: Annotated[Literal["fr", "en"], Query(description="language of the reasoning")] = "fr",
    event: Annotated[int | None, Query(ge=1, le=2**53, description="the number of one answer")] = None,
) -> dict[str, Any]:
    """Give the reasoning of what a computer answered about a person: 1:1 comparisons and searches."""
    inquiry.require_every_gallery()
    asked = ExplainResults(person=person, event=event, language=language)
    return {"items": [record_document(one) for one in await inquiry.ask(EXPLAIN_RESULTS, asked)]}


@router.post("/persons/{person}/rights/restrictions", response_model=models.RestrictionTold)
@access(RIGHTS_DECIDE, roles=_DECIDES)
async def restrict_person(person: Person, body: models.RestrictAsked, turn: TurnOf) -> dict[str, Any]:
    """Keep a person's data and use them no longer: for one purpose, or for all."""
    turn.require_every_gallery()
    asked = RestrictPerson(person=person, reason=body.reason, purpose=body.purpose, request_id=body.request)
    return await turn.do(body, lambda service: record_document(service.call(RESTRICT, asked)))


@router.post("/rights/restrictions/{entry}/lift", response_model=models.RestrictionTold)
@access(RIGHTS_DECIDE, roles=_DECIDES)
async def lift_restriction(entry: EntryId, body: models.EndAsked, turn: TurnOf) -> dict[str, Any]:
    """Let data that were locked be used again."""
    require_two(turn, body.approver)
    asked = EndMeasure(measure_id=entry, reason=body.reason, approver=body.approver)
    return await turn.do(body, lambda service: record_document(service.call(LIFT_RESTRICTION, asked)))


@router.post("/persons/{person}/rights/holds", response_model=models.HoldTold)
@access(RIGHTS_DECIDE, roles=_DECIDES)
async def hold_person(person: Person, body: models.HoldAsked, turn: TurnOf) -> dict[str, Any]:
    """Keep a person from being erased, by an act of an authority."""
    turn.require_every_gallery()
    asked = HoldPerson(person=person, reference=body.reference, reason=body.reason, until=_day(body.until))
    return await turn.do(body, lambda service: record_document(service.call(HOLD, asked)))


@router.post("/rights/holds/{entry}/lift", response_model=models.HoldTold)
@access(RIGHTS_DECIDE, roles=_DECIDES)
async def lift_hold(entry: EntryId, body: models.EndAsked, turn: TurnOf) -> dict[str, Any]:
    """End a legal hold."""
    require_two(turn, body.approver)
    asked = EndMeasure(measure_id=entry, reason=body.reason, approver=body.approver)
    return await turn.do(body, lambda service: record_document(service.call(LIFT_HOLD, asked)))


@router.post(
    "/persons/{person}/rights/erasure",
    response_model=models.ErasureTold,
    responses={202: {"description": "accepted, and gone on with; Location says where to see how far it is"}},
)
@access(RIGHTS_ERASE, roles=_DECIDES)
async def erase_person(
    person: Person, body: models.EraseAsked, turn: TurnOf, response: Response, prefer: Prefer = None
) -> dict[str, Any]:
    """Erase a person everywhere: 202 while it is not done; the same request, or the engine, goes on with it."""
    require_two(turn, body.approver)
    asked = ErasePerson(person=person, basis=body.basis, approver=body.approver, request_id=body.request)
    later = prefer is not None and "respond-async" in (one.strip().lower() for one in prefer.split(","))

    def work(service: EnrollmentService) -> dict[str, Any]:
        begun = begin(service.call, asked)
        return certificate_of(service.call, begun if later else as_far_as_can_be(service.call, begun))

    told = await turn.work(work)
    if told["state"] != ErasureState.DONE.value:
        response.status_code = 202
        response.headers["Location"] = f"../../../rights/erasures/{told['erasure_id']}"
    return told


@router.get("/rights/erasures/{entry}", response_model=models.ErasureTold)
@access(RIGHTS_ERASE, roles=_DECIDES)
async def show_erasure(entry: EntryId, inquiry: InquiryOf) -> dict[str, Any]:
    """Show how far an erasure is, and its certificate."""
    inquiry.require_every_gallery()
    named = NamedErasure(erasure_id=entry)
    return await inquiry.work(lambda service: certificate_of(service.call, service.call(ERASURE, named)))


@router.get("/rights/notices", response_model=models.NoticesTold)
@access(ENROLL)
async def list_notices(inquiry: InquiryOf) -> dict[str, Any]:
    """List what people are told before their data are taken, in all versions and languages."""
    return {"items": [one.document() for one in read_notices(inquiry.desk.home)]}


@router.post("/encounters/{encounter}/notice", response_model=models.GivenTold)
@access(ENROLL, roles=_RECEIVES)
async def give_notice(
    encounter: Annotated[str, Path(max_length=64, description="identifier of the encounter")],
    body: models.NoticeAsked,
    turn: TurnOf,
) -> dict[str, Any]:
    """Record which notice a person was given at an encounter, and in which language."""
    turn.require_every_gallery()
    notice = find_notice(turn.desk.home, body.notice, body.language, body.version)
    asked = GiveNotice(encounter_id=encounter, text=notice.given)
    return await turn.do(body, lambda service: record_document(service.call(GIVE_NOTICE, asked)))


def _disclosed(service: EnrollmentService, inquiry: Inquiry, person: str) -> Disclosure:
    inquiry.require_every_gallery()
    return service.call(DISCLOSE, Disclose(person=person))


def _day(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise Refusal("invalid", "until is no day of the calendar") from None
