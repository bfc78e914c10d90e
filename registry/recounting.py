"""Counters counted anew: compared by `kura registry check`, and written where a registry had none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, Text, delete, except_, func, or_, select, type_coerce
from sqlalchemy.sql.selectable import Subquery

from biometrics.errors import StorageError
from registry.counting import KEPT, LENGTHS, Counted, Tally
from registry.section import COUNTED_TABLES, SIMULATED_SUBJECTS
from registry.tables.base import metadata
from registry.tables.core import audit_events, subjects
from registry.tables.statistics import PLACE, Grain, Scope, counters, totals
from registry.upsert import add_to

_EVENTS_AT_ONCE = 1000

_FINEST = (counters.c.scope == Scope.OPERATOR, counters.c.grain == Grain.DAY)


def recount(connection: Connection) -> None:
    """Replace all counters by what the audit trail and the tables say."""
    connection.execute(delete(counters))
    connection.execute(delete(totals))
    for _, tally in _tallies(connection):
        add_to(connection, counters, tally.rows())
    rows = [{"table_name": name, "row_count": count} for name, count in _numbers_of_rows(connection).items()]
    add_to(connection, totals, rows)


def counter_faults(connection: Connection) -> Iterator[str]:
    """Yield one sentence for every counter that is not what the audit trail or the tables say."""
    for counted, missing in _differences(connection).items():
        said = "too low" if missing > 0 else "too high"
        yield f"{counted.measure} of {counted.day} is {abs(missing)} {said}"
    yield from _sum_faults(connection)
    kept = {row.table_name: row.row_count for row in connection.execute(select(totals))}
    for name, count in _numbers_of_rows(connection).items():
        if kept.get(name, 0) != count:
            yield f"{name} has {count} rows, and {kept.get(name, 0)} are counted"


def _differences(connection: Connection) -> Counter[Counted]:
    """Return by how much finest counters are less than the trail says, day by day; equal ones are left out."""
    missing: Counter[Counted] = Counter()
    compared: set[str] = set()
    for day, tally in _tallies(connection):
        missing.update(tally.counts)
        if day not in compared:
            missing.subtract(_stored(connection, day))
            compared.add(day)
        missing = Counter({counted: count for counted, count in missing.items() if count})
    for day in connection.scalars(select(counters.c.period).where(*_FINEST).distinct()).all():
        if day not in compared:
            missing.subtract(_stored(connection, day))
    return missing


def _tallies(connection: Connection) -> Iterator[tuple[str, Tally]]:
    """Yield days with what their events count as; a day comes again where a clock was set back."""
    at = type_coerce(audit_events.c.at, Text).label("at")
    names = (audit_events.c[name] for name in ("sequence", "action", "details", "actor", "post", "station", "scope"))
    query = select(at, *names).order_by(audit_events.c.sequence)
    with connection.execute(query.execution_options(yield_per=_EVENTS_AT_ONCE)) as rows:
        events = (row._asdict() for row in rows)
        for day, group in groupby(events, key=_day):
            tally = Tally()
            for event in group:
                _add(tally, event)
            yield day, tally


def _add(tally: Tally, event: Mapping[str, Any]) -> None:
    """Count an event that was read; its details may be anything by now."""
    try:
        tally.add_event(event)
    except (AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        number = event["sequence"]
        raise StorageError("the details of an audit event are damaged", source=f"event {number}") from error


def _day(event: Mapping[str, Any]) -> str:
    return str(event["at"])[:10]


def _stored(connection: Connection, day: str) -> dict[Counted, int]:
    names = ("measure", *PLACE)
    query = select(*(counters.c[name] for name in names), counters.c.number).where(*_FINEST, counters.c.period == day)
    return {
        Counted(day=day, **{name: getattr(row, name) for name in names}): row.number
        for row in connection.execute(query)
    }


def _sum_faults(connection: Connection) -> Iterator[str]:
    """Find sums over longer periods and wider scopes that are not the sums of the finest counters."""
    for scope, kept in KEPT.items():
        left_out = [counters.c[name] != "" for name in PLACE if name not in kept]
        if left_out and connection.scalar(select(func.count()).where(counters.c.scope == scope, or_(*left_out))):
            yield f"counters per {scope.value} name more than they sum up"
        for grain, length in LENGTHS.items():
            if (scope, grain) == (Scope.OPERATOR, Grain.DAY):
                continue
            summed, stored = _summed(kept, length).subquery(), _kept_sums(scope, grain, kept).subquery()
            wrong = _count_rows(connection, summed, stored) + _count_rows(connection, stored, summed)
            if wrong:
                yield f"sums of counters per {scope.value} and {grain.value} are wrong"


def _summed(kept: tuple[str, ...], length: int) -> Select[Any]:
    period = func.substr(counters.c.period, 1, length).label("period")
    key = (period, counters.c.measure, *(counters.c[name] for name in kept))
    return select(*key, func.sum(counters.c.number).label("number")).where(*_FINEST).group_by(*key)


def _kept_sums(scope: Scope, grain: Grain, kept: tuple[str, ...]) -> Select[Any]:
    key = (counters.c.period, counters.c.measure, *(counters.c[name] for name in kept))
    return select(*key, counters.c.number).where(counters.c.scope == scope, counters.c.grain == grain)


def _count_rows(connection: Connection, some: Subquery, others: Subquery) -> int:
    return int(
        connection.scalar(select(func.count()).select_from(except_(select(some), select(others)).subquery())) or 0
    )


def _numbers_of_rows(connection: Connection) -> dict[str, int]:
    tables = (metadata.tables[name] for name in sorted(COUNTED_TABLES))
    rows = {table.name: select(func.count()).select_from(table) for table in tables}
    rows[SIMULATED_SUBJECTS] = select(func.count()).select_from(subjects).where(subjects.c.simulated)
    return {name: int(connection.scalar(query) or 0) for name, query in rows.items()}
