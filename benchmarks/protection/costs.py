"""What protection costs a gallery: `python -m benchmarks.protection.costs [--persons N]`.

Searches are timed in turns, with rows on disk encrypted as they are and with encryption switched off; medians of
processor time on one thread. Persons are made up: a face of 128 numbers and ten fingers of 256.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from biometrics.arrays import Vectors
from matching.keeping import write_snapshot
from matching.person_vectors import layout_of
from matching.rotation import VectorRotation
from matching.vectors import transfer
from matching.vectors.arrays import Masks
from matching.vectors.exact import ExactFile
from matching.vectors.layout import Layout
from matching.vectors.requests import Probes, Thresholds
from matching.vectors.search import search
from matching.vectors.table import VectorTable

ENCRYPTED = "encrypted"
_FACE, _ROUNDS, _LISTED = 128, 15, 500
_SNAPSHOT_BYTES = 20_000
"""Of a person with ten fingers and a face; half of them are vectors."""


def main() -> None:
    """Print what turning, encrypting, forgetting and writing anew take."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.protection.costs", description=main.__doc__)
    parser.add_argument("--persons", type=int, default=50_000)
    persons = parser.parse_args().persons
    layout = layout_of(_FACE)
    _turning(layout)
    tables = {}
    for name in (ENCRYPTED, "as it is"):
        with _encryption(switched_on=name == ENCRYPTED):
            tables[name] = _table(layout, persons)
    _searching(layout, tables, people(layout, 64, 0)[0])
    _forgetting(tables[ENCRYPTED], persons)


def people(layout: Layout, count: int, seed: int) -> tuple[Vectors, Masks]:
    """Return made-up persons with all blocks."""
    rows = np.random.default_rng(seed).normal(size=(count, layout.width)).astype(np.float32)
    for block in layout.blocks:
        here = layout.columns(block.name)
        rows[:, here] /= np.linalg.norm(rows[:, here], axis=1, keepdims=True)
    return rows, np.full(count, layout.shares - 1, dtype=np.uint16)


def _turning(layout: Layout) -> None:
    rotation, (rows, _) = VectorRotation(bytes(32)), people(layout, 256, 1)
    begun = time.process_time()
    _turned(layout, rotation, rows[:1])
    print(f"matrices of an installation are made in {time.process_time() - begun:.2f} s, once a process")
    for count in (1, 256):
        taken = _median(partial(_turned, layout, rotation, rows[:count]))
        print(f"a face and ten fingers are turned in {taken / count * 1e6:.0f} us a person, {count} at a time")
    face = layout.columns("face")
    plain, turned = rows[:, face] @ rows[:, face].T, rotation.turn("face", rows[:, face])
    print(f"cosines of turned faces differ by {np.abs(turned @ turned.T - plain).max():.1e} at most")


def _turned(layout: Layout, rotation: VectorRotation, rows: Vectors) -> list[Vectors]:
    return [rotation.turn(block.name, rows[:, layout.columns(block.name)]) for block in layout.blocks]


def _table(layout: Layout, persons: int) -> VectorTable:
    table, step = VectorTable(layout), 4_096
    for first in range(0, persons, step):
        rows, masks = people(layout, min(step, persons - first), 1 + first)
        table.append(owners=first + np.arange(len(rows)), vectors=rows, masks=masks, generation=1)
    return table


def _searching(layout: Layout, tables: Mapping[str, VectorTable], sample: Vectors) -> None:
    probes = Probes(vectors=sample, masks=np.full(len(sample), layout.shares - 1, dtype=np.uint16))
    times: dict[str, list[float]] = {name: [] for name in tables}
    found: dict[str, Any] = {}

    def ask(name: str) -> None:
        with _encryption(switched_on=name == ENCRYPTED):
            found[name] = search(
                tables[name].view(), probes, thresholds=Thresholds.uniform(layout, np.inf), k=_LISTED, threads=1
            )

    for number in range(_ROUNDS + 1):
        for name in tables:
            taken = _taken(partial(ask, name))
            times[name] += [taken] * (number > 0)
    same = all(np.array_equal(one.owners, other.owners) for one, other in zip(*found.values(), strict=True))
    ratio = statistics.median(one / other for one, other in zip(*times.values(), strict=True))
    told = ", ".join(f"{name} {statistics.median(taken) / len(sample) * 1e3:.2f} ms" for name, taken in times.items())
    rows = len(tables[ENCRYPTED].view())
    print(f"the best {_LISTED} of {rows:,}: {told}; median of the rounds' ratios {ratio:.2f}; same answers: {same}")
    some = np.sort(np.random.default_rng(3).choice(rows // 2, 1_000, replace=False))
    for name, table in tables.items():
        with _encryption(switched_on=name == ENCRYPTED):
            taken = _median(partial(table.vectors, some)) / len(some)
        print(f"a row is read in {taken * 1e6:.1f} us ({name})")


@contextmanager
def _encryption(*, switched_on: bool) -> Iterator[None]:
    """Let files of vectors lie as they are where encryption is switched off."""

    def copy(file: ExactFile, context: Any, first: int, data: memoryview, target: memoryview) -> None:
        if data is not target:
            target[:] = data

    with nullcontext() if switched_on else patch.object(ExactFile, "_apply", copy):
        yield


def _forgetting(table: VectorTable, persons: int) -> None:
    gone = np.arange(0, persons, max(persons // 100, 1))
    table.retire(gone, generation=2)
    print(f"{len(gone)} persons' vectors are written over in {_taken(partial(table.erase, gone)):.3f} s")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        begun = time.perf_counter()
        manifest = write_snapshot(Path(folder), {}, transfer.export(table.view()), bytes(32))
        taken = time.perf_counter() - begun
    speed = manifest.bytes / taken
    print(
        f"a snapshot of {manifest.bytes / 1e9:.2f} GB is written in {taken:.1f} s by the clock, {speed / 1e9:.2f} GB/s"
    )
    print(f"so one of 1,000,000 persons, {_SNAPSHOT_BYTES / 1e3:.0f} GB, takes {_SNAPSHOT_BYTES * 1e6 / speed:.0f} s")


def _median(call: Callable[[], Any]) -> float:
    return statistics.median(_taken(call) for _ in range(_ROUNDS))


def _taken(call: Callable[[], Any]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


if __name__ == "__main__":
    main()
