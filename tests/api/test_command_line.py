"""The command as its users meet it: exit codes, text, JSON, wrong use; with fake extractors, so no model is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api import wiring
from api.command_line import BAD_INPUT, DONE, INTERRUPTED, MISUSE, NEGATIVE, main
from registry.store import Registry
from tests.enrollment.fakes import BLANK, fake_extractors, picture, write_pictures

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def kura(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("KURA_HOME", str(home))
    monkeypatch.setattr(wiring, "load_extractors", lambda *_: fake_extractors())

    def run(*words: object) -> tuple[int, str, str]:
        try:
            code = main([str(word) for word in words])
        except SystemExit as ended:  # argparse
            code = int(ended.code or 0)
        written = capsys.readouterr()
        return code, written.out, written.err

    return run


@pytest.fixture
def people(tmp_path: Path) -> Path:
    write_pictures(tmp_path / "people", [("a", 1, 0), ("b", 2, 0), ("c", 3, 0), ("a_again", 1, 7)])
    return tmp_path / "people"


def enrolled(kura: Run, people: Path) -> dict[str, Any]:
    code, out, _ = kura("enroll", people, "--modality", "finger", "--json")
    assert code == DONE
    document: dict[str, Any] = json.loads(out)
    return document


def test_enroll_says_what_became_of_each(kura: Run, people: Path) -> None:
    code, out, _ = kura("enroll", people, "--modality", "finger")
    assert code == DONE
    assert "a: unique" in out
    assert "a_again: duplicate of a, case " in out
    assert "4 persons: 3 unique, 1 duplicate" in out


def test_enroll_as_json(kura: Run, people: Path, home: Path) -> None:
    document = enrolled(kura, people)
    assert document["summary"] == {"persons": 4, "ignored_files": 0, "unique": 3, "duplicate": 1}
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
    assert "6 persons: 3 unique, 1 duplicate, 1 not enrolled, 1 failed" in out or "1 failed" in out
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


def test_identify_finds_or_does_not(kura: Run, people: Path, tmp_path: Path) -> None:
    enrolled(kura, people)
    write_pictures(tmp_path / "probes", [("known", 2, 5), ("stranger", 9, 0), ("blank", BLANK, 0)])
    code, out, _ = kura("identify", tmp_path / "probes" / "known.png", "--json")
    answer = json.loads(out)
    assert code == DONE
    assert [candidate["person"] for candidate in answer["candidates"]] == ["b"]
    assert (answer["gallery_size"], answer["compared"], answer["complete"]) == (4, 4, True)
    code, out, _ = kura("identify", tmp_path / "probes" / "stranger.png")
    assert (code, "nobody found" in out) == (NEGATIVE, True)
    code, out, _ = kura("identify", tmp_path / "probes" / "blank.png")
    assert (code, "not searched" in out) == (BAD_INPUT, True)


def test_identify_limits_the_list(kura: Run, people: Path, tmp_path: Path) -> None:
    enrolled(kura, people)
    write_pictures(tmp_path / "probes", [("known", 1, 5)])
    _, out, _ = kura("identify", tmp_path / "probes" / "known.png", "--json")
    assert sorted(candidate["person"] for candidate in json.loads(out)["candidates"]) == ["a", "a_again"]
    _, out, _ = kura("identify", tmp_path / "probes" / "known.png", "--json", "--limit", 1)
    assert len(json.loads(out)["candidates"]) == 1


def test_verify_says_yes_or_no(kura: Run, people: Path, tmp_path: Path) -> None:
    enrolled(kura, people)
    write_pictures(tmp_path / "probes", [("known", 2, 5)])
    probe = tmp_path / "probes" / "known.png"
    code, out, _ = kura("verify", probe, "--person", "b")
    assert (code, out.startswith("match")) == (DONE, True)
    code, out, _ = kura("verify", probe, "--person", "a", "--json")
    assert (code, json.loads(out)["match"]) == (NEGATIVE, False)
    code, _, err = kura("verify", probe, "--person", "nobody")
    assert code == BAD_INPUT
    assert "nobody is enrolled" in err


def test_verify_compares_two_images_without_an_installation(kura: Run, people: Path, home: Path) -> None:
    assert kura("verify", people / "a.png", people / "a_again.png")[0] == DONE
    assert kura("verify", people / "a.png", people / "b.png")[0] == NEGATIVE
    assert not home.exists()
    code, _, err = kura("verify", people / "a.png")
    assert (code, "--person" in err) == (MISUSE, True)


def test_verify_says_when_nothing_can_be_compared(kura: Run, tmp_path: Path) -> None:
    (tmp_path / "finger.png").write_bytes(picture(1))
    (tmp_path / "face.png").write_bytes(picture(1, color=True))
    code, out, _ = kura("verify", tmp_path / "finger.png", tmp_path / "face.png")
    assert code == NEGATIVE
    assert "share no finger or face" in out


def test_dedup_writes_pairs_cases_and_a_page(kura: Run, people: Path, tmp_path: Path, home: Path) -> None:
    enrolled(kura, people)
    target = tmp_path / "pairs.json"
    code, out, _ = kura("dedup", "run", "--json", target)
    assert code == DONE
    document = json.loads(target.read_text())
    (pair,) = document["pairs"]
    assert {pair["a"], pair["b"]} == {"a", "a_again"}
    assert pair["outcome"] == "duplicate"
    assert pair["score"] > 5
    assert set(pair["scores"]) == {"unknown"}
    (page,) = document["pages"]
    text = Path(page).read_text()
    assert Path(page).is_relative_to(home)
    assert text.count("<article") == 1
    assert text.count("data:image/jpeg;base64,") == 3  # two persons, one picture of what corresponds
    assert "http" not in text.replace("http-equiv", "")
    assert page in out
    with Registry.open(home) as registry:
        assert pair["case_id"] in {case.case_id for case in registry.cases()}


def test_dedup_again_opens_no_second_case(kura: Run, people: Path, home: Path) -> None:
    enrolled(kura, people)
    first = json.loads(kura("dedup", "run", "--json")[1])
    with Registry.open(home) as registry:
        cases = len(registry.cases())
    second = json.loads(kura("dedup", "run", "--json")[1])
    assert [pair["case_id"] for pair in first["pairs"]] == [pair["case_id"] for pair in second["pairs"]]
    with Registry.open(home) as registry:
        assert len(registry.cases()) == cases


def test_inspect_describes_and_draws(kura: Run, people: Path, tmp_path: Path) -> None:
    code, out, _ = kura("inspect", people / "a.png", "--modality", "finger", "--out", tmp_path / "out", "--json")
    (document,) = json.loads(out)
    assert code == DONE
    assert (document["minutiae"], document["quality"], document["attack_detection"]) == (40, 50, "not evaluated")
    assert Path(document["picture"]).read_bytes().startswith(b"\x89PNG")
    (people / "a.png").write_bytes(b"")
    code, out, _ = kura("inspect", people / "a.png", "--no-pictures")
    assert (code, "the file is empty" in out) == (BAD_INPUT, True)


def test_registry_steps(kura: Run, people: Path, home: Path) -> None:
    enrolled(kura, people)
    status = json.loads(kura("registry", "status", "--json")[1])
    assert (status["subjects"], status["pending_encounters"], status["open_cases"]) == (4, 1, 1)
    assert {one["person"] for one in json.loads(kura("registry", "persons", "--json")[1])} == {"a", "b", "c", "a_again"}
    (case,) = json.loads(kura("registry", "cases", "--json")[1])
    assert (case["person"], [one["person"] for one in case["candidates"]]) == ("a_again", ["a"])
    assert "enrolled" in kura("registry", "events")[1]
    assert kura("registry", "check")[:2] == (DONE, "the registry is whole\n")
    assert kura("registry", "sweep")[:2] == (DONE, "0 files removed\n")
    sample = next(path for path in (home / "registry" / "samples").rglob("*") if path.is_file())
    sample.chmod(0o600)
    sample.write_bytes(b"damaged")
    code, out, _ = kura("registry", "check")
    assert code == BAD_INPUT
    assert "FAULT" in out


def test_models_list_and_card(kura: Run) -> None:
    assert "leader/1" in kura("models", "list")[1]
    assert "MIT" in kura("models", "card", "leader/1")[1]
    code, _, err = kura("models", "card", "nothing/1")
    assert code == BAD_INPUT
    assert "choose one of" in err


def test_an_error_in_json_names_type_and_remedy(kura: Run) -> None:
    code, out, err = kura("identify", "absent.png", "--json")
    error = json.loads(out)["error"]
    assert code == BAD_INPUT
    assert error["type"] == "ConfigurationError"
    assert error["remedy"] in err


@pytest.mark.parametrize("words", [[], ["nothing"], ["enroll"], ["dedup"], ["identify", "a.png", "--position", "nose"]])
def test_misuse_is_two(kura: Run, words: list[str]) -> None:
    assert kura(*words)[0] == MISUSE


def test_home_may_stand_before_or_behind_the_verb(kura: Run, people: Path, tmp_path: Path) -> None:
    for number, words in enumerate((["--home", "{}", "enroll"], ["enroll", "--home", "{}"])):
        elsewhere = tmp_path / f"elsewhere{number}"
        filled = [word.format(elsewhere) for word in words]
        assert kura(*filled, people / "a.png", "--modality", "finger")[0] == DONE
        assert (elsewhere / "registry").is_dir()


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from api.command_line import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'cv2', 'faiss', 'onnxruntime', 'numba', 'sqlalchemy', 'rich', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stderr.strip() == "[]"
    for verb in ("enroll", "identify", "verify", "dedup", "inspect", "models", "registry", "bench"):
        assert verb in ended.stdout
