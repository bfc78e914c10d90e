"""One failure at one moment of a change: the process is killed, or the disk is full, at a point or a statement.

``python -m tests.journeys.faults FOLDER SCENARIO TRIES SEED`` tries so many moments (0 for all of them) with both kinds
of failure, and writes a JSON summary; it ends with 1 when anything acknowledged is gone, anything is half
there, or the same change made again does not bring everything to where it ends undisturbed.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
from sqlalchemy import Engine, event, func, select

from biometrics.errors import RecordNotFoundError, RecordVersionError, StorageError
from registry.points import Point, listening
from registry.store import Registry
from registry.tables.base import metadata
from registry.tables.cases import cases
from registry.tables.core import audit_events, encounters, heads, subjects
from tests.databases import copy_home, drop_databases, follow_environment
from tests.journeys.fault_scenarios import SCENARIOS, Scenario

Signature: TypeAlias = dict[str, object]
"""How many rows each table has, and how many in which state."""

_FILE_POINTS = (Point.FILE_WRITTEN, Point.FILE_NAMED)
_TRAIL = ("audit_events", "audit_subtrees", "heads", "counters", "totals")
"""What a second attempt leaves more of."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened; `faults` must stay empty."""

    moments: int = 0
    kills: int = 0
    full_disks: int = 0
    faults: list[str] = field(default_factory=list)


