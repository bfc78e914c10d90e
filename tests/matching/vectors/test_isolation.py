"""A view shows what was there when it was taken, whatever is appended, retired and moved meanwhile, and by whom."""

from __future__ import annotations

import os
import threading

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import matching.vectors.table as table_module
from matching.vectors.requests import Filter, Probes, Thresholds
from matching.vectors.search import search
from matching.vectors.table import VectorTable
from matching.vectors.view import TableView
from tests.matching.vectors.parts import Model, layout_of, person, probes_of

LAYOUT = layout_of(20, 30)
POPULATION = 40


class Changes(RuleBasedStateMachine):
    """Random changes to a table of small chunks, beside models of it at the moments when views were taken."""

    def __init__(self) -> None:
        super().__init__()
        self.table = VectorTable(LAYOUT, chunk_rows=8)
        self.model = Model(layout=LAYOUT)
        self.kept: list[tuple[TableView, Model]] = []
        self.generation = 0
        self.rng = np.random.default_rng(4)

    def free(self) -> list[int]:
        return [owner for owner in range(POPULATION) if owner not in self.model.rows]

    def append(self, owners: list[int]) -> None:
        masks = self.rng.integers(1, 8, len(owners))
        vectors = np.zeros((len(owners), LAYOUT.width), np.float32)
        attributes = self.rng.integers(0, 4, len(owners)).astype(np.uint64)
        for number, owner in enumerate(owners):
            vectors[number] = person(LAYOUT, self.rng, int(masks[number]))
            self.model.add(owner, vectors[number], int(masks[number]), int(attributes[number]))
        self.table.append(
            owners=np.array(owners, np.int64),
            vectors=vectors,
            masks=masks.astype(np.uint16),
            attributes=attributes,
            generation=self.generation,
        )

    def retire(self, owners: list[int]) -> None:
        self.table.retire(np.array(owners, np.int64), generation=self.generation)
        for owner in owners:
            del self.model.rows[owner]

    @rule(count=st.integers(0, 20), more=st.integers(0, 3))
    def some_come(self, count: int, more: int) -> None:
        self.generation += more
        self.append(self.free()[:count])

    @rule(share=st.floats(0, 1))
    def some_go(self, share: float) -> None:
        self.generation += 1
        self.retire([owner for owner in sorted(self.model.rows) if self.rng.random() < share])

    @rule(share=st.floats(0, 1))
    def some_change(self, share: float) -> None:
        self.generation += 1
        before = self.table.view()
        who = [owner for owner in sorted(self.model.rows) if self.rng.random() < share]
        with self.table.one_change():
            self.retire(who)
            assert self.table.view() is before
            self.append(who)
            assert self.table.view() is before

    @rule()
    def dead_chunks_are_dropped(self) -> None:
        self.table.compact()

    @rule()
    def somebody_takes_a_view(self) -> None:
        self.kept = [*self.kept[-1:], (self.table.view(), self.model.copy())]

    @invariant()
    def every_view_answers_as_its_model(self) -> None:
        probe = person(LAYOUT, self.rng, 3)[np.newaxis]
        thresholds = Thresholds.uniform(LAYOUT, 0.1)
        only = Filter(all_of=1) if self.rng.random() < 0.3 else None
        for view, model in (*self.kept, (self.table.view(), self.model)):
            (found,) = search(view, probes_of(probe, [3]), thresholds=thresholds, k=3, only=only)
            model.check(found, probe[0], 3, thresholds, 3, only)
            assert len(view) == len(model.rows)
            owners = np.array(sorted(model.rows), np.int64)
            vectors = np.array([model.rows[int(owner)][0] for owner in owners]).reshape(-1, LAYOUT.width)
            assert view.vectors(owners).tolist() == vectors.tolist()

    @invariant()
    def what_came_since_a_view_is_found_among_what_came_since(self) -> None:
        for view, model in self.kept:
            newer = self.table.view().since(view)
            held = {
                int(owner)
                for part in newer.parts
                for owner in part.chunk.owners[part.first : part.last][
                    part.chunk.active(part.first, part.last, newer.tick)
                ]
            }
            new = {owner for owner, row in self.model.rows.items() if model.rows.get(owner) is not row}
            assert new <= held <= set(self.model.rows)
            assert len(newer) == len(held)


