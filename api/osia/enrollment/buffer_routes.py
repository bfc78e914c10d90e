"""The operations on buffers: files of an enrollment that are sent apart from it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Query, Request, Response

from api.http.access import CallerOf, access
from api.http.guard import new_router
from api.osia.answering import desk_of, json_response, refusals
from api.osia.enrollment import buffers
from api.osia.enrollment.digests import digest_of, require_digest
from api.osia.enrollment.models import BufferAdded
from api.osia.enrollment.parameters import BufferId, EnrollmentId, TransactionQuery

READ, WRITE = "enroll.buf.read", "enroll.buf.write"
_ADDED = 201
_BINARY = {media: {"schema": {"type": "string", "format": "binary"}} for media in buffers.MEDIA}
_SENT: dict[str, Any] = {"requestBody": {"required": True, "content": _BINARY}}
_ANSWERED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, of the kind it was sent as",
        "headers": {"Digest": {"description": "its digest, by RFC 3230", "schema": {"type": "string"}}},
        "content": _BINARY,
    }
}

router = new_router("/v1/enrollments", tags=["Buffer"])


@router.post(
    "/{enrollmentId}/buffer",
    operation_id="createBuffer",
    status_code=_ADDED,
    response_model=BufferAdded,
    responses=refusals(400, 403, 404),
    openapi_extra=_SENT,
)
@access(WRITE, media=buffers.MEDIA)
async def add(
    request: Request,
    caller: CallerOf,
    enrollment_id: EnrollmentId,
    query: Annotated[TransactionQuery, Query()],
    digest: Annotated[str | None, Header(alias="Digest", description="the digest of the file, by RFC 3230")] = None,
) -> Response:
    """Keep a file with an enrollment, after its digest was verified."""
    desk = desk_of(request)
    data = await request.body()
    media_type = request.headers.get("content-type", "")

    def work() -> str:
        require_digest(digest, data)
        return buffers.add_buffer(desk, caller, enrollment_id, data, media_type)

    return json_response(_ADDED, {"bufferId": await desk.run(work)})


@router.get(
    "/{enrollmentId}/buffer/{bufferId}",
    operation_id="readBuffer",
    response_class=Response,
    responses=_ANSWERED | refusals(400, 403, 404),
)
@access(READ)
async def read(
    request: Request,
    caller: CallerOf,
    enrollment_id: EnrollmentId,
    buffer_id: BufferId,
    query: Annotated[TransactionQuery, Query()],
) -> Response:
    """Return a file of an enrollment; browsers are told to save it, as nobody has looked at what it is."""
    desk = desk_of(request)
    kept = await desk.run(lambda: buffers.read_buffer(desk, caller, enrollment_id, buffer_id))
    headers = {"Digest": digest_of(kept.sha256), "Content-Disposition": "attachment", "Content-Type": kept.media_type}
    return Response(kept.data, headers=headers)
