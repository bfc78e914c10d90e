"""Verification of encounters, cases and galleries as a whole, against the seals that the audit trail keeps of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

from biometrics.errors import StorageError
from registry.audit import (
    CASE_ASSIGNED,
    CASE_CLOSED,
    CASE_OPENED,
    CASE_RAISED,
    CASE_REOPENED,
    CASE_SEEDED,
    CASE_VERDICT,
    ENCOUNTER_ADDED,
    ENCOUNTER_PURGED,
    ENCOUNTER_RESTORED,
    GALLERY_CREATED,
    REFERENCES_ADDED,
    REFERENCES_REPLACED,
)
from registry.columns import utc_text
from registry.faults import Fault, FaultKind
from registry.galleries import FIRST_GALLERIES
from registry.keys.sections import keyring_of
from registry.readable import owners_in_pieces, readable_rows
from registry.record_seals import RECORD, SINCE, case_seals, encounter_seals
from registry.rights.erased_texts import CASES, digest_of, erased_texts
from registry.tables.cases import cases
from registry.tables.core import audit_events, encounters, subjects
from registry.tables.galleries import galleries

_AT_ONCE = 256

_ENCOUNTERS = (ENCOUNTER_ADDED, REFERENCES_ADDED, REFERENCES_REPLACED, ENCOUNTER_RESTORED, ENCOUNTER_PURGED)
_CASES = (CASE_OPENED, CASE_RAISED, CASE_ASSIGNED, CASE_VERDICT, CASE_CLOSED, CASE_REOPENED, CASE_SEEDED)

_RECEIPT = "encounters.receipt"

_Seals = Callable[[Connection, Collection[str]], dict[str, str]]


def check_records(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for every encounter, case, subject or gallery of which a column is not what was recorded.

    What was recorded before the trail kept seals is compared from its next change on.
    """
    met = _last_told(connection, _ENCOUNTERS, "encounter_id")
    message = "the encounter or one of its samples is not what was recorded"
    yield from _differing(connection, met, encounter_seals, message)
    judged = _last_told(connection, _CASES, "case_id")
    yield from _differing(connection, judged, case_seals, "the case is not what was recorded of it last")
    yield from _check_receipts(connection)
    yield from _check_reasons(connection)
    yield from _check_beginnings(connection)
    yield from _check_galleries(connection)


def _last_told(connection: Connection, actions: tuple[str, ...], key: str) -> dict[str, str]:
    """Return the last seal that the trail tells of each encounter or case that is as it was then."""
    last = {str(told.get(key)): told.get(RECORD) for _, told in _events(connection, actions)}
    return {name: str(seal) for name, seal in last.items() if seal is not None}


def _events(connection: Connection, actions: tuple[str, ...]) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    about = audit_events.c.action.in_(actions)
    query = select(audit_events.c.subject_id, audit_events.c.details).where(about).order_by(audit_events.c.sequence)
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as events:
        for event in events:
            if isinstance(event.details, dict):
                yield event.subject_id, event.details


def _differing(connection: Connection, told: Mapping[str, str], seals: _Seals, message: str) -> Iterator[Fault]:
    names = sorted(told)
    for start in range(0, len(names), _AT_ONCE):
        for name, seal in _readable(connection, names[start : start + _AT_ONCE], seals):
            if seal != told[name]:
                yield Fault(kind=FaultKind.AUDIT, source=name, message=message)


def _readable(connection: Connection, names: list[str], seals: _Seals) -> Iterator[tuple[str, str | None]]:
    """Yield what is recorded now; None for what is not there or cannot be opened, which hides no other."""
    try:
        found = seals(connection, names)
    except StorageError:
        if len(names) == 1:
            yield names[0], None
            return
        for name in names:
            yield from _readable(connection, [name], seals)
        return
    yield from ((name, found.get(name)) for name in names)


def _check_receipts(connection: Connection) -> Iterator[Fault]:
    """Find encounters that are found by another receipt than theirs, or not by theirs."""
    keyring, token = keyring_of(connection), encounters.c.receipt_token
    columns = encounters.c.encounter_id, encounters.c.receipt, token
    for some in owners_in_pieces(connection, encounters.c.encounter_id):
        query = select(*columns).where(encounters.c.encounter_id.in_(some))
        for place, row in readable_rows(connection, query, columns[:1]):
            if isinstance(row, StorageError):
                message = f"the receipt cannot be read: {row.message}"
            elif row.receipt_token != (row.receipt and keyring.token(_RECEIPT, row.receipt)):
                message = "the encounter is not found by its receipt"
            else:
                continue
            yield Fault(kind=FaultKind.AUDIT, source=place.encounter_id, message=message)


def _check_reasons(connection: Connection) -> Iterator[Fault]:
    """Find cases that were opened for another reason than they tell."""
    erased = erased_texts(connection)[CASES]
    told = {str(one.get("case_id")): one.get("why") for _, one in _events(connection, (CASE_OPENED, CASE_SEEDED))}
    with connection.execute(select(cases.c.case_id, cases.c.reason).execution_options(yield_per=_AT_ONCE)) as rows:
        for row in rows:
            why = told.get(row.case_id)
            if why is not None and why != digest_of(connection, row.reason, why, erased=row.case_id in erased):
                message = "the reason of the case is not the one that the audit trail tells of"
                yield Fault(kind=FaultKind.AUDIT, source=row.case_id, message=message)


def _check_beginnings(connection: Connection) -> Iterator[Fault]:
    """Find subjects that seem older or newer than they are, which decides who of two is merged into whom."""
    since = {str(name): told[SINCE] for name, told in _events(connection, (ENCOUNTER_ADDED,)) if SINCE in told}
    query = select(subjects.c.subject_id, subjects.c.created_at).execution_options(yield_per=_AT_ONCE)
    with connection.execute(query) as rows:
        for row in rows:
            moment = since.get(row.subject_id)
            if moment is not None and moment != utc_text(row.created_at):
                message = "the subject was not recorded when the audit trail says"
                yield Fault(kind=FaultKind.AUDIT, source=row.subject_id, message=message)


def _check_galleries(connection: Connection) -> Iterator[Fault]:
    """Find galleries whose purpose is not the one they were made for."""
    made = {str(told.get("gallery_id")): told.get("purpose") for _, told in _events(connection, (GALLERY_CREATED,))}
    expected = {**FIRST_GALLERIES, **made}
    known = {row.gallery_id: row.purpose for row in connection.execute(select(galleries))}
    for name in sorted(known.keys() | expected.keys()):
        if known.get(name) != expected.get(name):
            message = "the gallery or its purpose is not what was recorded"
            yield Fault(kind=FaultKind.AUDIT, source=name, message=message)
