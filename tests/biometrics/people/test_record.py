"""What a person states: strict to read, the same when written and read again, compatible with simulated people."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import PersonDataError
from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.names import NameKind, PersonName
from biometrics.people.places import PartialPlace, PlacePrecision
from biometrics.people.record import MOST_NAMES, PersonRecord, Sex
from enrollment.simulation.lists import people_lines
from enrollment.simulation.plan import PopulationPlan

LETTERS = st.text("aXɛɔŋé אب-' ", min_size=1, max_size=30).filter(lambda text: any(map(str.isalpha, text)))
NAMES = st.builds(PersonName, family=LETTERS, given=LETTERS)
DATES = st.one_of(
    st.dates(date(1850, 1, 1), date(2026, 12, 31)).map(
        lambda day: PartialDate(value=day.isoformat(), precision=DatePrecision.DAY)
    ),
    st.integers(1850, 2026).map(lambda year: PartialDate(value=str(year), precision=DatePrecision.CIRCA)),
    st.just(PartialDate()),
)
PLACES = st.one_of(
    st.builds(PartialPlace, value=LETTERS, precision=st.just(PlacePrecision.CERCLE)), st.just(PartialPlace())
)
# Built in the test: the checks of types look at random items of tuples, which Hypothesis forbids inside strategies.
FIELDS = st.fixed_dictionaries(
    {
        "current": NAMES,
        "aliases": st.lists(
            st.builds(PersonName, family=LETTERS, given=LETTERS, kind=st.just(NameKind.ALIAS)), max_size=3, unique=True
        ),
        "sex": st.sampled_from(Sex),
        "birth_date": DATES,
        "birth_place": PLACES,
        "nationality": st.none() | st.just("MLI"),
        "father": st.none() | NAMES,
        "mother": st.none() | NAMES,
    }
)


@given(FIELDS)
def test_a_record_is_the_same_when_written_and_read_again(fields: dict[str, Any]) -> None:
    record = PersonRecord(names=(fields.pop("current"), *fields.pop("aliases")), **fields)
    assert PersonRecord.parse(json.loads(json.dumps(record.document()))) == record


NAME = {"family": "Xhɛq", "given": "Vljɔ"}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "not a JSON object"),
        ({}, "lacks names"),
        ({"names": NAME}, "names is not a JSON array"),
        ({"names": []}, "one current name"),
        ({"names": [NAME, {**NAME, "given": "Q"}]}, "one current name"),
        ({"names": [NAME, *({"family": f"X{letter}", "kind": "birth"} for letter in "ab")]}, "at most one birth"),
        ({"names": [NAME], "hobby": "x"}, "no field 'hobby'"),
        ({"names": [NAME], "sex": "m"}, "the sex is none of the known words"),
        ({"names": [NAME], "sex": ["male"]}, "the sex is none of the known words"),
        ({"names": [NAME], "birth_date": "1990"}, "birth_date: "),
        ({"names": [NAME], "birth_date": {"value": "2001-02-30", "precision": "day"}}, "birth_date: .*no such date"),
        ({"names": [NAME], "birth_date": {"value": None, "precision": "day"}}, "birth_date: .*no value"),
        ({"names": [NAME], "birth_date": {"value": 1990, "precision": "year"}}, "birth_date: .*not text"),
        ({"names": [NAME], "birth_place": {"precision": "locality"}}, "birth_place: .*no value"),
        ({"names": [NAME], "nationality": "Mali"}, "nationality"),
        ({"names": [NAME], "nationality": 3}, "nationality"),
        ({"names": [NAME], "father": "Xhɛq"}, "father: "),
        ({"names": [{"family": "x" * 10_000}]}, "names: .*longer than"),
        ({"names": [{"family": "x" * 10_000_000}]}, "names: .*longer than"),
        ({"names": [{"family": "a" + "\u0301" * 10_000}]}, "names: "),
        ({"names": [{"family": "abc\u202edcba"}]}, "names: .*direction"),
        ({"names": [{"family": "abc\nd"}]}, "names: .*control"),
        ({"names": [{"family": "\ud800"}]}, "names: .*Unicode"),
    ],
)
def test_a_wrong_record_is_refused_and_the_field_named(document: Any, said: str) -> None:
    with pytest.raises(PersonDataError, match=said):
        PersonRecord.parse(document)


def test_an_unknown_field_is_named_without_its_text_steering_a_terminal() -> None:
    with pytest.raises(PersonDataError) as raised:
        PersonRecord.parse({"names": [NAME], "\x1b[31m" + "x" * 1000: 1})
    assert "\x1b" not in str(raised.value)
    assert len(raised.value.message) < 100


@pytest.mark.parametrize("name", ["Traore", "SIM-1", "1985-03-02", "awa traore", "a" * 41, "Ɲaŋ"])
def test_a_field_that_may_be_a_value_is_not_named(name: str) -> None:
    with pytest.raises(PersonDataError) as raised:
        PersonRecord.parse({"names": [NAME], name: 1})
    assert name not in str(raised.value)
    with pytest.raises(PersonDataError, match="no field 'birthdate'"):
        PersonRecord.parse({"names": [NAME], "birthdate": 1})


@pytest.mark.parametrize("family", ["بنت نوح", "אבג דהו", "Ɲaŋ ɔɛ", "Nguyễn Thị Ế", "क्षत्रिय"])
def test_names_of_any_script_are_kept(family: str) -> None:
    record = PersonRecord.parse({"names": [{"family": family}]})
    assert PersonRecord.parse(record.document()).name.family == record.name.family
    assert record.name.family


def test_names_are_few_and_each_is_given_once() -> None:
    aliases = tuple(PersonName(family=f"X{'a' * count}", kind=NameKind.ALIAS) for count in range(MOST_NAMES))
    current = PersonName(family="Xhɛq")
    assert PersonRecord(names=(current, *aliases[1:])).name == current
    with pytest.raises(PersonDataError, match="more than 20"):
        PersonRecord(names=(current, *aliases))
    with pytest.raises(PersonDataError, match="repeated"):
        PersonRecord(names=(current, aliases[0], aliases[0]))


def test_a_correction_tells_which_fields_changed() -> None:
    earlier = PersonRecord.parse({"names": [NAME], "sex": "male"})
    later = PersonRecord.parse({"names": [NAME], "sex": "female", "nationality": "MLI"})
    assert later.changed_fields(earlier) == ("sex", "nationality")
    assert later.changed_fields(later) == ()


def test_what_simulated_people_state_can_be_recorded() -> None:
    for line in people_lines(PopulationPlan(persons=50, seed=3)):
        said = json.loads(line)
        stated = {name: said[name] for name in ("sex", "birth_date", "birth_place")}
        record = PersonRecord.parse({"names": [{"family": said["surname"], "given": said["given_name"]}], **stated})
        assert record.birth_date.document() == said["birth_date"]
        assert record.birth_place.document() == said["birth_place"]
        assert record.sex.value == said["sex"]
