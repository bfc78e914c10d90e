"""Simulated persons: the same for the same plan and index, plainly invented, related as planted."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections import Counter

import pytest

from biometrics.people.dates import DatePrecision
from biometrics.people.exceptions import ExceptionReason
from biometrics.people.places import PlacePrecision
from biometrics.people.record import Sex
from biometrics.positions import Position
from devices.simulated import fingers_of
from enrollment.simulation.people import SimulatedPerson, people, person_at
from enrollment.simulation.plan import PopulationPlan
from enrollment.submission import check_label

PLAN = PopulationPlan(persons=4_000, seed=11, duplicates=400, twins=200, missing_share=0.3)
REASONS = {
    ExceptionReason.AMPUTATED,
    ExceptionReason.WORN,
    ExceptionReason.BANDAGED,
    ExceptionReason.HENNA,
    ExceptionReason.UNABLE,
}


@pytest.fixture(scope="module")
def everybody() -> list[SimulatedPerson]:
    return list(people(PLAN))


def test_a_person_depends_on_the_plan_and_the_index_alone(everybody: list[SimulatedPerson]) -> None:
    assert [person_at(PLAN, index) for index in (3_999, 17, 0)] == [everybody[3_999], everybody[17], everybody[0]]
    assert list(people(dataclasses.replace(PLAN, seed=12)))[5:9] != everybody[5:9]


def test_a_larger_population_begins_with_the_same_newcomers(everybody: list[SimulatedPerson]) -> None:
    larger = dataclasses.replace(PLAN, persons=4_001, duplicates=0, twins=0)
    unplanted = [person for person in everybody[:500] if person.same_person_as is None and person.twin_of is None]
    assert unplanted == [person_at(larger, person.index) for person in unplanted]


def test_the_last_of_ten_millions_is_reached_at_once() -> None:
    plan = PopulationPlan(persons=10_000_000, duplicates=100_000)
    last = person_at(plan, 9_999_999)
    assert last.label == "SIM-09999999"
    assert last.same_person_as is not None and 9_999_900 <= last.same_person_as < 9_999_999


def test_identifiers_are_distinct_and_acceptable(everybody: list[SimulatedPerson]) -> None:
    assert len({person.label for person in everybody}) == len({person.number for person in everybody}) == 4_000
    assert all(check_label(person.label, "test") == person.label for person in everybody)


def test_no_number_can_be_taken_for_a_nina(everybody: list[SimulatedPerson]) -> None:
    for person in everybody:
        assert person.number.startswith("SIMULATED-")
        for written in (person.number, re.sub(r"\W", "", person.number)):
            assert not re.fullmatch(r"[0-9A-Za-z]{14}[A-Za-z]", written)


def test_names_and_places_are_plainly_invented_and_carry_all_kinds_of_letters(everybody: list[SimulatedPerson]) -> None:
    onsets = "vlj|qr|xh|zbl|þv|ŋq|dzv|kxl|ɲz|hml|pfr|wzl|ǧv|ðr|gvl|ţkh"
    words = [person.given_name for person in everybody] + [person.surname for person in everybody]
    assert all(re.match(onsets, word.lower()) and word[0].isupper() for word in words)
    assert all(unicodedata.is_normalized("NFC", word) for word in words)
    assert set("ɛɔɲŋůëạ") <= set("".join(words).lower())
    places = [person.birth_place for person in everybody]
    assert all(not place.value or place.value.endswith("(no such place)") for place in places)
    assert {place.precision for place in places} == {PlacePrecision.LOCALITY, PlacePrecision.UNKNOWN}
    assert len({person.surname for person in everybody}) < 400 < len({person.given_name for person in everybody})


def test_dates_are_written_as_exactly_as_they_are_known(everybody: list[SimulatedPerson]) -> None:
    patterns = {
        DatePrecision.DAY: r"\d{4}-(0[1-9]|1[0-2])-[0-2]\d",
        DatePrecision.MONTH: r"\d{4}-(0[1-9]|1[0-2])",
        DatePrecision.YEAR: r"\d{4}",
        DatePrecision.CIRCA: r"\d{4}",
    }
    for date in (person.birth_date for person in everybody):
        if date.precision is DatePrecision.UNKNOWN:
            assert date.value == ""
        else:
            assert re.fullmatch(patterns[date.precision], date.value)
    shares = Counter(person.birth_date.precision for person in everybody if person.same_person_as is None)
    assert 0.6 < shares[DatePrecision.DAY] / shares.total() < 0.72
    assert set(shares) == set(DatePrecision)


def test_sexes_are_balanced_and_may_be_unknown(everybody: list[SimulatedPerson]) -> None:
    counts = Counter(person.sex for person in everybody)
    assert set(counts) == {Sex.UNKNOWN, Sex.MALE, Sex.FEMALE}
    assert counts[Sex.UNKNOWN] < 120
    assert abs(counts[Sex.FEMALE] - counts[Sex.MALE]) < 300


def test_a_duplicate_has_the_same_fingers_and_another_name(everybody: list[SimulatedPerson]) -> None:
    again = [(person, everybody[person.same_person_as]) for person in everybody if person.same_person_as is not None]
    assert len(again) == 400
    for later, earlier in again:
        assert fingers_of(later.genes, later.growth) == fingers_of(earlier.genes, earlier.growth)
        assert (later.number, later.label) != (earlier.number, earlier.label)
        assert later.touch != earlier.touch
        assert (later.sex, later.birth_place) == (earlier.sex, earlier.birth_place)
        if later.birth_date != earlier.birth_date:
            assert later.birth_date.precision is DatePrecision.CIRCA
            assert abs(int(later.birth_date.value[:4]) - int(earlier.birth_date.value[:4])) <= 1
        assert later.twin_of is None
    assert 100 < sum(later.birth_date != earlier.birth_date for later, earlier in again) < 300
    assert (
        sum((later.given_name, later.surname) == (earlier.given_name, earlier.surname) for later, earlier in again) == 0
    )


def gone(person: SimulatedPerson) -> set[Position]:
    return {finger for finger, reason in person.missing.items() if reason is ExceptionReason.AMPUTATED}


def test_what_is_amputated_stays_so_and_the_rest_may_heal(everybody: list[SimulatedPerson]) -> None:
    again = [(person, everybody[person.same_person_as]) for person in everybody if person.same_person_as is not None]
    assert all(gone(later) == gone(earlier) for later, earlier in again)
    assert any(gone(later) for later, _ in again)
    assert any(later.missing != earlier.missing for later, earlier in again)


def test_twins_share_genes_and_family_and_nothing_else(everybody: list[SimulatedPerson]) -> None:
    twins = [(person, everybody[person.twin_of]) for person in everybody if person.twin_of is not None]
    assert len(twins) == 200
    for later, earlier in twins:
        assert (later.genes, later.surname, later.sex) == (earlier.genes, earlier.surname, earlier.sex)
        assert (later.birth_date, later.birth_place) == (earlier.birth_date, earlier.birth_place)
        assert later.growth != earlier.growth
        assert fingers_of(later.genes, later.growth) != fingers_of(earlier.genes, earlier.growth)
        assert later.same_person_as is None
    assert sum(later.given_name == earlier.given_name for later, earlier in twins) <= 1


def test_unrelated_persons_have_fingers_of_their_own(everybody: list[SimulatedPerson]) -> None:
    first = [person for person in everybody if person.same_person_as is None and person.twin_of is None]
    assert len({person.genes for person in first}) == len({person.growth for person in first}) == len(first)


def test_missing_fingers_have_reasons_in_the_share_asked_for(everybody: list[SimulatedPerson]) -> None:
    lacking = [person for person in everybody if person.missing]
    assert 0.25 < len(lacking) / 4_000 < 0.35
    assert {reason for person in lacking for reason in person.missing.values()} == REASONS
    assert all(len(person.missing) < 10 for person in lacking)
    assert Position.UNKNOWN not in {finger for person in lacking for finger in person.missing}
    nobody = dataclasses.replace(PLAN, missing_share=0.0)
    assert not any(person_at(nobody, index).missing for index in range(500))
