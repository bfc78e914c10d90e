"""`kura case`: from a hit to its explanation, each person learning only what they may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.command_line import BAD_INPUT, DONE, MISUSE, NEGATIVE
from tests.api.conftest import Run, enrolled


def case_of(kura: Run, people: Path) -> str:
    enrolled(kura, people)
    (case,) = json.loads(kura("case", "list", "--json")[1])
    return str(case["case_id"])


def decide(kura: Run, case_id: str, examiner: str, outcome: str, *more: str) -> tuple[int, str, str]:
    assert kura("case", "assign", case_id, "--actor", examiner, *more)[0] == DONE
    reason = ("--reason", "ridges compared")
    return kura("case", "decide", case_id, "--outcome", outcome, *reason, "--actor", examiner, *more)


def listed(kura: Run, *words: str) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = json.loads(kura("case", "list", "--json", *words)[1])
    return documents


def test_from_a_hit_to_a_merge(kura: Run, people: Path) -> None:
    case_id = case_of(kura, people)
    code, out, _ = kura("case", "assign", "--actor", "ada")
    assert (code, out.startswith(f"{case_id}  ada until ")) == (DONE, True)
    assert kura("case", "list", "--mine", "--role", "examiner", "--actor", "ada")[1] == out
    assert kura("case", "assign", "--actor", "ben")[:2] == (NEGATIVE, "no case waits for you\n")
    words = ("--outcome", "same_person", "--reason", "ridges compared")
    assert kura("case", "decide", case_id, *words, "--actor", "ada")[1] == f"{case_id}: your verdict is recorded\n"
    assert listed(kura)[0]["status"] == "awaiting_second"
    assert decide(kura, case_id, "ben", "same_person")[0] == DONE
    assert listed(kura) == []
    (closed,) = listed(kura, "--status", "closed")
    assert (closed["outcome"], closed["person"]) == ("same_person", "a_again")
    assert kura("registry", "check")[0] == DONE


def test_an_examiner_learns_nothing_before_the_verdict(kura: Run, people: Path, tmp_path: Path) -> None:
    case_id = case_of(kura, people)
    code, _, err = kura("case", "show", case_id, "--actor", "ada")
    assert (code, "neither hold this case" in err) == (BAD_INPUT, True)
    kura("case", "assign", "--actor", "ada")
    code, out, _ = kura("case", "show", case_id, "--actor", "ada", "--pictures", str(tmp_path / "look"), "--json")
    seen = json.loads(out)
    assert set(seen) == {"case_id", "samples", "candidates", "doubts", "outcomes", "pictures"}
    assert set(seen["candidates"][0]) == {"number", "samples"}
    names = {Path(path).name for path in seen["pictures"]}
    assert names == {"subject-unknown.png", "candidate1-unknown.png"}
    assert all(Path(path).read_bytes()[1:4] == b"PNG" for path in seen["pictures"])
    assert "score" not in kura("case", "show", case_id, "--actor", "ada")[1]
    refusals = (
        ("case", "explain", case_id, "--role", "examiner", "--actor", "ada"),
        ("case", "list", "--role", "examiner", "--actor", "ada"),
        ("case", "examiners", "--role", "examiner", "--actor", "ada"),
    )
    for words in refusals:
        code, out, err = kura(*words)
        assert (code, out) == (BAD_INPUT, "")
    decide(kura, case_id, "ada", "twin_or_relative")
    after = kura("case", "show", case_id, "--actor", "ada")[1]
    assert "score" in after
    assert "verdict 1 (round 1): twin_or_relative by ada\n  ridges compared" in after


def test_an_applicant_reads_why_and_contests(kura: Run, people: Path) -> None:
    case_id = case_of(kura, people)
    told = kura("case", "explain", case_id)[1]
    assert "fingerprints were compared by computer with those of" in told
    assert "- a finger: extremely alike; among " in told
    assert "fake-finger/1" in told
    assert "empreintes digitales" in kura("case", "explain", case_id, "--language", "fr")[1]
    decide(kura, case_id, "ada", "data_error")
    assert "recorded wrongly" in kura("case", "explain", case_id)[1]
    line = kura("case", "contest", case_id, "--reason", "this is me")[1]
    assert line == f"{case_id}: open again, round 2; others than before decide\n"
    code, _, err = kura("case", "assign", case_id, "--actor", "ada")
    assert (code, "verdict on the case before" in err) == (BAD_INPUT, True)
    decide(kura, case_id, "ben", "different_persons")
    code, _, err = kura("case", "reopen", case_id, "--reason", "once more", "--role", "examiner", "--actor", "ben")
    assert (code, "only a supervisor may reopen" in err) == (BAD_INPUT, True)
    assert json.loads(kura("case", "reopen", case_id, "--reason", "once more", "--json")[1])["round"] == 3
    (open_again,) = listed(kura, "--priority", "high")
    assert open_again["contested"] is True
    assert kura("registry", "check")[0] == DONE


def test_deduplication_does_not_ask_again_what_people_decided(kura: Run, people: Path, tmp_path: Path) -> None:
    case_id = case_of(kura, people)
    assert len(json.loads(kura("dedup", "run", "--json")[1])["pairs"]) == 1
    decide(kura, case_id, "ada", "twin_or_relative")
    assert json.loads(kura("dedup", "run", "--json")[1])["pairs"] == []
    assert listed(kura) == []


def test_supervisors_settle_and_see_how_examiners_err(kura: Run, people: Path) -> None:
    case_id = case_of(kura, people)
    decide(kura, case_id, "ada", "fraud")
    decide(kura, case_id, "ben", "different_persons")
    assert listed(kura)[0]["status"] == "disputed"
    assert kura("case", "assign", "--actor", "clo")[0] == NEGATIVE
    supervisor = ("--role", "supervisor")
    assert decide(kura, case_id, "sue", "fraud", *supervisor)[0] == DONE
    assert listed(kura, "--status", "closed")[0]["outcome"] == "fraud"
    assert kura("case", "examiners")[1] == "no case with a known answer was judged yet\n"
    revealed = json.loads(kura("case", "show", case_id, *supervisor, "--actor", "sue", "--json")[1])
    assert [one["examiner"] for one in revealed["verdicts"]] == ["ada", "ben", "sue"]
    assert revealed["evidence"]["models"] == {"finger": "fake-finger/1"}


@pytest.mark.parametrize(
    "words",
    [
        ("decide", "x", "--outcome", "maybe", "--reason", "y"),
        ("decide", "x", "--outcome", "fraud"),
        ("explain", "x", "--language", "bm"),
        ("list", "--limit", "0"),
        (),
    ],
)
def test_misuse_is_said(kura: Run, words: tuple[str, ...]) -> None:
    assert kura("case", *words)[0] == MISUSE


def test_wrong_cases_and_verdicts_are_refused_with_a_remedy(kura: Run, people: Path) -> None:
    case_id = case_of(kura, people)
    fraud = ("--outcome", "fraud", "--reason", "looks alike", "--actor", "ada")
    code, out, _ = kura("case", "decide", case_id, *fraud, "--json")
    error = json.loads(out)["error"]
    assert (code, error["type"], error["source"]) == (BAD_INPUT, "CaseHolderError", case_id)
    assert error["remedy"] == "take it with kura case assign, then decide"
    assert json.loads(kura("case", "show", "none", "--json")[1])["error"]["type"] == "RecordNotFoundError"
    kura("case", "assign", "--actor", "ada")
    code, out, _ = kura("case", "decide", case_id, *fraud, "--with", "2", "--json")
    assert json.loads(out)["error"]["type"] == "CaseForbiddenError"
    code, out, _ = kura("case", "contest", case_id, "--reason", "no", "--json")
    assert json.loads(out)["error"]["type"] == "CaseStateError"


def test_no_other_command_tells_an_examiner_what_others_found(kura: Run, people: Path) -> None:
    case_id = case_of(kura, people)
    decide(kura, case_id, "ada", "fraud")
    trail = json.loads(kura("registry", "events", "--actor", "ben", "--json")[1])
    about = [one["details"] for one in trail if one["action"].startswith("case.") and one["details"].get("case_id")]
    assert about and all(one == {"case_id": case_id, "withheld": True} for one in about)
    kura("case", "assign", case_id, "--actor", "ben")
    for words in (
        ("registry", "events"),
        ("case", "list"),
        ("case", "explain", case_id),
        ("case", "explain", case_id, "--role", "supervisor"),
    ):
        code, out, err = kura(*words, "--actor", "ben")
        assert (code, out) == (BAD_INPUT, "")
        assert case_id in err
    assert "score" not in kura("case", "show", case_id, "--role", "supervisor", "--actor", "ben")[1]
    assert kura("case", "list", "--actor", "sue")[0] == kura("registry", "events", "--actor", "sue")[0] == DONE
    verdict = ("--outcome", "fraud", "--reason", "ridges compared")
    assert kura("case", "decide", case_id, *verdict, "--actor", "ben")[0] == DONE
    trail = json.loads(kura("registry", "events", "--action", "case.verdict", "--actor", "ben", "--json")[1])
    assert [one["details"]["outcome"] for one in trail] == ["fraud", "fraud"]
