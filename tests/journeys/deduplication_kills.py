"""Deduplicate in a process that is killed at a moment, or while the disk is full, and see what the run comes to.

``python -m tests.journeys.deduplication_kills FOLDER TRIES SEED`` tries so many moments (0 for all of them) of a run:
named points and every statement to the registry. Each is met by a kill, by a second kill of the process that goes on,
by a full disk, and by a kill with enrollments, a retirement and a merge before the run goes on. It writes a JSON
summary, and ends with 1 when a run does not come to what it comes to undisturbed, or opens a case twice or not at all.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from biometrics.errors import StorageError
from enrollment.deduplication.state import RunReport, read_report
from matching.minutiae import warm_up
from registry.points import Point
from registry.store import Registry
from tests.databases import copy_home, drop_databases, follow_environment
from tests.enrollment.deduplication.people import add, deduplicating, merge, named, populate, retire
from tests.journeys.faults import Moments, fill_disk


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened; `faults` must stay empty."""

    moments: int = 0
    kills: int = 0
    full_disks: int = 0
    gone_on: int = 0
    begun_anew: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a run came to, and what the registry holds then."""

    pairs: frozenset[tuple[str, str, str]]
    figures: tuple[object, ...]
    cases: int


def work(home: Path) -> None:
    """Go on with the last run, or begin one where there is none, to its end."""
    with deduplicating(home) as office:
        found = office.store.run_ids()
        if found:
            office.resume(found[-1])
        else:
            office.run()


def ending(home: Path) -> Ending:
    """Return what the only run of a home came to."""
    with deduplicating(home) as office:
        (run_id,) = office.store.run_ids()
        report = read_report(office.store, run_id)
    pairs = frozenset((first, second, finding) for first, second, finding, _ in named(home, report))
    with Registry.open(home) as registry:
        return Ending(pairs=pairs, figures=_figures(report), cases=len(registry.cases()))


def _figures(report: RunReport) -> tuple[object, ...]:
    state = report.state
    return (
        state.status,
        state.persons,
        state.findings,
        state.pairs_done,
        state.changed_members,
        state.finished_at is None,
    )


def kill_at(home: Path, moment: int) -> bool:
    """Work in a process that is killed at a moment; return whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            with Moments(moment, lambda *_: os.kill(os.getpid(), signal.SIGKILL)).watching():
                work(home)
        finally:
            os._exit(70)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def fill_at(home: Path, moment: int) -> bool:
    """Work while the disk is full at a moment; return whether it failed."""

    def fill(what: str, dialect: str) -> None:
        if what == Point.RECORD_HALF_WRITTEN.value:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fill_disk(what, dialect)

    try:
        with Moments(moment, fill).watching():
            work(home)
    except StorageError:
        return True
    return False


def meanwhile(home: Path) -> None:
    """Somebody comes, somebody goes, and two become one."""
    add(home, "late", 2, capture=5)
    retire(home, "4 again")
    merge(home, "9 again", "9")


def rehearse(prepared: Path, folder: Path) -> tuple[int, dict[str, Ending]]:
    """Return how many moments an undisturbed run has, and what it comes to: alone, and where people come and go."""
    home, moments, endings = _copy(prepared, folder / "rehearsal"), Moments(), dict[str, Ending]()
    with moments.watching():
        work(home)
    endings["undisturbed"] = ending(home)
    for name in ("begun before", "begun after"):
        home = _copy(prepared, folder / name.replace(" ", "-"))
        if name == "begun before":
            _begin(home)
        meanwhile(home)
        work(home)
        endings[name] = ending(home)
    return moments.passed, endings


def _how_far(home: Path) -> tuple[bool, bool]:
    """Return whether a run has begun, and whether it has ended."""
    with deduplicating(home) as office:
        store = office.store
        return bool(store.run_ids()), any(store.result(run_id) is not None for run_id in store.run_ids())


def _begin(home: Path) -> None:
    """Begin a run, and interrupt it at once."""

    def stop(done: int, total: int, what: str) -> None:
        raise InterruptedError

    with deduplicating(home) as office:
        try:
            office.run(progress=stop)
        except InterruptedError:
            return


def examine(home: Path, wanted: Ending) -> list[str]:
    """Go on to the end, and return what differs."""
    work(home)
    found = ending(home)
    with Registry.open(home) as registry:
        faults = [f"{one.source}: {one.message}" for one in registry.check() if one.severe]
    if (found.pairs, found.figures) != (wanted.pairs, wanted.figures):
        faults.append(f"it came to {found}, not to {wanted}")
    return faults


def try_moment(prepared: Path, folder: Path, moment: int, chance: random.Random, endings: dict[str, Ending]) -> Tally:
    """Let a run fail at a moment in four ways."""
    tally = Tally()

    def attempt(name: str, fail: Callable[[Path, int], bool], between: Callable[[Path], object] | None = None) -> None:
        home = _copy(prepared, folder / f"{name}-{moment}".replace(" ", "-"))
        if fail(home, moment):
            tally.kills += fail is kill_at
            tally.full_disks += fail is fill_at
            begun, ended = _how_far(home)
            tally.gone_on, tally.begun_anew = tally.gone_on + begun, tally.begun_anew + (not begun)
            wanted = endings["undisturbed"]
            if between is not None:
                between(home)
            # What happens after the end of a run changes nothing about it.
            if between is meanwhile and not ended:
                wanted = endings["begun before" if begun else "begun after"]
            faults = examine(home, wanted)
            if between is not meanwhile and ending(home).cases != wanted.cases:
                faults.append(f"there are {ending(home).cases} cases, not {wanted.cases}")
            tally.faults += [f"{name} at {moment}: {fault}" for fault in faults]
        elif fail is kill_at:
            tally.faults.append(f"{name} at {moment}: nothing was killed")
        drop_databases(home.parent)
        shutil.rmtree(home.parent)

    attempt("kill", kill_at)
    attempt("two kills", kill_at, lambda home: kill_at(home, chance.randint(1, moment + 20)))
    attempt("full disk", fill_at)
    attempt("kill and changes", kill_at, meanwhile)
    return tally


def run(folder: Path, tries: int, seed: int) -> Tally:
    """Try moments of a run."""
    warm_up()
    prepared, chance, whole = folder / "prepared" / "home", random.Random(seed), Tally()
    populate(prepared)
    whole.moments, endings = rehearse(prepared, folder)
    everything = range(1, whole.moments + 1)
    for moment in sorted(chance.sample(everything, tries)) if 0 < tries < whole.moments else everything:
        one = try_moment(prepared, folder, moment, chance, endings)
        for name in ("kills", "full_disks", "gone_on", "begun_anew"):
            setattr(whole, name, getattr(whole, name) + getattr(one, name))
        whole.faults += one.faults
    return whole


def _copy(prepared: Path, folder: Path) -> Path:
    folder.mkdir(parents=True)
    copy_home(prepared, folder / "home")
    return folder / "home"


if __name__ == "__main__":
    follow_environment()
    outcome = run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
    sys.exit(1 if outcome.faults else 0)