TestChanges = Changes.TestCase
TestChanges.settings = settings(
    max_examples=100 if os.environ.get("KURA_TEST_THOROUGH") else 8, stateful_step_count=20, deadline=None
)


class Crowd:
    """Persons who come, change and go in one thread while others search; a row's first numbers say whose it is."""

    def __init__(self) -> None:
        self.table = VectorTable(layout_of(64), chunk_rows=128)
        self.rng = np.random.default_rng(8)
        self.failures: list[str] = []
        self.stop = threading.Event()

    def vector(self, owner: int, version: int) -> np.ndarray:
        vector = np.zeros(64, np.float32)
        vector[owner % 60], vector[60 + version % 4] = 0.8, 0.6
        return vector

    def change(self, rounds: int) -> None:
        version = dict.fromkeys(range(300), 0)
        self.append(list(version), version, 1)
        for generation in range(2, rounds):
            who = self.rng.choice(300, 40, replace=False).tolist()
            for owner in who:
                version[owner] += 1
            with self.table.one_change():
                self.table.retire(np.array(who), generation=generation)
                self.append(who, version, generation)

    def append(self, who: list[int], version: dict[int, int], generation: int) -> None:
        self.table.append(
            owners=np.array(who),
            vectors=np.stack([self.vector(owner, version[owner]) for owner in who]),
            masks=np.ones(len(who), np.uint16),
            generation=generation,
        )

    def compact(self) -> None:
        while not self.stop.is_set():
            self.table.compact()

    def search(self) -> None:
        probe = np.zeros((1, 64), np.float32)
        probe[0, :] = 1 / 8.001
        while not self.stop.is_set():
            view = self.table.view()
            if not len(view):
                continue
            asked = Probes(vectors=probe, masks=np.ones(1, np.uint16))
            (found,) = search(view, asked, thresholds=Thresholds.uniform(self.table.layout, -1.0), k=5)
            if sorted(found.owners.tolist()) != list(range(300)) or found.size != 300 or found.compared != 300:
                self.failures.append(f"{len(found)} of {found.size} found at {view.generation}")


def test_searches_see_everybody_once_while_others_append_retire_and_move() -> None:
    crowd = Crowd()
    threads = [threading.Thread(target=crowd.search) for _ in range(2)] + [threading.Thread(target=crowd.compact)]
    for thread in threads:
        thread.start()
    try:
        crowd.change(rounds=150)
    finally:
        crowd.stop.set()
        for thread in threads:
            thread.join()
    assert crowd.failures == []
    assert crowd.table.compact() >= 0
    held = sum(part.last for part in crowd.table.view().parts)
    assert held <= 300 * 2 + 128 + table_module.MOVED_AT_ONCE


def test_a_compacted_table_keeps_no_more_than_it_holds_twice_over() -> None:
    table, rng = VectorTable(LAYOUT, chunk_rows=16), np.random.default_rng(1)
    for generation in range(1, 40):
        table.append(
            owners=np.arange(10),
            vectors=np.stack([person(LAYOUT, rng, 3) for _ in range(10)]),
            masks=np.full(10, 3, np.uint16),
            generation=generation,
        )
        if generation < 39:
            table.retire(np.arange(10), generation=generation)
    before = table.view()
    assert table.compact() == 24
    assert sum(part.last for part in before.parts) == 390
    assert sum(part.last for part in table.view().parts) <= 16
    assert table.view().vectors(np.arange(10)).tolist() == before.vectors(np.arange(10)).tolist()
