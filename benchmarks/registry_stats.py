"""How quickly statistics answer at the size of an authority: `python -m benchmarks.registry_stats --home DIR`.

Counters of ten million enrollments, waiting and closed cases are written directly, without the encounters they stand
for; every figure is made up. Every question is asked in a reading section of its own, connections kept.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, text

from registry.alarms import alarms
from registry.reading import Reader
from registry.statistics import Asked, By
from registry.store import Registry

LAST = date(2026, 11, 26)

MEASURES = {
    "encounters": 13,
    "enrolled.unique": 12,
    "enrolled.duplicate": 1,
    "exceptions": 1,
    "rejections": 2,
    "cases_opened": 1,
    "cases_closed": 1,
    "delay.86400": 1,
}
"""About how many of each an operator has on a day: 800 operators on 1,000 days enroll 10 million."""

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count}) SELECT i FROM n"

_SUMS = """INSERT INTO counters
SELECT '{scope}', '{grain}', substr(period, 1, {length}) AS span, measure, gallery, {place}, sum(number), sum(seconds)
FROM counters WHERE scope = 'operator' AND grain = 'day' GROUP BY span, measure, gallery, {group}"""

_PLACES = {
    "operator": "post, station, operator",
    "post": "post, '', ''",
    "everybody": "'', '', ''",
}
_LENGTHS = {"day": 10, "month": 7, "year": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the simulated authority is."""

    posts: int
    operators: int
    days: int
    cases: int
    waiting: int


