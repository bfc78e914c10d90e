"""`kura bench face` as people and programs meet it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import benchmarks.steps.face
import benchmarks.steps.parts
from api.command_line import BAD_INPUT, main
from benchmarks.results import read_result
from biometrics.extraction import Extractor
from biometrics.positions import Modality
from matching.calibration import fit_calibration, write_calibration
from tests.benchmarks.fakes import FakeFace, FakeFinger, write_sample


@pytest.fixture(autouse=True)
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(modality: Modality, home: Path | None = None) -> Extractor:
        return FakeFinger() if modality is Modality.FINGER else FakeFace()

    monkeypatch.setattr(benchmarks.steps.parts, "load_extractor", fake)
    monkeypatch.setenv("KURA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KURA_HOME", str(tmp_path / "home"))


@pytest.fixture
def calibrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation whose thresholds are those of this extractor's scores."""
    scores = np.random.default_rng(0).normal(0.0, 32**-0.5, 50_000).astype(np.float32)
    fitted = fit_calibration(
        scores, scale="cosine/fake-face/1", population="fakes", origin="numbers", subjects=300, command="none"
    )
    write_calibration(fitted, tmp_path / "home" / "own.json")
    monkeypatch.setattr(benchmarks.steps.face, "load_calibrations", lambda _: {Modality.FACE: fitted})


def _portraits(folder: Path) -> Path:
    for person in range(1, 13):
        for portrait in range(1, 3 if person < 7 else 2):
            write_sample(folder / f"P{person}" / f"P{person}_{portrait:04d}.png", person, portrait)
    lines = [*(f"P{n}\t1\t2" for n in range(1, 5)), *(f"P{n}\t1\tP{n + 6}\t1" for n in range(1, 5))]
    (folder / "pairs.txt").write_text("\n".join(["4", *lines]))
    lines = [line for n in range(4) for line in (lines[n], lines[4 + n])]
    (folder / "folds.txt").write_text("\n".join(["4 1", *lines]))
    return folder


def _labelled(folder: Path) -> Path:
    rows = ["file,age,sex,group"]
    for number in range(60):
        write_sample(folder / f"{number}.png", number, 1, blank=number == 7)
        rows.append(f"{number}.png,3-9,{'FM'[number % 2]},{'AB'[number % 3 > 1]}")
    (folder / "labels.csv").write_text("\n".join([*rows, "gone.png,3-9,F,A"]))
    (folder / "known.txt").write_text("# second pictures\n3.png\n")
    return folder


