"""Receipts: what was taken from whom, when and where, in French and signed; digests of pictures and nothing of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.exceptions import ExceptionReason
from biometrics.people.history import GrantedException
from biometrics.people.wording import date_words
from biometrics.positions import Position
from biometrics.records import Encounter
from registry.columns import utc_text

FORMAT = "kura-receipt-1"

_POSITIONS = {
    Position.RIGHT_THUMB: "pouce droit",
    Position.RIGHT_INDEX: "index droit",
    Position.RIGHT_MIDDLE: "majeur droit",
    Position.RIGHT_RING: "annulaire droit",
    Position.RIGHT_LITTLE: "auriculaire droit",
    Position.LEFT_THUMB: "pouce gauche",
    Position.LEFT_INDEX: "index gauche",
    Position.LEFT_MIDDLE: "majeur gauche",
    Position.LEFT_RING: "annulaire gauche",
    Position.LEFT_LITTLE: "auriculaire gauche",
    Position.FACE: "visage",
    Position.UNKNOWN: "doigt non précisé",
}
_REASONS = {
    ExceptionReason.MISSING: "absent",
    ExceptionReason.AMPUTATED: "amputé",
    ExceptionReason.BANDAGED: "bandé",
    ExceptionReason.WORN: "usé",
    ExceptionReason.HENNA: "henné",
    ExceptionReason.CHILD: "enfant",
    ExceptionReason.UNABLE: "impossible à capturer",
    ExceptionReason.OTHER: "autre raison",
}
_RIGHTS = (
    "Ce reçu prouve que ces données ont été enregistrées. Il ne vaut pas titre d'identité et ne dit rien de la suite "
    "donnée à la demande.",
    "Vous pouvez demander à consulter vos données, à les faire rectifier ou verrouiller, vous opposer à leur "
    "traitement et contester un résultat (loi n° 2013-015).",
)


def receipt_number(encounter: Encounter) -> str:
    """Return the number that was handed out, or the encounter's identifier where none was."""
    return encounter.context.receipt or encounter.encounter_id


def receipt_document(
    encounter: Encounter, exceptions: Sequence[GrantedException], *, simulated: bool, issued_at: datetime
) -> bytes:
    """Return a receipt as UTF-8 JSON; these bytes are what is signed.

    Parameters
    ----------
    encounter
        What was taken.
    exceptions
        What could not be, and why.
    simulated
        Whether the person is nobody.
    issued_at
        The moment.
    """
    document: dict[str, Any] = {
        "format": FORMAT,
        "receipt": receipt_number(encounter),
        "encounter_id": encounter.encounter_id,
        "recorded_at": utc_text(encounter.recorded_at),
        "post": encounter.context.post,
        "station": encounter.context.station,
        "appointment": encounter.context.appointment,
        "purpose": encounter.context.purpose,
        "simulated": simulated,
        "captures": [
            {
                "position": sample.position.value,
                "captured_at": utc_text(sample.captured_at),
                "quality": sample.quality.value,
                "sha256": sample.sha256,
            }
            for sample in encounter.samples
        ],
        "exceptions": [
            {"position": position.value, "reason": one.exception.reason.value}
            for one in exceptions
            for position in one.exception.positions
        ],
        "text": list(_lines(encounter, exceptions, simulated)),
        "issued_at": utc_text(issued_at),
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def _lines(encounter: Encounter, exceptions: Sequence[GrantedException], simulated: bool) -> Iterator[str]:
    """Yield what is printed, paragraph by paragraph."""
    if simulated:
        yield "DONNÉES SIMULÉES : ce reçu ne concerne personne."
    yield f"Reçu d'enregistrement n° {receipt_number(encounter)}"
    moment = encounter.recorded_at
    day = PartialDate(value=moment.date().isoformat(), precision=DatePrecision.DAY)
    place = f" au poste {encounter.context.post}" if encounter.context.post else ""
    yield f"Enregistré le {date_words(day, 'fr')} à {moment:%H h %M} (temps universel){place}."
    if encounter.context.appointment:
        yield f"Rendez-vous : {encounter.context.appointment}."
    taken = [f"{_POSITIONS[sample.position]} (qualité {sample.quality.value} sur 100)" for sample in encounter.samples]
    yield f"Captures : {', '.join(taken)}." if taken else "Aucune empreinte ni photographie n'a été prise."
    missing = [
        f"{_POSITIONS[position]} ({_REASONS[one.exception.reason]})"
        for one in exceptions
        for position in one.exception.positions
    ]
    if missing:
        yield f"Non capturés : {', '.join(missing)}."
    yield from _RIGHTS
