"""The plain export that extraction is measured against, and the measurement."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from api.command_line import BAD_INPUT, main
from benchmarks.extraction.speed import EXTRACTION, NAIVE, NETWORK, NETWORK_RATIO, RATIO, Subjects
from biometrics.image_writing import write_png
from models.finger.minutiae import THRESHOLD
from models.store import ModelStore
from tests.models.known_print import known_print, reference_print

REFERENCE = Path(__file__).parents[1] / "golden" / "leader_reference.npz"


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> Subjects:
    return Subjects.load(ModelStore(tmp_path_factory.mktemp("models")))


def _prints(folder: Path, count: int) -> Path:
    for finger in range(count):
        write_png(folder / f"{finger}_1.png", known_print(finger, height=96, width=128, minutiae=2).pixels)
    return folder


def test_the_plain_export_answers_what_the_published_network_answers(subjects: Subjects) -> None:
    image = reference_print().pixels.astype(np.float32)[np.newaxis, :, :, np.newaxis]
    names = ["position", "direction", "type"]
    with np.load(REFERENCE) as reference:
        for name, found in zip(names, subjects.naive.run(names, {"image": image}), strict=True):
            assert np.abs(found[0] - reference[name]).max() < 1e-4, name


def test_the_network_answers_what_the_plain_export_answers(subjects: Subjects) -> None:
    pixels = known_print(3, height=160, width=192, minutiae=4).pixels.astype(np.float32)
    found = subjects.network.find(subjects.network.stems.see(pixels))
    position, direction, kind = subjects.naive.run(None, {"image": pixels[np.newaxis, :, :, np.newaxis]})
    line = cv2.getGaussianKernel(5, 0).astype(np.float32)
    smooth = cv2.sepFilter2D(position[0, ..., 0], -1, line, line, borderType=cv2.BORDER_CONSTANT)
    assert len(found.rows) >= 4
    assert (found.strength[found.rows, found.columns] >= THRESHOLD).all()
    assert np.abs(found.strength - smooth).max() < 1e-4
    assert np.abs(found.direction - direction[0, found.rows, found.columns]).max() < 1e-4
    assert np.abs(found.ending - kind[0, found.rows, found.columns, 0]).max() < 1e-4


def test_stages_are_timed_in_turns_and_ratios_are_those_of_the_prints(
    tmp_path: Path, subjects: Subjects, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every call of a print takes the tick that the clock next shows: 1, 2, 3 ... seconds, forwards and backwards."""
    clock = iter(tick * (tick + 1) / 2 for tick in range(10_000))
    monkeypatch.setattr("time.process_time", lambda: float(next(clock)))
    monkeypatch.setattr(Subjects, "load", lambda _: subjects)
    file = tmp_path / "result.json"
    assert main(["bench", "extraction", "--data", f"{_prints(tmp_path / 'set', 7)}:500", "--json", str(file)]) == 0
    figures = json.loads(file.read_text())["figures"]
    assert {name.removeprefix("set/") for name in figures} >= {
        EXTRACTION,
        NETWORK,
        "graph",
        NAIVE,
        RATIO,
        NETWORK_RATIO,
    }
    assert all(figure["counts"] == {"rounds": 7} for figure in figures.values())
    assert figures[f"set/{RATIO}"]["unit"] == "times"
    # Forwards extraction comes first and the plain export last; backwards the other way round.
    assert figures[f"set/{RATIO}"]["low"] < 1.0 < figures[f"set/{RATIO}"]["high"]
    assert "set/plain export" in capsys.readouterr().out


def test_too_few_prints_are_refused(
    tmp_path: Path, subjects: Subjects, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Subjects, "load", lambda _: subjects)
    assert main(["bench", "extraction", "--data", str(_prints(tmp_path / "set", 5))]) != 0
    assert "5 rounds are too few" in capsys.readouterr().err


def test_a_print_at_an_impossible_resolution_is_named(
    tmp_path: Path, subjects: Subjects, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Subjects, "load", lambda _: subjects)
    write_png(tmp_path / "set" / "7_1.png", known_print(7, height=256, width=256, minutiae=2).pixels)
    assert main(["bench", "extraction", "--data", f"{tmp_path / 'set'}:1000"]) == BAD_INPUT
    error = capsys.readouterr().err
    assert f"{tmp_path / 'set' / '7_1.png'}: 1000 pixels per inch cannot be true" in error


def test_a_missing_folder_is_bad_input(tmp_path: Path) -> None:
    assert main(["bench", "extraction", "--data", str(tmp_path / "nowhere")]) == BAD_INPUT
