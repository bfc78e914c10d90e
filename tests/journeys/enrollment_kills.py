"""Enroll people in a process that is killed at random moments, and see what is left.

``python -m tests.journeys.enrollment_kills FOLDER KILLS SEED`` writes a JSON summary, and ends with 1 when a person who
was reported as enrolled is gone, anybody is half there, or the same batch cannot be finished afterwards.
"""

from __future__ import annotations

import json
import os
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

from biometrics.decisions import Duplicate, Unique
from biometrics.positions import Modality
from enrollment.batch import enroll_all
from enrollment.intake import gather
from matching.minutiae import warm_up
from tests.enrollment.fakes import fake_extractors, write_pictures
from tests.enrollment.office import open_office
from tests.registry.kill_journey import kill_once

PEOPLE, AGAIN = 24, 6
"""Persons in the batch, and how many of them stand in it a second time under another name."""
KILLS_PER_HOME = 10
LONGEST_LIFE_S = 0.12
"""Long enough for several enrollments once the gallery is built."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened; `faults` must stay empty."""

    kills: int = 0
    acknowledged: int = 0
    recorded_but_not_acknowledged: int = 0
    faults: list[str] = field(default_factory=list)


def enroll_batch(home: Path, _: int, pipe: int) -> None:
    """Enroll the batch beside the home, acknowledging everybody who was not enrolled before; then wait to be killed."""
    office = open_office(home)
    intake = gather([home.parent / "people"], modality=Modality.FINGER)
    for result in enroll_all(intake, office, fake_extractors(), threads=2):
        outcome = result.outcome
        if isinstance(outcome, Unique | Duplicate) and not result.repeated:
            os.write(pipe, f"{result.label} {outcome.subject_id}\n".encode())
    while True:
        os.write(pipe, b"nobody nobody\n")


def examine(home: Path, acknowledged: dict[str, str], tally: Tally) -> None:
    """Compare what the registry holds with what was acknowledged, and the gallery built from it."""
    with open_office(home).registry as registry:  # builds the gallery and checks it against the registry
        tally.faults += [f"{one.source}: {one.message}" for one in registry.check() if one.severe]
        found = {subject.label: subject.subject_id for subject in registry.subjects()}
        tally.faults += [f"{label} was acknowledged and is gone" for label in acknowledged.keys() - found.keys()]
        tally.faults += [
            f"{label} is somebody else now" for label, one in acknowledged.items() if found.get(label) != one
        ]
        tally.recorded_but_not_acknowledged += len(found.keys() - acknowledged.keys())
        for subject_id in found.values():
            if len(registry.references(subject_id)) != 1 or len(registry.encounters(subject_id)) != 1:
                tally.faults.append(f"{subject_id} is half there")


def finish(home: Path, tally: Tally) -> None:
    """Run the batch to its end and see that everybody came out as without any kill."""
    office = open_office(home)
    with office.registry:
        intake = gather([home.parent / "people"], modality=Modality.FINGER)
        outcomes = [result.outcome for result in enroll_all(intake, office, fake_extractors(), threads=1)]
        duplicates = sum(isinstance(outcome, Duplicate) for outcome in outcomes)
        unique = sum(isinstance(outcome, Unique) for outcome in outcomes)
        if (unique, duplicates) != (PEOPLE, AGAIN):
            tally.faults.append(f"the finished batch has {unique} unique and {duplicates} duplicates")


def run(folder: Path, kills: int, seed: int) -> Tally:
    """Kill `kills` enrolling processes and return the tally."""
    warm_up()
    chance = random.Random(seed)
    tally = Tally()
    captures = [(f"person{number:02}", number, 0) for number in range(PEOPLE)]
    captures += [(f"person{number:02}_again", number, 1) for number in range(AGAIN)]
    write_pictures(folder / "people", captures)
    for first in range(0, kills, KILLS_PER_HOME):
        home, acknowledged = folder / f"home-{first}", dict[str, str]()
        for process in range(first, min(first + KILLS_PER_HOME, kills)):
            life_s = chance.uniform(0, LONGEST_LIFE_S)
            told = kill_once(enroll_batch, home, process, life_s, from_first_commit=process % 2 == 1)
            told.pop("nobody", None)
            acknowledged |= told
            tally.kills += 1
            tally.acknowledged += len(told)
        examine(home, acknowledged, tally)
        finish(home, tally)
    return tally


def summary(tally: Tally) -> dict[str, object]:
    """Return the tally as JSON values."""
    return {name: getattr(tally, name) for name in ("kills", "acknowledged", "recorded_but_not_acknowledged", "faults")}


if __name__ == "__main__":
    ended = run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(summary(ended)) + "\n")
    sys.exit(1 if ended.faults else 0)
