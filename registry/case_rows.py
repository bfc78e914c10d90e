"""Between the rows of cases and the objects of the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, literal, select, tuple_

from biometrics.cases import AdjudicationCase, CaseCandidate, CaseDoubt, Reopening, SearchEvidence, Verdict
from registry.keys.sections import keyring_of
from registry.rows import StoredRow
from registry.tables.cases import case_candidates, case_reopenings, case_verdicts, cases

_AT_ONCE = 500

_ORDER = (cases.c.priority, cases.c.opened_at, cases.c.case_id)
"""High priority first, then the oldest; the words happen to sort as they should: high, normal."""


def find_cases(
    connection: Connection, *conditions: ColumnElement[bool], limit: int | None = None
) -> tuple[AdjudicationCase, ...]:
    """Return the cases that satisfy all conditions: high priority first, then the oldest."""
    rows = connection.execute(select(cases).where(*conditions).order_by(*_ORDER).limit(limit)).all()
    found: list[AdjudicationCase] = []
    for start in range(0, len(rows), _AT_ONCE):
        found += _cases_of(connection, rows[start : start + _AT_ONCE])
    return tuple(found)


def behind_case(case: AdjudicationCase) -> ColumnElement[bool]:
    """Return the condition that a case comes behind another in the order of `find_cases`."""
    places = (case.priority, case.opened_at, case.case_id)
    return tuple_(*_ORDER) > tuple_(*map(_as_column, places, _ORDER))


def _as_column(value: object, column: ColumnElement[Any]) -> BindParameter[Any]:
    return literal(value, column.type)


def _cases_of(connection: Connection, rows: Sequence[StoredRow]) -> list[AdjudicationCase]:
    names = [row.case_id for row in rows]
    decided = select(case_verdicts.c.case_id).where(case_verdicts.c.case_id.in_(names))  # others have nothing sealed
    keyring_of(connection).prefetch(connection, decided)
    candidates, verdicts, reopenings = (
        {
            case_id: list(group)
            for case_id, group in groupby(
                connection.execute(
                    select(table).where(table.c.case_id.in_(names)).order_by(table.c.case_id, table.c[order])
                ).all(),
                key=attrgetter("case_id"),
            )
        }
        for table, order in ((case_candidates, "rank"), (case_verdicts, "ordinal"), (case_reopenings, "round"))
    )
    return [
        case_of(
            row,
            tuple(_candidate_of(one) for one in candidates.get(row.case_id, ())),
            tuple(_verdict_of(one) for one in verdicts.get(row.case_id, ())),
            tuple(_reopening_of(one) for one in reopenings.get(row.case_id, ())),
        )
        for row in rows
    ]


def case_of(
    row: StoredRow,
    candidates: tuple[CaseCandidate, ...],
    verdicts: tuple[Verdict, ...],
    reopenings: tuple[Reopening, ...],
) -> AdjudicationCase:
    """Return the case a row tells about, with what belongs to it."""
    return AdjudicationCase(
        case_id=row.case_id,
        encounter_id=row.encounter_id,
        subject_id=row.subject_id,
        candidates=candidates,
        priority=row.priority,
        status=row.status,
        reason=row.reason,
        opened_at=row.opened_at,
        kind=row.kind,
        evidence=_evidence_of(row.evidence),
        assigned_to=row.assigned_to,
        assigned_until=row.assigned_until,
        round=row.round,
        closed_at=row.closed_at,
        outcome=row.outcome,
        verdicts=verdicts,
        reopenings=reopenings,
    )


def case_values(case: AdjudicationCase) -> dict[str, Any]:
    """Return the row of a case that is just being opened."""
    evidence = asdict(case.evidence) | {"doubts": [doubt.value for doubt in case.evidence.doubts]}
    return {
        "case_id": case.case_id,
        "encounter_id": case.encounter_id,
        "subject_id": case.subject_id,
        "priority": case.priority,
        "status": case.status,
        "reason": case.reason,
        "opened_at": case.opened_at,
        "kind": case.kind,
        "evidence": evidence,
        "assigned_to": case.assigned_to,
        "assigned_until": case.assigned_until,
    }


def candidate_values(case: AdjudicationCase) -> list[dict[str, object]]:
    """Return the rows of a case's candidates."""
    return [
        {
            "case_id": case.case_id,
            "subject_id": candidate.subject_id,
            "rank": rank,
            "score": candidate.score,
            "scores": dict(candidate.scores),
            "extrapolated": candidate.extrapolated,
            "fmrs": dict(candidate.fmrs),
        }
        for rank, candidate in enumerate(case.candidates)
    ]


def _evidence_of(stored: Mapping[str, Any]) -> SearchEvidence:
    doubts = tuple(CaseDoubt(word) for word in stored.get("doubts", ()))
    return SearchEvidence(**{**stored, "doubts": doubts})


def _candidate_of(row: StoredRow) -> CaseCandidate:
    return CaseCandidate(
        subject_id=row.subject_id, score=row.score, scores=row.scores, extrapolated=row.extrapolated, fmrs=row.fmrs
    )


def _verdict_of(row: StoredRow) -> Verdict:
    return Verdict(
        round=row.round,
        ordinal=row.ordinal,
        examiner=row.examiner,
        outcome=row.outcome,
        candidate_id=row.candidate_id,
        reason=row.reason,
        given_at=row.given_at,
    )


def _reopening_of(row: StoredRow) -> Reopening:
    return Reopening(
        round=row.round, actor=row.actor, contested=row.contested, reason=row.reason, reopened_at=row.reopened_at
    )
