"""Administration: galleries, what is recorded and searched, and by which models."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path

from api.http.access import access
from api.http.guard import new_router
from api.native.asking import InquiryOf, TurnOf
from api.native.models import upkeep as models
from api.native.models.base import GalleryName
from api.native.scopes import ADMIN, GALLERIES_READ
from api.verbs.gallery_steps.showing import document as figures_document
from enrollment.engine.service import EnrollmentService
from enrollment.operations.galleries import CREATE_GALLERY, KNOWN_GALLERIES, CreateGallery
from enrollment.operations.overview import COUNTS, MODELS_IN_USE
from enrollment.operations.tasks import COUNT_TASKS
from registry.galleries import GalleryRecord

router: APIRouter = new_router(tags=["administration"])

Gallery = Annotated[GalleryName, Path()]


@router.get("/galleries", response_model=models.GalleriesTold)
@access(GALLERIES_READ)
async def list_galleries(inquiry: InquiryOf) -> dict[str, Any]:
    """List the galleries that you may see."""
    found = await inquiry.ask(KNOWN_GALLERIES, None)
    return {"items": [_gallery(one) for one in found if inquiry.caller.may_see(one.gallery_id)]}


@router.post("/galleries", status_code=201, response_model=models.GalleryTold)
@access(ADMIN)
async def create_gallery(body: models.GalleryAsked, turn: TurnOf) -> dict[str, Any]:
    """Add a gallery; who is searched together never changes by itself."""
    turn.require_every_gallery()

    def work(service: EnrollmentService) -> dict[str, Any]:
        known = service.call(CREATE_GALLERY, CreateGallery(gallery_id=body.gallery, purpose=body.purpose))
        return _gallery(next(one for one in known if one.gallery_id == body.gallery))

    return await turn.do(body, work)


@router.get("/galleries/{gallery}/figures", response_model=models.FiguresTold)
@access(ADMIN)
async def show_gallery_figures(gallery: Gallery, inquiry: InquiryOf) -> dict[str, Any]:
    """Show what a gallery holds in memory, how it came there, and of what its snapshot is."""
    inquiry.require_gallery(gallery)
    return figures_document(await inquiry.work(lambda service: service.gallery_figures(gallery_id=gallery)))


@router.post("/galleries/{gallery}/snapshot", response_model=models.FiguresTold)
@access(ADMIN)
async def keep_gallery(gallery: Gallery, body: models.SnapshotAsked, inquiry: InquiryOf) -> dict[str, Any]:
    """Write a snapshot of a gallery, so that it opens quickly the next time."""
    inquiry.require_gallery(gallery)
    figures = await inquiry.work(lambda service: service.keep_gallery(gallery_id=gallery, compact=body.compact))
    return figures_document(figures)


@router.get("/state", response_model=models.StateTold)
@access(ADMIN)
async def show_state(inquiry: InquiryOf) -> dict[str, Any]:
    """Show how much is recorded and waits, and by which policy is decided."""
    inquiry.require_every_gallery()

    def read(service: EnrollmentService) -> dict[str, Any]:
        counts, tasks = service.call(COUNTS, None), service.call(COUNT_TASKS, None)
        return {"policy": inquiry.desk.policy.version, "counts": asdict(counts), "tasks": asdict(tasks)}

    return await inquiry.work(read)


@router.get("/models", response_model=models.ModelsTold)
@access(ADMIN)
async def list_models(inquiry: InquiryOf) -> dict[str, Any]:
    """Count the references in use by the model that made them; this reads all of them."""
    inquiry.require_every_gallery()
    used = await inquiry.ask(MODELS_IN_USE, None)
    return {"items": [{"model_id": name, "references": count} for name, count in used.items()]}


def _gallery(one: GalleryRecord) -> dict[str, Any]:
    return {
        "gallery": one.gallery_id,
        "purpose": one.purpose,
        "encounters": one.encounters,
        "created_at": one.created_at.isoformat(),
    }
