"""Who is this: searches by pictures, and by persons and encounters that are recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from api.http.access import Caller
from api.http.desk import Desk
from api.http.problems import RETRY_AFTER_S, Refusal
from api.osia.abis.bodies import IdentifyBody
from api.osia.abis.calls import AbisAnswer, AbisCall
from api.osia.abis.visibility import ALL_GALLERIES, galleries_named, read_visible, require_seen_whole
from api.osia.models import BiometricData
from api.osia.pictures import received_pictures, refuse_claims, require_pictures
from api.osia.subtypes import stated_as
from biometrics.errors import SampleError
from biometrics.positions import Modality, Position
from biometrics.scores import ComparisonScore
from enrollment.encounters.search import PersonFound, PersonSearch, PersonsFound
from enrollment.preparation import PreparedSubmission, prepare_received
from registry.rights.door import refusal

_USUAL_CANDIDATES, _MOST_CANDIDATES = 10, 100
_MODALITIES = {"FACE": Modality.FACE, "FINGER": Modality.FINGER}
_PROBE = "probe"


def identify(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Search with pictures."""
    body = IdentifyBody.model_validate(call.body)
    if body.encryption is not None or body.integrity:
        raise SampleError("encrypted data and blocks of integrity are not taken", remedy="send the pictures in clear")
    modalities = modalities_of(body.filter)
    return _search(desk, call, modalities, data=_of_modalities(body.biometric_data, modalities))


def identify_recorded(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Search with what is recorded of a person, or with one of their encounters; they are not among the found."""
    return _search(desk, call, modalities_of(call.body or {}))


def prepared_probe(desk: Desk, data: Sequence[BiometricData], *, where: str = "biometricData") -> PreparedSubmission:
    """Return pictures with their templates, to be searched or compared.

    Raises
    ------
    SampleError
        When there is none that could be.
    """
    pictures = require_pictures(received_pictures(data, where=where), where=where)
    with desk.metrics.extraction():
        prepared = prepare_received(_PROBE, pictures.images, desk.extractors)
    if not prepared.templates:
        raise SampleError("; ".join(reason.advice for reason in prepared.reasons), source=where)
    return prepared


def modalities_of(asked: Mapping[str, Any]) -> frozenset[Modality] | None:
    """Return which modalities a filter asks for; None for all.

    Raises
    ------
    SampleError
        When it holds anything else: to pass over a filter would answer another question.
    """
    unknown = asked.keys() - {"biometricType"}
    if unknown:
        raise SampleError("the filter is not understood", source="filter", remedy="filter by biometricType alone")
    if "biometricType" not in asked:
        return None
    stated = asked["biometricType"]
    if not isinstance(stated, list) or not all(isinstance(one, str) for one in stated):
        raise SampleError("biometricType of the filter is no list of types", source="filter")
    found = frozenset(_MODALITIES[one] for one in stated if one in _MODALITIES)
    if not found:
        raise SampleError("the filter leaves nothing to compare", source="filter", remedy="name FACE or FINGER")
    return found


def _of_modalities(data: Sequence[BiometricData], modalities: frozenset[Modality] | None) -> list[BiometricData]:
    for index, element in enumerate(data):
        try:
            refuse_claims(element)
        except SampleError as error:
            raise error.at(f"biometricData[{index}]") from None
    if modalities is None:
        return list(data)
    return [element for element in data if _MODALITIES.get(element.biometric_type) in modalities]


def _search(
    desk: Desk,
    call: AbisCall,
    modalities: frozenset[Modality] | None,
    data: Sequence[BiometricData] | None = None,
) -> AbisAnswer:
    service = desk.service(call.caller.actor())
    person, encounter = call.path.get("personId"), call.path.get("encounterId")
    limit = _limit(call.query)
    galleries = tuple(galleries_named(service, call.caller, call.path["galleryId"]))
    if person is not None and encounter is None:
        require_seen_whole(service, call.caller, person)
    elif person is not None:
        read_visible(service, call.caller, person, encounter)
    if not galleries:
        return AbisAnswer(status=200, content=[])
    asked = PersonSearch(
        galleries=galleries,
        prepared=None if data is None else prepared_probe(desk, data),
        person=person,
        encounter=encounter,
        modalities=modalities,
        limit=limit,
        least_score=call.query.get("threshold"),
    )
    found = _complete(service.search_persons(asked))
    everywhere = call.path["galleryId"] == ALL_GALLERIES
    content = [
        _candidate(rank, one, call.caller, everywhere=everywhere) for rank, one in enumerate(found.found, start=1)
    ]
    return AbisAnswer(status=200, content=content)


def _limit(query: Mapping[str, Any]) -> int:
    limit = query.get("maxNbCand", _USUAL_CANDIDATES)
    if not 1 <= limit <= _MOST_CANDIDATES:
        raise SampleError(
            "so many candidates are not listed", source="maxNbCand", remedy=f"ask for 1 to {_MOST_CANDIDATES}"
        )
    return int(limit)


def _complete(found: PersonsFound) -> PersonsFound:
    if found.reasons:
        raise SampleError("; ".join(reason.advice for reason in found.reasons), source="biometricData")
    if not found.complete:
        # A list that lacks a part of the gallery would pass for an answer.
        raise Refusal("unavailable", "a part of the gallery did not answer", retry_after_s=RETRY_AFTER_S)
    require_sayable(found)
    return found


def require_sayable(found: PersonsFound) -> None:
    """Refuse an empty list that would say "nobody" where somebody is withheld; OSIA cannot say that it lacks one.

    Raises
    ------
    RestrictedError
        When nobody else is listed.
    """
    if found.withheld and not found.found:
        raise refusal()


def _candidate(rank: int, one: PersonFound, caller: Caller, *, everywhere: bool) -> dict[str, Any]:
    score = one.candidate.score
    content: dict[str, Any] = {"personId": one.person, "rank": rank}
    # OSIA asks for a score; who may not have scores learns its order of magnitude only.
    content["score"] = score if caller.rights.scores else float(math.floor(score))
    seen = [gallery for gallery in one.galleries if caller.may_see(gallery)]
    if caller.rights.scores:
        content["scores"] = score_details(one.candidate.scores, galleries=seen if everywhere else None)
    others: dict[str, Any] = {"simulated": True} if one.simulated else {}
    if everywhere:
        others["galleries"] = seen
    return content | ({"others": others} if others else {})


def score_details(
    scores: Mapping[Position, ComparisonScore], *, galleries: list[str] | None = None
) -> list[dict[str, Any]]:
    """Return the scores of single parts of the body, each -log10 of its own false match rate."""
    details = []
    for position, score in scores.items():
        if score.fmr is None:
            continue
        kind, subtype = stated_as(position)
        detail: dict[str, Any] = {"score": score.fmr.evidence, "biometricType": kind, "biometricSubType": subtype}
        details.append(detail | ({"galleries": galleries} if galleries else {}))
    return details
