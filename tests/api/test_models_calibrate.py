"""`kura models calibrate` as its users meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import api.wiring
from api.command_line import BAD_INPUT, main
from api.installation import Installation
from biometrics.protocols import Progress, no_progress
from enrollment.preparation import Extractors
from matching.calibration import read_calibration
from tests.benchmarks.fakes import FakeFace, FakeFinger, write_sample


@pytest.fixture(autouse=True)
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(_: Installation, progress: Progress = no_progress) -> Extractors:
        return Extractors(finger=FakeFinger(), face=FakeFace())

    monkeypatch.setattr(api.wiring, "load_extractors", fake)
    monkeypatch.setenv("KURA_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hundred and fifty people, of whom the first is there twice, in two groups; labels name one more."""
    folder = tmp_path_factory.mktemp("people")
    rows = ["file,age,sex,group"]
    for number in range(250):
        write_sample(folder / f"{number}.png", number, 1)
        rows.append(f"{number}.png,20-29,{'FM'[number % 2]},{'AB'[number >= 240]}")
    write_sample(folder / "again.png", 0, 2)
    (folder / "labels.csv").write_text("\n".join([*rows, "again.png,30-39,F,A", "gone.png,30-39,F,A"]))
    (folder / "known.txt").write_text("again.png\n")
    return folder


def test_a_folder_of_portraits_is_enough(portraits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "own.json"
    words = ["models", "calibrate", "--images", str(portraits), "--population", "town", "--out", str(out)]
    assert main(words) == 0
    printed = capsys.readouterr().out
    fitted = read_calibration(out)
    assert (fitted.population, fitted.scale, fitted.pairs) == ("town", "cosine/fake-face/1", 251 * 250 // 2)
    assert fitted.command == f"kura models calibrate --images {portraits.name} --population town --out own.json"
    assert str(tmp_path) not in out.read_text()
    assert f"0.001    {fitted.threshold(1e-3):.3f}  measured" in printed
    assert f"1e-06    {fitted.threshold(1e-6):.3f}  extrapolated" in printed
    assert "0.png  again.png" in printed
    assert f'face_calibration = "{out}"' in printed


def test_without_names_population_and_file_are_named_after_the_folder(
    portraits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["models", "calibrate", "--images", str(portraits)]) == 0
    fitted = read_calibration(tmp_path / f"{portraits.name}-calibration.json")
    assert fitted.population == portraits.name
    assert main(["models", "calibrate", "--images", str(portraits), "--population", "a/b c"]) == 0
    assert read_calibration(tmp_path / "a-b-c-calibration.json").population == "a/b c"


def test_labels_give_rates_by_group(portraits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "own.json"
    words = ["models", "calibrate", "--images", str(portraits), "--labels", str(portraits / "labels.csv")]
    words += ["--population", "town", "--out", str(out), "--target-fmr", "0.01"]
    assert main([*words, "--leave-out", str(portraits / "known.txt"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["pairs"] == 2 * (120 * 119 // 2 + 5 * 4 // 2) == read_calibration(out).pairs
    assert document["absent"] == 1
    assert [(row["group"], row["sex"], row["portraits"]) for row in document["cohorts"]] == [
        ("A", "F", 120),
        ("A", "M", 120),
        ("B", "F", 5),
        ("B", "M", 5),
    ]
    low, high = document["cohorts"][0]["intervals"]["0.01"]
    assert low <= document["cohorts"][0]["fmr"]["0.01"] <= high
    assert all(pair["second"] != "again.png" for pair in document["likely_one_person"])
    assert document["measured_down_to_fmr"] <= 0.01
    assert main([*words, "--worst-group"]) == 0
    printed = capsys.readouterr().out
    assert "the one that scores highest is taken: group A" in printed
    assert "(in brackets: too few pairs to tell)" in printed
    assert "1 labelled portraits are not in the folder" in printed
    assert "again.png" in printed
    assert printed.splitlines()[-1].startswith("before that, look at the pairs above")
    chosen = ["--where", "group=A", "--without", "age=30-39", "--within", "sex", "--json"]
    assert main([*words, *chosen]) == 0
    assert json.loads(capsys.readouterr().out)["pairs"] == 2 * (120 * 119 // 2)
    assert "--where 'group=A' --without 'age=30-39' --within sex" in read_calibration(out).command


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--images", "missing"], "no such folder"),
        (["--labels", "missing.csv"], "labels cannot be read"),
        (["--where", "group=A"], "give the file with --labels"),
        (["--worst-group"], "--worst-group needs groups"),
        (["--target-fmr", "1e-4"], "too few for 0.0001"),
        (["--leave-out", "missing.txt"], "names cannot be read"),
    ],
)
def test_bad_input_is_named_and_nothing_written(
    portraits: Path, tmp_path: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "own.json"
    usual = ["models", "calibrate", "--images", str(portraits), "--population", "town", "--out", str(out)]
    assert main([*usual, *words]) == BAD_INPUT
    assert said in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    "words", [["--out", "x.txt"], ["--target-fmr", "0"], ["--target-fmr", "nan"], ["--where", "a"]]
)
def test_misuse_is_told_by_the_parser(words: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["models", "calibrate", "--images", "x", "--population", "p", "--out", "y.json", *words])
    assert left.value.code == 2
