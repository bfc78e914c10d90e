"""Import in a process that is killed at random moments, again and again until it is done, and compare with one run.

``python -m tests.registry.transfer.import_kills FOLDER KILLS SEED`` writes a JSON summary, and ends with 1 when the
registry is another one than an undisturbed import makes.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from registry.store import Registry
from registry.tables.imports import ImportPhase
from registry.transfer import importing
from registry.transfer.importing import import_people
from registry.transfer.source import open_source
from tests.databases import follow_environment
from tests.registry.transfer.populated import order

PERSONS = 200
LONGEST_LIFE_S = 0.6


def main() -> int:
    """Kill as often as asked, in as many homes as that takes."""
    follow_environment()
    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    importing.PERSONS_AT_ONCE = 7
    path = folder / "persons.jsonl"
    path.write_text("".join(f"{json.dumps(_person(number))}\n" for number in range(PERSONS)))
    lives, faults, done, home_number = random.Random(seed), [], 0, 0
    while done < kills:
        home = folder / f"home-{home_number}"
        home_number += 1
        with Registry.open(home):
            pass
        while done < kills and not _finished(home, path):
            done += _import_killed(home, path, lives.uniform(0, LONGEST_LIFE_S))
        faults += _faults(home, path)
    print(json.dumps({"kills": done, "acknowledged": done, "homes": home_number, "faults": faults}))
    return 1 if faults else 0


def _person(number: int) -> dict[str, Any]:
    if number % 10 == 3:
        return {"label": f"SIM-{number}", "simulated": "perhaps"}
    stated = {"scheme": "simulated", "value": f"SIMULATED-{number}"}
    guardian = {"guardian": {"relation": "parent", "subject_id": f"person-{number - 1}"}}
    return {
        "subject_id": f"person-{number}",
        "label": f"SIM-{number}",
        "simulated": True,
        "record": {"names": [{"family": "Xhɛqŋ"}]},
        "numbers": [stated],
        "guardians": [guardian] if number % 10 == 2 else [],
    }


def _import_killed(home: Path, path: Path, life_s: float) -> int:
    """Import in a child that lives so long; return 1 when it was killed before it ended."""
    child = os.fork()
    if child == 0:
        try:
            with Registry.open(home) as registry:
                import_people(registry, path, order(home))
        finally:
            os._exit(0)
    time.sleep(life_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return int(os.WIFSIGNALED(status))


def _finished(home: Path, path: Path) -> bool:
    with Registry.open(home) as registry, registry.reading() as record:
        job = record.transfer.find_import(open_source(path))
    return job is not None and job.phase is ImportPhase.FINISHED


def _faults(home: Path, path: Path) -> list[str]:
    with Registry.open(home) as registry:
        job = import_people(registry, path, order(home))
        found = [fault.message for fault in registry.check()]
        labels = [subject.label for subject in registry.subjects()]
        with registry.reading() as record:
            guarded = sum(len(record.people.guardians(f"person-{n}")) for n in range(2, PERSONS, 10))
    told = [json.loads(line)["line"] for line in Path(job.report).read_text().splitlines()]
    right = [number for number in range(PERSONS) if number % 10 != 3]
    if sorted(labels) != sorted(f"SIM-{number}" for number in right):
        found.append(f"{len(labels)} persons instead of {len(right)}")
    if told != [number + 1 for number in range(PERSONS) if number % 10 == 3]:
        found.append("the report does not tell of every refused line once")
    if (job.added, job.refused, guarded) != (len(right), PERSONS - len(right), len(range(2, PERSONS, 10))):
        found.append(f"the counts are {job.added} added, {job.refused} refused, {guarded} guardians")
    return found


if __name__ == "__main__":
    sys.exit(main())
