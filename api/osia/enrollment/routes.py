"""The operations on enrollments."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Query, Request, Response
from pydantic import WithJsonSchema

from api.http.access import CallerOf, access
from api.http.guard import new_router
from api.osia.answering import desk_of, json_response, refusals
from api.osia.enrollment import drafts, searching
from api.osia.enrollment.finalizing import finalize as finalize_draft
from api.osia.enrollment.models import Collected, Enrollment, SearchExpression
from api.osia.enrollment.parameters import ChangeQuery, EnrollmentId, FindQuery, ReadQuery, TransactionQuery

READ, WRITE = "enroll.read", "enroll.write"
_DONE = 204

router = new_router("/v1/enrollments", tags=["Enrollment"])

Sent = Annotated[Collected | None, Body()]
Patch = Annotated[Any, WithJsonSchema({"$ref": "#/components/schemas/Collected"}), Body()]


@router.post("/{enrollmentId}", operation_id="createEnrollment", status_code=_DONE, responses=refusals(400, 403, 409))
@access(WRITE)
async def create(
    request: Request,
    caller: CallerOf,
    enrollment_id: EnrollmentId,
    query: Annotated[ChangeQuery, Query()],
    sent: Sent = None,
) -> Response:
    """Keep a new enrollment, and finalize it where asked to."""
    desk = desk_of(request)

    def work() -> None:
        drafts.open_draft(desk, caller, enrollment_id, sent)
        if query.finalize:
            finalize_draft(desk, caller, enrollment_id)

    await desk.run(work)
    return Response(status_code=_DONE)


@router.get(
    "/{enrollmentId}", operation_id="readEnrollment", response_model=Enrollment, responses=refusals(400, 403, 404)
)
@access(READ)
async def read(
    request: Request,
    caller: CallerOf,
    enrollment_id: EnrollmentId,
    query: Annotated[ReadQuery, Query()],
) -> Response:
    """Return an enrollment as it came."""
    desk = desk_of(request)
    draft = await desk.run(lambda: drafts.read_draft(desk, caller, enrollment_id))
    return json_response(200, drafts.as_answered(draft, query.attributes))


@router.put("/{enrollmentId}", operation_id="updateEnrollment", status_code=_DONE, responses=refusals(400, 403, 404))
@access(WRITE)
async def update(
    request: Request,
    caller: CallerOf,
    enrollment_id: EnrollmentId,
    query: Annotated[ChangeQuery, Query()],
    sent: Sent = None,
) -> Response:
    """Put what is sent in the place of an enrollment, and finalize it where asked to."""
    desk = desk_of(request)

    def work() -> None:
        drafts.replace_draft(desk, caller, enrollment_id, sent)
        if query.finalize:
            finalize_draft(desk, caller, enrollment_id)

    await desk.run(work)
    return Response(status_code=_DONE)


@router.patch(
    "/{enrollmentId}", operation_id="partialUpdateEnrollment", status_code=_DONE, responses=refusals(400, 403, 404)
)
@access(WRITE)
async def patch(
    request: Request,
    caller: CallerOf,
    enrollment_id: EnrollmentId,
    query: Annotated[ChangeQuery, Query()],
    sent: Patch = None,
) -> Response:
    """Merge what is sent into an enrollment as RFC 7396 says, and finalize it where asked to."""
    desk = desk_of(request)

    def work() -> None:
        drafts.patch_draft(desk, caller, enrollment_id, {} if sent is None else sent)
        if query.finalize:
            finalize_draft(desk, caller, enrollment_id)

    await desk.run(work)
    return Response(status_code=_DONE)


@router.delete("/{enrollmentId}", operation_id="deleteEnrollment", status_code=_DONE, responses=refusals(400, 403, 404))
@access(WRITE)
async def delete(
    request: Request, caller: CallerOf, enrollment_id: EnrollmentId, query: Annotated[TransactionQuery, Query()]
) -> Response:
    """Forget an enrollment that is not finalized, with its buffers."""
    desk = desk_of(request)
    await desk.run(lambda: drafts.delete_draft(desk, caller, enrollment_id))
    return Response(status_code=_DONE)


@router.put(
    "/{enrollmentId}/finalize",
    operation_id="finalizeEnrollment",
    status_code=_DONE,
    responses=refusals(400, 403, 404),
)
@access(WRITE)
async def finalize(
    request: Request, caller: CallerOf, enrollment_id: EnrollmentId, query: Annotated[TransactionQuery, Query()]
) -> Response:
    """Finalize an enrollment: whoever it holds pictures of is enrolled."""
    desk = desk_of(request)
    await desk.run(lambda: finalize_draft(desk, caller, enrollment_id))
    return Response(status_code=_DONE)


@router.post("", operation_id="findEnrollments", response_model=list[Enrollment], responses=refusals(400, 403))
@access(READ)
async def find(
    request: Request,
    caller: CallerOf,
    query: Annotated[FindQuery, Query()],
    expressions: Annotated[list[SearchExpression] | None, Body()] = None,
) -> Response:
    """Return the client's enrollments that meet all expressions."""
    desk = desk_of(request)
    found = await desk.run(
        lambda: searching.find_drafts(desk, caller, expressions or (), offset=query.offset, limit=query.limit)
    )
    return json_response(200, found)