@pytest.mark.parametrize("file", ["pairs.txt", "folds.txt"])
def test_pairs_become_a_document_and_a_table_of_scores(
    tmp_path: Path, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = _portraits(tmp_path / "set"), tmp_path / "out"
    words = ["bench", "face", "--images", str(data), "--pairs", str(data / file), "--replicates", "30"]
    assert main([*words, "--json", str(out / "r.json"), "--scores", str(out / "s.csv"), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("accuracy")
    document = json.loads((out / "r.json").read_text())
    assert document.keys() >= {"accuracy", "eer", "tar", "failures", "images_per_s", "times_ms", "intervals", "folds"}
    assert (document["accuracy"], document["eer"], document["failures"], document["images"]) == (100.0, 0.0, 0, 12)
    assert list(document["tar"]) == ["0.01", "0.001", "0.0001"]
    assert len(document["folds"]) == 4
    assert document["images_per_s"] > 0
    rows = list(csv.DictReader((out / "s.csv").read_text().splitlines()))
    assert [row["first"] for row in rows[:2]] == ["P1/P1_0001", "P2/P2_0001" if file == "pairs.txt" else "P1/P1_0001"]
    assert [row["fold"] for row in rows] == (["0"] * 8 if file == "pairs.txt" else [str(n // 2) for n in range(8)])
    assert {row["same"] for row in rows} == {row["compared"] for row in rows} | {"0"} == {"0", "1"}
    assert min(float(row["score"]) for row in rows if row["same"] == "1") > 0.5
    (kept,) = (path for path in out.glob("face-*.json"))
    assert read_result(kept).sections["accuracy"] == 100.0
    assert str(tmp_path) not in kept.read_text() + (out / kept.name.replace("json", "html")).read_text()


def test_scores_as_an_archive(tmp_path: Path) -> None:
    data = _portraits(tmp_path / "set")
    file = tmp_path / "new" / "s.npz"
    words = ["bench", "face", "--images", str(data), "--pairs", str(data / "pairs.txt"), "--replicates", "10"]
    assert main([*words, "--scores", str(file)]) == 0
    with np.load(file, allow_pickle=False) as archive:
        assert sorted(archive.files) == ["compared", "first", "fold", "same", "score", "second"]
        assert (archive["score"].dtype, archive["same"].tolist()) == (np.float32, [True] * 4 + [False] * 4)


def test_portraits_of_low_quality_are_left_out_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = _portraits(tmp_path / "set")
    words = ["bench", "face", "--images", str(data), "--discard", "--replicates", "30"]
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["discard"]["fmr"] == 1e-4
    rates = document["discard"]["without_worst"]
    assert list(rates) == ["0", "0.05", "0.1", "0.2"]
    assert all(rate["interval"][0] <= rate["fnmr"] <= rate["interval"][1] for rate in rates.values())
    assert main(words) == 0
    assert "FNMR, worst 10 % left out" in capsys.readouterr().out


def test_labels_of_some_say_whom_to_group_and_not_whom_to_verify(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], calibrated: None
) -> None:
    data = _portraits(tmp_path / "set")
    rows = [f"P{n}/P{n}_0001.png,20-29,F,A" for n in range(1, 6)]
    (tmp_path / "labels.csv").write_text("\n".join(["file,age,sex,group", *rows]))
    words = ["bench", "face", "--images", str(data), "--pairs", str(data / "pairs.txt"), "--identify"]
    assert main([*words, "--labels", str(tmp_path / "labels.csv"), "--replicates", "20", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["accuracy"], document["searches"]) == (100.0, {"mated": 6, "unmated": 6})
    assert [(row["group"], row["n"], row["pairs"]) for row in document["groups"]] == [("A", 5, 10)]


def test_persons_are_searched_without_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = _portraits(tmp_path / "set")
    assert main(["bench", "face", "--images", str(data), "--identify", "--replicates", "30", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["gallery"], document["searches"], document["rank1"]) == (6, {"mated": 6, "unmated": 6}, 100.0)
    assert document.keys().isdisjoint({"eer", "accuracy", "tar", "groups"})


@pytest.mark.usefixtures("calibrated")
def test_labels_count_false_matches_by_group(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = _labelled(tmp_path / "set"), tmp_path / "out"
    words = ["bench", "face", "--images", str(data), "--labels", str(data / "labels.csv"), "--replicates", "30"]
    words += ["--leave-out", str(data / "known.txt"), "--out", str(out)]
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    rows = {(row["group"], row["sex"]): row for row in document["groups"]}
    assert [(key, row["n"], row["pairs"]) for key, row in rows.items()] == [
        (("A", "F"), 20, 190),
        (("A", "M"), 20, 18 * 17 // 2),
        (("B", "F"), 10, 45),
        (("B", "M"), 10, 45),
    ]
    assert rows["A", "M"]["misses"] == 0.05
    assert rows["A", "M"]["quality_median"] == 50
    assert list(rows["A", "M"]["fmr"]) == ["0.001", "0.0001"]
    assert document["calibration"] == "fakes"
    assert document["thresholds"]["0.001"] == pytest.approx(3.09 / 32**0.5, abs=0.05)
    assert document["parameters"]["labelled images not in the folder"] == 1
    (page,) = out.glob("*.html")
    assert "<h2>groups</h2>" in page.read_text()
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "A, F" in printed
    assert "all pairs of equal group and sex" in printed
    assert "1 of 61 labelled portraits are not in the folder, such as gone.png" in printed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--images", "{}/missing"], "no such folder"),
        (["--images", "{}/empty"], "no portraits"),
        (["--pairs", "{}/missing"], "pairs cannot be read: No such file"),
        (["--scores", "{}/s.csv"], "give one with --pairs"),
        (["--leave-out", "{}/set/pairs.txt"], "give labels with --labels"),
        (["--labels", "{}/missing"], "labels cannot be read: No such file"),
        (["--labels", "{}/set/pairs.txt"], "need a column 'file'"),
        (["--json", "{}/empty"], "cannot be written"),
        (["--pairs", "{}/set/pairs.txt", "--scores", "{}/set/pairs.txt/s.csv"], "cannot be written"),
        (["--identify", "--images", "{}/alone"], "too few to search"),
    ],
)
def test_bad_input_is_named_with_a_remedy(
    tmp_path: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _portraits(tmp_path / "set")
    (tmp_path / "empty").mkdir()
    write_sample(tmp_path / "alone" / "A" / "A_0001.png", 1, 1)
    assert (
        main(["bench", "face", "--images", f"{tmp_path}/set", *(word.format(tmp_path) for word in words)]) == BAD_INPUT
    )
    assert said in capsys.readouterr().err


def test_a_wrong_folder_is_refused_before_any_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = _portraits(tmp_path / "set") / "pairs.txt"
    write_sample(tmp_path / "other" / "A" / "A_0001.png", 1, 1)
    assert main(["bench", "face", "--images", str(tmp_path / "other"), "--pairs", str(pairs)]) == BAD_INPUT
    assert "8 of 8 pairs name portraits that are not in the folder" in capsys.readouterr().err
    assert not (tmp_path / "cache").exists()


def test_thresholds_of_another_scale_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = _labelled(tmp_path / "set")
    assert main(["bench", "face", "--images", str(data), "--labels", str(data / "labels.csv")]) == BAD_INPUT
    assert "not of cosine/fake-face/1" in capsys.readouterr().err
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("words", [["--scores", "s.txt"], ["--replicates", "0"], ["--data", "x"]])
def test_misuse_is_told_by_the_parser(words: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["bench", "face", "--images", "x", *words])
    assert left.value.code == 2
