"""Every operation of OSIA Biometrics by its name, and what can be refused before one is put off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

from api.http.desk import Desk
from api.http.problems import Refusal, refusal_of
from api.osia.abis import changing, creating, reading, searching, verifying
from api.osia.abis.calls import AbisAnswer, AbisCall, Performer
from api.osia.abis.table import LISTED
from api.osia.abis.visibility import galleries_named, read_visible, require_changeable, require_galleries, require_own
from biometrics.errors import BiometricsError

_ONLY_WHERE_LISTED = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_PERFORMERS: Mapping[str, Performer] = {
    "createEncounterNoIds": creating.create_encounter,
    "createEncounterNoId": creating.create_encounter,
    "createEncounter": creating.create_encounter,
    "updateEncounter": creating.update_encounter,
    "readAllEncounters": reading.read_all_encounters,
    "readEncounter": reading.read_encounter,
    "readTemplate": reading.read_template,
    "readGalleries": reading.read_galleries,
    "readGalleryContent": reading.read_gallery_content,
    "deleteEncounter": changing.delete_encounter,
    "deleteAll": changing.delete_all,
    "mergeEncounter": changing.merge_persons,
    "moveEncounter": changing.move_encounter,
    "updateEncounterStatus": changing.update_status,
    "updateEncounterGalleries": changing.update_galleries,
    "identify": searching.identify,
    "identifyFromId": searching.identify_recorded,
    "identifyFromEncounterId": searching.identify_recorded,
    "verifyFromId": verifying.verify_from_id,
    "verifyFromBio": verifying.verify_from_bio,
}


def perform(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Perform a call.

    Raises
    ------
    Refusal
        When it cannot be done, with a status that OSIA lists for the operation.
    """
    return _with_listed_status(call, lambda: _PERFORMERS[call.operation](desk, call))


def require_askable(desk: Desk, call: AbisCall) -> None:
    """Refuse a call, before it is put off, for what shows at once: rights, galleries, persons.

    Raises
    ------
    Refusal
        As `perform`.
    """
    _with_listed_status(call, lambda: _look(desk, call))


def _look(desk: Desk, call: AbisCall) -> None:
    service = desk.service(call.caller.actor())
    person, name = call.path.get("personId"), call.path.get("encounterId")
    if "galleryId" in call.path:
        galleries_named(service, call.caller, call.path["galleryId"])
    if call.operation.startswith("create"):
        require_galleries(call.caller, call.body["galleries"])
        if person is not None:
            require_own(service, call.caller, person)
    elif call.operation.startswith(("update", "delete")) and person is not None:
        require_changeable(service, call.caller, person, name)
    elif person is not None:
        read_visible(service, call.caller, person, name)
    for which in ("personIdTarget", "personIdSource"):
        if which in call.path:
            require_changeable(service, call.caller, call.path[which])


def _with_listed_status(call: AbisCall, work: Callable[[], AbisAnswer | None]) -> AbisAnswer:
    try:
        return work() or AbisAnswer(status=HTTPStatus.NO_CONTENT)
    except BiometricsError as error:
        refusal = refusal_of(error, content_status=HTTPStatus.FORBIDDEN)
    except Refusal as raised:
        refusal = raised
    unlisted = refusal.status in _ONLY_WHERE_LISTED and refusal.status not in LISTED[call.operation]
    if unlisted:
        refusal.status = HTTPStatus.FORBIDDEN
    raise refusal


OPERATIONS: Mapping[str, Performer] = dict.fromkeys(_PERFORMERS, perform)
"""Whatever is performed, now or later, is refused with the same statuses."""
