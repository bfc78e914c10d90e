"""OSIA Biometrics as a table: where each operation lies, what it asks of its caller, takes and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.osia.abis.bodies import (
    CandidateBody,
    ComputedData,
    EncounterBody,
    ExtendablePersonIds,
    IdentifyBody,
    PersonIds,
    VerificationBody,
    VerifyFromBioBody,
    VerifyFromIdBody,
)
from api.osia.abis.queries import (
    CallbackQuery,
    CompareQuery,
    ContentQuery,
    CreateQuery,
    PriorityQuery,
    SearchQuery,
    StatusQuery,
    TemplateQuery,
)
from api.osia.formats import GalleryList

READ, WRITE = "abis.encounter.read", "abis.encounter.write"
IDENTIFY, VERIFY, GALLERIES = "abis.identify", "abis.verify", "abis.gallery.read"

_PERSON = "/v1/persons/{personId}"
_ENCOUNTERS = f"{_PERSON}/encounters"
_ENCOUNTER = f"{_ENCOUNTERS}/{{encounterId}}"
_TARGET = "/v1/persons/{personIdTarget}"
_GALLERY = "/v1/identify/{galleryId}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbisRoute:
    """One operation.

    Parameters
    ----------
    operation
        OSIA's name of it.
    method, path
        Where it lies.
    scope
        What a token must hold.
    summary
        What it does.
    query
        Its query parameters.
    body
        What its body holds; None without one.
    body_optional
        Whether the body may be left out.
    answer
        What it answers with; None where it only does something.
    listed
        Statuses that OSIA lists for it besides 400, 403 and 500.
    one_to_many
        Whether it searches everybody, which needs a right of its own.
    csv
        Whether it answers as lines of text where asked to.
    """

    operation: str
    method: str
    path: str
    scope: str
    summary: str
    query: type[CallbackQuery] = PriorityQuery
    body: Any = None
    body_optional: bool = False
    answer: Any = None
    listed: tuple[int, ...] = ()
    one_to_many: bool = False
    csv: bool = False


ROUTES: tuple[AbisRoute, ...] = (
    AbisRoute(
        operation="createEncounterNoIds", method="POST", path="/v1/persons", scope=WRITE,
        summary="Record an encounter of a new person; both get identifiers",
        query=CreateQuery, body=EncounterBody, answer=ExtendablePersonIds,
    ),
    AbisRoute(
        operation="createEncounterNoId", method="POST", path=_ENCOUNTERS, scope=WRITE,
        summary="Record an encounter of a person, new or known; the encounter gets an identifier",
        query=CreateQuery, body=EncounterBody, answer=ExtendablePersonIds,
    ),
    AbisRoute(
        operation="createEncounter", method="POST", path=_ENCOUNTER, scope=WRITE,
        summary="Record an encounter by identifiers of the client",
        query=CreateQuery, body=EncounterBody, answer=ExtendablePersonIds, listed=(409,),
    ),
    AbisRoute(
        operation="updateEncounter", method="PUT", path=_ENCOUNTER, scope=WRITE,
        summary="Put an encounter in the place of another; other samples are decided like an enrollment",
        query=CreateQuery, body=EncounterBody, answer=ExtendablePersonIds, listed=(404,),
    ),
    AbisRoute(
        operation="readAllEncounters", method="GET", path=_ENCOUNTERS, scope=READ,
        summary="Read all encounters of a person", answer=list[EncounterBody], listed=(404,),
    ),
    AbisRoute(
        operation="readEncounter", method="GET", path=_ENCOUNTER, scope=READ,
        summary="Read one encounter", answer=EncounterBody, listed=(404,),
    ),
    AbisRoute(
        operation="readTemplate", method="GET", path=f"{_ENCOUNTER}/templates", scope=READ,
        summary="Read the templates of an encounter, with their quality",
        query=TemplateQuery, answer=list[ComputedData], listed=(404,),
    ),
    AbisRoute(
        operation="deleteEncounter", method="DELETE", path=_ENCOUNTER, scope=WRITE,
        summary="Take one encounter out of everything; it is kept until it is purged", listed=(404,),
    ),
    AbisRoute(
        operation="deleteAll", method="DELETE", path=_PERSON, scope=WRITE,
        summary="Take all encounters of a person out of everything", listed=(404,),
    ),
    AbisRoute(
        operation="mergeEncounter", method="POST", path=f"{_TARGET}/merge/{{personIdSource}}", scope=WRITE,
        summary="Make two persons one; the source's encounters are the target's afterwards", listed=(404, 409),
    ),
    AbisRoute(
        operation="moveEncounter", method="POST", scope=WRITE,
        path=f"{_TARGET}/move/{{personIdSource}}/encounters/{{encounterId}}",
        summary="File one encounter under another person", listed=(404, 409),
    ),
    AbisRoute(
        operation="updateEncounterStatus", method="PUT", path=f"{_ENCOUNTER}/status", scope=WRITE,
        summary="Let an encounter identify its person, or not", query=StatusQuery,
    ),
    AbisRoute(
        operation="updateEncounterGalleries", method="PUT", path=f"{_ENCOUNTER}/galleries", scope=WRITE,
        summary="Let an encounter be in these galleries and no others", query=CallbackQuery, body=GalleryList,
    ),
    AbisRoute(
        operation="identify", method="POST", path=_GALLERY, scope=IDENTIFY,
        summary="Search a gallery, or ALL, with pictures",
        query=SearchQuery, body=IdentifyBody, answer=list[CandidateBody], listed=(404,), one_to_many=True,
    ),
    AbisRoute(
        operation="identifyFromId", method="POST", path=f"{_GALLERY}/{{personId}}", scope=IDENTIFY,
        summary="Search a gallery, or ALL, with what is recorded of a person", query=SearchQuery,
        body=dict[str, Any], body_optional=True, answer=list[CandidateBody], listed=(404,), one_to_many=True,
    ),
    AbisRoute(
        operation="identifyFromEncounterId", method="POST", scope=IDENTIFY,
        path=f"{_GALLERY}/{{personId}}/encounters/{{encounterId}}",
        summary="Search a gallery, or ALL, with one encounter of a person", query=SearchQuery,
        body=dict[str, Any], body_optional=True, answer=list[CandidateBody], listed=(404,), one_to_many=True,
    ),
    AbisRoute(
        operation="verifyFromId", method="POST", path="/v1/verify/{galleryId}/{personId}", scope=VERIFY,
        summary="Compare pictures with a person",
        query=CompareQuery, body=VerifyFromIdBody, answer=VerificationBody, listed=(404,),
    ),
    AbisRoute(
        operation="verifyFromBio", method="POST", path="/v1/verify", scope=VERIFY,
        summary="Compare two sets of pictures", query=CompareQuery, body=VerifyFromBioBody, answer=VerificationBody,
    ),
    AbisRoute(
        operation="readGalleries", method="GET", path="/v1/galleries", scope=GALLERIES,
        summary="List the galleries that the client may see", answer=list[str],
    ),
    AbisRoute(
        operation="readGalleryContent", method="GET", path="/v1/galleries/{galleryId}", scope=GALLERIES,
        summary="List who is in a gallery, or in ALL", query=ContentQuery, answer=list[PersonIds], listed=(404,),
        csv=True,
    ),
)  # fmt: skip

LISTED: dict[str, tuple[int, ...]] = {route.operation: route.listed for route in ROUTES}
"""Statuses by operation; where 404 or 409 is not among them, 403 is answered instead."""
