"""Deduplications: begun, gone on with, looked at; everybody is compared with everybody, and people decide the cases."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from api.http.access import access
from api.http.guard import new_router
from api.http.problems import Refusal
from api.native.asking import Inquiry, InquiryOf
from api.native.deduplicating import Started
from api.native.models import upkeep as models
from api.native.paging import PageOf, number_behind, question_of
from api.native.scopes import DEDUPLICATIONS_READ, DEDUPLICATIONS_RUN
from api.verbs.dedup_steps.documents import pair_document, state_document
from biometrics.records import ActorRole
from enrollment.deduplication.state import RunStatus, read_report, read_state
from enrollment.deduplication.store import RunStore, runs_folder
from enrollment.engine.service import EnrollmentService
from enrollment.operations.subjects import SUBJECTS, NamedSubjects

router: APIRouter = new_router(tags=["deduplications"])

RunId = Annotated[str, Path(max_length=40, description="name of the run")]

_SUPERVISORS = (ActorRole.SUPERVISOR,)


@router.post("/deduplications", status_code=202, response_model=models.StartedTold)
@access(DEDUPLICATIONS_RUN, roles=_SUPERVISORS)
async def begin_deduplication(body: models.DeduplicateAsked, response: Response, inquiry: InquiryOf) -> dict[str, Any]:
    """Begin to compare everybody of a gallery with everybody; Location says where to see how far it is."""
    inquiry.require_every_gallery()
    service = inquiry.desk.service(inquiry.caller.actor())
    started = Started(_store(inquiry), lambda: service.deduplicate(gallery_id=body.gallery, only_new=body.only_new))
    run_id = await inquiry.desk.run(started.begin)
    response.headers["Location"] = "deduplications" if run_id is None else f"deduplications/{run_id}"
    return {"run": run_id}


@router.post("/deduplications/{run}/resume", status_code=202, response_model=models.StartedTold)
@access(DEDUPLICATIONS_RUN, roles=_SUPERVISORS)
async def resume_deduplication(run: RunId, response: Response, inquiry: InquiryOf) -> dict[str, Any]:
    """Go on with a run that ended early, to its end."""
    inquiry.require_every_gallery()
    store = _store(inquiry)
    service = inquiry.desk.service(inquiry.caller.actor())

    def go_on() -> str:
        if read_state(store, store.require(run)).status is RunStatus.FINISHED:
            raise Refusal("conflict", "the run is finished")
        return Started(store, lambda: service.resume_deduplication(run_id=run)).go_on(run)

    run_id = await inquiry.desk.run(go_on)
    response.headers["Location"] = f"../{run_id}"
    return {"run": run_id}


@router.get("/deduplications", response_model=models.RunsTold)
@access(DEDUPLICATIONS_READ, roles=_SUPERVISORS)
async def list_deduplications(inquiry: InquiryOf) -> dict[str, Any]:
    """List all runs, the newest first."""
    inquiry.require_every_gallery()
    store = _store(inquiry)

    def read() -> list[dict[str, Any]]:
        return [state_document(read_state(store, run_id)) for run_id in reversed(store.run_ids())]

    return {"items": await inquiry.desk.run(read)}


@router.get("/deduplications/{run}", response_model=models.RunTold)
@access(DEDUPLICATIONS_READ, roles=_SUPERVISORS)
async def show_deduplication(run: RunId, inquiry: InquiryOf) -> dict[str, Any]:
    """Show how far a run is."""
    inquiry.require_every_gallery()
    store = _store(inquiry)
    return await inquiry.desk.run(lambda: state_document(read_state(store, store.require(run))))


@router.get("/deduplications/{run}/pairs", response_model=models.PairsTold)
@access(DEDUPLICATIONS_READ, roles=_SUPERVISORS, purpose_bound=True)
async def list_pairs(run: RunId, inquiry: InquiryOf, page: PageOf) -> dict[str, Any]:
    """List the pairs that a run reports, the likeliest first; of one that is not finished, those until now."""
    inquiry.require_every_gallery()
    store, question = _store(inquiry), question_of("pairs", run=run)
    skip = number_behind(page.cursor, question)

    def read(service: EnrollmentService) -> tuple[list[dict[str, Any]], bool]:
        found = read_report(store, store.require(run)).pairs[skip : skip + page.limit + 1]
        shown = found[: page.limit]
        named = sorted({subject_id for one in shown for subject_id in (one.pair.a, one.pair.b)})
        known = service.call(SUBJECTS, NamedSubjects(subject_ids=tuple(named)))
        subjects = {one.subject_id: one for one in known}
        return [pair_document(one, subjects) for one in shown], len(found) > len(shown)

    items, more = await inquiry.work(read)
    return page.told(question, items, (lambda last: skip + last + 1) if more else None)


def _store(inquiry: Inquiry) -> RunStore:
    return RunStore(folder=runs_folder(inquiry.desk.home))
