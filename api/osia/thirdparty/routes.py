"""The operations of OSIA Third Party Services."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from api.http.access import CallerOf, access
from api.http.guard import new_router
from api.http.problems import Refusal
from api.osia.answering import Flag, desk_of, json_response, refusals
from api.osia.thirdparty.identifying import identify as identify_persons
from api.osia.thirdparty.models import AttributeSet, IdentifyRequest, OutputAttributeSet, TaskId, VerifyResult
from api.osia.thirdparty.verifying import Question
from api.osia.thirdparty.verifying import verify as verify_person

_LISTED = refusals(400, 401, 403, 404)
_LATER: dict[int | str, dict[str, Any]] = {202: {"model": TaskId, "description": "Not used: it is answered at once"}}
_PENDING: dict[int | str, dict[str, Any]] = {204: {"description": "Not used: no request is still worked on"}}

router = new_router("/v1")

Identifier = Annotated[str, Path(description="whom the client means")]


class TransactionQuery(BaseModel):
    """What every operation takes: the client's name of the transaction."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=False)

    transaction_id: str


class PersonQuery(TransactionQuery):
    """Of operations on one person: of which kind the identifier is."""

    identifier_type: str | None = None


class VerifyQuery(PersonQuery):
    """Of a verification: whether a yes is to be signed."""

    verification_proof_required: Flag = True


@router.post("/verify/{identifier}", operation_id="verify", response_model=VerifyResult, responses=_LISTED)
@access("id.verify", purpose_bound=True)
async def verify(
    request: Request,
    caller: CallerOf,
    identifier: Identifier,
    query: Annotated[VerifyQuery, Query()],
    stated: Annotated[AttributeSet, Body()],
) -> Response:
    """Answer whether everything that is stated about a person agrees with what is recorded."""
    desk, misses = desk_of(request), request.app.state.misses
    asked = Question(
        identifier=identifier,
        identifier_type=query.identifier_type,
        stated=stated,
        transaction_id=query.transaction_id,
        proof=query.verification_proof_required,
    )
    result = await desk.run(lambda: verify_person(desk, caller, asked, misses))
    return json_response(200, result.as_sent())


@router.get(
    "/attributes/{attributeSetName}/{identifier}",
    operation_id="readAttributeSet",
    response_model=AttributeSet,
    responses=_LISTED,
)
@access("id.ATTRIBUTESETNAME.read")
async def read_set(
    name: Annotated[str, Path(alias="attributeSetName", description="a set of attributes")],
    identifier: Identifier,
    query: Annotated[PersonQuery, Query()],
) -> Response:
    """Refuse: what is recorded is compared here, and not given away."""
    raise _yes_or_no()


@router.post("/attributes/{identifier}", operation_id="readAttributes", response_model=AttributeSet, responses=_LISTED)
@access("id.read")
async def read(
    identifier: Identifier,
    query: Annotated[PersonQuery, Query()],
    wanted: Annotated[OutputAttributeSet, Body()],
) -> Response:
    """Refuse: what is recorded is compared here, and not given away."""
    raise _yes_or_no()


@router.post("/identify", operation_id="identify", response_model=list[AttributeSet], responses=_LATER | _LISTED)
@access("id.identify", purpose_bound=True, one_to_many=True)
async def identify(
    request: Request,
    caller: CallerOf,
    query: Annotated[TransactionQuery, Query()],
    asked: Annotated[IdentifyRequest, Body()],
) -> Response:
    """Answer the identifiers of who is like the pictures; it is answered at once."""
    desk = desk_of(request)
    found = await desk.run(lambda: identify_persons(desk, caller, asked.attribute_set))
    return json_response(200, found)


@router.get(
    "/identify/{taskID}",
    operation_id="readIdentifyResult",
    response_model=list[AttributeSet],
    responses=_PENDING | _LISTED,
)
@access("id.identify", purpose_bound=True, one_to_many=True)
async def read_result(
    task_id: Annotated[str, Path(alias="taskID", description="a task")], query: Annotated[TransactionQuery, Query()]
) -> Response:
    """Refuse: searches are answered at once, so that no task has a result to wait for."""
    raise Refusal("unknown", "there is no such task; searches are answered at once")


def _yes_or_no() -> Refusal:
    return Refusal("forbidden", "this service answers yes or no, and no attributes")
