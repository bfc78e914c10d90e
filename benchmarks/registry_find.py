"""How long it takes to find people in a registry of a size: `python -m benchmarks.registry_find --home DIR`.

A home without persons is filled with simulated ones, one in twenty a visa applicant, the others citizens. What is
searched is drawn from what is recorded: the most common names, the names of everyone alike, births, and numbers. Every
search runs in a reading section of its own, as a command does, connections kept. Beside the time by the clock, "own
CPU" says what this process took of it: all of the work with SQLite, and with PostgreSQL what is not the server's.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, event, func, select

from benchmarks.registry_people import fill
from biometrics.people.record import PersonRecord
from biometrics.records import DEFAULT_GALLERY
from registry.finding import FindPeople
from registry.search_rows import current_records
from registry.store import Registry
from registry.tables.core import subjects
from registry.tables.search import person_search

ROUNDS = 100


def main(words: Sequence[str] | None = None) -> None:
    """Fill where asked, then print a line per kind of search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="installation; made and filled where there is none")
    parser.add_argument("--database", help="address of a PostgreSQL database for a new home")
    parser.add_argument("--persons", type=int, default=100_000, help="how many there shall be")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="searches of each kind")
    parser.add_argument("--explain", action="store_true", help="print the plan of the last search of each kind")
    arguments = parser.parse_args(words)
    with Registry.open(arguments.home, database=arguments.database) as registry:
        _fill(registry, arguments.persons)
        searches = Searches(registry, np.random.default_rng(1))
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print(f"{'search':34} {'median':>8} {'95 %':>8} {'worst':>8} {'own CPU':>8}  ms   persons found")
        for name, draw in searches.kinds.items():
            _measure(registry, name, [draw() for _ in range(arguments.rounds)], explain=arguments.explain)


def _fill(registry: Registry, persons: int) -> None:
    started = time.perf_counter()
    first = registry.counts().subjects
    done = first
    for done in fill(registry, persons):
        if done % 100_000 == 0:
            print(f"{done} persons after {time.perf_counter() - started:.0f} s", flush=True)
    print(f"{done - first} persons recorded, {done} in all")


class Searches:
    """Draws searches of every kind from what a registry holds."""

    def __init__(self, registry: Registry, random: np.random.Generator) -> None:
        self._random = random
        with registry.reading() as record:
            connection = record._connection
            self._families = _commonest(connection, person_search.c.family_spelling)
            self._givens = _commonest(connection, person_search.c.given_spelling)
            self._anybody = _some_records(connection, random)
            self._labels = _some_labels(connection, random)

    @property
    def kinds(self) -> dict[str, Callable[[], FindPeople]]:
        """What is measured, each with a way to draw one more."""
        return {
            "family name, the commonest": lambda: FindPeople(name=self._families[0]),
            "family name, the 20 commonest": lambda: FindPeople(name=self._one(self._families)),
            "family name of anybody": lambda: FindPeople(name=self._somebody().name.family),
            "given name, the commonest": lambda: FindPeople(given=self._givens[0]),
            "given name of anybody": lambda: FindPeople(given=self._somebody().name.given),
            "family and given, the commonest": lambda: FindPeople(name=self._families[0], given=self._givens[0]),
            "family and given of anybody": self._both,
            "family (commonest) and day": lambda: FindPeople(name=self._families[0], **self._days(1)),
            "family (commonest) and five years": lambda: FindPeople(name=self._families[0], **self._days(5 * 365)),
            "family (commonest) and all births": lambda: FindPeople(name=self._families[0], **self._days(36500)),
            "family, given and year, anybody": lambda: self._both(**self._days(365)),
            "births of a day": lambda: FindPeople(**self._days(1)),
            "births of a year": lambda: FindPeople(**self._days(365)),
            "births of ten years": lambda: FindPeople(**self._days(3650)),
            "births of a year, 100 shown": lambda: FindPeople(limit=100, **self._days(365)),
            "commonest names, skipping 1000": lambda: FindPeople(name=self._families[0], skip=1000, limit=100),
            "commonest name, nobody in gallery": lambda: self._applicants(name=self._families[0]),
            "commonest names, small gallery": lambda: self._applicants(name=self._one(self._families)),
            "commonest name, large gallery": lambda: FindPeople(name=self._families[0], gallery=DEFAULT_GALLERY),
            "anybody's name, small gallery": lambda: self._applicants(name=self._somebody().name.family),
            "births of a year, small gallery": lambda: self._applicants(**self._days(365)),
            "number or label": lambda: FindPeople(number=self._one(self._labels)),
            "number nobody has": lambda: FindPeople(number="SIM-NOBODY"),
            "family name nobody has": lambda: FindPeople(name="Nobody Bears This"),
        }

    def _one(self, among: Sequence[str]) -> str:
        return among[int(self._random.integers(len(among)))]

    def _somebody(self) -> PersonRecord:
        return self._anybody[int(self._random.integers(len(self._anybody)))]

    def _both(self, **births: Any) -> FindPeople:
        name = self._somebody().name
        return FindPeople(name=name.family, given=name.given, **births)

    def _applicants(self, **criteria: Any) -> FindPeople:
        return FindPeople(gallery="visa_applicants", **criteria)

    def _days(self, count: int) -> dict[str, Any]:
        first = date(1935, 1, 1) + timedelta(days=int(self._random.integers(75 * 365)))
        return {"born_from": first, "born_to": first + timedelta(days=count - 1)}


