"""Kill an engine in the midst of everything that is done to a gallery, and see that every answer was and stays right.

``python -m tests.journeys.gallery_storm FOLDER ROUNDS SEED`` writes a JSON summary, and ends with 1 when an answer was
wrong, something acknowledged is gone, or gallery, snapshot and registry differ. Each round an engine starts from the
snapshot that the one before has left, clients storm it, and it is killed; some are told to end instead.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import structlog

from api.installation import open_installation
from biometrics.records import DEFAULT_GALLERY, Encounter, EncounterStatus, Subject
from biometrics.samples import now_utc
from biometrics.templates import BiometricReference
from enrollment.engine.client import find_engine
from matching.minutiae import warm_up
from registry.identifiers import new_identifier
from registry.location import registry_folder
from registry.store import Registry
from tests.databases import follow_environment, give_database
from tests.journeys.gallery_storm_checks import Tally, examine
from tests.journeys.gallery_storm_clients import Client
from tests.journeys.gallery_storm_engine import list_early
from tests.journeys.gallery_storm_people import Crowd, Person, Standing, shown
from tests.kills import ROOT

CLIENTS = 8
ROUNDS_PER_HOME = 12
LONGEST_STORM_S = 8.0
FIRST_PEOPLE = 120
SHARE_KILLED_EARLY, SHARE_ENDED_WELL = 0.15, 0.15
"""Of the engines: killed while they start; told to end, so that they write a last snapshot."""

COMMANDS_EVERY = 4
"""Rounds between looks by `kura gallery verify` and `kura registry check`."""

KURA = [sys.executable, "-m", "tests.journeys.gallery_storm_engine"]


def one_round(home: Path, crowd: Crowd, own: list[list[Person]], chance: random.Random, tally: Tally) -> None:
    """Start an engine, storm it, and let it die."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    log = home.parent / "engine.log"
    with log.open("ab") as written:
        command = [*KURA, "engine", "run", "--home", str(home)]
        engine = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=written)
    stop = threading.Event()
    clients = [Client(home, crowd, mine, chance.getrandbits(48), stop) for mine in own]
    for client in clients:
        client.start()
    kind = chance.random()
    if kind >= SHARE_KILLED_EARLY:
        _await(engine, home)
    time.sleep(chance.uniform(0, LONGEST_STORM_S))
    ended_well = kind > 1 - SHARE_ENDED_WELL
    engine.send_signal(signal.SIGTERM if ended_well else signal.SIGKILL)
    code = engine.wait()
    stop.set()
    for client in clients:
        client.join()
    if code != (0 if ended_well else -signal.SIGKILL):
        tally.faults.append(f"the engine ended with {code}")
    tally.kills += not ended_well
    if b"Traceback" in log.read_bytes():
        tally.faults.append(f"{home.parent.name}: the engine's log holds a traceback")
    log.unlink()


def _await(engine: subprocess.Popen[bytes], home: Path) -> None:
    """Return when the engine answers, or has ended."""
    while engine.poll() is None:
        found = find_engine(registry_folder(home), None)
        if found is not None:
            found.close()
            return
        time.sleep(0.02)


def look(home: Path, tally: Tally) -> None:
    """Let the commands judge."""
    steps = [["registry", "check"]]
    if any((home / "galleries").glob(f"{DEFAULT_GALLERY}/snapshot-*")):
        steps.append(["gallery", "verify"])
    for step in steps:
        ended = subprocess.run(
            [*KURA, *step, "--home", str(home)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        tally.commands += 1
        if ended.returncode:
            tally.faults.append(f"kura {' '.join(step)}: {ended.stdout} {ended.stderr}")


def populate(home: Path, crowd: Crowd) -> list[Person]:
    """Record the first persons, so that galleries hold enough to list by vectors."""
    open_installation(home, create=True)
    people = [crowd.newcomer(home) for _ in range(FIRST_PEOPLE)]
    with Registry.open(home) as registry, registry.writing() as writer:
        for person in people:
            subject = Subject(subject_id=new_identifier(), label=person.label, simulated=True)
            person.subject_id, person.encounter_id = subject.subject_id, new_identifier()
            encounter = Encounter(
                encounter_id=person.encounter_id,
                subject_id=subject.subject_id,
                status=EncounterStatus.ACTIVE,
                recorded_at=now_utc(),
                policy_version="test",
            )
            templates = shown(person.number, 0, person.label).templates
            references = tuple(
                BiometricReference(reference_id=new_identifier(), subject_id=subject.subject_id, template=template)
                for template in templates
            )
            writer.add_encounter(subject, encounter, references)
            crowd.by_subject[person.subject_id] = person
            crowd.acknowledged()
            person.end(Standing.HERE)
    return people


def one_home(folder: Path, rounds: int, chance: random.Random, tally: Tally) -> None:
    """Storm the engines of one home."""
    home, crowd = folder / "home", Crowd()
    home.mkdir(parents=True)
    give_database(home)
    first = populate(home, crowd)
    own = [first[client::CLIENTS] for client in range(CLIENTS)]
    for number in range(rounds):
        one_round(home, crowd, own, chance, tally)
        tally.rounds += 1
        examine(home, crowd, chance, tally)
        if (number + 1) % COMMANDS_EVERY == 0 or number + 1 == rounds:
            look(home, tally)
    tally.changes += crowd.changes
    tally.faults += crowd.faults
    tally.deeds = dict(Counter(tally.deeds) + Counter(crowd.counts))


def run(folder: Path, rounds: int, seed: int) -> Tally:
    """Let so many engines die, and return the tally."""
    follow_environment()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    list_early()
    warm_up()
    chance, tally = random.Random(seed), Tally()
    for first in range(0, rounds, ROUNDS_PER_HOME):
        one_home(folder / f"storm-{first}", min(ROUNDS_PER_HOME, rounds - first), chance, tally)
        sys.stderr.write(f"{json.dumps(asdict(tally))}\n")
    return tally


if __name__ == "__main__":
    ended = run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(asdict(ended)) + "\n")
    sys.exit(1 if ended.faults else 0)
