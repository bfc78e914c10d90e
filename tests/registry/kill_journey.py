"""Record encounters in a process that is killed at random moments, and see what is left.

``python -m tests.registry.kill_journey FOLDER KILLS SEED`` writes a JSON summary, and ends with 1 when anything that
was acknowledged is gone, or anything is half there. A kill ends the process, not the machine: that commits survive a
power cut rests on SQLite's synchronous=FULL and on the flushes of the sample store, and is not tried here.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path

from biometrics.cases import CasePriority
from biometrics.records import Encounter, EncounterStatus
from registry.store import Registry
from tests.registry.people import new_encounter, new_references, new_subject

KILLS_PER_HOME = 20
"""A fresh home this often, so that its creation is hit too."""

LONGEST_LIFE_S = 0.04
"""Several commits take place within it."""
TWO_SAMPLES_TWO_REFERENCES = 2
_LINE_END = b"\n"


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened; `faults` must stay empty."""

    kills: int = 0
    killed_before_first_commit: int = 0
    acknowledged: int = 0
    recorded_but_not_acknowledged: int = 0
    unreferenced_files: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def record_for_ever(home: Path, process: int, pipe: int) -> None:
    """Record encounters, every third pending with a case, and acknowledge each after its commit."""
    registry = Registry.open(home)
    for number in count():
        label = f"{process}-{number}"
        samples = tuple(registry.keep_sample(f"{kind} of {label}".encode() * 200) for kind in ("print", "face"))
        subject = new_subject(label)
        status = EncounterStatus.PENDING if number % 3 == 2 else EncounterStatus.ACTIVE
        encounter = new_encounter(subject, samples, status)
        with registry.writing() as writer:
            writer.add_encounter(subject, encounter, new_references(subject, number))
            if status is EncounterStatus.PENDING:
                writer.open_case(subject_id=subject.subject_id, candidates=(), priority=CasePriority.NORMAL, reason="x")
            writer.append_event("enrolled", subject.subject_id, {"encounter_id": encounter.encounter_id})
        os.write(pipe, f"{encounter.encounter_id} {subject.subject_id}".encode() + _LINE_END)


def kill_once(
    record: Callable[[Path, int, int], None], home: Path, process: int, life_s: float, *, from_first_commit: bool
) -> dict[str, str]:
    """Start a recorder, kill it `life_s` after its start or its first commit; return its subjects by encounter."""
    reading_end, writing_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading_end)
            record(home, process, writing_end)
        finally:
            os._exit(70)  # reached only when recording failed
    os.close(writing_end)
    with os.fdopen(reading_end, "rb") as pipe:
        first = pipe.readline() if from_first_commit else b""
        time.sleep(life_s)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        # A kill cannot cut a line short: a write of this size to a pipe is atomic.
        lines = [first, *pipe.readlines()] if first else pipe.readlines()
    if not os.WIFSIGNALED(status):
        raise RuntimeError(f"a recorder ended by itself with status {status}")
    return dict(line.decode().split() for line in lines)


def examine(home: Path, acknowledged: dict[str, str], tally: Tally) -> None:
    """Compare what the registry holds with what was acknowledged."""
    with Registry.open(home) as registry:
        faults = registry.check()
        tally.faults += [f"{fault.source}: {fault.message}" for fault in faults if fault.severe]
        tally.unreferenced_files += sum(not fault.severe for fault in faults)
        found = {
            one.encounter_id: one for subject in registry.subjects() for one in registry.encounters(subject.subject_id)
        }
        tally.faults += [f"{lost} was acknowledged and is gone" for lost in acknowledged.keys() - found.keys()]
        tally.recorded_but_not_acknowledged += len(found.keys() - acknowledged.keys())
        for encounter in found.values():
            _examine_encounter(registry, encounter, tally)
        if [change.sequence for change in registry.changes_since(0)] != list(range(1, len(found) + 1)):
            tally.faults.append("the changes are not one per encounter")
        enrolled = [event for event in registry.events() if event.action == "enrolled"]
        if [event.details["encounter_id"] for event in enrolled] != [
            change.details["encounter_id"] for change in registry.events() if change.action == "encounter.added"
        ]:
            tally.faults.append("an encounter and its event were torn apart")


def _examine_encounter(registry: Registry, encounter: Encounter, tally: Tally) -> None:
    references = registry.references(encounter.subject_id)
    if not len(encounter.samples) == len(references) == TWO_SAMPLES_TWO_REFERENCES:
        tally.faults.append(f"{encounter.encounter_id} is half there")
    for sample in encounter.samples:
        registry.sample_bytes(sample.sha256)
    if encounter.status is EncounterStatus.PENDING:
        registry.case_of_encounter(encounter.encounter_id)


def run(folder: Path, kills: int, seed: int) -> Tally:
    """Kill `kills` recorders and return the tally."""
    chance = random.Random(seed)
    tally = Tally()
    started = time.monotonic()
    acknowledged: dict[str, str] = {}
    home = folder / "home-0"
    for process in range(kills):
        if process % KILLS_PER_HOME == 0:
            home, acknowledged = folder / f"home-{process}", {}
        life_s = chance.uniform(0, LONGEST_LIFE_S)
        told = kill_once(record_for_ever, home, process, life_s, from_first_commit=process % 2 == 1)
        acknowledged |= told
        tally.kills += 1
        tally.acknowledged += len(told)
        tally.killed_before_first_commit += not told
        if process % KILLS_PER_HOME == KILLS_PER_HOME - 1 or process == kills - 1:
            examine(home, acknowledged, tally)
    tally.seconds = time.monotonic() - started
    return tally


if __name__ == "__main__":
    outcome = run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
    sys.exit(1 if outcome.faults else 0)
