"""Cases after a verdict: contested, opened again, explained; and how examiners err."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.case_views import errors_document
from api.http.access import access
from api.http.guard import new_router
from api.native.asking import InquiryOf, Turn, TurnOf
from api.native.languages import AcceptLanguage, preferred
from api.native.models import cases as models
from api.native.models.entries import ReasonAsked
from api.native.routes.cases import JUDGES, CaseId
from api.native.scopes import CASES_READ, CASES_SUPERVISE
from biometrics.records import ActorRole
from enrollment.operations import adjudication
from enrollment.operations.operation import Operation

router: APIRouter = new_router(tags=["cases"])

_ANYBODY = (*JUDGES, ActorRole.OPERATOR)


@router.post("/cases/{case_id}/contest", response_model=models.OpenedAgainTold)
@access(CASES_READ, roles=_ANYBODY)
async def contest_case(case_id: CaseId, body: ReasonAsked, turn: TurnOf) -> dict[str, Any]:
    """Open a closed case again for its applicant: what was decided is undone until others than before decide."""
    return await _open_again(adjudication.CONTEST_CASE, case_id, body, turn)


@router.post("/cases/{case_id}/reopen", response_model=models.OpenedAgainTold)
@access(CASES_SUPERVISE, roles=(ActorRole.SUPERVISOR,))
async def reopen_case(case_id: CaseId, body: ReasonAsked, turn: TurnOf) -> dict[str, Any]:
    """Open a closed case again and undo what closing it did; others than before decide."""
    return await _open_again(adjudication.REOPEN_CASE, case_id, body, turn)


@router.get("/cases/{case_id}/explanation", response_model=models.ExplanationTold)
@access(CASES_READ, roles=_ANYBODY)
async def explain_case(
    case_id: CaseId, response: Response, inquiry: InquiryOf, accept_language: AcceptLanguage = None
) -> dict[str, Any]:
    """Explain a case in words for its applicant, in English or French; not to examiners who may yet judge it."""
    inquiry.require_every_gallery()
    language = preferred(accept_language)
    told = await inquiry.ask(adjudication.EXPLAIN_CASE, adjudication.ExplainCase(case_id=case_id, language=language))
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language"
    explained = {"case_id": case_id, "language": language, "simulated": told.simulated}
    return explained | {"explanation": list(told.paragraphs)}


@router.get("/examiners", response_model=models.ExaminersTold)
@access(CASES_SUPERVISE, roles=(ActorRole.SUPERVISOR,))
async def list_examiners(inquiry: InquiryOf) -> dict[str, Any]:
    """Show how often examiners err on cases whose answer is known."""
    inquiry.require_every_gallery()
    found = await inquiry.ask(adjudication.EXAMINER_ERRORS, None)
    return {"items": [errors_document(one) for one in found]}


async def _open_again(
    operation: Operation[adjudication.OpenCaseAgain, int], case_id: str, body: ReasonAsked, turn: Turn
) -> dict[str, Any]:
    turn.require_every_gallery()
    asked = adjudication.OpenCaseAgain(case_id=case_id, reason=body.reason)
    return await turn.do(body, lambda service: {"case_id": case_id, "round": service.call(operation, asked)})
