"""`kura bench` as its users meet it; once with the real extractor on simulated prints."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import benchmarks.steps.parts
from api.command_line import BAD_INPUT, main
from benchmarks.results import read_result, read_scores
from biometrics.extraction import Extractor
from biometrics.image_writing import write_png
from biometrics.positions import Modality
from matching.calibration import read_calibration
from tests.benchmarks.fakes import FakeFace, FakeFinger, write_sample
from tests.simulated import impression


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KURA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def fakes(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(modality: Modality, home: Path | None = None) -> Extractor:
        return FakeFinger() if modality is Modality.FINGER else FakeFace()

    monkeypatch.setattr(benchmarks.steps.parts, "load_extractor", fake)


def _prints(folder: Path, fingers: int = 24) -> Path:
    for finger in range(1, fingers + 1):
        for touch in (1, 2):
            write_sample(folder / f"{finger}_{touch}.png", finger, touch)
    return folder


@pytest.mark.usefixtures("fakes")
def test_fingerprint_writes_a_result_its_scores_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = _prints(tmp_path / "set", 4), tmp_path / "out"
    words = ["bench", "fingerprint", "--data", str(data), "--replicates", "30", "--out", str(out)]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[1].split()[:3] == ["set", "0.00", "(0.00-48.99)"]
    assert sorted(path.suffix for path in out.iterdir()) == [".html", ".json", ".npz"]
    (path,) = out.glob("*.json")
    result = read_result(path)
    assert result.name == "fingerprint"
    assert result.parameters["data"] == {"set": "500 ppi"}
    assert result.figures["set/EER"].counts["genuine pairs"] == 4
    assert result.scores is not None
    scores = read_scores(result.scores, out)
    assert scores["set.impostor"].shape == (24,)
    assert str(tmp_path) not in path.read_text() + (out / path.name.replace("json", "html")).read_text()


@pytest.mark.usefixtures("fakes")
def test_folders_have_their_own_resolution_and_the_document_goes_to_the_file_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two", "three"):
        _prints(tmp_path / name, 3)
    file = tmp_path / "new" / "result.json"
    folders = ["--data", str(tmp_path / "one"), f"{tmp_path / 'two'}:569", "--data", f"{tmp_path / 'three'}:512.5"]
    assert (
        main(
            [
                "bench",
                "fingerprint",
                *folders,
                "--replicates",
                "10",
                "--json",
                str(file),
                "--scores",
                str(tmp_path / "s"),
            ]
        )
        == 0
    )
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == ["one.npz", "three.npz", "two.npz"]
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:5]] == ["one", "two", "three", "mean"]
    document = json.loads(file.read_text())
    assert [row["name"] for row in document["databases"]] == ["one", "two", "three"]
    keys = {"name", "eer", "fmr100", "fmr1000", "zerofmr", "failures", "extract_ms", "matches_per_s", "intervals"}
    assert all(row.keys() == keys for row in (*document["databases"], document["mean"]))
    assert document["parameters"]["data"] == {"one": "500 ppi", "two": "569 ppi", "three": "512.5 ppi"}
    assert document["figures"].keys() >= {"one/EER", "two/EER", "three/EER"}


@pytest.mark.usefixtures("fakes")
def test_a_changed_byte_changes_the_data_hash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = _prints(tmp_path / "set", 3)
    words = ["bench", "fingerprint", "--data", str(data), "--replicates", "10", "--json"]
    documents = []
    for touch in (1, 1, 7):
        write_sample(data / "1_1.png", 1, touch)
        assert main(words) == 0
        documents.append(json.loads(capsys.readouterr().out))
    hashes = [document["data_sha256"] for document in documents]
    assert hashes[0] == hashes[1] != hashes[2]
    assert documents[0]["scores"] is None


@pytest.mark.usefixtures("fakes")
def test_calibrate_writes_what_matching_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = _prints(tmp_path / "set"), tmp_path / "fitted.json"
    words = ["bench", "calibrate", "--data", str(data), "--population", "test", "--out", str(out), "--json"]
    assert main(words) == 0
    document, fitted = json.loads(capsys.readouterr().out), read_calibration(out)
    assert fitted.pairs == document["pairs"] == 24 * 23 * 2
    assert fitted.command == "kura bench calibrate --data set --population test --out fitted.json"
    assert str(tmp_path) not in out.read_text()


_CALIBRATE = ["calibrate", "--data", "{}/set", "--population", "p", "--out"]


@pytest.mark.usefixtures("fakes")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fingerprint", "--data", "{}/missing"], "no such folder"),
        (["fingerprint", "--data", "{}/set:50"], "DIR:PPI"),
        (["fingerprint", "--data", "{}/missing:569"], "no such folder"),
        (["fingerprint", "--data", "{}/missing:abc"], "no such folder"),
        (["fingerprint", "--data", "{}/empty"], "no prints"),
        (["fingerprint", "--data", "{}/set", "--json", "{}/empty"], "cannot be written"),
        (["fingerprint", "--data", "{}/set", "--peers"], "nbis-py"),
        ([*_CALIBRATE, "{}/x/y"], "no such folder"),
        ([*_CALIBRATE, "{}/y"], "fewer than"),
    ],
)
def test_bad_input_is_named_with_a_remedy(
    tmp_path: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nbis", None)  # as if it were not installed
    _prints(tmp_path / "set", 2)
    (tmp_path / "empty").mkdir()
    assert main(["bench", *(word.format(tmp_path) for word in words)]) == 3
    assert said in capsys.readouterr().err
    assert not (tmp_path / "y").exists()


@pytest.mark.usefixtures("fakes")
@pytest.mark.parametrize("words", [["--json", "{}"], ["--peers"]])
def test_what_cannot_succeed_is_refused_before_any_work(
    tmp_path: Path, cache: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nbis", None)  # as if it were not installed
    data = str(_prints(tmp_path / "set", 2))
    assert main(["bench", "fingerprint", "--data", data, *(word.format(tmp_path) for word in words)]) == BAD_INPUT
    assert not cache.exists()


@pytest.mark.usefixtures("fakes")
def test_a_single_print_has_a_page_too(tmp_path: Path) -> None:
    write_sample(tmp_path / "set" / "1_1.png", 1, 1)
    assert main(["bench", "fingerprint", "--data", str(tmp_path / "set"), "--out", str(tmp_path / "out")]) == 0
    (page,) = (tmp_path / "out").glob("*.html")
    assert "error rates cannot be computed" in page.read_text()


@pytest.mark.parametrize("words", [["--replicates", "0"], ["--replicates", "many"], ["--ppi", "500"], ["--pairs", "x"]])
def test_misuse_is_told_by_the_parser(words: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["bench", "fingerprint", "--data", "x", *words])
    assert left.value.code == 2


def test_help_imports_nothing_heavy() -> None:
    look = "import sys, benchmarks.verb; print([name for name in sys.modules if name in %r])"
    heavy = ("numpy", "matplotlib", "onnxruntime", "numba", "faiss", "cv2", "rich")
    done = subprocess.run([sys.executable, "-c", look % (heavy,)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.usefixtures("cache")
def test_simulated_prints_are_told_apart_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "simulated"
    for finger in range(3):
        for touch in (1, 2):
            write_png(data / f"{finger}_{touch}.png", impression(finger, touch), ppi=500.0, simulated=True)
    assert main(["bench", "fingerprint", "--data", str(data), "--replicates", "20", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["notes"] == [
        "simulated: 6 of 6 samples are simulated; error rates on them say nothing about people",
        "simulated: 12 impostor pairs are too few for FMR100 and FMR1000",
    ]
    figures = result["figures"]
    zero = figures["simulated/ZeroFMR"]
    assert (zero["value"], zero["counts"]["genuine pairs"], zero["counts"]["impostor pairs"]) == (0.0, 3, 12)
    assert figures["simulated/failure to enroll"]["value"] == 0.0
    words = ["--population", "nobody", "--out", str(tmp_path / "c.json")]
    assert main(["bench", "calibrate", "--data", str(data), *words]) == BAD_INPUT
    assert "6 of 6 samples are simulated" in capsys.readouterr().err
