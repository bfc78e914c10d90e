"""Personalisation records read back: their zone and pictures are what the rest of the record says."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from biometrics.documents.zone import day_text
from biometrics.documents.zone_text import read_zone
from biometrics.errors import PersonDataError
from enrollment.issuing.card import FORMAT

_DAMAGED = "ask whoever made the record for another one"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRecord:
    """What is shown of a record: nothing of its holder."""

    profile: str
    expires_on: str
    simulated: bool


def read_record(content: bytes) -> ReadRecord:
    """Return what a record says of itself.

    Raises
    ------
    PersonDataError
        When it has another form, or contradicts itself.
    """
    try:
        document = json.loads(content)
        return _read(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PersonDataError("this is no personalisation record", remedy=_DAMAGED) from error


def _read(document: Any) -> ReadRecord:
    if document["format"] != FORMAT:
        raise ValueError("another format")
    zone, stated, portrait = read_zone("\n".join(document["mrz"])), document["document"], document["portrait"]
    expires_on = date.fromisoformat(stated["expires_on"])
    if (zone.number, zone.state, zone.expiry) != (stated["number"], stated["issuing_state"], day_text(expires_on)):
        raise PersonDataError("the machine-readable zone says something else than the record", remedy=_DAMAGED)
    data = base64.b64decode(portrait["data"], validate=True)
    if hashlib.sha256(data).hexdigest() != portrait["sha256"]:
        raise PersonDataError("the portrait is not the one that the record names", remedy=_DAMAGED)
    return ReadRecord(
        profile=str(document["profile"]["name"]),
        expires_on=expires_on.isoformat(),
        simulated=document["simulated"] is True,
    )
