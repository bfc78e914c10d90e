"""Rounds of simultaneous twin enrollments, merges, un-merges, moves, deletions, corrections and searches.

``python -m tests.journeys.registry_rounds FOLDER ROUNDS SEED`` writes a JSON summary, and ends with 1 when something
happened that `registry_model` cannot explain. Two processes of three threads each work on the same few people.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import threading
import time
import traceback
from dataclasses import asdict, dataclass, field
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from biometrics.errors import BiometricsError
from biometrics.templates import Probe
from enrollment.enroll import EnrollmentOffice
from enrollment.preparation import PreparedSubmission
from registry.gallery_view import GalleryView
from registry.store import Registry
from tests.enrollment.office import new_gallery
from tests.journeys.registry_deeds import POLICY, Doer, prepared_people
from tests.journeys.registry_model import Note, explain

PROCESSES, THREADS = 2, 3
ROUNDS_PER_HOME = 15
"""A fresh home this often, so that a round costs what it does and not what came before."""

BUSY_TIMEOUT_S = 60.0
LONGEST_ROUND_S = 300.0

People = dict[int, list[PreparedSubmission]]


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened; `faults` must stay empty."""

    rounds: int = 0
    deeds: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def work(home: Path, process: int, rounds: list[tuple[int, People]], seed: int, start: Barrier) -> None:
    """Do a process's part of some rounds and write down what it did and what its gallery came to."""
    faults, notes = list[str](), list[dict[str, Any]]()
    try:
        with Registry.open(home, busy_timeout_s=BUSY_TIMEOUT_S) as registry:
            office = EnrollmentOffice(registry=registry, gallery=new_gallery(), policy=POLICY)
            for number, people in rounds:
                start.wait(LONGEST_ROUND_S)
                notes += _round(office, process, number, people, seed)
            start.wait(LONGEST_ROUND_S)
            _compare(office, [people for _, people in rounds])
    except BiometricsError as error:
        faults.append(str(error))
    except Exception:  # noqa: BLE001 - whatever ends a process is a fault of the journey
        faults.append(traceback.format_exc())
        start.abort()
    (home / f"notes-{process}.json").write_text(json.dumps({"notes": notes, "faults": faults}))


def _round(office: EnrollmentOffice, process: int, number: int, people: People, seed: int) -> list[dict[str, Any]]:
    doers = [
        Doer(office, random.Random(f"{seed}-{number}-{process}-{thread}"), f"{process}{thread}")
        for thread in range(THREADS)
    ]
    threads = [threading.Thread(target=doer.act, args=(number, people)) for doer in doers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [note for doer in doers for note in doer.notes]


def _compare(office: EnrollmentOffice, people: list[People]) -> None:
    """Compare a gallery that followed everything with the registry and with one that starts now."""
    view = GalleryView(source=office.registry, gallery_id=office.gallery_id)
    office.follow()
    office.gallery.check(view)
    anew = new_gallery()
    anew.follow(view)
    for captures in (captures for some in people for captures in some.values()):
        probe = Probe(templates=captures[0].templates)
        assert office.gallery.search(probe) == anew.search(probe), (
            "a gallery answers otherwise than one that starts now"
        )


def run(folder: Path, rounds: int, seed: int) -> Tally:
    """Do so many rounds and return the tally."""
    tally, started = Tally(), time.monotonic()
    context = multiprocessing.get_context("fork")
    for first in range(0, rounds, ROUNDS_PER_HOME):
        home = folder / f"home-{first}"
        home.mkdir(parents=True)
        numbers = range(first, min(first + ROUNDS_PER_HOME, rounds))
        work_of_all = [(number, prepared_people(folder, number)) for number in numbers]
        start = context.Barrier(PROCESSES)
        running = [
            context.Process(target=work, args=(home, process, work_of_all, seed, start)) for process in range(PROCESSES)
        ]
        for process in running:
            process.start()
        for process in running:
            process.join()
        _tell(home, tally)
        tally.rounds += len(numbers)
    tally.seconds = round(time.monotonic() - started, 1)
    return tally


def _tell(home: Path, tally: Tally) -> None:
    notes: list[Note] = []
    for process in range(PROCESSES):
        written = json.loads((home / f"notes-{process}.json").read_text())
        notes += written["notes"]
        tally.faults += written["faults"]
    with Registry.open(home, busy_timeout_s=BUSY_TIMEOUT_S) as registry:
        tally.faults += explain(registry, notes)
    for note in notes:
        counter = tally.refused if "refused" in note else tally.deeds
        counter[note["deed"]] = counter.get(note["deed"], 0) + 1
        tally.duplicates += note.get("unique") is False


if __name__ == "__main__":
    outcome = run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
    sys.exit(1 if outcome.faults else 0)
