"""Record, read and purge people while keys are rotated all the time, in a process that is killed, and see what is left.

``python -m tests.journeys.rotation_kills FOLDER KILLS SEED`` writes a JSON summary, and ends with 1 when anything that
was acknowledged does not open, anybody who was purged still does, or an older root key opens anything.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import select

from biometrics.errors import RecordBusyError
from biometrics.samples import now_utc
from registry.keys import naming
from registry.store import Registry
from registry.tables.keys import data_keys, kept_files
from tests.registry.kill_journey import kill_once
from tests.registry.people import enroll

KILLS_PER_HOME = 10
LONGEST_LIFE_S = 2.0
"""A few people and a few rotations of as many keys take place within it."""

_KEYS_AT_ONCE = 3
_PURGED = "purged/"


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened; `faults` must stay empty."""

    kills: int = 0
    acknowledged: int = 0
    purged: int = 0
    generations: int = 0
    found_half_rotated: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def record_and_rotate(home: Path, process: int, pipe: int) -> None:
    """Record people for ever, read all of them, and purge every third, while another thread rotates keys."""
    registry = Registry.open(home)
    threading.Thread(target=_rotate_for_ever, args=(registry,), daemon=True).start()
    for number in count():
        label = f"{process}-{number}"
        encounter = enroll(registry, label, number % 7)
        os.write(pipe, f"{encounter.encounter_id} {encounter.subject_id}\n".encode())
        for change in registry.changes_since(0):  # as a gallery is filled
            assert change.sequence
        if number % 3 == 1:
            with registry.writing() as writer:
                writer.retire_encounter(encounter.encounter_id)
            with registry.writing() as writer:
                writer.purge(retired_before=now_utc() + timedelta(days=1), reason="a test", most=100)
            os.write(pipe, f"{_PURGED}{encounter.encounter_id} {encounter.subject_id}\n".encode())


def _rotate_for_ever(registry: Registry) -> None:
    while True:
        try:
            registry.protection.begin_rotation()
            while not registry.protection.rotate_some(most=_KEYS_AT_ONCE).finished:
                time.sleep(0)
        except RecordBusyError:
            continue


def examine(home: Path, told: dict[str, str], tally: Tally) -> None:
    """Compare what opens with what was acknowledged, finish the rotation, and compare again."""
    purged = {name.removeprefix(_PURGED) for name in told if name.startswith(_PURGED)}
    with Registry.open(home) as registry:
        tally.found_half_rotated += registry.protection.status().rotating
        with registry.reading() as record:
            former = naming.roots(record._connection, registry.keys.encryption)
        _examine(registry, told, purged, tally)
        begun = registry.protection.begin_rotation()
        while not registry.protection.rotate_some().finished:
            pass
        tally.generations = begun.generation
        registry.upkeep.sweep(older_than_s=-1)
        _examine(registry, told, purged, tally)
        with registry.reading() as record:
            rows = record._connection.execute(select(data_keys)).all()
            names = set(record._connection.scalars(select(kept_files.c.file)))
        if {row.root_generation for row in rows} != {begun.generation}:
            tally.faults.append(f"keys are wrapped by {sorted({row.root_generation for row in rows})}")
        if {path.name for path in registry._samples.files()} != names:
            tally.faults.append("files are left that nobody names")
    disk = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file() and path.name != "protection.key")
    tally.faults += ["a root key lies in the clear" for root in former.values() if root in disk]


def _examine(registry: Registry, told: dict[str, str], purged: set[str], tally: Tally) -> None:
    tally.faults += [f"{fault.source}: {fault.message}" for fault in registry.check() if fault.severe]
    tally.faults += [f"{fault.source}: {fault.message}" for fault in registry.protection.check()]
    with registry.reading() as record:
        keys = set(record._connection.scalars(select(data_keys.c.owner_id)))
    tally.faults += [f"the key of {name} outlived its purge" for name in sorted(purged & keys)]
    for name, subject_id in told.items():
        if name.startswith(_PURGED) or name in purged:
            continue
        known = {one.encounter_id: one for one in registry.encounters(subject_id)}
        if name not in known:
            tally.faults.append(f"{name} was acknowledged and is gone")
        for sample in known[name].samples if name in known else ():
            registry.sample_bytes(sample.sha256)


def run(folder: Path, kills: int, seed: int) -> Tally:
    """Kill so many processes and return the tally."""
    chance, tally, started = random.Random(seed), Tally(), time.monotonic()
    home, told = folder, dict[str, str]()
    for process in range(kills):
        if process % KILLS_PER_HOME == 0:
            home, told = folder / f"home-{process}", {}
        first = process % 2 == 1
        told |= kill_once(record_and_rotate, home, process, chance.uniform(0, LONGEST_LIFE_S), from_first_commit=first)
        tally.kills += 1
        if process % KILLS_PER_HOME == KILLS_PER_HOME - 1 or process == kills - 1:
            tally.purged += sum(name.startswith(_PURGED) for name in told)
            tally.acknowledged += sum(not name.startswith(_PURGED) for name in told)
            examine(home, told, tally)
    tally.seconds = time.monotonic() - started
    return tally


if __name__ == "__main__":
    outcome = run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
    sys.exit(1 if outcome.faults else 0)
