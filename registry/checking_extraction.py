"""Verification of pictures without references, against what the audit trail tells of imports and extractions."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from registry.audit import ENCOUNTER_ADDED, REFERENCES_ADDED, UNEXTRACTED
from registry.faults import Fault, FaultKind
from registry.purging import purged_encounters
from registry.tables.core import UNTRIED, audit_events, samples

_ROWS_AT_ONCE = 256


def check_extraction(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for every picture that waits or cannot be used otherwise than the audit trail says.

    Whoever lets a picture no longer wait hides a person from every search.
    """
    told = _told(connection)
    rows = select(samples.c.encounter_id, samples.c.ordinal, samples.c.unextracted)
    query = rows.where(samples.c.unextracted.is_not(None)).execution_options(yield_per=_ROWS_AT_ONCE)
    with connection.execute(query) as found:
        for row in found:
            if told.pop((row.encounter_id, row.ordinal), None) != row.unextracted:
                yield _fault(row.encounter_id, row.ordinal)
    for encounter_id, ordinal in told:
        yield _fault(encounter_id, ordinal)


def extraction_changes(connection: Connection) -> frozenset[int]:
    """Return the changes by which extractions added references."""
    details = connection.scalars(select(audit_events.c.details).where(audit_events.c.action == REFERENCES_ADDED))
    numbers = (told.get("added_at") for told in details if isinstance(told, dict))
    return frozenset(number for number in numbers if isinstance(number, int))


def _told(connection: Connection) -> dict[tuple[str, int], str]:
    """Return why pictures have no reference by the audit trail, by encounter and ordinal."""
    told: dict[tuple[str, int], str] = {}
    purged = purged_encounters(connection)
    about = audit_events.c.action.in_((ENCOUNTER_ADDED, REFERENCES_ADDED))
    query = select(audit_events.c.details).where(about).order_by(audit_events.c.sequence)
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as events:
        for details in events.scalars():
            if not isinstance(details, dict) or details.get("encounter_id") in purged:
                continue
            name = str(details.get("encounter_id"))
            told |= {(name, ordinal): UNTRIED for ordinal in _ordinals(details.get(UNEXTRACTED))}
            for ordinal in _ordinals(details.get("extracted")):
                told.pop((name, ordinal), None)
            told |= {(name, ordinal): reason for ordinal, reason in _reasons(details.get("unusable"))}
    return told


def _ordinals(value: object) -> list[int]:
    """Return the numbers of a JSON list; none of anything else, which an edited trail may hold."""
    return [one for one in value if isinstance(one, int)] if isinstance(value, list) else []


def _reasons(value: object) -> list[tuple[int, str]]:
    pairs = value.items() if isinstance(value, dict) else ()
    return [(int(ordinal), str(reason)) for ordinal, reason in pairs if str(ordinal).isdecimal()]


def _fault(encounter_id: str, ordinal: int) -> Fault:
    message = f"why picture {ordinal} has no reference is not what the audit trail tells"
    return Fault(kind=FaultKind.AUDIT, source=encounter_id, message=message)
