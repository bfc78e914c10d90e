"""Who is in the gallery, without an object for each: identifiers, versions, counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import GalleryError
from biometrics.positions import Position
from matching.attributes import AttributeBits
from matching.census import Census, comparable_bits
from matching.comparison import comparable
from matching.growing import GrowingArray
from matching.people import BIT_OF, WHOLE_DIGEST, People, Version
from matching.subject_ids import SubjectIds

identifiers = st.lists(st.text(min_size=1, max_size=5), max_size=60)
EVERYBODY = AttributeBits()


@given(identifiers)
def test_a_number_is_given_once(names: list[str]) -> None:
    ids, known = SubjectIds(), dict[str, int]()
    for name in names:
        assert ids.number(name) == known.get(name)
        known.setdefault(name, len(known))
        assert ids.admit(name) == known[name]
    assert len(ids) == len(known)
    assert [ids[number] for number in range(len(ids))] == list(known)
    again = SubjectIds.of(*ids.arrays(len(ids)))
    assert [again.number(name) for name in known] == list(known.values())
    assert again.number("never named") is None
    assert again.admit("never named") == len(known)


def test_many_identifiers_are_found_again() -> None:
    ids = SubjectIds()
    names = [f"subject {number}" for number in range(3_000)]
    assert [ids.admit(name) for name in names] == list(range(3_000))
    assert [ids.number(name) for name in names] == list(range(3_000))
    half = SubjectIds.of(*ids.arrays(1_500))
    assert [half.number(name) for name in names] == [*range(1_500), *([None] * 1_500)]


def test_identifiers_that_do_not_fit_together_are_refused() -> None:
    ids = SubjectIds()
    for name in ("anna", "ben", "chaka"):
        ids.admit(name)
    text, ends, hashes = ids.arrays(3)
    for wrong in (
        (text[:-1], ends, hashes),
        (text, ends[:-1], hashes),
        (text, ends, hashes[[0, 1, 1]]),
        (text, ends, hashes[[1, 0, 2]]),
        (text, ends[[1, 0, 2]], hashes),
        (text | np.uint8(0x80), ends, hashes),
        (text.astype(np.int64), ends, hashes),
    ):
        with pytest.raises(GalleryError):
            SubjectIds.of(*wrong)


def test_what_is_appended_later_does_not_disturb_who_reads() -> None:
    growing = GrowingArray(np.int32)
    growing.extend(np.arange(10, dtype=np.int32))
    before = growing.values
    for number in range(10, 100):
        growing.append(number)
    growing.put(120, 7)
    assert before.tolist() == list(range(10))
    assert growing.values.tolist() == [*range(100), *([0] * 20), 7]
    growing.cut(3)
    growing.append(50)
    assert growing.values.tolist() == [0, 1, 2, 50]


def version(*positions: Position, attributes: int = 0, digest: int = 0) -> Version:
    return Version(
        positions=sum(BIT_OF[position] for position in positions), attributes=attributes, digest=digest & WHOLE_DIGEST
    )


def test_a_version_is_seen_from_its_generation_until_the_next() -> None:
    people = People(SubjectIds())
    assert people.append("anna", 1, version(Position.FACE, digest=1 << 127)) == 0
    assert people.append("ben", 2, version(Position.FACE)) == 1
    people.retire(0, 5)
    assert people.append("anna", 5, version(Position.UNKNOWN)) == 2
    assert people.find("anna", 1) == people.find("anna", 2) == 0
    assert people.find("anna", 3) == 2
    assert people.find("ben", 1) is None
    assert people.find("nobody", 3) is None
    assert people.active(2, 4).tolist() == [0, 1]
    assert people.active(3, 5).tolist() == [1, 2]
    assert people.active(3, 5, people.first_after(2)).tolist() == [2]
    assert [people.subject_id(person) for person in range(3)] == ["anna", "ben", "anna"]
    assert people.describe(0).digest == 1 << 127
    kept = people.keep(np.array([1, 2]))
    assert (kept.find("anna", 2), kept.find("ben", 2)) == (1, 0)
    assert kept.of_owners(people.owners(np.array([1, 2]))).tolist() == [0, 1]
    assert kept.append("chaka", 6, version(Position.FACE)) == 2
    assert int(kept.owners(np.array([2]))[0]) == 3


@given(st.lists(st.tuples(st.sets(st.sampled_from(list(Position)), min_size=1), st.integers(0, 3), st.integers(0))))
def test_a_census_counts_as_one_would_by_hand(drawn: list[tuple[set[Position], int, int]]) -> None:
    people, census, versions = People(SubjectIds()), Census(), list[Version]()
    for number, (positions, attributes, digest) in enumerate(drawn):
        one = version(*positions, attributes=attributes, digest=digest)
        people.append(f"p{number}", number + 1, one)
        census = census.after([], [one])
        versions.append(one)
    counted = Census.of(people)
    assert counted.fingerprint == census.fingerprint == sum(one.digest for one in versions) & WHOLE_DIGEST
    for only in (EVERYBODY, AttributeBits(all_of=1), AttributeBits(none_of=2), AttributeBits(impossible=True)):
        admitted = [one for one in zip(drawn, versions, strict=True) if only.admits(one[1].attributes)]
        assert census.size(only) == counted.size(only) == len(admitted)
        for probe in Position:
            expected = sum(
                any(comparable(probe, position) for position in positions) for (positions, _, _), _ in admitted
            )
            assert census.count_comparable([probe], only) == counted.count_comparable([probe], only) == expected
    assert census.after(versions, []).size(EVERYBODY) == 0
    assert census.after(versions, []).fingerprint == 0


def test_positions_are_comparable_in_bits_as_one_by_one() -> None:
    for probe in Position:
        bits = comparable_bits([probe])
        assert {position for position in Position if bits & BIT_OF[position]} == {
            position for position in Position if comparable(probe, position)
        }
