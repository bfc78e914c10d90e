"""What stations do in one call: enroll, identify and verify; pictures are worked on here, the engine decides."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from api.http.access import access
from api.http.guard import new_router
from api.native.asking import KEY_PATTERN, InquiryOf
from api.native.models import stations as models
from api.native.scopes import ENROLL, IDENTIFY, VERIFY
from api.native.stations import enroll, identify, verify

router: APIRouter = new_router(tags=["stations"])

RequiredKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=KEY_PATTERN,
        description="a name of your own for this enrollment: sent again with it, the person is enrolled once",
    ),
]


@router.post(
    "/enrollments",
    response_model=models.EnrollmentTold,
    responses={201: {"model": models.EnrollmentTold, "description": "The encounter is recorded"}},
)
@access(ENROLL)
async def enroll_person(
    body: models.EnrollAsked, response: Response, inquiry: InquiryOf, key: RequiredKey
) -> dict[str, Any]:
    """Search a person among everybody of the gallery, decide by the policy, and record the encounter durably.

    200 says that nothing was written now: no picture could be used, or the same request was answered before.
    """
    inquiry.require_gallery(body.gallery)
    told = await inquiry.desk.run(lambda: enroll(inquiry.desk, inquiry.caller, body, key))
    if told["encounter"] is not None and not told["repeated"]:
        response.status_code = 201
        response.headers["Location"] = f"persons/{told['subject_id']}"
    return told


@router.post("/identifications", response_model=models.IdentificationTold)
@access(IDENTIFY, purpose_bound=True, one_to_many=True)
async def identify_person(body: models.IdentifyAsked, inquiry: InquiryOf) -> dict[str, Any]:
    """Search a person among everybody of a gallery; nothing is recorded but that somebody asked."""
    inquiry.require_gallery(body.gallery)
    return await inquiry.desk.run(lambda: identify(inquiry.desk, inquiry.caller, body))


@router.post("/verifications", response_model=models.VerificationTold)
@access(VERIFY)
async def verify_person(body: models.VerifyAsked, inquiry: InquiryOf) -> dict[str, Any]:
    """Compare a person with the one they claim to be; nobody else is looked at."""
    if body.gallery is not None:
        inquiry.require_gallery(body.gallery)
    return await inquiry.desk.run(lambda: verify(inquiry.desk, inquiry.caller, body))
