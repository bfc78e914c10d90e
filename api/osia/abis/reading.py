"""Encounters and templates that are read, and what galleries hold."""

from __future__ import annotations

from typing import Any

from api.http.desk import Desk
from api.osia.abis.calls import AbisAnswer, AbisCall
from api.osia.abis.documents import encounter_content, instances_of
from api.osia.abis.templates import computed_data
from api.osia.abis.visibility import galleries_named, read_visible, visible_galleries
from biometrics.errors import SampleError
from enrollment.operations.encounters import GALLERY_CONTENT, READ_TEMPLATES, GalleryContent, ReadTemplates

_LARGEST_PAGE = 10_000
_LARGEST_OFFSET = 2**63 - 1


def read_all_encounters(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Return all encounters of a person that the client may see."""
    return AbisAnswer(status=200, content=_encounters(desk, call, None))


def read_encounter(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Return one encounter."""
    (content,) = _encounters(desk, call, call.path["encounterId"])
    return AbisAnswer(status=200, content=content)


def _encounters(desk: Desk, call: AbisCall, name: str | None) -> list[dict[str, Any]]:
    with_images = call.caller.rights.reads_images
    service = desk.service(call.caller.actor())
    kept = read_visible(service, call.caller, call.path["personId"], name, with_files=with_images)
    return [encounter_content(one, with_images=with_images) for one in kept]


def read_template(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Return the templates of an encounter, as far as they are asked for."""
    service = desk.service(call.caller.actor())
    person, name = call.path["personId"], call.path["encounterId"]
    (kept,) = read_visible(service, call.caller, person, name)
    templates = service.call(READ_TEMPLATES, ReadTemplates(person=person, name=name))
    found = computed_data(templates, instances_of(kept), call.query)
    return AbisAnswer(status=200, content=found)


def read_galleries(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Return the names of the galleries that the client may see."""
    service = desk.service(call.caller.actor())
    return AbisAnswer(status=200, content=list(visible_galleries(service, call.caller)))


def read_gallery_content(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Return which encounters are in a gallery, a page of them."""
    offset, limit = call.query.get("offset", 0), call.query.get("limit", 1000)
    if not 0 <= offset <= _LARGEST_OFFSET or not 0 <= limit <= _LARGEST_PAGE:
        raise SampleError(
            "there is no such page", source="limit", remedy=f"offset is 0 or more, limit 0 to {_LARGEST_PAGE}"
        )
    service = desk.service(call.caller.actor())
    galleries = tuple(galleries_named(service, call.caller, call.path["galleryId"]))
    if not galleries or not limit:
        return AbisAnswer(status=200, content=[])
    found = service.call(GALLERY_CONTENT, GalleryContent(galleries=galleries, offset=offset, limit=limit))
    return AbisAnswer(status=200, content=[{"personId": person, "encounterId": name} for person, name in found])
