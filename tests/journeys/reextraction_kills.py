"""Move a registry to another model and back, in a process that is killed at random moments, and see what is left.

``python -m tests.journeys.reextraction_kills FOLDER KILLS SEED`` writes a JSON summary, and ends with 1 when an
exchange that was reported is gone, some people are in one format and some in the other, or the job cannot be finished.
"""

from __future__ import annotations

import json
import os
import random
import sys
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path

from biometrics.positions import Modality
from enrollment import reextraction
from enrollment.batch import enroll_all
from enrollment.intake import gather
from enrollment.reextraction import ReextractionOffice
from registry.store import Registry
from tests.enrollment.fakes import FACE_FORMAT, fake_extractors, picture
from tests.enrollment.office import open_office
from tests.enrollment.other_extractors import NEWER_FORMAT, NewerExtractor
from tests.registry.kill_journey import kill_once

PEOPLE = 12
KILLS_PER_HOME = 10
LONGEST_LIFE_S = 0.15
"""Long enough for several commits, and now and then for an exchange."""
STAGED_AT_ONCE = 3


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened; `faults` must stay empty."""

    kills: int = 0
    acknowledged: int = 0
    exchanges: int = 0
    found_unfinished: int = 0
    faults: list[str] = field(default_factory=list)


def move_for_ever(home: Path, process: int, pipe: int) -> None:
    """Finish what is unfinished, then move everybody to the other model, again and again; acknowledge each commit."""
    reextraction.COMMIT_EVERY = STAGED_AT_ONCE
    numbers = count()

    def acknowledge(what: str) -> None:
        os.write(pipe, f"{process}-{next(numbers)} {what}\n".encode())

    with Registry.open(home, busy_timeout_s=5.0) as registry:
        while True:
            ended = job(registry).run(progress=lambda done, *_: acknowledge("staged") if done else None)
            if ended.finished:
                acknowledge("exchanged")


def job(registry: Registry) -> ReextractionOffice:
    """Return the unfinished job, or one that moves to the model that is not in use."""
    staged = registry.staged()
    wanted = staged.model_id if staged else NEWER_FORMAT.model_id
    if staged is None and in_use(registry) == {NEWER_FORMAT.model_id: PEOPLE}:
        wanted = FACE_FORMAT.model_id
    chosen = NEWER_FORMAT if wanted == NEWER_FORMAT.model_id else FACE_FORMAT
    extractor = NewerExtractor(format=chosen)
    return ReextractionOffice(registry=registry, extractor=extractor, modality=Modality.FACE, threads=2)


def in_use(registry: Registry) -> dict[str, int]:
    """Return how many references each model made that are in use."""
    return {use.model_id: use.references for use in registry.models_in_use()}


def examine(home: Path, exchanged: int, tally: Tally) -> int:
    """Look at what is left, finish the job, and return how many exchanges there were."""
    with Registry.open(home) as registry:
        tally.faults += [f"{one.source}: {one.message}" for one in registry.check() if one.severe]
        tally.found_unfinished += registry.staged() is not None
        found = in_use(registry)
        if list(found.values()) != [PEOPLE]:
            tally.faults.append(f"the models in use are {found}")
        seen = {one.template.format.model_id for change in registry.changes_since(0) for one in change.references}
        if seen != found.keys():
            tally.faults.append(f"who starts now sees {seen}")
        events = sum(event.action == "references.replaced" for event in registry.events())
        if events % PEOPLE or events // PEOPLE < exchanged:
            tally.faults.append(f"{exchanged} exchanges were acknowledged, {events} encounters changed")
        for subject in registry.subjects():
            if len(registry.references(subject.subject_id)) != 1:
                tally.faults.append(f"{subject.subject_id} has not one reference")
        done = job(registry).run()
        if not done.finished or list(in_use(registry).items()) != [(done.model_id, PEOPLE)]:
            tally.faults.append(f"the job could not be finished: {done}")
        return events // PEOPLE + 1


def enroll(home: Path) -> None:
    """Enroll everybody, with the older model."""
    folder = home.parent / "people"
    folder.mkdir(exist_ok=True)
    for number in range(PEOPLE):
        (folder / f"{number}.png").write_bytes(picture(number, color=True))
    office = open_office(home)
    with office.registry:
        for _ in enroll_all(gather([folder], modality=Modality.FACE), office, fake_extractors(), threads=1):
            pass


def run(folder: Path, kills: int, seed: int) -> Tally:
    """Kill `kills` moving processes and return the tally."""
    chance = random.Random(seed)
    tally = Tally()
    for first in range(0, kills, KILLS_PER_HOME):
        home, exchanged = folder / f"home-{first}", 0
        enroll(home)
        for process in range(first, min(first + KILLS_PER_HOME, kills)):
            life_s = chance.uniform(0, LONGEST_LIFE_S)
            told = kill_once(move_for_ever, home, process, life_s, from_first_commit=process % 2 == 1)
            exchanged += sum(what == "exchanged" for what in told.values())
            tally.kills += 1
            tally.acknowledged += len(told)
            exchanged = examine(home, exchanged, tally)
        tally.exchanges += exchanged
    return tally


if __name__ == "__main__":
    ended = run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(asdict(ended)) + "\n")
    sys.exit(1 if ended.faults else 0)
