"""People are found by every spelling of their names, by birth and by number, in a fixed order, and none is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert

from biometrics.errors import PersonDataError, RecordError, RecordNotFoundError
from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.identifiers import IdentifierKind, IdentifierScheme, PersonNumber
from biometrics.people.name_keys import name_forms
from biometrics.people.names import NameKind, PersonName
from biometrics.people.record import PersonRecord
from biometrics.people.spelling import edit_distance
from biometrics.records import EncounterContext
from registry import finding_order, search_rows
from registry.faults import FaultKind
from registry.finding import FindPeople, FoundPeople
from registry.store import Registry
from registry.tables.search import person_search
from tests.registry.people import add_person, new_encounter, new_references, new_subject
from tests.registry.raw import tamper
from tests.registry.statements import stated


def birth(value: str, precision: str) -> PartialDate:
    return PartialDate(value=value, precision=DatePrecision(precision))


def record(registry: Registry, label: str, statement: PersonRecord, **context: Any) -> str:
    """Record a person with an encounter without samples; return the subject."""
    subject = new_subject(label)
    with registry.writing() as writer:
        add_person(writer, subject)
        writer.people.record(subject.subject_id, statement)
    return subject.subject_id


def search(registry: Registry, **criteria: Any) -> FoundPeople:
    with registry.reading() as reader:
        return reader.people.search(FindPeople(**criteria))


def labels(registry: Registry, **criteria: Any) -> list[str]:
    return [one.subject.label for one in search(registry, **criteria).matches]


@pytest.fixture
def town(registry: Registry) -> Registry:
    """Return a registry with spellings of one family name, births of every precision, and others."""
    for label, statement in {
        "exact": stated("Sissoko", "Moussa", birth_date=birth("1985-03-02", "day")),
        "variant": stated("Cissokho", "Musa", birth_date=birth("1985-03", "month")),
        "circa": stated("Cissoko", "Fatoumata Bintou", birth_date=birth("1990", "circa")),
        "year": stated("Sissoko", "Awa", birth_date=birth("1985", "year")),
        "unknown": stated("Sissoko", "Awa", birth_date=PartialDate()),
        "single": PersonRecord(names=(PersonName(given="Moussa"),)),
        "married": PersonRecord(
            names=(
                PersonName(family="Kɔnɛ", given="Bintu"),
                PersonName(family="Sissoko", given="Bintu", kind=NameKind.BIRTH),
            )
        ),
        "other": stated("Konaté", "Moussa", birth_date=birth("1985-03-02", "day")),
    }.items():
        record(registry, label, statement)
    return registry


def test_all_spellings_of_a_family_name_are_found_the_closest_first(town: Registry) -> None:
    found = labels(town, name="Sissoko")
    assert found[:2] == ["exact", "year"]
    assert set(found[2:4]) == {"unknown", "married"}  # births unknown: in the order of random identifiers
    assert found[4:] == ["circa", "variant"]
    assert labels(town, name="cissokho")[0] == "variant"
    assert labels(town, name="Kone") == ["married"]


def test_both_names_narrow(town: Registry) -> None:
    assert labels(town, name="Cissoko", given="Moussa") == ["exact", "variant"]
    assert labels(town, name="Cissoko", given="Bintu") == ["circa", "married"]
    assert set(labels(town, given="Mousa")) == {"exact", "single", "other", "variant"}


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("1985-03-02", "1985-03-02", ["exact", "variant", "year", "circa"]),
        ("1985-03-31", "1985-03-31", ["variant", "year", "circa"]),
        ("1985-04-01", "1985-04-01", ["year", "circa"]),
        ("1984-12-31", "1984-12-31", []),
        ("1985-01-01", "1985-01-01", ["year", "circa"]),
        ("1995-12-31", "1996-02-01", ["circa"]),
        ("1996-01-01", "2020-01-01", []),
        ("1900-01-01", "2020-01-01", ["exact", "year", "circa", "variant"]),
    ],
)
def test_a_birth_is_found_where_it_may_lie(town: Registry, first: str, last: str, found: list[str]) -> None:
    days = {"born_from": date.fromisoformat(first), "born_to": date.fromisoformat(last)}
    assert set(labels(town, name="Sissoko", **days)) == set(found)
    others = [one for one in labels(town, **days) if one != "other"]
    assert others == sorted(others, key=["exact", "variant", "year", "circa"].index)


def test_a_correction_is_found_and_what_it_corrects_no_longer(town: Registry) -> None:
    [found] = search(town, name="Konaté").matches
    with town.writing() as writer:
        writer.people.correct(
            found.subject.subject_id, stated("Traoré", "Moussa"), expected_version=1, reason="misread"
        )
    assert labels(town, name="Konaté") == []
    assert labels(town, name="Traore") == ["other"]
    assert town.check() == []


def test_numbers_find_exactly(town: Registry) -> None:
    [found] = search(town, name="Konaté").matches
    subject_id = found.subject.subject_id
    nina = PersonNumber(scheme=IdentifierScheme.NINA, value="0" * 14 + "X", kind=IdentifierKind.TEMPORARY)
    later = PersonNumber(scheme=IdentifierScheme.NINA, value="0" * 14 + "Y", kind=IdentifierKind.PERMANENT)
    with town.writing() as writer:
        writer.people.give_number(subject_id, nina, reason="first")
        writer.people.give_number(subject_id, later, reason="then")
        subject = new_subject("with receipt")
        encounter = new_encounter(subject)
        writer.add_encounter(
            subject, replace(encounter, context=EncounterContext(receipt="R-1")), new_references(subject)
        )
    for number in ("other", subject_id, "0" * 14 + "x", "0-0000-0000-0000-0Y"):
        assert labels(town, number=number) == ["other"]
    assert labels(town, number="R-1") == ["with receipt"]
    assert search(town, number="R-1").matches[0].record is None
    assert labels(town, number="R-2") == labels(town, number="R%") == []


def test_a_merged_subject_names_who_it_became(town: Registry) -> None:
    [source], [target] = (search(town, number=label).matches for label in ("variant", "exact"))
    with town.writing() as writer:
        writer.merges.merge(source.subject.subject_id, target.subject.subject_id, reason="the same person")
    found = {one.subject.label: one.survivor for one in search(town, name="Cissokho").matches}
    assert found["variant"] == target.subject.subject_id
    assert found["exact"] is None
    assert set(labels(town, name="Cissokho", gallery="citizens")) == set(found)


def test_galleries_are_searched_apart(town: Registry) -> None:
    subject = new_subject("applicant")
    with town.writing() as writer:
        writer.add_encounter(
            subject, replace(new_encounter(subject), galleries=("visa_applicants",)), new_references(subject)
        )
        writer.people.record(subject.subject_id, stated("Sissoko", "Moussa"))
    assert labels(town, name="Sissoko", gallery="visa_applicants") == ["applicant"]
    assert "applicant" not in labels(town, name="Sissoko", gallery="citizens")
    assert labels(town, number="applicant", gallery="citizens") == []
    assert "applicant" in labels(town, name="Sissoko")
    with pytest.raises(RecordNotFoundError):
        search(town, name="Sissoko", gallery="tourists")


def test_a_list_says_when_it_is_cut_and_goes_on_behind(town: Registry) -> None:
    whole = search(town, name="Sissoko")
    assert whole.complete
    pages = [search(town, name="Sissoko", limit=2, skip=skip) for skip in (0, 2, 4)]
    assert [page.complete for page in pages] == [False, False, True]
    assert [one for page in pages for one in page.matches] == list(whole.matches)
    assert search(town, name="Sissoko", limit=6).complete


@pytest.mark.parametrize(
    "criteria",
    [
        {},
        {"name": ""},
        {"name": "  "},
        {"name": "'"},
        {"name": "12"},
        {"name": "A\u202eB"},
        {"given": "x" * 10_000},
        {"number": ""},
        {"number": "N" * 65},
        {"number": "1", "name": "Touré"},
        {"born_from": date(2000, 1, 1)},
        {"born_from": date(2000, 1, 2), "born_to": date(2000, 1, 1)},
        {"name": "Touré", "limit": 0},
        {"name": "Touré", "limit": 101},
        {"name": "Touré", "skip": -1},
        {"name": "Touré", "skip": 1001},
    ],
)
def test_searches_without_sense_are_refused(criteria: dict[str, Any]) -> None:
    with pytest.raises((RecordError, PersonDataError)):
        FindPeople(**criteria)


def test_criteria_are_told_without_what_they_are() -> None:
    asked = FindPeople(name="Touré", born_from=date(2000, 1, 1), born_to=date(2000, 1, 1))
    assert asked.criteria == ("name", "birth")


SYLLABLES = ("ka", "ca", "kha", "di", "dia", "ja", "so", "sso", "cé", "n'", "lo", "llo")


def random_record(random: np.random.Generator) -> PersonRecord:
    def name() -> str:
        words = ["".join(random.choice(SYLLABLES, int(random.integers(1, 3)))) for _ in range(random.integers(1, 3))]
        return " ".join(words) + "a"

    year, precision = int(random.integers(1980, 1992)), list(DatePrecision)[int(random.integers(5))]
    written = {DatePrecision.DAY: f"{year}-05-17", DatePrecision.MONTH: f"{year}-05", DatePrecision.UNKNOWN: ""}
    names = [PersonName(family=name(), given=name())]
    if random.random() < 0.3:
        names.append(PersonName(family=name(), given=name(), kind=NameKind.ALIAS))
    return PersonRecord(
        names=tuple(names), birth_date=PartialDate(value=written.get(precision, str(year)), precision=precision)
    )


def place_in_order(statement: PersonRecord, asked: FindPeople) -> tuple[Any, ...] | None:
    """Return the place of a person in a search by its definition; None when the search does not find them."""
    if asked.born_from is not None and asked.born_to is not None:
        earliest, latest = statement.birth_date.earliest, statement.birth_date.latest
        if earliest is None or latest is None:
            return None
        if earliest > asked.born_to.isoformat() or latest < asked.born_from.isoformat():
            return None
    places = []
    for name in statement.names:
        parts = [(wanted, part) for wanted, part in ((asked.name, name.family), (asked.given, name.given)) if wanted]
        by_part = [
            [
                (int(place > 0), edit_distance(form.spelling, other.spelling), other.spelling)
                for place, form in enumerate(name_forms(wanted))
                for other in name_forms(part)
                if form.key == other.key
            ]
            for wanted, part in parts
        ]
        combined: list[tuple[int, int, tuple[str, ...]]] = [(0, 0, ())]
        for found in by_part:
            combined = [(a + x, b + y, (*c, z)) for a, b, c in combined for x, y, z in found]
        places += combined
    rank = list(DatePrecision).index(statement.birth_date.precision)
    return (*min(places), rank, statement.birth_date.earliest or "") if places else None


def test_searches_agree_with_their_definition(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding_order, "_ROWS_AT_ONCE", 2)  # as few as it takes to go from page to page
    random = np.random.default_rng(5)
    people = {}
    for number in range(150):
        statement = random_record(random)
        people[record(registry, f"p{number}", statement)] = statement
    for _ in range(150):
        pattern = random_record(random)
        criteria: dict[str, Any] = {}
        if random.random() < 0.7:
            criteria["name"] = pattern.name.family
        if random.random() < 0.5:
            criteria["given"] = pattern.name.given
        if random.random() < 0.4 or not criteria:
            year = int(random.integers(1978, 1992))
            criteria |= {"born_from": date(year, 5, 1), "born_to": date(year + int(random.integers(3)), 5, 17)}
        asked = FindPeople(**criteria, limit=100)
        placed = {one: place_in_order(statement, asked) for one, statement in people.items()}
        expected = sorted((place, one) for one, place in placed.items() if place is not None)
        found = search(registry, **criteria, limit=100)
        assert [one.subject.subject_id for one in found.matches] == [one for _, one in expected][:100]
        assert found.complete == (len(expected) <= 100)


def test_search_rows_that_say_something_else_are_noticed_and_made_anew(
    town: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_rows, "_SUBJECTS_AT_ONCE", 3)
    assert town.check() == []
    [gone], [changed] = (search(town, number=label).matches for label in ("exact", "other"))
    who, empty = gone.subject.subject_id, town.keys.seal_alike("person_search.family_key", b"")
    assert tamper(town, "DELETE FROM person_search WHERE subject_id = :who AND family_key = :key", who=who, key=empty)
    tamper(town, "UPDATE person_search SET born_from = '1900' WHERE subject_id = :who", who=changed.subject.subject_id)
    nobody = new_subject("stated nothing")
    with town.writing() as writer:
        add_person(writer, nobody)
    row = dict.fromkeys((column.name for column in person_search.columns), "X")
    with town.writing() as writer:
        values = row | {"birth_rank": 4, "subject_id": nobody.subject_id}
        writer._connection.execute(insert(person_search).values(values))
        writer.append_event("test.changed", None, {})
    faults = {fault.source: fault.kind for fault in town.check()}
    assert faults == dict.fromkeys(
        (gone.subject.subject_id, changed.subject.subject_id, nobody.subject_id), FaultKind.SEARCH
    )
    persons = 0
    last: str | None = ""
    while last is not None:
        with town.writing() as writer:
            piece = writer.people.rebuild_search(last)
        persons, last = persons + piece.persons, piece.last
    assert persons == 8
    assert town.check() == []
    assert town.events()[-1].action == "search.rebuilt"
