"""`kura identify`, `verify`, `dedup`, `inspect`, `registry` and `models` as their users meet them."""

from __future__ import annotations

import json
from pathlib import Path

from api.command_line import BAD_INPUT, DONE, MISUSE, NEGATIVE
from registry.store import Registry
from tests.api.conftest import Run, enrolled
from tests.enrollment.fakes import BLANK, picture, write_pictures


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


def test_identify_warns_of_portraits_of_two_people(kura: Run, people: Path, tmp_path: Path) -> None:
    enrolled(kura, people)
    for name, person in (("one", 2), ("two", 2), ("other", 3)):
        (tmp_path / f"{name}.png").write_bytes(picture(person, len(name), color=True))
    one, two, other = (tmp_path / f"{name}.png" for name in ("one", "two", "other"))
    _, out, _ = kura("identify", one, two, "--json")
    assert json.loads(out)["warnings"] == []
    code, out, _ = kura("identify", one, other, two, "--json")
    assert code == NEGATIVE
    (warning,) = json.loads(out)["warnings"]
    assert warning.startswith("other.png: unlike other portraits")
    _, out, _ = kura("identify", one, other, two)
    assert f"warning: {warning}" in out.splitlines()


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
    target, drawn = tmp_path / "pairs.json", tmp_path / "pairs.html"
    code, out, _ = kura("dedup", "run", "--json", target, "--page", drawn)
    assert code == DONE
    document = json.loads(target.read_text())
    (pair,) = document["pairs"]
    assert {pair["a"], pair["b"]} == {"a", "a_again"}
    assert pair["outcome"] == "duplicate"
    assert pair["score"] > 5
    assert set(pair["scores"]) == {"unknown"}
    (page,) = document["pages"]
    text = Path(page).read_text()
    assert Path(page) == drawn and not [*home.rglob("*.html")]
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


def test_inspect_blames_no_image_for_wrong_settings(kura: Run, people: Path, home: Path) -> None:
    home.mkdir(exist_ok=True)
    (home / "settings.toml").write_text("colour = 1")
    code, out, err = kura("inspect", people / "a.png", "--no-pictures")
    assert code == BAD_INPUT
    assert "not usable" not in out
    assert "settings.toml: unknown setting colour" in err


def test_inspect_takes_equal_names_and_every_sample_of_a_person(kura: Run, people: Path, tmp_path: Path) -> None:
    write_pictures(tmp_path / "other", [("a", 2, 0)])
    (tmp_path / "people.csv").write_text("person,path\nP,people/b.png\nP,people/c.png\n")
    words = (people / "a.png", tmp_path / "other" / "a.png", tmp_path / "people.csv", "--no-pictures", "--json")
    code, out, _ = kura("inspect", *words)
    assert code == DONE
    assert [Path(document["image"]).name for document in json.loads(out)] == ["a.png", "a.png", "b.png", "c.png"]


def test_registry_steps(kura: Run, people: Path, home: Path) -> None:
    enrolled(kura, people)
    status = json.loads(kura("registry", "status", "--json")[1])
    assert (status["subjects"], status["pending_encounters"], status["open_cases"]) == (4, 1, 1)
    assert {one["person"] for one in json.loads(kura("registry", "persons", "--json")[1])} == {"a", "b", "c", "a_again"}
    (case,) = json.loads(kura("case", "list", "--json")[1])
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


def test_a_label_is_found_however_its_accents_are_written(kura: Run, people: Path) -> None:
    composed, decomposed = "Kon\u00e9", "Kone\u0301"
    assert kura("enroll", people / "b.png", "--modality", "finger", "--person", composed)[0] == DONE
    assert kura("verify", people / "b.png", "--modality", "finger", "--person", decomposed)[0] == DONE


def test_a_lost_sample_costs_its_picture_and_not_the_report(
    kura: Run, people: Path, tmp_path: Path, home: Path
) -> None:
    enrolled(kura, people)
    for path in (home / "registry" / "samples").rglob("*"):
        if path.is_file():
            path.unlink()
    target = tmp_path / "pairs.json"
    assert kura("dedup", "run", "--json", target, "--page", tmp_path / "page.html")[0] == DONE
    assert len(json.loads(target.read_text())["pairs"]) == 1
    assert "the sample is lost or damaged" in (tmp_path / "page.html").read_text()


def test_the_page_escapes_what_senders_call_people(kura: Run, people: Path, tmp_path: Path) -> None:
    for image in ("a", "a_again"):
        kura("enroll", people / f"{image}.png", "--modality", "finger", "--person", f"<script>{image}</script>")
    kura("dedup", "run", "--page", tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "<script" not in text
    assert "&lt;script&gt;a&lt;/script&gt;" in text


def test_dedup_refuses_an_unwritable_result_before_it_compares(
    kura: Run, people: Path, tmp_path: Path, home: Path
) -> None:
    enrolled(kura, people)
    cases = kura("case", "list", "--json")[1]
    code, _, err = kura("dedup", "run", "--json", tmp_path)
    assert (code, "cannot be written" in err) == (BAD_INPUT, True)
    assert kura("dedup", "run", "--json", tmp_path / "x", "--page", tmp_path / "x")[0] == MISUSE
    assert kura("case", "list", "--json")[1] == cases
    assert not (home / "reports").exists()
