"""Who is this, asked by another administration: identifiers of who is alike, and nothing else about them."""

from __future__ import annotations

from typing import Any

from api.http.access import Caller
from api.http.desk import Desk
from api.http.problems import RETRY_AFTER_S, Refusal
from api.osia.abis.searching import prepared_probe, require_sayable
from api.osia.abis.visibility import visible_galleries
from api.osia.thirdparty.claims import refuse_unsupported
from api.osia.thirdparty.models import AttributeSet
from biometrics.errors import SampleError
from enrollment.encounters.search import PersonSearch

MOST_FOUND = 10
"""Persons in one answer."""


def identify(desk: Desk, caller: Caller, stated: AttributeSet) -> list[dict[str, Any]]:
    """Return the identifiers of who is like the pictures, best first, as attribute sets.

    Raises
    ------
    SampleError
        When anything else than pictures is stated: nobody is found by a name here.
    Refusal
        When a part of a gallery did not answer.
    RestrictedError
        When the only one found may not be told.
    """
    refuse_unsupported(stated)
    if stated.biographic_data or not stated.biometric_data:
        raise SampleError("people are identified by pictures alone", remedy="state biometricData and nothing else")
    prepared = prepared_probe(desk, stated.biometric_data)
    service = desk.service(caller.actor())
    galleries = visible_galleries(service, caller)
    if not galleries:
        return []
    found = service.search_persons(PersonSearch(galleries=galleries, prepared=prepared, limit=MOST_FOUND))
    if found.reasons:
        raise SampleError("; ".join(reason.advice for reason in found.reasons), source="biometricData")
    if not found.complete:
        raise Refusal("unavailable", "a part of a gallery did not answer", retry_after_s=RETRY_AFTER_S)
    require_sayable(found)
    return [{"biographicData": {"personId": one.person}} for one in found.found]
