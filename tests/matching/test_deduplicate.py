from __future__ import annotations

import itertools

import numpy as np
import pytest

from biometrics.errors import GalleryError
from biometrics.positions import Position
from biometrics.scores import CalibratedFmr
from matching.deduplicate import DuplicatePair, deduplicate
from matching.gallery import Gallery
from matching.policy import DEFAULT_POLICY, Finding
from tests.matching.parts import ToySource, finger, toy_gallery

PLANTED = {("p03", "p17"), ("p04", "p05"), ("p00", "p19")}


def gallery_with_duplicates(order: list[int]) -> Gallery:
    """Fill a gallery with 20 subjects of two fingers each, far apart but for the planted pairs."""
    source = ToySource()
    same_as = {f"p{number:02}": f"p{number:02}" for number in range(20)} | {b: a for a, b in PLANTED}
    for number in order:
        name = f"p{number:02}"
        x = 40.0 * int(same_as[name][1:])
        source.add(name, finger(Position.RIGHT_INDEX, x), finger(Position.LEFT_INDEX, 999.0 - x))
    gallery = toy_gallery()
    gallery.follow(source)
    return gallery


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_duplicates_are_found_once_whatever_the_order(seed: int) -> None:
    order = np.random.default_rng(seed).permutation(20).tolist()
    pairs = list(deduplicate(gallery_with_duplicates(order), DEFAULT_POLICY))
    duplicates = [(pair.a, pair.b) for pair in pairs if pair.finding is Finding.DUPLICATE]
    assert sorted(duplicates) == sorted(PLANTED)
    assert len({(pair.a, pair.b) for pair in pairs}) == len(pairs)
    for pair in pairs:
        if pair.finding is Finding.DUPLICATE:
            assert set(pair.scores) == {Position.RIGHT_INDEX, Position.LEFT_INDEX}
            assert pair.score > 5.0


def test_each_pair_of_subjects_is_compared_exactly_once() -> None:
    gallery = gallery_with_duplicates(list(range(20)))
    found = [
        tuple(sorted((subject, candidate.subject_id)))
        for subject in gallery.subjects()
        for candidate in gallery.search_subject(subject, only_later=True).candidates
    ]
    assert sorted(found) == sorted(itertools.combinations(gallery.subjects(), 2))


def test_a_subject_searched_whole_finds_its_duplicate_from_either_side() -> None:
    gallery = gallery_with_duplicates(list(range(20)))
    for one, other in itertools.chain(PLANTED, ((b, a) for a, b in PLANTED)):
        answer = gallery.search_subject(one)
        assert answer.candidates[0].subject_id == other
        assert answer.gallery_size == answer.compared == 19


def test_it_can_be_stopped_and_tells_how_far_it_is() -> None:
    seen = list[tuple[int, int, str]]()
    gallery = gallery_with_duplicates(list(range(20)))
    run = deduplicate(gallery, DEFAULT_POLICY, lambda done, total, what: seen.append((done, total, what)))
    assert (next(run).a, seen) == ("p00", [])
    list(run)
    assert seen == [(done, 20, "deduplication") for done in range(1, 21)]


def test_subjects_that_come_or_go_meanwhile_do_not_stop_it() -> None:
    source = ToySource()
    first = [source.add(f"p{number}", finger(Position.RIGHT_INDEX, 5.0)) for number in range(4)]
    gallery = toy_gallery()
    gallery.follow(source)
    run = deduplicate(gallery, DEFAULT_POLICY)
    pairs = {(pair.a, pair.b) for pair in itertools.islice(run, 3)}
    gallery.apply(source.retire(first[1]))
    gallery.apply(source.add("late", finger(Position.RIGHT_INDEX, 5.0)))
    pairs |= {(pair.a, pair.b) for pair in run}
    assert pairs == {("p0", "p1"), ("p0", "p2"), ("p0", "p3"), ("p2", "p3")}


@pytest.mark.parametrize("size", [0, 1])
def test_nobody_is_a_duplicate_alone(size: int) -> None:
    source = ToySource()
    for _ in range(size):
        source.add("anna", finger(Position.RIGHT_INDEX, 5.0))
    gallery = toy_gallery()
    gallery.follow(source)
    assert list(deduplicate(gallery, DEFAULT_POLICY)) == []


def test_a_pair_is_two_subjects_in_order() -> None:
    fmr = CalibratedFmr(value=1e-6, extrapolated=False, model="test")
    for a, b, finding in (("b", "a", Finding.REVIEW), ("a", "a", Finding.REVIEW), ("a", "b", Finding.UNIQUE)):
        with pytest.raises(GalleryError):
            DuplicatePair(a=a, b=b, finding=finding, fmr=fmr, scores={})
