"""`kura simulate` as its users meet it."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from api.command_line import BAD_INPUT, DONE, INTERRUPTED, MISUSE
from biometrics.positions import FINGERS
from devices.simulated import PROFILES, PrintOrder
from devices.simulated.batch import Delivery
from enrollment.simulation import people, writing
from enrollment.simulation.plan import PopulationPlan
from tests.api.conftest import Run
from tests.enrollment.simulation.test_writing import contents, quick_prints


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "simulate_prints", quick_prints)


def test_simulate_says_what_it_wrote_and_what_to_type_next(kura: Run, tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "the people"
    code, out, _ = kura("simulate", folder, "--persons", 50, "--duplicates", 4, "--twins", 2)
    assert code == DONE
    assert out.startswith("50 simulated persons with ")
    assert "nobody exists" in out
    assert "4 duplicates" in out and "2 twins" in out
    assert out.splitlines()[-1] == f"enroll them: kura --home '{folder}-home' enroll '{folder}/manifest.csv'"
    assert len((folder / "truth.csv").read_text().splitlines()) == 7
    assert not home.exists()


def test_simulate_as_json(kura: Run, tmp_path: Path) -> None:
    folder = tmp_path / "pop"
    words = ("simulate", folder, "--persons", 200, "--duplicates", "1.5%", "--twins", "1%", "--json")
    document = json.loads(kura(*words)[1])
    assert document["simulated"] is True
    assert (document["persons"], document["duplicates"], document["twins"]) == (200, 3, 2)
    assert document["prints"] == document["prints_made_now"] == len(list(folder.rglob("*.png")))
    assert document["next"] == f"kura --home {folder}-home enroll {folder}/manifest.csv"
    assert json.loads(kura(*words)[1])["prints_made_now"] == 0


def test_the_next_command_enrolls_elsewhere_than_the_users_people(
    kura: Run, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, out, _ = kura("simulate", "./-x", "--persons", 3)
    words = shlex.split(out.splitlines()[-1].removeprefix("enroll them: "))
    assert words == ["kura", "--home", "./-x-home", "enroll", "./-x/manifest.csv"]
    kura(*words[1:])  # the pictures are no prints, but a home is made before anybody is refused
    assert Path("-x-home").is_dir()
    assert not home.exists()


def test_the_next_command_names_the_home_that_was_given(
    kura: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [".venv/bin/kura"])
    monkeypatch.setattr("shutil.which", lambda _: None)
    for words in (("--home", "my home", "simulate"), ("simulate", "--home", "my home")):
        document = json.loads(kura(*words, tmp_path / "pop", "--persons", 3, "--json")[1])
        assert document["next"] == f".venv/bin/kura --home 'my home' enroll {tmp_path}/pop/manifest.csv"


@pytest.mark.parametrize(("folder", "here"), [("pop", "."), (".", "pop"), ("../pop", "pop"), ("..", "pop/prints")])
def test_the_home_of_the_current_folder_is_beside_it(
    folder: str, here: str, kura: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kura("simulate", tmp_path / "pop", "--persons", 3)
    monkeypatch.chdir(tmp_path / here)
    words = shlex.split(json.loads(kura("simulate", folder, "--persons", 3, "--json")[1])["next"])
    assert Path(words[2]).resolve() == tmp_path / "pop-home"


def test_four_fingers_ten_or_those_named(kura: Run, tmp_path: Path) -> None:
    expected = {
        "4": {"right_thumb", "right_index", "left_thumb", "left_index"},
        "10": {finger.value for finger in FINGERS},
        "left_ring, right_index": {"left_ring", "right_index"},
    }
    for number, (asked, names) in enumerate(expected.items()):
        folder = tmp_path / str(number)
        assert kura("simulate", folder, "--persons", 1, "--fingers", asked)[0] == DONE
        assert {path.stem for path in folder.rglob("*.png")} == names


@pytest.mark.parametrize(
    "words",
    [
        ("--persons", "0"),
        ("--persons", "5", "--fingers", "thirteen"),
        ("--persons", "5", "--fingers", "face"),
        ("--persons", "5", "--fingers", "left_ring,left_ring"),
        ("--persons", "5", "--fingers", "0"),
        ("--persons", "5", "--fingers", "1"),
        ("--persons", "5", "--fingers", "left_ring,2"),
        ("--persons", "5", "--fingers", ""),
        ("--persons", "100000001"),
        ("--persons", "9" * 5000),
        ("--persons", "٣"),
        ("--persons", "5", "--seed", "-1"),
        ("--persons", "5", "--seed", "1.5"),
        ("--persons", "5", "--duplicates", "1.0"),
        ("--persons", "5", "--duplicates", "0.02"),
        ("--persons", "5", "--duplicates", "many%"),
        ("--persons", "5", "--duplicates", "nan%"),
        ("--persons", "3", "--duplicates", "2"),
        ("--persons", "5", "--duplicates", "-3"),
        ("--persons", "5", "--duplicates", "150%"),
        ("--persons", "5", "--twins", "many"),
        ("--persons", "5", "--twins", "nan"),
        ("--persons", "5", "--profile", "shiny"),
        (),
    ],
)
def test_misuse_is_told(kura: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    code, _, err = kura("simulate", tmp_path / "pop", *words)
    assert (code, "invalid _" in err, "invalid int" in err) == (MISUSE, False, False)
    assert not (tmp_path / "pop").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--seed", "abc"), "'abc' is not a whole number from 0 to 999,999,999"),
        (("--duplicates", "abc"), "'abc' is not a whole number from 0 to 999,999,999"),
        (("--twins", "150%"), "'150%' is no share of the persons; write 0% to 100%"),
        (("--twins", "3"), "duplicates (0) and twins (3) do not fit among 5 in all (plant at most one person in two)"),
        (("--fingers", "5"), "'5' is neither 4 nor 10 nor a list of fingers, each once, of right_thumb, right_index,"),
    ],
)
def test_misuse_is_told_in_words(kura: Run, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    assert said in kura("simulate", tmp_path / "pop", "--persons", "5", *words)[2]


def test_an_empty_folder_name_is_no_current_folder(kura: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = kura("simulate", "", "--persons", 3)
    assert (code, "the folder is empty" in err, list(tmp_path.iterdir())) == (MISUSE, True, [])


def test_a_file_in_the_folders_place_is_named(kura: Run, tmp_path: Path) -> None:
    (tmp_path / "pop").write_text("mine")
    code, _, err = kura("simulate", tmp_path / "pop", "--persons", 3)
    assert (code, err) == (BAD_INPUT, f"kura: {tmp_path}/pop: this is not a folder (name another folder)\n")


def test_every_profile_can_be_chosen(kura: Run, tmp_path: Path) -> None:
    for name in PROFILES:
        assert kura("simulate", tmp_path / name, "--persons", 1, "--profile", name)[0] == DONE


def test_settings_have_no_part_in_it(kura: Run, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    (home / "settings.toml").write_text("this is [broken")
    asked: list[int] = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 4, 6})

    def watched(orders: Iterable[PrintOrder], *, threads: int) -> Iterator[Delivery]:
        asked.append(threads)
        return quick_prints(orders, threads=threads)

    monkeypatch.setattr(writing, "simulate_prints", watched)
    assert kura("simulate", tmp_path / "pop", "--persons", 2)[0] == DONE
    assert asked == [3]


def test_persons_without_prints_are_told(kura: Run, tmp_path: Path) -> None:
    statements = list(people(PopulationPlan(persons=20, seed=3)))
    finger = next(finger for person in statements for finger in person.missing)
    lacking = sum(finger in person.missing for person in statements)
    words = ("--persons", 20, "--seed", 3, "--duplicates", 0, "--twins", 0, "--fingers", finger.value)
    _, out, _ = kura("simulate", tmp_path / "pop", *words)
    assert f"\n{lacking} without any of these fingers: in people.jsonl, but not in manifest.csv\n" in out
    assert json.loads(kura("simulate", tmp_path / "pop", *words, "--json")[1])["persons_without_prints"] == lacking > 0
    assert "without any" not in kura("simulate", tmp_path / "few", "--persons", 3)[1]


def test_one_is_no_plural(kura: Run, tmp_path: Path) -> None:
    _, out, _ = kura("simulate", tmp_path / "one", "--persons", 1, "--fingers", "left_ring")
    assert out.startswith("1 simulated person with 1 print in ")
    assert "planted: 0 duplicates (the same person under another name), 0 twins" in out
    _, out, _ = kura("simulate", tmp_path / "pop", "--persons", 4, "--duplicates", 1, "--twins", 1)
    assert "planted: 1 duplicate (the same person under another name), 1 twin\n" in out


def test_another_population_in_the_same_folder_is_refused(kura: Run, tmp_path: Path) -> None:
    assert kura("simulate", tmp_path / "pop", "--persons", 3)[0] == DONE
    before = contents(tmp_path / "pop")
    code, _, err = kura("simulate", tmp_path / "pop", "--persons", 3, "--seed", 1)
    assert (code, "see its plan.json" in err) == (BAD_INPUT, True)
    assert contents(tmp_path / "pop") == before


def test_interrupted_it_says_how_to_go_on(kura: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "simulate_prints", interrupted)
    code, _, err = kura("simulate", tmp_path / "pop", "--persons", 3)
    assert (code, "run the same command again" in err) == (INTERRUPTED, True)
    assert not (tmp_path / "pop" / "manifest.csv").exists()
