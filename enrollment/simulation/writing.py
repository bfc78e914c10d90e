"""A population on disk: prints, a manifest that `kura enroll` reads, biographic data, and what was planted.

Prints come first and the lists last, each file whole or absent, so that no list ever names a file that is not there.
Whoever is interrupted runs the same again: prints that are there are kept, and the end is the same to the byte.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from biometrics.errors import ConfigurationError, StorageError
from biometrics.image_writing import encode_png
from biometrics.positions import Position
from biometrics.protocols import Progress, no_progress
from devices.simulated import PPI, SIMULATOR, PrintOrder, Profile, fingers_of, simulate_prints
from enrollment.simulation.lists import captured, manifest_lines, people_lines, print_name, truth_lines
from enrollment.simulation.people import people
from enrollment.simulation.plan import PopulationPlan

MANIFEST = "manifest.csv"
PEOPLE = "people.jsonl"
TRUTH = "truth.csv"
PLAN = "plan.json"
README = "README.txt"

_PART = ".part"
"""Suffix of a file that is being written; a killed run may leave one, the next run replaces it."""

_NOBODY = """SIMULATED DATA. NOBODY IN THIS FOLDER EXISTS. DONNEES SIMULEES. PERSONNE ICI N'EXISTE.

Kura made these fingerprints, names, dates, places and numbers from random numbers. No person's finger was captured,
no name or number was taken from anybody. Every picture carries a mark that says so, which Kura keeps when it enrolls.

  manifest.csv   one line per print, to be enrolled into a home of its own: kura --home NEW-FOLDER enroll manifest.csv
  people.jsonl   what the simulated persons state about themselves, and which fingers they lack, one person a line
  truth.csv      who was planted: the same person twice under other names, and identical twins
  plan.json      what this population was made from; the same plan gives the same files
  prints/        the pictures, a folder per simulated person, 500 pixels per inch
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPopulation:
    """What a folder holds now.

    Parameters
    ----------
    manifest
        The list to enroll from.
    prints
        How many there are.
    simulated
        How many of these were made by this run; the others were there.
    without_prints
        Persons who lack all the fingers asked for: they state who they are, but the manifest has no line of theirs.
    """

    manifest: Path
    prints: int
    simulated: int
    without_prints: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """A print to be made: whose (by index), where it belongs, and of what."""

    person: int
    path: Path
    prints: PrintOrder


def write_population(  # noqa: PLR0913 - what, where, of which fingers, and how
    plan: PopulationPlan,
    folder: Path,
    *,
    fingers: Sequence[Position],
    profile: Profile,
    threads: int,
    progress: Progress = no_progress,
) -> WrittenPopulation:
    """Write a population, or go on where an interrupted run of the same plan ended; little memory for any size.

    Raises
    ------
    ConfigurationError
        When the folder holds anything but this very population.
    StorageError
        When it is no folder, cannot be written, or another process is writing there.
    """
    if not fingers or len(set(fingers)) < len(fingers) or any(one.iso_code in (None, 0) for one in fingers):
        raise ConfigurationError(
            "the fingers asked for cannot be simulated", remedy="name at least one of the ten fingers, each once"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_writer(folder):
            _claim(folder, _plan_text(plan, fingers, profile))
            _put(folder / README, _NOBODY.encode())
            orders = _missing_prints(plan, folder, fingers, profile)
            simulated = _write_prints(orders, plan.persons, threads, progress)
            _write_lines(folder / PEOPLE, people_lines(plan))
            _write_lines(folder / TRUTH, truth_lines(plan))
            prints = _write_lines(folder / MANIFEST, manifest_lines(plan, fingers)) - 1
    except (FileExistsError, NotADirectoryError) as error:
        raise StorageError(
            "this is not a folder", source=str(error.filename or folder), remedy="name another folder"
        ) from error
    except OSError as error:
        raise StorageError(
            f"the population cannot be written: {error.strerror}",
            source=str(error.filename or folder),
            remedy="check free space and permissions, then run the same again",
        ) from error
    nothing = sum(not captured(person, fingers) for person in people(plan))
    return WrittenPopulation(manifest=folder / MANIFEST, prints=prints, simulated=simulated, without_prints=nothing)


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # released by the kernel when the process ends, however
    except BlockingIOError as error:
        raise StorageError(
            "another process is simulating into this folder", source=str(folder), remedy="wait for it to end"
        ) from error


def _claim(folder: Path, plan_text: bytes) -> None:
    """Make the folder this plan's, or refuse it."""
    path = folder / PLAN
    if path.exists():
        ours = path.read_bytes() == plan_text
    else:
        ours = all(other.name == PLAN + _PART for other in folder.iterdir())
    if not ours:
        raise ConfigurationError(
            "the folder holds something else than this population",
            source=str(folder),
            remedy="name a new folder, or repeat the command with the arguments that made it (see its plan.json)",
        )
    _put(path, plan_text)


def _plan_text(plan: PopulationPlan, fingers: Sequence[Position], profile: Profile) -> bytes:
    asked = {"fingers": [finger.value for finger in fingers], "profile": profile.name}
    # Another simulator would make other prints of the same plan: a folder never holds both.
    return (json.dumps({"simulated": True, "simulator": SIMULATOR, **asdict(plan), **asked}, indent=2) + "\n").encode()


def _write_prints(orders: Iterable[_Order], total: int, threads: int, progress: Progress) -> int:
    # Orders are taken a few ahead of their pictures; these are the ones between.
    underway: deque[_Order] = deque()

    def taken() -> Iterator[PrintOrder]:
        for order in orders:
            underway.append(order)
            yield order.prints

    count = 0
    for _, (pixels,) in simulate_prints(taken(), threads=threads):
        order = underway.popleft()
        order.path.parent.mkdir(parents=True, exist_ok=True)
        _put(order.path, encode_png(pixels, PPI, simulated=True))
        count += 1
        progress(order.person, total, "simulating")
    progress(total, total, "simulating")
    return count


def _missing_prints(
    plan: PopulationPlan, folder: Path, fingers: Sequence[Position], profile: Profile
) -> Iterator[_Order]:
    for person in people(plan):
        places = {finger: folder / print_name(person, finger) for finger in captured(person, fingers)}
        absent = {finger: path for finger, path in places.items() if not path.exists()}
        traits = fingers_of(person.genes, person.growth) if absent else {}
        for finger, path in absent.items():
            prints = PrintOrder(traits=traits[finger], touches=(person.touch,), profile=profile)
            yield _Order(person=person.index, path=path, prints=prints)


def _write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write lines one by one into a file that is there whole or not at all; return how many."""
    count = 0
    with _replacing(path) as file:
        for count, line in enumerate(lines, start=1):  # noqa: B007 - the last number is the count
            file.write(line.encode())
    return count


def _put(path: Path, data: bytes) -> None:
    with _replacing(path) as file:
        file.write(data)


@contextmanager
def _replacing(path: Path) -> Iterator[io.BufferedWriter]:
    # Unlike files.write_whole this streams, and always under one name: what a killed run leaves, the next one replaces.
    part = path.with_name(path.name + _PART)
    with part.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
