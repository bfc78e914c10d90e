"""Searches beside a thread that adds, retires, moves and compacts: each answer is that of one generation, whole."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from biometrics.positions import Position
from biometrics.protocols import ReferenceChange
from biometrics.scores import CandidateList
from matching import comparing, comparison, references
from matching.comparison import Comparisons
from matching.gallery import Gallery
from tests.matching.brute_force import person_rates
from tests.matching.parts import ToySource, face, finger, probe, toy_gallery

INDEX, UNKNOWN, THUMB = Position.RIGHT_INDEX, Position.UNKNOWN, Position.LEFT_THUMB
WHOLE = (finger(INDEX, 5.0), finger(THUMB, 40.0), face(1, 0, 0, 0))
TEMPLATES = [
    *(finger(position, x) for position in (INDEX, THUMB, UNKNOWN) for x in (5.0, 9.0, 40.0, 300.0)),
    face(1, 0, 0, 0),
    face(1, 0.6, 0, 0),
    face(0, 0, 1, 0),
]


def random_source(seed: int, changes: int) -> ToySource:
    """Return a registry in which few persons gain, lose and swap encounters all the time."""
    rng, source, standing = np.random.default_rng(seed), ToySource(), list[ReferenceChange]()
    for _ in range(changes):
        deed = rng.random()
        if deed < 0.55 or not standing:
            picked = rng.choice(len(TEMPLATES), size=int(rng.integers(1, 4)), replace=False)
            standing.append(source.add(f"p{rng.integers(12)}", *(TEMPLATES[number] for number in picked)))
        elif deed < 0.85:
            source.retire(standing.pop(int(rng.integers(len(standing)))))
        else:
            place = int(rng.integers(len(standing)))
            standing[place] = source.move(standing[place], f"p{rng.integers(12)}")
    return source


def expected_at(source: ToySource) -> Callable[[int], tuple[dict[str, float], int]]:
    """Return a function that tells, of a generation, what a search for `WHOLE` answers and how many there are."""
    known: dict[int, tuple[dict[str, float], int]] = {}

    def at(generation: int) -> tuple[dict[str, float], int]:
        if generation not in known:
            then = ToySource(changes=source.changes[:generation])
            known[generation] = person_rates(WHOLE, then.active()), then.active_subjects()
        return known[generation]

    return at


@pytest.mark.parametrize("seed", [1, 2])
def test_every_answer_is_that_of_its_generation(seed: int) -> None:
    source, answers = random_source(seed, 160), list[CandidateList]()
    gallery, done, failures = toy_gallery(), threading.Event(), list[BaseException]()

    def search(step: Callable[[], None]) -> None:
        try:
            while not done.is_set():
                step()
        except BaseException as error:  # noqa: BLE001 - told by the test below
            failures.append(error)

    def searched() -> None:
        answers.append(gallery.search(probe(*WHOLE)))

    def refreshed() -> None:
        earlier = gallery.search(probe(*WHOLE))
        answers.append(gallery.refresh(earlier, probe(*WHOLE)))

    def one_by_one() -> None:
        subjects, generation = gallery.membership()
        present = {one.subject_id for one in ToySource(changes=source.changes[:generation]).active()}
        assert set(subjects) == present
        for subject_id in subjects:
            gallery.verify(probe(*WHOLE), subject_id)

    threads = [threading.Thread(target=search, args=(step,)) for step in (searched, refreshed, one_by_one)]
    for thread in threads:
        thread.start()
    with patch.object(references, "FEWEST_TO_COMPACT", 8):
        for change in source.changes:
            gallery.apply(change)
            if change.sequence % 50 == 0:
                gallery.compact()
    done.set()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []
    _require_true(answers, source)


def _require_true(answers: list[CandidateList], source: ToySource) -> None:
    at = expected_at(source)
    for answer in answers:
        rates, size = at(answer.generation)
        assert (answer.gallery_size, answer.compared) == (size, len(rates))
        assert {one.subject_id: one.fmr.value for one in answer.candidates} == pytest.approx(rates, rel=1e-4)
    assert len({answer.generation for answer in answers}) > 3


def test_a_search_does_not_wait_for_a_change_nor_a_change_for_a_search() -> None:
    """A search stops half way while many changes are applied, and then answers as if they had not been."""
    source = random_source(7, 200)
    gallery, half_way, go_on = toy_gallery(), threading.Event(), threading.Event()
    for change in source.changes[:100]:
        gallery.apply(change)
    answers = list[CandidateList]()
    answer_now = gallery.search(probe(*WHOLE))

    def slow(*args: Any, **kwargs: Any) -> Comparisons:
        if threading.current_thread() is searcher:
            half_way.set()
            assert go_on.wait(30)
        return compare(*args, **kwargs)

    compare = comparison.compare_person
    searcher = threading.Thread(target=lambda: answers.append(gallery.search(probe(*WHOLE))))
    with patch.object(comparing, "compare_person", slow), patch.object(references, "FEWEST_TO_COMPACT", 4):
        searcher.start()
        assert half_way.wait(30)
        for change in source.changes[100:]:
            gallery.apply(change)
        gallery.compact()
        assert gallery.search(probe(*WHOLE)).generation == 200
        go_on.set()
        searcher.join(30)
    assert answers == [answer_now]


def rebuilt(source: ToySource, generation: int) -> Gallery:
    gallery = toy_gallery()
    for change in source.changes[:generation]:
        gallery.apply(change)
    return gallery


@pytest.mark.parametrize("seed", [4])
def test_compaction_and_rebuilding_change_no_answer_and_no_fingerprint(seed: int) -> None:
    source = random_source(seed, 60)
    gallery = rebuilt(source, 0)
    for change in source.changes:
        gallery.apply(change)
        before = gallery.search(probe(*WHOLE)), gallery.fingerprint, gallery.subjects()
        gallery.compact()
        assert (gallery.search(probe(*WHOLE)), gallery.fingerprint, gallery.subjects()) == before
    gallery.check(source)
    other = rebuilt(source, 60)
    assert other.fingerprint == gallery.fingerprint
    assert other.search(probe(*WHOLE)) == gallery.search(probe(*WHOLE))
    assert rebuilt(source, 59).fingerprint != gallery.fingerprint
