"""Damage the snapshot of a gallery in every way, and see that nobody is ever taken for somebody else.

``python -m tests.journeys.gallery_corruptions FOLDER COUNT SEED`` writes a JSON summary, and ends with 1 when a
damaged snapshot was read as something that was never written. All COUNT corruptions are read as files; one in
JOURNEY_EVERY is opened as an engine would, beside its registry, and the gallery is compared with one built anew.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

import structlog

from biometrics.errors import SnapshotError, SnapshotKeyError, StorageError
from matching.keeping import latest_snapshot
from tests.databases import follow_environment
from tests.journeys.gallery_openings import Journey
from tests.matching.keeping.contents import HEADER, KEY, OTHER_KEY, Arrays, arrays, read, same, write
from tests.matching.keeping.corruptions import Corrupter, Files

JOURNEY_EVERY = 500
"""An opening with a registry takes some hundred times as long as reading a small snapshot."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened; `faults` must stay empty."""

    corruptions: int = 0
    refused: int = 0
    unharmed: int = 0
    journeys: int = 0
    rebuilt: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def run(folder: Path, count: int, seed: int) -> Tally:
    """Corrupt and read so often, and return the tally."""
    follow_environment()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    tally, chance, counted = Tally(), random.Random(seed), Counter[str]()
    small = SmallSnapshot(folder / "files")
    journey = Journey(folder / "journey")
    for number in range(count):
        if number % JOURNEY_EVERY == 0:
            _one_journey(journey, chance, counted, tally)
        else:
            _one_reading(small, chance, counted, tally)
    tally.by_kind = dict(sorted(counted.items()))
    return tally


class SmallSnapshot:
    """A snapshot of made-up arrays that is corrupted and mended again and again.

    Parameters
    ----------
    folder
        Where it is made.
    """

    def __init__(self, folder: Path) -> None:
        self.older = self._written(folder / "older", 0)
        self.files = self._written(folder / "older", 1)
        self.foreign = self._written(folder / "foreign", 2)
        shutil.move(folder / "older", folder / "here")
        self.folder = folder / "here"
        self._path = _latest(self.folder)
        self._wanted: Arrays = arrays(1)

    @staticmethod
    def _written(folder: Path, seed: int) -> Files:
        write(folder, seed, header=HEADER | {"gallery": folder.name, "generation": seed})
        return files_of(_latest(folder))

    def put(self, files: Files) -> None:
        """Let the folder hold these files."""
        replace_files(self._path, files)

    def is_read_right(self, key: bytes) -> bool:
        """Return whether what is read is just what was written."""
        found = read(self.folder, key)
        return found is not None and found[0]["generation"] == 1 and same(found[1], self._wanted)


def _one_reading(small: SmallSnapshot, chance: random.Random, counted: Counter[str], tally: Tally) -> None:
    corrupter = Corrupter(chance, small.older, small.foreign)
    kind, files, key = chance.choice((*corrupter.kinds, None)), dict(small.files), KEY
    name = "other_key" if kind is None else kind.__name__
    if kind is None:
        key = chance.choice((OTHER_KEY, bytes(32), chance.randbytes(32)))
    else:
        kind(files)
    counted[name] += 1
    tally.corruptions += 1
    small.put(files)
    try:
        right = small.is_read_right(key)
    except SnapshotKeyError:
        tally.refused += 1
    except (SnapshotError, StorageError):
        tally.refused += 1
        if kind is None:
            tally.faults.append("another key was taken for damage")
    else:
        tally.unharmed += 1
        if not right or files != small.files or kind is None:
            tally.faults.append(f"{name} was not noticed")
    small.put(small.files)


def _one_journey(journey: Journey, chance: random.Random, counted: Counter[str], tally: Tally) -> None:
    name, reason, fault = journey.corrupt_and_open(chance)
    counted[f"journey {name}"] += 1
    tally.journeys += 1
    tally.corruptions += 1
    tally.rebuilt += reason is not None
    if fault is not None:
        tally.faults.append(f"journey, {name}: {fault}")


def files_of(path: Path) -> Files:
    """Return the files of a snapshot."""
    return {entry.name: entry.read_bytes() for entry in path.iterdir()}


def replace_files(path: Path, files: Files) -> None:
    """Let a folder hold these files and no others; only what differs is written."""
    present = files_of(path)
    for name in present.keys() - files.keys():
        (path / name).unlink()
    for name, data in files.items():
        if present.get(name) != data:
            (path / name).write_bytes(data)


def _latest(folder: Path) -> Path:
    found = latest_snapshot(folder)
    assert found is not None
    return found


if __name__ == "__main__":
    ended = run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(asdict(ended)) + "\n")
    sys.exit(1 if ended.faults else 0)
