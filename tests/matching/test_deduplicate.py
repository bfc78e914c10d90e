from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.errors import GalleryError
from biometrics.positions import Position
from biometrics.scores import CalibratedFmr
from matching.deduplicate import ComparedPairs, DuplicatePair, PairRates, compare_groups
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


def all_pairs(gallery: Gallery, members: Sequence[str]) -> ComparedPairs:
    """Compare everybody with everybody in one go."""
    return compare_groups(gallery, members, None, rates(gallery, len(members)))


def rates(gallery: Gallery, members: int) -> PairRates:
    return PairRates.by(DEFAULT_POLICY, members, gallery.generation)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_duplicates_are_found_once_whatever_the_order(seed: int) -> None:
    order = np.random.default_rng(seed).permutation(20).tolist()
    gallery = gallery_with_duplicates(order)
    found = all_pairs(gallery, gallery.subjects())
    assert (found.compared, found.not_comparable) == (190, 0)
    duplicates = [(pair.a, pair.b) for pair in found.pairs if pair.finding is Finding.DUPLICATE]
    assert duplicates == sorted(PLANTED)
    assert len({(pair.a, pair.b) for pair in found.pairs}) == len(found.pairs)
    for pair in found.pairs:
        if pair.finding is Finding.DUPLICATE:
            assert set(pair.scores) == {Position.RIGHT_INDEX, Position.LEFT_INDEX}
            assert pair.score > 5.0


@given(cuts=st.sets(st.integers(1, 19)), data=st.data())
@settings(max_examples=25, deadline=None)
def test_how_groups_are_cut_changes_nothing(cuts: set[int], data: st.DataObject) -> None:
    gallery = whole_gallery()
    order = data.draw(st.permutations(gallery.subjects()))
    whole, bounds = all_pairs(gallery, order), [0, *sorted(cuts), 20]
    groups = [order[begin:end] for begin, end in itertools.pairwise(bounds)]
    judged = rates(gallery, 20)
    parts = [compare_groups(gallery, group, None, judged) for group in groups]
    parts += [compare_groups(gallery, *two, judged) for two in itertools.combinations(groups, 2)]
    found = sorted((pair for part in parts for pair in part.pairs), key=lambda pair: (pair.a, pair.b))
    assert tuple(found) == whole.pairs
    assert sum(part.compared for part in parts) == whole.compared == 190


@cache
def whole_gallery() -> Gallery:
    return gallery_with_duplicates(list(range(20)))


def test_a_group_is_compared_with_another_and_not_within_itself() -> None:
    gallery = whole_gallery()
    both = ["p03", "p04", "p05"], ["p17", "p00"]
    found = compare_groups(gallery, *both, rates(gallery, 20))
    assert [(pair.a, pair.b) for pair in found.pairs if pair.finding is Finding.DUPLICATE] == [("p03", "p17")]
    assert ("p04", "p05") not in {(pair.a, pair.b) for pair in found.pairs}
    assert found.compared == 6


def test_each_pair_of_subjects_is_compared_exactly_once() -> None:
    gallery = whole_gallery()
    found = [
        tuple(sorted((subject, candidate.subject_id)))
        for subject in gallery.subjects()
        for candidate in gallery.search_subject(subject, only_later=True).candidates
    ]
    assert sorted(found) == sorted(itertools.combinations(gallery.subjects(), 2))


def test_a_subject_searched_whole_finds_its_duplicate_from_either_side() -> None:
    gallery = whole_gallery()
    for one, other in itertools.chain(PLANTED, ((b, a) for a, b in PLANTED)):
        answer = gallery.search_subject(one)
        assert answer.candidates[0].subject_id == other
        assert answer.gallery_size == answer.compared == 19


def test_whoever_came_changed_or_left_since_takes_no_part() -> None:
    source = ToySource()
    added = [source.add(f"p{number}", finger(Position.RIGHT_INDEX, 5.0)) for number in range(5)]
    gallery = toy_gallery()
    gallery.follow(source)
    members, judged = gallery.subjects(), rates(gallery, 5)
    gallery.apply(source.retire(added[1]))
    gallery.apply(source.add("p2", finger(Position.LEFT_INDEX, 900.0)))
    gallery.apply(source.add("late", finger(Position.RIGHT_INDEX, 5.0)))
    found = compare_groups(gallery, members, None, judged)
    assert {(pair.a, pair.b) for pair in found.pairs} == {("p0", "p3"), ("p0", "p4"), ("p3", "p4")}
    assert (found.compared, found.not_comparable) == (3, 0)


def test_pairs_that_share_no_position_are_counted_apart() -> None:
    source = ToySource()
    source.add("left", finger(Position.LEFT_INDEX, 5.0))
    source.add("right", finger(Position.RIGHT_INDEX, 5.0))
    source.add("both", finger(Position.LEFT_INDEX, 500.0), finger(Position.RIGHT_INDEX, 500.0))
    gallery = toy_gallery()
    gallery.follow(source)
    found = all_pairs(gallery, gallery.subjects())
    assert (found.pairs, found.compared, found.not_comparable) == ((), 2, 1)


@pytest.mark.parametrize("size", [0, 1])
def test_nobody_is_a_duplicate_alone(size: int) -> None:
    source = ToySource()
    for _ in range(size):
        source.add("anna", finger(Position.RIGHT_INDEX, 5.0))
    gallery = toy_gallery()
    gallery.follow(source)
    assert all_pairs(gallery, gallery.subjects()) == ComparedPairs(pairs=(), compared=0, not_comparable=0)


def test_a_pair_is_two_subjects_in_order() -> None:
    fmr = CalibratedFmr(value=1e-6, extrapolated=False, model="test")
    for a, b, finding in (("b", "a", Finding.REVIEW), ("a", "a", Finding.REVIEW), ("a", "b", Finding.UNIQUE)):
        with pytest.raises(GalleryError):
            DuplicatePair(a=a, b=b, finding=finding, fmr=fmr, scores={})
