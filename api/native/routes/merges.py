"""Two persons found to be one, and encounters filed under the right person: never one person's doing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from api.http.access import access
from api.http.guard import new_router
from api.http.problems import Refusal
from api.native.asking import Turn, TurnOf
from api.native.models import entries as models
from api.native.routes.persons import Person
from api.native.scopes import PERSONS_MERGE
from api.person_views import merge_document
from biometrics.records import ActorRole
from enrollment.engine.service import EnrollmentService
from enrollment.operations.merging import MERGE, MOVE, UNMERGE, MergePersons, MoveEncounter, UnmergePersons

router: APIRouter = new_router(tags=["merges"])

_SUPERVISORS = (ActorRole.SUPERVISOR,)


@router.post("/persons/{person}/merge", response_model=models.MergeTold)
@access(PERSONS_MERGE, roles=_SUPERVISORS)
async def merge_person(person: Person, body: models.MergeAsked, turn: TurnOf) -> dict[str, Any]:
    """Record that a person is another one: encounters move there, nothing is lost, and it can be undone."""
    require_two(turn, body.approver)
    asked = MergePersons(person=person, into=body.into, reason=body.reason, approver=body.approver)
    return await turn.do(body, lambda service: merge_document(service.call(MERGE, asked)))


@router.post("/merges/{merge}/undo", response_model=models.MergeTold)
@access(PERSONS_MERGE, roles=_SUPERVISORS)
async def undo_merge(
    merge: Annotated[str, Path(max_length=200, description="identifier of the merge, or the person merged")],
    body: models.ReasonAsked,
    turn: TurnOf,
) -> dict[str, Any]:
    """Undo a merge: the encounters that came with it go back, what was enrolled since stays."""
    turn.require_every_gallery()
    asked = UnmergePersons(merge=merge, reason=body.reason)
    return await turn.do(body, lambda service: merge_document(service.call(UNMERGE, asked)))


@router.post("/encounters/{encounter}/move", response_model=models.MovedTold)
@access(PERSONS_MERGE, roles=_SUPERVISORS)
async def move_encounter(
    encounter: Annotated[str, Path(max_length=64, description="identifier of the encounter")],
    body: models.MergeAsked,
    turn: TurnOf,
) -> dict[str, Any]:
    """File an encounter, recorded under the wrong person, under the right one."""
    require_two(turn, body.approver)
    asked = MoveEncounter(encounter_id=encounter, into=body.into, reason=body.reason, approver=body.approver)

    def work(service: EnrollmentService) -> dict[str, Any]:
        owner = service.call(MOVE, asked)
        told = {"encounter": encounter, "person": owner.label, "subject_id": owner.subject_id}
        return told | {"simulated": owner.simulated}

    return await turn.do(body, work)


def require_two(turn: Turn, approver: str) -> None:
    """Refuse an approver who is who asks, or the client that asks for them.

    Raises
    ------
    Refusal
        When there are not two persons, or the client does not see all galleries.
    """
    turn.require_every_gallery()
    caller = turn.caller
    if not caller.is_person or approver.casefold() in (caller.subject.casefold(), caller.client.casefold()):
        raise Refusal("forbidden", "this takes two persons: who asks, named by the token, and another who approves")