def main(words: Sequence[str] | None = None) -> None:
    """Fill a new home, then print the time of each question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="installation; made and filled where there is none")
    parser.add_argument("--database", help="address of a PostgreSQL database for a new home")
    for name, count in (("posts", 120), ("operators", 800), ("days", 1000), ("cases", 1_000_000), ("waiting", 50_000)):
        parser.add_argument(f"--{name}", type=int, default=count, help=f"how many (default: {count:,})")
    parser.add_argument("--rounds", type=int, default=20, help="times each question is asked")
    given = parser.parse_args(words)
    size = Size(posts=given.posts, operators=given.operators, days=given.days, cases=given.cases, waiting=given.waiting)
    with Registry.open(given.home, database=given.database) as registry:
        fill(registry, size)
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print(f"{'question':44} {'least':>8} {'median':>8} {'worst':>8}  ms   answers")
        for name, ask in questions(size):
            _measure(registry, name, ask, given.rounds)


def fill(registry: Registry, size: Size) -> None:
    """Write counters and cases, unless they are there."""
    with registry.reading() as record:
        if record.statistics.activities(Asked(first=LAST, last=LAST)):
            return
    started = time.perf_counter()
    with _unguarded(registry) as connection:
        _write_counters(connection, size)
        _write_cases(connection, size)
        connection.execute(text("ANALYZE"))
        rows = connection.scalar(text("SELECT count(*) FROM counters"))
        enrolled = connection.scalar(
            text(
                "SELECT sum(number) FROM counters WHERE scope = 'everybody' AND grain = 'year' AND measure LIKE 'enr%'"
            )
        )
    print(
        f"{rows:,} counters of {enrolled:,} enrollments, written in {time.perf_counter() - started:.0f} s", flush=True
    )


@contextmanager
def _unguarded(registry: Registry) -> Iterator[Connection]:
    """Open a transaction in which foreign keys are not looked at: what cases are about is not written."""
    engine = create_engine(registry._database._engine.url, poolclass=NullPool)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
    engine.dispose()


def _write_counters(connection: Connection, size: Size) -> None:
    connection.execute(text("CREATE TEMPORARY TABLE calendar (number integer, day text)"))
    days = [{"number": n, "day": (LAST - timedelta(days=n)).isoformat()} for n in range(size.days)]
    connection.execute(text("INSERT INTO calendar VALUES (:number, :day)"), days)
    connection.execute(text("CREATE TEMPORARY TABLE people (number integer, operator text, post text)"))
    people = [
        {"n": n, "operator": f"operator-{n:04}", "post": f"post-{n % size.posts:03}"} for n in range(size.operators)
    ]
    connection.execute(text("INSERT INTO people VALUES (:n, :operator, :post)"), people)
    connection.execute(text("CREATE TEMPORARY TABLE measured (measure text, often integer)"))
    measured = [{"measure": measure, "often": often} for measure, often in MEASURES.items()]
    connection.execute(text("INSERT INTO measured VALUES (:measure, :often)"), measured)
    finest = """INSERT INTO counters
        SELECT 'operator', 'day', day, measure, 'citizens', post, post || '-1', operator,
            often + (calendar.number * 7 + people.number * 13) % (often + 1) - often / 2, 3600.0 * often
        FROM calendar, measured, people ORDER BY day, measure, post, operator"""
    connection.execute(text(finest))
    for scope, place in _PLACES.items():
        for grain, length in _LENGTHS.items():
            if (scope, grain) != ("operator", "day"):
                group = ", ".join(name for name in place.split(", ") if name != "''") or "scope"
                sums = _SUMS.format(scope=scope, grain=grain, length=length, place=place, group=group)
                connection.execute(text(sums))


def _write_cases(connection: Connection, size: Size) -> None:
    """Write cases of which some wait, over three months, the others closed."""
    opened = [datetime(2026, 11, 26, tzinfo=UTC) - timedelta(hours=n) for n in range(2000)]
    connection.execute(text("CREATE TEMPORARY TABLE hours (number integer, at text)"))
    rows = [{"number": n, "at": at.isoformat(timespec="microseconds")} for n, at in enumerate(opened)]
    connection.execute(text("INSERT INTO hours VALUES (:number, :at)"), rows)
    numbers = _NUMBERS.format(count=size.cases + size.waiting)
    cases = f"""INSERT INTO cases (case_id, encounter_id, subject_id, priority, status, reason, opened_at, kind, post)
        SELECT 'case-' || i, 'encounter-' || i, 'subject-' || i, CASE WHEN i % 5 = 0 THEN 'high' ELSE 'normal' END,
            CASE WHEN i < {size.waiting} THEN 'open' ELSE 'closed' END, 'made up', at, 'question',
            'post-' || substr('00' || (i % {size.posts}), -3)
        FROM ({numbers}) AS numbers JOIN hours ON hours.number = i % 2000"""
    if connection.dialect.name == "postgresql":
        cases = cases.replace(f"substr('00' || (i % {size.posts}), -3)", f"lpad((i % {size.posts})::text, 3, '0')")
    connection.execute(text(cases))


def questions(size: Size) -> Iterator[tuple[str, Callable[[Reader], object]]]:
    """Yield questions that people ask, each with a way to ask it."""
    month, first = LAST - timedelta(days=29), LAST - timedelta(days=size.days - 1)
    year = LAST - timedelta(days=min(365, size.days) - 1)
    asked = {
        "everything, 30 days": Asked(first=month, last=LAST),
        f"everything, {size.days} days": Asked(first=first, last=LAST),
        "per day, a year": Asked(first=year, last=LAST, by=By.DAY),
        "per post, today": Asked(first=LAST, last=LAST, by=By.POST),
        "per post, 30 days": Asked(first=month, last=LAST, by=By.POST),
        f"per post, {size.days} days": Asked(first=first, last=LAST, by=By.POST),
        "per operator, today": Asked(first=LAST, last=LAST, by=By.OPERATOR),
        "per operator, a calendar month": Asked(first=date(2026, 10, 1), last=date(2026, 10, 31), by=By.OPERATOR),
        "per operator, 30 days": Asked(first=month, last=LAST, by=By.OPERATOR),
        f"per operator, {size.days} days": Asked(first=first, last=LAST, by=By.OPERATOR),
        "one operator per day, a year": Asked(first=year, last=LAST, by=By.DAY, operator="operator-0123"),
        "one post per day, a year": Asked(first=year, last=LAST, by=By.DAY, post="post-017"),
        "operators of one post, 30 days": Asked(first=month, last=LAST, by=By.OPERATOR, post="post-017"),
    }
    for name, one in asked.items():
        yield name, partial(_activities, one)
    everybody = Asked(first=date(2026, 10, 1), last=date(2026, 10, 31), by=By.OPERATOR)
    yield "alarms, a calendar month", lambda record: alarms(record.statistics.activities(everybody))
    now = datetime(2026, 11, 27, tzinfo=UTC)
    yield "backlog by post, priority and age", lambda record: record.statistics.backlog(now)
    yield "backlog of one post", lambda record: record.statistics.backlog(now, "post-017")
    yield "kura registry status", lambda record: (record.counts(),)


def _activities(asked: Asked, record: Reader) -> object:
    return record.statistics.activities(asked)


def _measure(registry: Registry, name: str, ask: Callable[[Reader], object], rounds: int) -> None:
    taken, answer = [], None
    for _ in range(rounds):
        started = time.perf_counter()
        with registry.reading() as record:
            answer = ask(record)
        taken.append(1000 * (time.perf_counter() - started))
    count = len(answer) if isinstance(answer, tuple) else 0
    print(f"{name:44} {min(taken):8.1f} {statistics.median(taken):8.1f} {max(taken):8.1f}       {count}", flush=True)


if __name__ == "__main__":
    main()
