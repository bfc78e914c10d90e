"""`kura person`: what is shown, corrected and recorded, and that every reading leaves its event."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.command_line import BAD_INPUT, DONE, MISUSE
from registry.access import PERSON_READ
from registry.store import Registry
from tests.api.conftest import Run
from tests.registry.people import enroll
from tests.registry.statements import dump, records

Person = Callable[..., Any]


@pytest.fixture
def registry(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setenv("KURA_ACTOR", "operator-1")
    with Registry.open(home) as opened:
        enroll(opened, "SIM-1", seed=1)
        enroll(opened, "SIM-2", seed=2)
        yield opened


@pytest.fixture
def person(kura: Run, registry: Registry) -> Person:
    """Return a function that runs `kura person` as JSON, and demands that it is done."""

    def run(*words: object) -> Any:
        code, out, err = kura("person", *words, "--json")
        assert code == DONE, err
        return json.loads(out)

    return run


FAMILY = ("--set", "family=Xhɛqŋ", "--set", "given=Vljɔ")


def test_a_person_is_stated_corrected_and_shown_with_history(person: Person, kura: Run, registry: Registry) -> None:
    stated = person("correct", "SIM-1", *FAMILY, "--set", "birth_date=~1985", "--reason", "first form")
    assert (stated["version"], stated["simulated"]) == (1, True)
    corrected = ("--set", "sex=female", "--set", "birth_place=Qrx (no such place)", "--set", "father=Kxl")
    assert person("correct", "SIM-1", *corrected, "--reason", "typed wrongly")["version"] == 2
    shown = person("show", "SIM-1", "--history")
    record = shown["current"]["record"]
    assert record["names"] == [{"kind": "current", "family": "Xhɛqŋ", "given": "Vljɔ"}]
    assert record["birth_date"] == {"value": "1985", "precision": "circa"}
    assert (record["sex"], record["father"]["given"]) == ("female", "Kxl")
    assert record["birth_place"] == {"value": "Qrx (no such place)", "precision": "locality"}
    assert [one["reason"] for one in shown["versions"]] == ["first form", "typed wrongly"]
    assert "versions" not in person("show", "SIM-1")
    assert person("show", shown["subject_id"])["current"] == shown["current"]
    events = [event for event in registry.events() if event.action == PERSON_READ]
    assert all(event.subject_id == shown["subject_id"] and event.actor for event in events)
    assert {event.actor.name for event in events if event.actor} == {"operator-1"}


def test_the_name_is_shown_as_passports_write_it(person: Person, kura: Run) -> None:
    person("correct", "SIM-1", *FAMILY, "--reason", "stated")
    assert person("show", "SIM-1")["current"]["mrz_name"] == "XHEQN<<VLJO".ljust(39, "<")
    assert "  MRZ: XHEQN<<VLJO" in kura("person", "show", "SIM-1")[1].splitlines()


def test_a_whole_record_comes_from_a_file_and_is_read_strictly(person: Person, kura: Run, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps({"names": [{"family": "אבג"}, {"family": "Qx", "kind": "birth"}]}), encoding="utf-8")
    assert person("correct", "SIM-1", path, "--reason", "form")["version"] == 1
    for text in (
        '{"names": [], "names": []}',
        "[",
        "{}",
        '{"names": [{"family": "Q"}], "x": 1}',
        '"' + "x" * 2_000_000,
    ):
        path.write_text(text, encoding="utf-8")
        assert kura("person", "correct", "SIM-1", path, "--reason", "x")[0] == BAD_INPUT
    assert kura("person", "correct", "SIM-1", tmp_path / "absent.json", "--reason", "x")[0] == BAD_INPUT
    assert len(person("show", "SIM-1", "--history")["versions"]) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "birth_date=2001-02-30"), "birth_date: there is no such date"),
        (("--set", "birth_date=1.2.2001"), "birth_date: "),
        (("--set", 'birth_date={"precision": "day"}'), "birth_date: .*has no value"),
        (("--set", "birth_place={"), "begins as a JSON object"),
        (("--set", "family=" + "x" * 10_000), "longer than 200 characters"),
        (("--set", "family=a\u202eb"), "direction"),
        (("--set", "sex=m"), "the sex is none"),
        (("--set", "nationality=Mali"), "nationality"),
        (("--set", "hobby=x"), "no field, an unknown one"),
        (("--set", "sex=male", "--set", "sex=female"), "one twice"),
        (("--set", "sex"), "no field"),
        (("--set", "sex=unknown"), "changes nothing"),
        (("--set", "sex=male", "--version", "1"), "version 1 was to be corrected, but version 2"),
        (("--set", "sex=male", "--version", "0"), "recorded already"),
    ],
)
def test_what_is_refused_changes_nothing(
    person: Person, kura: Run, registry: Registry, words: tuple[str, ...], said: str
) -> None:
    person("correct", "SIM-1", *FAMILY, "--set", "sex=male", "--reason", "x")
    person("correct", "SIM-1", "--set", "sex=unknown", "--reason", "x")
    before = records(registry)
    code, _, err = kura("person", "correct", "SIM-1", *words, "--reason", "x")
    assert code == BAD_INPUT
    assert re.search(said, err), err
    assert records(registry) == before


def test_misuse_is_told_before_anything_is_asked(kura: Run, registry: Registry) -> None:
    before = dump(registry)
    assert kura("person", "correct", "SIM-1", "--reason", "x")[0] == MISUSE
    assert kura("person", "correct", "SIM-1", "file.json", "--set", "sex=male", "--reason", "x")[0] == MISUSE
    assert kura("person", "correct", "SIM-1", "--set", "sex=male")[0] == MISUSE
    assert kura("person", "guardian", "SIM-1", "--reason", "x")[0] == MISUSE
    assert kura("person", "guardian", "SIM-1", "--by", "SIM-2", "--given", "Q", "--reason", "x")[0] == MISUSE
    assert (
        kura("person", "number", "SIM-1", "--scheme", "passport", "--temporary", "--value", "7", "--reason", "x")[0]
        == MISUSE
    )
    assert kura("person", "event", "SIM-1", "--death", "--inactive", "--reason", "x")[0] == MISUSE
    assert dump(registry) == before


def test_numbers_are_given_replaced_and_ended(person: Person, kura: Run) -> None:
    nina = ("number", "SIM-1", "--reason", "card", "--value")
    person(*nina, "0000 0000 000000 t", "--temporary")
    person(*nina, "00000000000000P")
    simulated = person("number", "SIM-1", "--scheme", "simulated", "--value", "SIMULATED-7", "--reason", "card")
    assert [one["value"] for one in person("show", "SIM-1")["numbers"]] == ["00000000000000P", "SIMULATED-7"]
    kinds = [(one["kind"], one["end_reason"]) for one in person("show", "00000000000000T", "--history")["numbers"]]
    assert kinds == [("temporary", "card"), ("permanent", None), ("none", None)]
    person("number", "SIM-1", "--end", simulated["number"], "--reason", "lost")
    code, _, err = kura("person", "number", "SIM-2", "--value", "00000000000000P", "--reason", "x")
    assert code == BAD_INPUT
    assert "another subject holds this number" in err
    assert "0000" not in err


def test_evidence_and_its_scan_are_kept_and_replaced(
    person: Person, kura: Run, registry: Registry, tmp_path: Path
) -> None:
    paper, scan = tmp_path / "paper.json", tmp_path / "scan.bin"
    paper.write_text(json.dumps({"type": "recepisse", "number": "SIM-7", "provisional": True}))
    scan.write_bytes(b"scan of a paper")
    earlier = person("evidence", "SIM-1", paper, "--scan", scan)["evidence"]
    (kept,) = person("show", "SIM-1")["evidence"]
    assert registry.sample_bytes(kept["scan_sha256"]) == b"scan of a paper"
    paper.write_text(json.dumps({"type": "birth_act"}))
    later = person("evidence", "SIM-1", paper, "--replaces", earlier)["evidence"]
    assert [one["evidence"] for one in person("show", "SIM-1")["evidence"]] == [later]
    history = person("show", "SIM-1", "--history")["evidence"]
    assert [one["replaced_by"] for one in history] == [later, None]
    scan.write_bytes(b"")
    assert kura("person", "evidence", "SIM-1", paper, "--scan", scan)[0] == BAD_INPUT
    assert registry.check() == []


def test_exceptions_name_a_second_person(person: Person, kura: Run, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"photo of a bandage")
    henna = ("except", "SIM-1", "left_thumb", "left_ring", "--because", "henna")
    person(*henna, "--approver", "supervisor-1", "--photo", photo)
    shown = person("show", "SIM-1")["exceptions"]
    assert {(one["operator"], one["approver"]) for one in shown} == {("operator-1", "supervisor-1")}
    assert all(one["photo_sha256"] and one["presence"] == "temporary" for one in shown)
    worn = ("person", "except", "SIM-1", "left_little", "--because", "worn", "--without-photo", "no camera")
    code, _, err = kura(*worn, "--approver", "operator-1")
    assert code == BAD_INPUT
    assert "its own operator" in err
    assert kura("person", *henna, "--approver", "supervisor-1")[0] == MISUSE


def test_guardians_and_life_events(person: Person, kura: Run) -> None:
    other = person("show", "SIM-2")["subject_id"]
    first = person("guardian", "SIM-1", "--by", "SIM-2", "--reason", "a child")["guardian"]
    person("guardian", "SIM-1", "--given", "Qvlj", "--relation", "tutor", "--reason", "a child")
    person("guardian", "SIM-1", "--end", first, "--reason", "moved")
    (guardian,) = person("show", "SIM-1")["guardians"]
    assert guardian["name"]["given"] == "Qvlj"
    assert person("show", "SIM-1", "--history")["guardians"][0]["subject_id"] == other
    event = person("event", "SIM-1", "--death", "--date", "2026-01", "--reason", "act was shown")["life_event"]
    assert person("show", "SIM-1")["status"] == "deceased"
    assert kura("person", "event", "SIM-2", "--death", "--date", "2026-02-30", "--reason", "x")[0] == BAD_INPUT
    person("event", "SIM-1", "--annul", event, "--reason", "a namesake")
    assert person("show", "SIM-1")["status"] == "active"
    assert person("show", "SIM-1")["life_events"] == []


def test_people_read_it_in_french_and_in_english(person: Person, kura: Run) -> None:
    person("correct", "SIM-1", *FAMILY, "--set", "birth_date=~1985", "--set", "sex=female", "--reason", "form")
    person("except", "SIM-1", "left_thumb", "--because", "henna", "--approver", "s", "--without-photo", "no camera")
    person("event", "SIM-1", "--death", "--date", "2026-01", "--reason", "act")
    french = kura("person", "show", "SIM-1", "--language", "fr")[1]
    for words in (
        "né(e) vers 1985",
        "sexe: féminin",
        "décès, janvier 2026: act",
        "situation: décédée",
        "pouce gauche: henné",
    ):
        assert words in french
    english = kura("person", "show", "SIM-1", "--language", "en")[1]
    for words in (
        "born about 1985",
        "sex: female",
        "death, January 2026: act",
        "status: deceased",
        "left thumb: henna",
    ):
        assert words in english
    assert english.splitlines()[0] == "SIM-1 (simulated)"
    assert len(english.splitlines()) == len(french.splitlines())


def test_nobody_is_shown_who_is_not_recorded(kura: Run, registry: Registry) -> None:
    before = dump(registry)
    code, _, err = kura("person", "show", "00000000000000Z")
    assert code == BAD_INPUT
    assert "nobody is recorded under this" in err
    assert "0000" not in err
    assert dump(registry) == before
