"""How long a bulk import takes: `python -m benchmarks.registry_import --folder DIR --persons 1000000`.

A simulated population states who it is, a line each as `kura simulate` writes them; the lines are imported into a new
home, on SQLite or in the PostgreSQL database of an address. Wall-clock time, one process.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from biometrics.records import Actor
from enrollment.simulation.lists import people_lines
from enrollment.simulation.plan import PopulationPlan
from registry.location import registry_folder
from registry.store import Registry
from registry.transfer.importing import ImportOrder, import_people
from registry.transfer.jobs import ImportJob

PIECES = 10
"""Stretches whose speeds are told, so that it shows whether a larger registry is slower."""


def main() -> None:
    """Make the lines where they are not there yet, import them, and print a line per stretch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="for the lines, and a home that must be new")
    parser.add_argument("--database", help="address of an empty PostgreSQL database; SQLite by default")
    parser.add_argument("--persons", type=int, default=100_000)
    arguments = parser.parse_args()
    lines = arguments.folder / f"people-{arguments.persons}.jsonl"
    if not lines.exists():
        write_lines(lines, arguments.persons)
    home = arguments.folder / ("home-sqlite" if arguments.database is None else "home-postgresql")
    for line in measure(lines, home, arguments.database):
        print(line, flush=True)


def write_lines(path: Path, persons: int) -> None:
    """Write a simulated population, whole or not at all."""
    part = path.with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("w", encoding="utf-8") as file:
        file.writelines(people_lines(PopulationPlan(persons=persons)))
    part.rename(path)


def measure(lines: Path, home: Path, database: str | None) -> Iterator[str]:
    """Import into a new home, and yield what was measured as lines of text."""
    with Registry.open(home, database=database) as registry:
        clock = _Clock()
        order = ImportOrder(actor=Actor(name="benchmark"), reports=home / "reports")
        cpu, started = time.process_time(), time.perf_counter()
        job = import_people(registry, lines, order, clock)
        seconds = time.perf_counter() - started
        yield from clock.stretches(job)
        yield f"{job.added} persons in {seconds:.0f} s, {job.added / seconds:.0f} a second; {job.refused} refused"
        yield f"of it {time.process_time() - cpu:.0f} s of processor time in this process"
        yield f"{_database_bytes(registry, home, database) / 1e6:.0f} MB of database"


@dataclass(slots=True)
class _Mark:
    """When so much of the file was done."""

    share: float
    at: float


class _Clock:
    """Notes when how much was done."""

    def __init__(self) -> None:
        self._marks = [_Mark(0.0, time.perf_counter())]

    def __call__(self, done: int, total: int, what: str) -> None:
        share = done / max(total, 1)
        if int(share * PIECES) > int(self._marks[-1].share * PIECES):
            self._marks.append(_Mark(share, time.perf_counter()))

    def stretches(self, job: ImportJob) -> Iterator[str]:
        for earlier, later in zip(self._marks, self._marks[1:], strict=False):
            persons = (later.share - earlier.share) * job.line
            yield f"up to {later.share:4.0%}: {persons / (later.at - earlier.at):6.0f} persons a second"


def _database_bytes(registry: Registry, home: Path, database: str | None) -> int:
    if database is None:
        return sum(path.stat().st_size for path in registry_folder(home).glob("registry.db*"))
    with registry.reading() as record:
        return int(record._connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


if __name__ == "__main__":
    main()
