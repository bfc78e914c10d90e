"""When the rules of retention ran, and whether the clock can be believed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from biometrics.errors import RecordError
from biometrics.rights.records import RetentionRun
from biometrics.rights.retention import RetentionRule
from registry.identifiers import new_identifier
from registry.rights.actions import RETENTION_RAN
from registry.rights.rows import Said, add_row
from registry.rows import StoredRow
from registry.tables.core import audit_events
from registry.tables.rights import retention_runs

LONGEST_LEAP = timedelta(days=45)
"""A clock that stands this much later than when rules last ran is believed only where a person confirms it."""


def require_plausible_clock(connection: Connection, now: datetime, *, confirmed: bool = False) -> None:
    """Refuse to delete anything by a clock that was set back, or that leapt forward.

    A leap is measured from the last run of any rule, and before the first run from the first event: the newest event is
    no measure, since whatever is recorded after a leap, a reading or an anchor, has the time of the leapt clock.

    Raises
    ------
    RecordError
        When the newest event of the trail is later than now, or the clock may have leapt.
    """
    first = connection.scalar(select(audit_events.c.at).order_by(audit_events.c.sequence).limit(1))
    newest = connection.scalar(select(func.max(audit_events.c.at)))
    if first is None or newest is None:
        return
    if now < newest:
        raise RecordError(
            "the clock stands before the last event of the audit trail: nothing is deleted by it",
            remedy="set the clock right",
        )
    ran = connection.scalar(select(func.max(retention_runs.c.ran_at)))
    known, since = (first, "the first event of the audit trail") if ran is None else (ran, "the rules last ran")
    if now - known > LONGEST_LEAP and not confirmed:
        raise RecordError(
            f"the clock stands more than {LONGEST_LEAP.days} days after {since}: nothing is deleted by it",
            remedy="see whether it is right; if so, run kura rights retention --run --clock-is-right",
        )


def record_run(connection: Connection, rule: RetentionRule, now: datetime, removed: int) -> RetentionRun:
    """Record that a rule was carried out."""
    values = {
        "run_id": new_identifier(),
        "rule": rule.kept.value,
        "ran_at": now,
        "cutoff": rule.cutoff(now),
        "removed": {rule.kept.value: removed},
    }
    details = {"rule": rule.kept.value, "days": rule.days, "basis": rule.basis, "removed": removed}
    row = add_row(connection, retention_runs, values, Said(action=RETENTION_RAN, subject_id=None, details=details))
    return _run(row)


def last_run(connection: Connection, rule: str) -> RetentionRun | None:
    """Return the last time that a rule was carried out; None where it never was."""
    query = select(retention_runs).where(retention_runs.c.rule == rule).order_by(retention_runs.c.ran_at.desc())
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else _run(row)


def runs(connection: Connection, most: int) -> tuple[RetentionRun, ...]:
    """Return the last runs, the newest first."""
    query = select(retention_runs).order_by(retention_runs.c.ran_at.desc(), retention_runs.c.run_id).limit(most)
    return tuple(_run(row) for row in connection.execute(query).all())


def _run(row: StoredRow) -> RetentionRun:
    return RetentionRun(**{name: getattr(row, name) for name in RetentionRun.__dataclass_fields__})
