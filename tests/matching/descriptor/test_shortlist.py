from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import ConfigurationError, GalleryError
from biometrics.positions import Position
from matching.descriptor import DIMENSION, FingerDescriptor
from matching.descriptor.index import DescriptorIndex
from matching.shortlist import GOOD_PRINT, LEAST_GALLERY, Fingers, PersonShortlist, shortlist_serves
from tests.matching.simulated_minutiae import finger

THUMB, INDEX, MIDDLE = Position.RIGHT_THUMB, Position.RIGHT_INDEX, Position.RIGHT_MIDDLE
EXTREMES = 127


def _descriptor(seed: int) -> FingerDescriptor:
    """Return numbers of a few patterns only, so that equal likenesses occur."""
    random = np.random.default_rng(seed % 7)
    return FingerDescriptor(numbers=random.integers(-EXTREMES, EXTREMES, DIMENSION, endpoint=True).astype(np.int8))


def _slowly(people: dict[int, Fingers], probe: Fingers) -> tuple[list[tuple[int, int]], list[int]]:
    ranked: list[tuple[int, int]] = []
    unranked: list[int] = []
    for number in sorted(people):
        shared = people[number].keys() & probe.keys()
        if shared:
            total = sum(probe[position].likeness(people[number][position].code) for position in shared)
            ranked.append((-total, number))
        else:
            unranked.append(number)
    return [(number, -total) for total, number in sorted(ranked)], unranked


hands = st.dictionaries(st.sampled_from((THUMB, INDEX, MIDDLE)), st.integers(0, 6))


def _fingers(seeds: dict[Position, int]) -> Fingers:
    return {position: _descriptor(seed) for position, seed in seeds.items()}


@given(
    people=st.dictionaries(st.integers(0, 40), hands, max_size=12),
    removed=st.sets(st.integers(0, 40)),
    probe=hands,
    length=st.integers(1, 15),
)
def test_a_search_is_what_brute_force_finds(
    people: dict[int, dict[Position, int]], removed: set[int], probe: dict[Position, int], length: int
) -> None:
    hands_of = {number: _fingers(seeds) for number, seeds in people.items()}
    shortlist = PersonShortlist()
    shortlist.add(hands_of)
    for number in removed & people.keys():
        shortlist.remove(number)
    left = {number: fingers for number, fingers in hands_of.items() if number not in removed}
    ranked, unranked = _slowly(left, _fingers(probe))
    found = shortlist.search(_fingers(probe), length)
    assert list(zip(found.subjects.tolist(), found.likenesses.tolist(), strict=True)) == ranked[:length]
    assert found.unranked.tolist() == unranked
    assert found.gallery_size == len(left) == len(shortlist)


def test_people_may_come_one_by_one_and_come_back() -> None:
    together, single = PersonShortlist(), PersonShortlist()
    people: dict[int, Fingers] = {number: {INDEX: _descriptor(number), THUMB: _descriptor(3)} for number in range(30)}
    together.add(people)
    for number, fingers in people.items():
        single.add({number: fingers})
    single.remove(5)
    assert 5 not in single.search({INDEX: _descriptor(5)}, 30).subjects
    single.add({5: people[5]})
    probe: Fingers = {INDEX: _descriptor(2), MIDDLE: _descriptor(1)}
    for one, other in zip(_found(together, probe), _found(single, probe), strict=True):
        assert one == other


def _found(shortlist: PersonShortlist, probe: Fingers) -> list[tuple[int, int]]:
    found = shortlist.search(probe, 30)
    return list(zip(found.subjects.tolist(), found.likenesses.tolist(), strict=True))


def test_nobody_in_an_empty_shortlist_and_no_sentinel() -> None:
    found = PersonShortlist().search({INDEX: _descriptor(1)}, 10)
    assert (len(found.subjects), len(found.unranked), found.gallery_size) == (0, 0, 0)
    few = PersonShortlist()
    few.add({7: {INDEX: _descriptor(1)}})
    assert few.search({INDEX: _descriptor(2)}, 1_000).subjects.tolist() == [7]


def test_numbers_at_their_extremes_add_up_exactly() -> None:
    index = DescriptorIndex()
    most = FingerDescriptor(numbers=np.full(DIMENSION, EXTREMES, dtype=np.int8))
    nearly = np.full(DIMENSION, EXTREMES, dtype=np.int8)
    nearly[-1] = 5
    index.append([most, FingerDescriptor(numbers=nearly)])
    assert index.likenesses(most).tolist() == [DIMENSION * EXTREMES * 47, EXTREMES * (511 * 47 + 15)]


def test_a_person_is_added_once_and_only_with_known_fingers() -> None:
    shortlist = PersonShortlist()
    shortlist.add({3: {}})
    for wrong in ({3: {INDEX: _descriptor(1)}}, {-1: {INDEX: _descriptor(1)}}):
        with pytest.raises(GalleryError):
            shortlist.add(wrong)
    for position in (Position.UNKNOWN, Position.FACE):
        with pytest.raises(ConfigurationError):
            shortlist.add({4: {INDEX: _descriptor(1)}, 5: {position: _descriptor(1)}})
        with pytest.raises(ConfigurationError):
            shortlist.search({position: _descriptor(1)}, 1)
    assert len(shortlist) == 1
    assert shortlist.search({INDEX: _descriptor(1)}, 5).unranked.tolist() == [3]


def test_whoever_is_not_there_cannot_be_removed() -> None:
    shortlist = PersonShortlist()
    shortlist.add({3: {INDEX: _descriptor(1)}})
    for number in (-1, 2, 4, 400):
        with pytest.raises(GalleryError):
            shortlist.remove(number)


def test_a_shortlist_of_nobody_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        PersonShortlist().search({INDEX: _descriptor(1)}, 0)


def test_shortlists_serve_large_galleries_and_good_probes() -> None:
    random = np.random.default_rng(1)
    good, poor = finger(random, count=GOOD_PRINT), finger(random, count=GOOD_PRINT - 1)
    assert shortlist_serves({INDEX: good, THUMB: good}, LEAST_GALLERY)
    assert not shortlist_serves({INDEX: good, THUMB: good}, LEAST_GALLERY - 1)
    assert not shortlist_serves({INDEX: good, THUMB: poor}, LEAST_GALLERY)
    assert not shortlist_serves({INDEX: good}, LEAST_GALLERY)
    assert not shortlist_serves({INDEX: good, THUMB: good, Position.UNKNOWN: good}, LEAST_GALLERY)
