"""Cases: taken, looked at side by side, decided; who judges sees no scores before the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from api.case_views import held_document, listed_document, view_document
from api.http.access import access
from api.http.guard import new_router
from api.http.problems import Refusal
from api.native.asking import Inquiry, InquiryOf, TurnOf
from api.native.conditions import IfNoneMatch, is_known, unchanged
from api.native.models import cases as models
from api.native.models.base import Sha256Text
from api.native.paging import PageOf, question_of, text_behind
from api.native.scopes import CASES_DECIDE, CASES_READ, CASES_SUPERVISE
from biometrics.cases import CaseOutcome, CasePriority, CaseStatus
from biometrics.image_writing import encode_png
from biometrics.images import decode_image
from biometrics.records import ActorRole
from enrollment.engine.service import EnrollmentService
from enrollment.operations import adjudication

router: APIRouter = new_router(tags=["cases"])

JUDGES = (ActorRole.EXAMINER, ActorRole.SUPERVISOR)
CaseId = Annotated[str, Path(max_length=64, description="identifier of the case")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conditions:
    status: Annotated[models.StatusWord | None, Query(description="those not closed if absent")] = None
    priority: models.PriorityWord | None = None
    post: Annotated[str | None, Query(max_length=200)] = None


@router.get("/cases", response_model=models.CasesTold)
@access(CASES_SUPERVISE, roles=(ActorRole.SUPERVISOR,))
async def list_cases(inquiry: InquiryOf, page: PageOf, conditions: Annotated[_Conditions, Depends()]) -> dict[str, Any]:
    """List cases, the most urgent first, then the oldest; without verdicts and scores."""
    inquiry.require_every_gallery()
    status, priority, post = conditions.status, conditions.priority, conditions.post
    question = question_of("cases", status=status, priority=priority, post=post)
    asked = adjudication.ListCases(
        status=None if status is None else CaseStatus(status),
        priority=None if priority is None else CasePriority(priority),
        post=post,
        limit=page.limit + 1,
        after=text_behind(page.cursor, question),
    )
    found = await inquiry.ask(adjudication.LIST_CASES, asked)
    shown = [listed_document(one) for one in found[: page.limit]]
    return page.told(question, shown, (lambda last: found[last].case.case_id) if len(found) > page.limit else None)


@router.get("/cases/held", response_model=models.HeldCasesTold)
@access(CASES_READ, roles=JUDGES)
async def list_held_cases(inquiry: InquiryOf) -> dict[str, Any]:
    """List the cases that you hold now."""
    held = await inquiry.ask(adjudication.HELD_CASES, None)
    return {"items": [held_document(one) for one in held]}


@router.post("/cases/next", response_model=models.HeldTold, responses={204: {"description": "No case waits for you"}})
@access(CASES_DECIDE, roles=JUDGES)
async def take_next_case(inquiry: InquiryOf) -> Any:
    """Take the most urgent, of these the oldest case that you may judge, for the installation's time."""
    held = await _assign(inquiry, None, None)
    return Response(status_code=204) if held is None else held_document(held)


@router.put("/cases/{case_id}/assignment", response_model=models.HeldTold)
@access(CASES_DECIDE, roles=JUDGES)
async def assign_case(case_id: CaseId, body: models.AssignAsked, inquiry: InquiryOf) -> dict[str, Any]:
    """Take a case, or take it anew; supervisors assign cases to others, too."""
    held = await _assign(inquiry, case_id, body.examiner)
    if held is None:
        raise Refusal("unknown", "there is no such case")
    return held_document(held)


@router.get("/cases/{case_id}", response_model=models.BlindCaseTold | models.RevealedCaseTold)
@access(CASES_READ, roles=JUDGES)
async def show_case(case_id: CaseId, inquiry: InquiryOf) -> dict[str, Any]:
    """Show pictures side by side and a question to who holds the case; everything to who judged it, and supervisors."""
    inquiry.require_every_gallery()
    view = await inquiry.ask(adjudication.VIEW_CASE, adjudication.NamedCase(case_id=case_id))
    return view_document(view)


@router.get(
    "/cases/{case_id}/pictures/{sha256}",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, 304: {"description": "You have it"}},
)
@access(CASES_READ, roles=JUDGES)
async def show_case_picture(
    case_id: CaseId, sha256: Sha256Text, inquiry: InquiryOf, if_none_match: IfNoneMatch = None
) -> Response:
    """Show a picture of a case that you may see, as PNG; simulated ones carry a mark."""
    inquiry.require_every_gallery()
    if not inquiry.caller.rights.reads_images:
        raise Refusal("right", "the client may not read pictures")
    asked = adjudication.CasePicture(case_id=case_id, sha256=sha256)

    def png(service: EnrollmentService) -> bytes:
        picture = decode_image(service.call(adjudication.CASE_PICTURE, asked))
        return encode_png(picture.pixels, picture.ppi, simulated=picture.simulated)

    data, tag = await inquiry.work(png), f'"{sha256}"'
    if is_known(tag, if_none_match):
        return unchanged(tag)
    return Response(data, media_type="image/png", headers={"ETag": tag})


@router.post("/cases/{case_id}/verdicts", response_model=models.VerdictTold)
@access(CASES_DECIDE, roles=JUDGES)
async def decide_case(case_id: CaseId, body: models.VerdictAsked, turn: TurnOf) -> dict[str, Any]:
    """Give your verdict on a case that you hold; what is adverse needs a second examiner.

    What others found, and what your verdict led to, is not told.
    """
    _require_judge(turn)
    asked = adjudication.DecideCase(
        case_id=case_id, outcome=CaseOutcome(body.outcome), reason=body.reason, candidate=body.candidate
    )

    def work(service: EnrollmentService) -> dict[str, Any]:
        service.call(adjudication.DECIDE_CASE, asked)
        return {"case_id": case_id, "outcome": body.outcome}

    return await turn.do(body, work)


async def _assign(inquiry: Inquiry, case_id: str | None, examiner: str | None) -> adjudication.HeldCase | None:
    _require_judge(inquiry)
    settings = inquiry.desk.installation.settings
    asked = adjudication.AssignCase(
        case_id=case_id,
        examiner=examiner,
        timeout_min=settings.case_timeout_min,
        seeded_share=settings.case_seeded_share,
    )
    return await inquiry.ask(adjudication.ASSIGN_CASE, asked)


def _require_judge(inquiry: Inquiry) -> None:
    """Refuse systems: a person decides cases, under a name of their own.

    Raises
    ------
    Refusal
        When the token speaks of the client itself, or the client does not see all galleries.
    """
    inquiry.require_every_gallery()
    if not inquiry.caller.is_person:
        raise Refusal("role", "only a person decides cases: the token must name one beside the client")
