"""`kura person find`, and the trail it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.command_line import BAD_INPUT, DONE, MISUSE
from biometrics.people.dates import DatePrecision, PartialDate
from enrollment.engine.codec import decode, encode
from enrollment.operations.finding import FIND
from registry.finding import FindPeople
from registry.store import Registry
from tests.api.conftest import Run
from tests.registry.people import add_person, new_subject
from tests.registry.raw import tamper
from tests.registry.statements import simulated_number, stated


@pytest.fixture
def town(home: Path, kura: Run) -> Path:
    del kura  # sets the home
    with Registry.open(home) as registry, registry.writing() as writer:
        for label, family, year in (
            ("sim-1", "Cissoko", "1985"),
            ("sim-2", "Sissokho", "1990"),
            ("sim-3", "Koné", "1985"),
        ):
            subject = new_subject(label)
            add_person(writer, subject)
            birth = PartialDate(value=year, precision=DatePrecision.CIRCA)
            writer.people.record(subject.subject_id, stated(family, "Moussa", birth_date=birth))
            writer.people.give_number(subject.subject_id, simulated_number(label), reason="first")
    return home


def found(kura: Run, *words: object) -> list[str]:
    code, out, err = kura("person", "find", *words, "--json")
    assert (code, err) == (DONE, "")
    return [one["person"] for one in json.loads(out)["matches"]]


def test_people_are_found_by_each_criterion(town: Path, kura: Run) -> None:
    assert found(kura, "--name", "Sissoko") == ["sim-1", "sim-2"]
    assert sorted(found(kura, "--given", "Musa")) == ["sim-1", "sim-2", "sim-3"]
    assert found(kura, "--name", "Sissoko", "--born", "1979-12-31") == []
    assert found(kura, "--name", "Sissoko", "--born", "1980-01") == ["sim-1"]
    assert found(kura, "--name", "Sissoko", "--born", "1991..1994") == ["sim-2"]
    assert found(kura, "--number", "SIMULATED-sim-3") == ["sim-3"]
    assert found(kura, "--name", "Sissoko", "--limit", 1, "--skip", 1) == ["sim-2"]


def test_the_text_says_who_they_are_and_when_there_are_more(town: Path, kura: Run) -> None:
    code, out, _ = kura("person", "find", "--name", "Sissoko", "--limit", 1)
    first, second = out.splitlines()
    assert code == DONE
    assert first.endswith("  sim-1 (simulated)  Cissoko, Moussa  born about 1985")
    assert second.startswith("there are more than these")
    assert kura("person", "find", "--name", "Nobody")[1] == "nobody is found\n"


def test_the_trail_tells_who_searched_by_what_and_whom_they_saw_but_no_name(town: Path, kura: Run) -> None:
    kura("person", "find", "--name", "Cissoko", "--given", "Moussa", "--actor", "clerk", "--purpose", "a visit")
    kura("person", "find", "--name", "Nobody", "--actor", "clerk")
    with Registry.open(town, create=False) as registry:
        *_, one, two, nobody = registry.events()
        shown = {registry.subject(str(event.subject_id)).label for event in (one, two)}
    assert [event.action for event in (one, two, nobody)] == ["person.found"] * 3
    assert shown == {"sim-1", "sim-2"}
    assert one.details["criteria"] == ["name", "given"]
    assert one.actor is not None
    assert (one.actor.name, one.actor.purpose) == ("clerk", "a visit")
    assert nobody.subject_id is None
    assert nobody.details["persons"] == 0
    for event in (one, two, nobody):
        assert not {"Cissoko", "Moussa", "Nobody", "SISOKO"} & set(json.dumps(dict(event.details)).split('"'))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), BAD_INPUT),
        (("--name", "'"), BAD_INPUT),
        (("--name", "x" * 10_000), BAD_INPUT),
        (("--number", "1", "--name", "A"), BAD_INPUT),
        (("--name", "A", "--gallery", "tourists"), BAD_INPUT),
        (("--name", "A", "--limit", 101), BAD_INPUT),
        (("--born", "1985-02-30"), MISUSE),
        (("--born", "1985-3"), MISUSE),
        (("--born", "1990..1985"), BAD_INPUT),
        (("--born", "last year"), MISUSE),
    ],
)
def test_searches_without_sense_are_refused(town: Path, kura: Run, words: tuple[object, ...], code: int) -> None:
    assert kura("person", "find", *words)[0] == code
    with Registry.open(town, create=False) as registry:
        assert registry.events()[-1].action != "person.found"


def test_a_search_and_its_answer_travel(town: Path) -> None:
    asked = FindPeople(name="Sissoko", limit=5)
    with Registry.open(town, create=False) as registry, registry.reading() as record:
        answer = record.people.search(asked)
    for value, kind in ((asked, FIND.asked), (answer, FIND.answered)):
        parts: list[bytes] = []
        tree = json.loads(json.dumps(encode(value, kind, parts)))
        assert decode(tree, kind, parts) == value


def test_what_is_searched_can_be_made_anew(town: Path, kura: Run) -> None:
    with Registry.open(town, create=False) as registry:
        spelling = registry.keys.seal_alike("person_search.family_spelling", b"CISSOKO")
        assert tamper(registry, "DELETE FROM person_search WHERE family_spelling = :it", it=spelling)
    assert found(kura, "--name", "Sissoko") == ["sim-2"]
    assert kura("registry", "check")[0] == BAD_INPUT
    assert kura("registry", "reindex")[:2] == (DONE, "3 persons can be found\n")
    assert kura("registry", "check")[0] == DONE
    assert found(kura, "--name", "Sissoko") == ["sim-1", "sim-2"]
