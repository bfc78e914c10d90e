"""Hits that are more than there is room for are all yielded once, in bounded room."""

from __future__ import annotations

import numpy as np
import pytest

from matching.vectors import scanning
from matching.vectors.kernels import Hits, PackedProbes, ProbeBatch, RowBlock, choose_kernel
from matching.vectors.requests import Thresholds
from matching.vectors.scanning import Scanner
from matching.vectors.search import search
from tests.matching.vectors.parts import Model, filled, layout_of, person, persons, probes_of


class Watched:
    """A kernel whose scans are counted."""

    name = "watched"

    def __init__(self) -> None:
        self.kernel = choose_kernel("faiss")
        self.rooms: list[int] = []
        self.rows: list[int] = []

    def pack(self, batch: ProbeBatch) -> PackedProbes:
        return self.kernel.pack(batch)

    def scan(self, block: RowBlock, probes: PackedProbes, hits: Hits) -> int:
        self.rooms.append(hits.capacity)
        self.rows.append(len(block))
        return self.kernel.scan(block, probes, hits)


def block_and_probes(rows: int, probes: int, hit: np.ndarray) -> tuple[RowBlock, ProbeBatch]:
    rng = np.random.default_rng(1)
    block = RowBlock(
        codes=rng.integers(1, 256, (rows, 64), dtype=np.uint8),
        u=np.ones(rows, np.float32),
        v=np.zeros(rows, np.float32),
        classes=hit.astype(np.uint16),
    )
    alpha = np.array([[np.inf] * probes, [-np.inf] * probes], np.float32)
    values = rng.integers(-127, 128, (probes, 64), dtype=np.int8)
    return block, ProbeBatch(values=values, alpha=alpha, beta=np.zeros(probes, np.float32))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 1.0])
@pytest.mark.parametrize("probes", [1, 7, 90])
def test_every_hit_is_yielded_once(monkeypatch: pytest.MonkeyPatch, share: float, probes: int) -> None:
    monkeypatch.setattr(scanning, "FIRST_ROOM", 8)
    monkeypatch.setattr(scanning, "MOST_ROOM", 64)
    hit = np.random.default_rng(2).random(60) < share
    block, batch = block_and_probes(60, probes, hit)
    kernel = Watched()
    found = [
        (first + row, probe, product)
        for first, rows, numbers, products in Scanner(kernel).scan(block, kernel.pack(batch))
        for row, probe, product in zip(rows.tolist(), numbers.tolist(), products.tolist(), strict=True)
    ]
    products = (block.codes.astype(int) - 128) @ batch.values.astype(int).T
    expected = [(row, probe, products[row, probe]) for row in np.flatnonzero(hit) for probe in range(probes)]
    assert sorted(found) == expected
    # Room is never more than the limit, but for a single row.
    assert max(kernel.rooms) <= max(64, probes)


def test_thresholds_that_everybody_passes_take_bounded_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "FIRST_ROOM", 4)
    monkeypatch.setattr(scanning, "MOST_ROOM", 32)
    layout, rng = layout_of(30), np.random.default_rng(1)
    model = Model(layout=layout)
    for owner in range(150):
        model.add(owner, person(layout, rng, 1), 1)
    probes = persons(layout, rng, np.ones(9, int))
    thresholds = Thresholds.uniform(layout, -np.inf)
    for k in (None, 5, 149, 150, 151):
        answers = search(filled(model).view(), probes_of(probes, [1] * 9), thresholds=thresholds, k=k, threads=2)
        for found, probe in zip(answers, probes, strict=True):
            model.check(found, probe, 1, thresholds, k, None)
            assert len(found) == 150


@pytest.mark.parametrize("copies", [1, 5, 60])
def test_equal_rows_are_all_found_and_told_apart_by_owner(copies: int) -> None:
    layout, rng = layout_of(30), np.random.default_rng(1)
    model, same = Model(layout=layout), person(layout, rng, 1)
    for owner in range(100):
        model.add(owner, same if owner >= 100 - copies else person(layout, rng, 1), 1)
    view = filled(model).view()
    for k, expected in ((1, 1), (3, 3), (60, 60)):
        (found,) = search(view, probes_of(same[np.newaxis], [1]), thresholds=Thresholds.uniform(layout, np.inf), k=k)
        assert len(found) == expected
        same_ones = found.owners[: min(k, copies)].tolist()
        assert same_ones == list(range(100 - copies, 100))[: len(same_ones)]
    (found,) = search(view, probes_of(same[np.newaxis], [1]), thresholds=Thresholds.uniform(layout, 0.999))
    assert found.owners.tolist() == list(range(100 - copies, 100))