def _commonest(connection: Connection, spelling: object) -> list[str]:
    other = "given_key" if spelling is person_search.c.family_spelling else "family_key"
    bearers = func.count()
    query = (
        select(spelling)  # type: ignore[call-overload]
        .where(person_search.c[other] == "", spelling != "")
        .group_by(spelling)
        .order_by(bearers.desc(), spelling)
    )
    return list(connection.scalars(query.limit(20)))


def _some_records(connection: Connection, random: np.random.Generator) -> list[PersonRecord]:
    ids = connection.scalars(select(subjects.c.subject_id).order_by(subjects.c.subject_id)).all()
    drawn = random.choice(len(ids), size=min(400, len(ids)), replace=False)
    return list(current_records(connection, [ids[int(place)] for place in drawn]).values())


def _some_labels(connection: Connection, random: np.random.Generator) -> list[str]:
    labels = connection.scalars(select(subjects.c.label).order_by(subjects.c.label)).all()
    return [labels[int(place)] for place in random.integers(len(labels), size=400)]


def _measure(registry: Registry, name: str, asked: Sequence[FindPeople], *, explain: bool) -> None:
    times, own_times, found = [], [], 0
    for one in asked:
        started, own_started = time.perf_counter(), time.process_time()
        with registry.reading() as record:
            found += len(record.people.search(one).matches)
        times.append((time.perf_counter() - started) * 1e3)
        own_times.append((time.process_time() - own_started) * 1e3)
    median, high = np.quantile(times, (0.5, 0.95))
    numbers = f"{median:8.1f} {high:8.1f} {max(times):8.1f} {np.median(own_times):8.1f}"
    print(f"{name:34} {numbers}       {found / len(asked):.1f}", flush=True)
    if explain:
        print("\n".join(_plans(registry, asked[-1])))


def _plans(registry: Registry, asked: FindPeople) -> Iterator[str]:
    """Yield how the database goes about each statement of a search."""
    with registry.reading() as record:
        statements: list[tuple[str, Any]] = []
        connection = record._connection

        def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
            statements.append((statement, parameters))

        event.listen(connection, "before_cursor_execute", note)
        record.people.search(asked)
        event.remove(connection, "before_cursor_execute", note)
        words = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN ANALYZE"
        for statement, parameters in dict.fromkeys((one, str(two)) for one, two in statements):
            given = next(two for one, two in statements if (one, str(two)) == (statement, parameters))
            for row in connection.exec_driver_sql(f"{words} {statement}", given).all():
                yield f"    {row[-1]}"
            yield ""


if __name__ == "__main__":
    main()
