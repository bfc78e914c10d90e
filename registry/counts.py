"""How much the registry holds, without counting it when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from biometrics.records import EncounterStatus
from registry.cases import WAITING
from registry.columns import fixed
from registry.tables.cases import cases
from registry.tables.core import encounters, heads
from registry.tables.statistics import totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much the registry holds; a file that belongs to several samples counts with each."""

    subjects: int
    simulated_subjects: int
    encounters: int
    pending_encounters: int
    samples: int
    references: int
    open_cases: int
    changes: int
    events: int


def counts(connection: Connection) -> Counts:
    """Return how much the registry holds."""
    head = connection.execute(select(heads)).one()
    kept = {row.table_name: row.row_count for row in connection.execute(select(totals))}
    return Counts(
        subjects=kept.get("subjects", 0),
        simulated_subjects=kept.get("simulated_subjects", 0),
        encounters=kept.get("encounters", 0),
        pending_encounters=_count(connection, encounters, encounters.c.status == fixed(EncounterStatus.PENDING)),
        samples=kept.get("samples", 0),
        references=kept.get("biometric_references", 0),
        open_cases=_count(connection, cases, WAITING),
        changes=head.change_sequence,
        events=head.event_sequence,
    )


def _count(connection: Connection, table: FromClause, condition: ColumnElement[bool]) -> int:
    return int(connection.scalar(select(func.count()).select_from(table).where(condition)) or 0)
