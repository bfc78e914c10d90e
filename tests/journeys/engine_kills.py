"""Enroll twins at an engine from many processes while the engine and they are killed, and see what is left.

``python -m tests.journeys.engine_kills FOLDER KILLS SEED`` writes a JSON summary, and ends with 1 when a person who was
acknowledged is gone, two of one person are both unique, the registry is not whole, or the gallery on disk is wrong.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import structlog

from biometrics.decisions import Duplicate, Unique
from biometrics.errors import RecordConflictError, ServiceError
from biometrics.records import DEFAULT_GALLERY
from enrollment.preparation import PreparedSubmission
from matching.minutiae import warm_up
from registry.store import Registry
from tests.databases import follow_environment
from tests.enrollment.engine.serving import client_of, person, start_engine
from tests.enrollment.keeping.population import built, galleries_of

PROCESSES, PEOPLE_PER_ROUND, CAPTURES = 4, 3, 4
"""Commands at once, and how many persons each round brings, in so many captures each."""

KILLS_PER_HOME = 5
LONGEST_LIFE_S = 0.4
"""An engine of that age has recorded a round or more."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened; `faults` must stay empty."""

    kills: int = 0
    commands_killed: int = 0
    acknowledged: int = 0
    repeated: int = 0
    faults: list[str] = field(default_factory=list)


def enroll_for_ever(home: Path, people: list[PreparedSubmission], pipe: int) -> None:
    """Enroll people in order at whatever engine runs, each until it is acknowledged; then wait to be killed."""
    for prepared in people:
        while True:
            try:
                with client_of(home) as client:
                    earlier = client.earlier(prepared.label, tuple(one.image.sha256 for one in prepared.samples))
                    outcome = client.enroll(prepared) if earlier is None else earlier.outcome
            except ServiceError:
                continue  # the engine was killed; another comes
            except RecordConflictError:
                continue  # it was recorded by an engine that was killed before it could say so
            if isinstance(outcome, Unique | Duplicate):
                again = "again" if earlier else "first"
                os.write(pipe, f"{prepared.label} {outcome.subject_id} {again}\n".encode())
            break
    os._exit(0)


def start_command(home: Path, people: list[PreparedSubmission], pipe: int) -> int:
    """Enroll from a process of its own and return its process id."""
    child = os.fork()
    if child == 0:
        try:
            enroll_for_ever(home, people, pipe)
        finally:
            os._exit(70)
    return child


def end(child: int) -> None:
    """Kill a process and wait for it."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def one_home(home: Path, kills: int, chance: random.Random, tally: Tally) -> None:
    """Kill engines of one home in the midst of traffic, let a last one finish, and compare."""
    people = [
        [person(home.parent, f"{home.name}-{number}-{capture}", number, capture) for capture in range(CAPTURES)]
        for number in range(PEOPLE_PER_ROUND * (kills + 1))
    ]
    reading_end, writing_end = os.pipe()
    # Every process brings one capture of everybody, so that all captures of a person arrive together.
    commands = [start_command(home, [one[index] for one in people], writing_end) for index in range(PROCESSES)]
    for _ in range(kills):
        engine = start_engine(home)
        time.sleep(chance.uniform(0, LONGEST_LIFE_S))
        end(engine)
        tally.kills += 1
        if chance.random() < 0.3:
            index = chance.randrange(PROCESSES)
            end(commands[index])
            commands[index] = start_command(home, [one[index] for one in people], writing_end)
            tally.commands_killed += 1
    os.close(writing_end)  # so that only commands hold it, and the pipe ends with them
    engine = start_engine(home)
    with os.fdopen(reading_end, "rb") as pipe:
        told = [line.decode().split() for line in pipe.readlines()]
    for command in commands:
        os.waitpid(command, 0)
    os.kill(engine, signal.SIGTERM)
    os.waitpid(engine, 0)
    examine(home, told, len(people), tally)


def examine(home: Path, told: list[list[str]], people: int, tally: Tally) -> None:
    """Compare what the registry holds with what was acknowledged, and count the unique of each person."""
    tally.acknowledged += len(told)
    tally.repeated += sum(again == "again" for _, _, again in told)
    with Registry.open(home, create=False) as registry:
        tally.faults += [f"{one.source}: {one.message}" for one in registry.check() if one.severe]
        found = {subject.label: subject.subject_id for subject in registry.subjects()}
        tally.faults += [f"{label} was acknowledged and is gone" for label, one, _ in told if found.get(label) != one]
        enrolled = [event for event in registry.events() if event.action == "enrolled"]
        opened, wanted = galleries_of(registry, home / "galleries").open(DEFAULT_GALLERY), built(registry)
        if opened.reason is not None:
            tally.faults.append(f"the gallery was built anew because {opened.reason}")
        if (opened.gallery.generation, opened.gallery.fingerprint) != (wanted.generation, wanted.fingerprint):
            tally.faults.append("the gallery from the snapshot is another")
    unique = {event.subject_id for event in enrolled if event.details["outcome"] == "unique"}
    for number in range(people):
        captures = [found.get(f"{home.name}-{number}-{capture}") for capture in range(CAPTURES)]
        if None in captures or len(unique.intersection(captures)) != 1:
            tally.faults.append(f"of person {number}, {len(unique.intersection(captures))} are unique")


def run(folder: Path, kills: int, seed: int) -> Tally:
    """Kill `kills` engines and return the tally."""
    follow_environment()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    warm_up()
    chance, tally = random.Random(seed), Tally()
    for first in range(0, kills, KILLS_PER_HOME):
        home = folder / f"home-{first}" / "home"
        home.mkdir(parents=True)
        one_home(home, min(KILLS_PER_HOME, kills - first), chance, tally)
    return tally


if __name__ == "__main__":
    ended = run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(asdict(ended)) + "\n")
    sys.exit(1 if ended.faults else 0)
