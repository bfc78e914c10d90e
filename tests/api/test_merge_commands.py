"""Merging, un-merging, moving and galleries from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from api.command_line import BAD_INPUT, DONE, MISUSE
from registry.store import Registry
from tests.api.conftest import Run, enrolled

SECOND = ("--approver", "supervisor 2")


def asked(kura: Run, *words: object) -> Any:
    code, out, err = kura(*words, "--json")
    assert (code, err) == (DONE, "")
    return json.loads(out)


def encounters_of(home: Path, label: str) -> list[str]:
    with Registry.open(home, create=False) as registry:
        subject = registry.subject_by_label(label)
        assert subject is not None
        return [one.encounter_id for one in registry.encounters(subject.subject_id)]


def test_two_persons_are_merged_and_parted(kura: Run, people: Path, home: Path) -> None:
    enrolled(kura, people)
    merged = asked(
        kura, "person", "merge", "a_again", "a", "--reason", "the same card", *SECOND, "--actor", "examiner 4"
    )
    assert (merged["person"], merged["into"], merged["actor"]) == ("a_again", "a", "examiner 4")
    assert len(merged["encounters"]) == 1
    assert len(encounters_of(home, "a")) == len(encounters_of(home, "a_again")) == 2
    code, out, _ = kura("person", "unmerge", "a_again", "--reason", "a forged card")
    assert (code, out) == (DONE, "a_again and a are two persons again; 1 encounter went back\n")
    assert len(encounters_of(home, "a")) == 1
    code, out, _ = kura("person", "merge", "b", "c", "--reason", "x", *SECOND)
    assert out.startswith("b is c now, with 1 encounter; merge ")
    parted = asked(kura, "person", "unmerge", out.split()[-1], "--reason", "x")
    assert parted["undone_at"] is not None
    assert kura("registry", "check")[0] == DONE


def test_merges_that_make_no_sense_are_refused(kura: Run, people: Path) -> None:
    enrolled(kura, people)
    assert kura("person", "merge", "a", "b")[0] == MISUSE
    assert kura("person", "merge", "a", "b", "--reason", "x")[0] == MISUSE
    refused = (("merge", "a", "a", *SECOND), ("merge", "a", "nobody", *SECOND), ("unmerge", "a"), ("unmerge", "nobody"))
    for words in refused:
        code, out, err = kura("person", *words, "--reason", "x")
        assert (code, out) == (BAD_INPUT, "")
        assert err


def test_nobody_merges_or_moves_alone(kura: Run, people: Path, home: Path) -> None:
    enrolled(kura, people)
    (encounter_id,) = encounters_of(home, "b")
    for words in (("merge", "b", "c"), ("move", encounter_id, "c")):
        code, _, err = kura("person", *words, "--reason", "x", "--actor", "Ada", "--approver", "ada")
        assert code == BAD_INPUT and "another person" in err and "--approver" in err
    assert encounters_of(home, "b") == [encounter_id]
    asked(kura, "person", "merge", "b", "c", "--reason", "x", "--actor", "ada", *SECOND)
    (approved,) = asked(kura, "registry", "events", "--action", "merging.approved")
    assert approved["details"]["approver"] == SECOND[1]


def test_an_encounter_is_moved(kura: Run, people: Path, home: Path) -> None:
    enrolled(kura, people)
    (encounter_id,) = encounters_of(home, "b")
    moved = asked(kura, "person", "move", encounter_id, "c", "--reason", "the wrong file", *SECOND)
    assert (moved["person"], moved["encounter_id"]) == ("c", encounter_id)
    assert encounters_of(home, "b") == []
    assert kura("registry", "check")[0] == DONE


def test_galleries_are_listed_added_and_filled(kura: Run, people: Path, home: Path) -> None:
    enrolled(kura, people)
    known = asked(kura, "registry", "galleries")
    assert [(one["gallery"], one["encounters"]) for one in known] == [("citizens", 4), ("visa_applicants", 0)]
    code, out, _ = kura("registry", "galleries", "--add", "liptako", "--for", "visa of the confederation")
    assert code == DONE
    assert "liptako  visa of the confederation  0 encounters" in out.splitlines()
    assert kura("registry", "galleries", "--add", "liptako", "--for", "x")[0] == BAD_INPUT
    assert kura("registry", "galleries", "--add", "other")[0] == MISUSE
    assert kura("registry", "galleries", "--for", "other")[0] == MISUSE
    (encounter_id,) = encounters_of(home, "b")
    put = asked(kura, "registry", "galleries", "--put", encounter_id, "liptako")
    assert {one["gallery"]: one["encounters"] for one in put} == {"citizens": 4, "liptako": 1, "visa_applicants": 0}
    taken = asked(kura, "registry", "galleries", "--take-out", encounter_id, "citizens")
    assert {one["gallery"]: one["encounters"] for one in taken}["citizens"] == 3
    assert kura("registry", "galleries", "--take-out", encounter_id, "liptako")[0] == BAD_INPUT
    assert kura("registry", "galleries", "--put", encounter_id, "nowhere")[0] == BAD_INPUT
    assert kura("registry", "check")[0] == DONE


def test_what_names_neither_merge_nor_person_is_said_so(kura: Run, people: Path) -> None:
    enrolled(kura, people)
    code, _, err = kura("person", "unmerge", "nobody", "--reason", "x")
    assert code == BAD_INPUT and "no merge and no person" in err
