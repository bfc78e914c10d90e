"""Verification of cases: nobody waits in vain, nobody was decided against by one person, no verdict was rewritten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, select

from biometrics.cases import CaseOutcome, CaseStatus
from biometrics.errors import StorageError
from biometrics.records import EncounterStatus
from registry.audit import CASE_VERDICT
from registry.cases import QUESTION, WAITING
from registry.faults import Fault, FaultKind
from registry.readable import owners_in_pieces, readable_rows
from registry.rights.erased_texts import CASES, digest_of, erased_texts
from registry.rows import StoredRow
from registry.tables.cases import case_verdicts, cases
from registry.tables.core import audit_events, encounters

_ROWS_AT_ONCE = 256


def check_cases(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for every case that is not as people decided it."""
    yield from _check_waiting(connection)
    yield from _check_closed(connection)
    yield from _check_trail(connection)


def _check_waiting(connection: Connection) -> Iterator[Fault]:
    """Find pending encounters without an open case, which nobody would ever decide."""
    asked = select(cases.c.case_id).where(cases.c.encounter_id == encounters.c.encounter_id, WAITING)
    pending = encounters.c.status == EncounterStatus.PENDING
    for encounter_id in connection.scalars(select(encounters.c.encounter_id).where(pending, ~asked.exists())).all():
        yield Fault(kind=FaultKind.CASE, source=encounter_id, message="the pending encounter has no open case")


def _check_closed(connection: Connection) -> Iterator[Fault]:
    """Find closed cases whose outcome does not follow from the verdicts of their last round."""
    this_round = (case_verdicts.c.case_id == cases.c.case_id) & (case_verdicts.c.round == cases.c.round)
    said = case_verdicts.c.outcome, case_verdicts.c.candidate_id
    query = (
        select(cases.c.case_id, cases.c.outcome.label("closed_as"), *said)
        .outerjoin(case_verdicts, this_round)
        .where(QUESTION, cases.c.status == CaseStatus.CLOSED)
        .order_by(cases.c.case_id, case_verdicts.c.ordinal)
    )
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for case_id, group in groupby(rows, key=attrgetter("case_id")):
            given = list(group)
            if not _follows(given[0].closed_as, given):
                message = "the outcome does not follow from the verdicts"
                yield Fault(kind=FaultKind.CASE, source=case_id, message=message)


def _follows(outcome: CaseOutcome | None, given: list[StoredRow]) -> bool:
    if outcome is None or given[-1].outcome is not outcome:
        return False
    if not outcome.adverse:
        return len(given) != 2  # of two, the first was adverse, and the second did not close it
    return any((one.outcome, one.candidate_id) == (outcome, given[-1].candidate_id) for one in given[:-1])


def _check_trail(connection: Connection) -> Iterator[Fault]:
    """Find verdicts that are not what the audit trail says was given."""
    told, erased = _told(connection), erased_texts(connection)[CASES]
    for place, row in _verdicts(connection):
        said = told.pop((place.case_id, place.ordinal), None)
        if isinstance(row, StorageError):
            message = f"verdict {place.ordinal} cannot be read: {row.message}"
            yield Fault(kind=FaultKind.CASE, source=place.case_id, message=message)
            continue
        reason = digest_of(connection, row.reason, said and said[-1], erased=row.case_id in erased)
        if said != (row.examiner, row.round, row.outcome.value, reason):
            message = f"verdict {row.ordinal} is not what the audit trail says was given"
            yield Fault(kind=FaultKind.CASE, source=row.case_id, message=message)
    for case_id, ordinal in told:
        message = f"the audit trail tells of verdict {ordinal}, which is not there"
        yield Fault(kind=FaultKind.CASE, source=case_id, message=message)


def _verdicts(connection: Connection) -> Iterator[tuple[StoredRow, StoredRow | StorageError]]:
    key = case_verdicts.c.case_id, case_verdicts.c.ordinal
    for some in owners_in_pieces(connection, case_verdicts.c.case_id):
        query = select(case_verdicts).where(case_verdicts.c.case_id.in_(some)).order_by(*key)
        yield from readable_rows(connection, query, key)


def _told(connection: Connection) -> dict[tuple[str, Any], tuple[Any, ...]]:
    told: dict[tuple[str, Any], tuple[Any, ...]] = {}
    query = select(audit_events.c.actor, audit_events.c.details).where(audit_events.c.action == CASE_VERDICT)
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as events:
        for event in events:
            details: Mapping[str, Any] = event.details if isinstance(event.details, dict) else {}
            given = (event.actor, *(details.get(name) for name in ("round", "outcome", "reason")))
            told[str(details.get("case_id")), details.get("ordinal")] = given
    return told
