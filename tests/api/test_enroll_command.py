"""`kura enroll` as its users meet it: outcomes, failures, repetition, interruption."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api import wiring
from api.command_line import BAD_INPUT, DONE, INTERRUPTED
from registry.store import Registry
from tests.api.conftest import Run, enrolled
from tests.enrollment.fakes import BLANK, fake_extractors, picture


def test_enroll_says_what_became_of_each(kura: Run, people: Path) -> None:
    code, out, _ = kura("enroll", people, "--modality", "finger")
    assert code == DONE
    assert "a: unique" in out
    assert "a_again: duplicate of a, case " in out
    assert "4 persons: 3 unique, 1 duplicate" in out


def test_enroll_as_json(kura: Run, people: Path, home: Path) -> None:
    document = enrolled(kura, people)
    assert document["summary"] == {"persons": 4, "simulated": 0, "ignored_files": 0, "unique": 3, "duplicate": 1}
    again = {result["person"]: result for result in document["results"]}["a_again"]
    assert (again["outcome"], again["duplicate_of"]) == ("duplicate", "a")
    assert again["quality"] == {"a_again.png": 50}
    with Registry.open(home) as registry:
        assert registry.case(again["case_id"]).subject_id == again["subject_id"]


def test_enroll_lists_what_failed_and_goes_on(kura: Run, people: Path) -> None:
    (people / "broken.png").write_bytes(b"not an image")
    (people / "blank.png").write_bytes(picture(BLANK))
    code, out, _ = kura("enroll", people, "--modality", "finger")
    assert code == BAD_INPUT
    assert "6 persons: 3 unique, 1 duplicate" in out and "1 failed" in out and "1 not enrolled" in out
    listed = out.split("not enrolled:\n")[1]
    assert str(people / "broken.png") in listed
    assert "clean the sensor" in listed


def test_enroll_twice_writes_nothing_twice(kura: Run, people: Path) -> None:
    enrolled(kura, people)
    code, out, _ = kura("enroll", people, "--modality", "finger")
    assert code == DONE
    assert "a: unique (enrolled before, nothing written)" in out
    assert "4 persons: 4 repeated" in out


def test_enroll_can_be_interrupted_and_goes_on(
    kura: Run, people: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import enrollment.batch  # noqa: PLC0415

    enroll_one = enrollment.batch._enroll_one
    done: list[str] = []

    def interrupted(*arguments: Any) -> Any:
        if len(done) == 2:
            raise KeyboardInterrupt
        result = enroll_one(*arguments)
        done.append(result.label)
        return result

    monkeypatch.setattr(enrollment.batch, "_enroll_one", interrupted)
    code, _, err = kura("enroll", people, "--modality", "finger")
    assert code == INTERRUPTED
    assert "run the same command again" in err
    with Registry.open(home) as registry:
        assert registry.counts().subjects == 2
    monkeypatch.undo()
    monkeypatch.setenv("KURA_HOME", str(home))
    monkeypatch.setattr(wiring, "load_extractors", lambda *_: fake_extractors())
    code, out, _ = kura("enroll", people, "--modality", "finger", "--json")
    assert [result["repeated"] for result in json.loads(out)["results"]] == [True, True, False, False]


def test_what_could_not_be_used_is_told_although_the_person_is_enrolled(kura: Run, tmp_path: Path) -> None:
    (tmp_path / "good.png").write_bytes(picture(1))
    (tmp_path / "poor.png").write_bytes(picture(BLANK))
    images = (tmp_path / "good.png", tmp_path / "poor.png")
    code, out, _ = kura("enroll", *images, "--person", "P", "--modality", "finger")
    assert code == DONE
    assert "P: unique\n    poor.png: no ridges were found" in out


def test_portraits_of_two_people_are_said_to_need_a_person(kura: Run, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.png" for name in ("A1", "A2", "B1")]
    for capture, (path, person) in enumerate(zip(paths, (1, 1, 2), strict=True)):
        path.write_bytes(picture(person, capture, color=True))
    code, out, _ = kura("enroll", *paths, "--person", "MIX")
    assert code == DONE
    first, note, *_ = out.splitlines()
    assert first.startswith("MIX: needs review case ")
    assert note.strip().startswith("B1.png: unlike other portraits given for this person")
    _, out, _ = kura("case", "list", "--json")
    (case,) = json.loads(out)
    assert case["reason"].endswith("; the portraits do not look like one person")
    _, out, _ = kura("enroll", *paths, "--person", "MIX")
    assert out.startswith("MIX: needs review (enrolled before, nothing written) case ")


def test_a_wrong_line_is_named_in_text_too(kura: Run, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(1))
    (tmp_path / "people.csv").write_text("person,modality,position,path\nP,face,left_index,a.png\n")
    _, out, _ = kura("enroll", tmp_path / "people.csv")
    assert f"{tmp_path / 'people.csv'}:2: a face has no position left_index" in out