class Moments:
    """Counts the moments of a change, and does something at one of them."""

    def __init__(self, chosen: int | None = None, fail: Callable[[str, str], None] | None = None) -> None:
        self.passed = 0
        self.commits = 0
        self._chosen, self._fail = chosen, fail

    def reach(self, point: Point) -> None:
        """Count a named point."""
        self.commits += point is Point.SECTION_COMMITTED
        self._pass(point.value, "")

    def execute(self, connection: Any, _cursor: object, _statement: str, *_: object) -> None:
        """Count a statement that is about to be executed."""
        self._pass("statement", connection.dialect.name)

    def _pass(self, what: str, dialect: str) -> None:
        self.passed += 1
        if self.passed == self._chosen and self._fail is not None:
            self._fail(what, dialect)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch every point and every statement of this process."""
        event.listen(Engine, "before_cursor_execute", self.execute)
        try:
            with listening(self.reach):
                yield
        finally:
            event.remove(Engine, "before_cursor_execute", self.execute)


def fill_disk(what: str, dialect: str) -> None:
    """Raise what a full disk raises at this moment; nothing where no disk is written to."""
    if what in {point.value for point in _FILE_POINTS}:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if dialect == "postgresql":
        raise psycopg.errors.DiskFull("could not extend file")
    if dialect == "sqlite":
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode, full.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
        raise full


def is_present(home: Path) -> bool:
    """Return whether there is a registry that this version opens."""
    try:
        Registry.open(home, create=False).close()
    except (RecordNotFoundError, RecordVersionError):
        return False
    return True


def signature(home: Path) -> Signature:
    """Return what a registry holds, counted; nothing where there is none, or one of an older version."""
    if not is_present(home):
        return {}
    with Registry.open(home) as registry, registry.reading() as record:
        connection = record._connection
        counted: Signature = {
            table.name: connection.scalar(select(func.count()).select_from(table)) for table in metadata.sorted_tables
        }
        for table in (encounters, subjects, cases):
            query = select(table.c.status, func.count()).group_by(table.c.status)
            counted[f"{table.name} by status"] = {row[0].value: row[1] for row in connection.execute(query)}
        head = connection.execute(select(heads)).one()
        counted["heads"] = [head.change_sequence, head.event_sequence]
        restored = connection.scalar(select(func.max(audit_events.c.sequence)))
        return counted | {"trail": restored}


def rehearse(scenario: Scenario, home: Path) -> tuple[int, list[Signature]]:
    """Make a change undisturbed; return how many moments it has, and what is there before it, after commits, last.

    Where opening mends what is half made, nobody looks between commits: the look would make the rest of the change.
    """
    seen = [signature(home)]
    moments = Moments()

    def reach(point: Point) -> None:
        moments.reach(point)
        if point is Point.SECTION_COMMITTED and not scenario.mended_by_opening:
            passed, moments.passed = moments.passed, 0
            event.remove(Engine, "before_cursor_execute", moments.execute)
            seen.append(signature(home))
            event.listen(Engine, "before_cursor_execute", moments.execute)
            moments.passed = passed

    event.listen(Engine, "before_cursor_execute", moments.execute)
    try:
        with listening(reach):
            scenario.act(home)
    finally:
        event.remove(Engine, "before_cursor_execute", moments.execute)
    return moments.passed, [*seen, signature(home)]


def kill_at(scenario: Scenario, home: Path, moment: int) -> int:
    """Make a change in a process that is killed at a moment; return how many commits it had made, -1 if it lived on."""
    reading_end, writing_end = os.pipe()
    child = os.fork()
    if child == 0:
        moments = Moments()

        def die(*_: str) -> None:
            os.write(writing_end, bytes([moments.commits]))
            os.kill(os.getpid(), signal.SIGKILL)

        try:
            moments = Moments(moment, die)
            with moments.watching():
                scenario.act(home)
        finally:
            os._exit(70)
    os.close(writing_end)
    with os.fdopen(reading_end, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return told[0] if os.WIFSIGNALED(status) else -1


def fill_at(scenario: Scenario, home: Path, moment: int) -> int:
    """Make a change while the disk is full at one moment; return how many commits it had made, -1 if it went well."""
    moments = Moments(moment, fill_disk)
    try:
        with moments.watching():
            scenario.act(home)
    except StorageError:
        return moments.commits
    return -1


def examine(home: Path, scenario: Scenario, commits: int, seen: list[Signature]) -> Iterator[str]:
    """Yield what is wrong after a failure that came behind so many commits."""
    now, wanted = signature(home), seen[-1 if scenario.mended_by_opening else commits]
    if now and now != wanted:
        yield f"after {commits} commits there is {_difference(now, wanted)}"
    yield from _severe(home)
    scenario.act(home)
    yield from _severe(home)
    ended, wanted = _lasting(signature(home)), _lasting(seen[-1])
    if ended != wanted:
        yield f"made again, it ends with {_difference(ended, wanted)}"


def _severe(home: Path) -> Iterator[str]:
    if is_present(home):
        with Registry.open(home) as registry:
            yield from (f"{fault.source}: {fault.message}" for fault in registry.check() if fault.severe)


def _lasting(found: Signature) -> Signature:
    return {name: value for name, value in found.items() if name not in (*_TRAIL, "trail")}


def _difference(found: Signature, wanted: Signature) -> str:
    differing = {name: (found.get(name), wanted.get(name)) for name in found.keys() | wanted.keys()}
    return str({name: pair for name, pair in differing.items() if pair[0] != pair[1]})


def run(folder: Path, name: str, tries: int, seed: int) -> Tally:
    """Try moments of a scenario, each with both kinds of failure."""
    scenario, tally = SCENARIOS[name], Tally()
    prepared = folder / "prepared" / "home"
    scenario.prepare(prepared)
    moments, seen = rehearse(scenario, _copy(prepared, folder / "rehearsal"))
    tally.moments = moments
    everything = range(1, moments + 1)
    for moment in sorted(random.Random(seed).sample(everything, tries)) if 0 < tries < moments else everything:
        for fail in (kill_at, fill_at):
            home = _copy(prepared, folder / f"{fail.__name__}-{moment}")
            commits = fail(scenario, home, moment)
            if commits >= 0:
                tally.kills += fail is kill_at
                tally.full_disks += fail is fill_at
                found = examine(home, scenario, commits, seen)
                tally.faults += [f"{name}, {fail.__name__} {moment}: {fault}" for fault in found]
            elif fail is kill_at:
                tally.faults.append(f"{name}: nothing was killed at moment {moment}")
            drop_databases(home.parent)
            shutil.rmtree(home.parent)
    return tally


def _copy(prepared: Path, folder: Path) -> Path:
    folder.mkdir(parents=True)
    for beside in prepared.parent.iterdir():
        if beside != prepared:
            shutil.copy(beside, folder)
    copy_home(prepared, folder / "home")
    return folder / "home"


if __name__ == "__main__":
    follow_environment()
    outcome = run(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
    sys.exit(1 if outcome.faults else 0)
