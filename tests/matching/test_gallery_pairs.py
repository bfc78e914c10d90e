"""Pairs compared in groups are those that searching one subject after the other finds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from biometrics.errors import GalleryError
from matching.pairs import PersonPair
from tests.matching.parts import ToySource, finger
from tests.matching.test_gallery_beside_writers import INDEX, random_source, rebuilt


@pytest.fixture(scope="module")
def source() -> ToySource:
    return random_source(21, 60)


def by_search(source: ToySource, order: list[str], largest_fmr: float) -> dict[tuple[str, str], PersonPair]:
    gallery, found = rebuilt(source, len(source.changes)), dict[tuple[str, str], PersonPair]()
    for place, subject_id in enumerate(order):
        for one in gallery.search_subject(subject_id, largest_fmr=largest_fmr).candidates:
            if one.subject_id in order[place + 1 :]:
                pair = PersonPair.of(subject_id, one)
                found[pair.a, pair.b] = pair
    return found


@pytest.mark.parametrize("largest_fmr", [1.0, 1e-2])
def test_a_group_against_itself_is_every_pair_once(source: ToySource, largest_fmr: float) -> None:
    gallery = rebuilt(source, len(source.changes))
    order = [str(one) for one in np.random.default_rng(1).permutation(gallery.subjects())]
    found = gallery.pairs(order, largest_fmr=largest_fmr)
    assert {(pair.a, pair.b): pair for pair in found.pairs} == by_search(source, order, largest_fmr)
    assert list(found.pairs) == sorted(found.pairs, key=lambda pair: (pair.a, pair.b))
    assert found.compared + found.not_comparable == len(order) * (len(order) - 1) // 2
    assert found.generation == gallery.generation
    if largest_fmr == 1.0:
        assert found.compared == len(found.pairs)


@pytest.mark.parametrize("cut", [2, 4])
def test_how_groups_are_cut_changes_nothing(source: ToySource, cut: int) -> None:
    gallery = rebuilt(source, len(source.changes))
    order = list(gallery.subjects())
    whole = gallery.pairs(order, largest_fmr=1.0)
    groups = [order[first : first + cut] for first in range(0, len(order), cut)]
    tiles = [gallery.pairs(one, largest_fmr=1.0) for one in groups]
    tiles += [gallery.pairs(one, other, largest_fmr=1.0) for one, other in itertools.combinations(groups, 2)]
    assert sorted((pair.a, pair.b) for tile in tiles for pair in tile.pairs) == [(p.a, p.b) for p in whole.pairs]
    assert {(p.a, p.b): p for tile in tiles for p in tile.pairs} == {(p.a, p.b): p for p in whole.pairs}
    assert sum(tile.compared for tile in tiles) == whole.compared
    assert sum(tile.not_comparable for tile in tiles) == whole.not_comparable


def test_sides_that_overlap_compare_each_pair_once_and_nobody_with_themselves(source: ToySource) -> None:
    gallery = rebuilt(source, len(source.changes))
    order = list(gallery.subjects())
    left, right = order[:6], order[3:]
    found = gallery.pairs(left, right, largest_fmr=1.0)
    expected = {tuple(sorted(pair)) for pair in itertools.product(left, right) if pair[0] != pair[1]}
    whole = {(pair.a, pair.b): pair for pair in gallery.pairs(order, largest_fmr=1.0).pairs}
    assert {(pair.a, pair.b): pair for pair in found.pairs} == {
        pair: one for pair, one in whole.items() if pair in expected
    }
    assert len({(pair.a, pair.b) for pair in found.pairs}) == len(found.pairs) == found.compared
    assert found.compared + found.not_comparable == len(expected)


def test_who_came_changed_or_left_since_takes_no_part() -> None:
    source = ToySource()
    for name in ("anna", "ben", "chaka", "djeneba"):
        source.add(name, finger(INDEX, 5.0))
    gallery = rebuilt(source, 4)
    gallery.apply(source.retire(source.changes[1]))
    gallery.apply(source.add("chaka", finger(INDEX, 9.0)))
    gallery.apply(source.add("emil", finger(INDEX, 5.0)))
    everybody = ["anna", "ben", "chaka", "djeneba", "emil", "nobody"]
    found = gallery.pairs(everybody, largest_fmr=1.0, as_of=4)
    assert [(pair.a, pair.b) for pair in found.pairs] == [("anna", "djeneba")]
    assert (found.compared, found.not_comparable) == (1, 0)
    assert found.absent == ("ben", "chaka", "emil", "nobody")
    assert gallery.pairs(everybody, largest_fmr=1.0).absent == ("ben", "nobody")
    assert gallery.changed_since(4) == ("chaka", "emil")
    assert gallery.pairs(["anna"], ["djeneba", "ben"], largest_fmr=1.0).absent == ("ben",)


def test_a_subject_named_twice_is_refused(source: ToySource) -> None:
    gallery = rebuilt(source, len(source.changes))
    one = gallery.subjects()[0]
    with pytest.raises(GalleryError, match="twice"):
        gallery.pairs([one, one], largest_fmr=1.0)
    with pytest.raises(GalleryError, match="twice"):
        gallery.pairs([], [one, one], largest_fmr=1.0)
