"""`kura simulate` as its users meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.command_line import BAD_INPUT, DONE, INTERRUPTED, MISUSE
from biometrics.positions import FINGERS
from enrollment.simulation import writing
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
    assert out.splitlines()[-1] == f"enroll them: kura enroll '{folder}/manifest.csv'"
    assert len((folder / "truth.csv").read_text().splitlines()) == 7
    assert not home.exists()


def test_simulate_as_json(kura: Run, tmp_path: Path) -> None:
    folder = tmp_path / "pop"
    words = ("simulate", folder, "--persons", 200, "--duplicates", "1.5%", "--twins", "0.01", "--json")
    document = json.loads(kura(*words)[1])
    assert document["simulated"] is True
    assert (document["persons"], document["duplicates"], document["twins"]) == (200, 3, 2)
    assert document["prints"] == document["prints_made_now"] == len(list(folder.rglob("*.png")))
    assert document["next"] == f"kura enroll {folder}/manifest.csv"
    assert json.loads(kura(*words)[1])["prints_made_now"] == 0


def test_four_fingers_ten_or_those_named(kura: Run, tmp_path: Path) -> None:
    expected = {
        "4": {"right_thumb", "right_index", "left_thumb", "left_index"},
        "10": {finger.value for finger in FINGERS},
        "left_ring,2": {"left_ring", "right_index"},
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
        ("--persons", "5", "--fingers", "1,1"),
        ("--persons", "5", "--fingers", "0"),
        ("--persons", "5", "--duplicates", "-3"),
        ("--persons", "5", "--duplicates", "150%"),
        ("--persons", "5", "--twins", "many"),
        ("--persons", "5", "--twins", "nan"),
        ("--persons", "5", "--profile", "shiny"),
        (),
    ],
)
def test_misuse_is_told(kura: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert kura("simulate", tmp_path / "pop", *words)[0] == MISUSE
    assert not (tmp_path / "pop").exists()


def test_what_cannot_be_planted_is_refused(kura: Run, tmp_path: Path) -> None:
    code, _, err = kura("simulate", tmp_path / "pop", "--persons", 3, "--duplicates", 2)
    assert (code, "do not fit among 3 persons" in err) == (BAD_INPUT, True)


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
