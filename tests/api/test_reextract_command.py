"""`kura registry reextract`: a job that moves an installation to another model, settings and all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api import wiring
from api.command_line import BAD_INPUT, DONE, MISUSE
from api.installation import Installation, open_installation
from api.settings import read_settings
from api.verbs.registry_steps import reextract
from enrollment.preparation import Extractors
from matching.calibration import fit_calibration, write_calibration
from matching.face import cosine_scale
from tests.api.conftest import Run
from tests.enrollment.fakes import fake_extractors, picture
from tests.enrollment.other_extractors import NEWER_FORMAT, NewerExtractor
from tests.models.own_models import EMBEDDER, embedder

NEWER = NEWER_FORMAT.model_id


@pytest.fixture(autouse=True)
def chosen_extractors(kura: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(installation: Installation, *_: Any) -> Extractors:
        fakes = fake_extractors()
        newer = installation.settings.face_model == NEWER
        return Extractors(finger=fakes.finger, face=NewerExtractor() if newer else fakes.face)

    monkeypatch.setattr(wiring, "load_extractors", load)


@pytest.fixture
def calibration(tmp_path: Path) -> Path:
    scores = np.random.default_rng(7).normal(0, 0.09, 20_000).astype(np.float32)
    path = tmp_path / "newer.json"
    fitted = fit_calibration(
        scores, scale=cosine_scale(NEWER_FORMAT), population="simulated", origin="random numbers", subjects=200
    )
    write_calibration(fitted, path)
    return path


@pytest.fixture
def enrolled(kura: Run, tmp_path: Path, home: Path) -> Path:
    folder = tmp_path / "faces"
    folder.mkdir()
    for number in range(4):
        (folder / f"p{number}.png").write_bytes(picture(number, color=True))
    assert kura("enroll", folder, "--modality", "face")[0] == DONE
    text = EMBEDDER.replace("toy-faces/1", NEWER).replace("dimension = 16", "dimension = 128")
    library = wiring.open_library(open_installation(home, create=False))
    library.add(embedder(dimension=128), text, tried={})
    return folder


def test_an_installation_is_moved(kura: Run, enrolled: Path, calibration: Path, home: Path) -> None:
    code, out, err = kura("registry", "reextract", "--model", NEWER, "--calibration", calibration, "--json")
    assert (code, json.loads(out)) == (DONE, {"model": NEWER, "finished": True, "made": 4, "left_out": []}), err
    assert json.loads(kura("registry", "status", "--models", "--json")[1])["models"] == {NEWER: 4}
    settings = read_settings(home)
    assert (settings.face_model, settings.face_calibration) == (NEWER, str(calibration))
    found = json.loads(kura("identify", enrolled / "p2.png", "--json")[1])
    assert [one["person"] for one in found["candidates"]] == ["p2"]
    assert (found["gallery_size"], found["compared"]) == (4, 4)
    assert kura("enroll", enrolled / "p3.png", "--modality", "face", "--person", "again")[0] == DONE
    code, _, err = kura("models", "remove", NEWER)
    assert (code, "the settings name it" in err) == (BAD_INPUT, True)
    (home / "settings.toml").write_text("")
    code, _, err = kura("models", "remove", NEWER)
    assert (code, "5 references were made by it" in err) == (BAD_INPUT, True)


def test_an_installation_is_moved_back_to_the_built_in_model_and_its_calibration(
    kura: Run, enrolled: Path, calibration: Path, home: Path
) -> None:
    assert kura("registry", "reextract", "--model", NEWER, "--calibration", calibration)[0] == DONE
    code, _, err = kura("registry", "reextract", "--model", "default")
    assert (code, f"the calibration is for scores of cosine/{NEWER}" in err) == (BAD_INPUT, True)
    assert "name default for the shipped one" in err
    assert kura("registry", "reextract", "--model", "default", "--calibration", "default")[0] == DONE
    settings = read_settings(home)
    assert (settings.face_model, settings.face_calibration) == ("default", "default")
    assert kura("identify", enrolled / "p2.png")[0] == DONE


def test_without_a_calibration_nothing_begins(kura: Run, enrolled: Path) -> None:
    code, _, err = kura("registry", "reextract", "--model", NEWER)
    assert (code, f"no calibration of cosine/{NEWER}" in err) == (BAD_INPUT, True)
    assert "kura models calibrate" in err
    assert kura("registry", "reextract", "--status")[1] == "no re-extraction is unfinished\n"


def test_a_calibration_of_another_model_is_refused(
    kura: Run, enrolled: Path, calibration: Path, tmp_path: Path
) -> None:
    text = calibration.read_text().replace(f"cosine/{NEWER}", "cosine/other/1")
    (tmp_path / "other.json").write_text(text)
    words = ("registry", "reextract", "--model", NEWER, "--calibration", tmp_path / "other.json")
    code, _, err = kura(*words)
    assert (code, "for scores of cosine/other/1" in err) == (BAD_INPUT, True)


def test_who_would_be_lost_is_named_and_nothing_exchanged(
    kura: Run, enrolled: Path, calibration: Path, home: Path
) -> None:
    sample = next(path for path in (home / "registry" / "samples").rglob("*") if path.is_file())
    sample.unlink()
    words = ("registry", "reextract", "--model", NEWER, "--calibration", calibration)
    code, out, _ = kura(*words)
    assert code == BAD_INPUT
    assert "3 references of model newer-faces/1 made" in out
    assert "the stored sample is missing" in out and "--leave-out" in out
    assert read_settings(home).face_model == "default"
    status = json.loads(kura("registry", "reextract", "--status", "--json")[1])
    assert (status["model"], status["finished"], status["made"], len(status["left_out"])) == (NEWER, False, 3, 1)
    code, _, err = kura("models", "remove", NEWER)
    assert (code, "re-extraction to it is unfinished" in err) == (BAD_INPUT, True)
    code, out, _ = kura(*words, "--leave-out")
    assert (code, "all references are of this model now" in out) == (DONE, True)
    assert read_settings(home).face_model == NEWER


def test_settings_that_no_longer_fit_are_noticed_and_mended(
    kura: Run, enrolled: Path, calibration: Path, home: Path
) -> None:
    before = (home / "settings.toml").read_text()
    words = ("registry", "reextract", "--model", NEWER, "--calibration", calibration)
    assert kura(*words)[0] == DONE
    (home / "settings.toml").write_text(before)  # as if killed between the exchange and this
    for asked in (("identify",), ("verify", "--person", "p2")):
        code, _, err = kura(*asked, enrolled / "p2.png")
        assert code == BAD_INPUT
        assert f"4 faces of this registry are of model {NEWER}, the settings choose" in err
        assert "kura registry reextract --model" in err
    assert kura("enroll", enrolled / "p2.png", "--modality", "face", "--person", "x")[0] == BAD_INPUT
    assert kura(*words)[0] == DONE
    assert kura("identify", enrolled / "p2.png")[0] == DONE


def test_an_unfinished_job_can_be_abandoned(kura: Run, enrolled: Path, calibration: Path, home: Path) -> None:
    next(path for path in (home / "registry" / "samples").rglob("*") if path.is_file()).unlink()
    kura("registry", "reextract", "--model", NEWER, "--calibration", calibration)
    assert kura("registry", "reextract", "--abandon")[:2] == (DONE, "4 results forgotten\n")
    assert kura("registry", "reextract", "--status")[:2] == (DONE, "no re-extraction is unfinished\n")


def test_it_must_be_said_what_to_do(kura: Run, enrolled: Path) -> None:
    assert kura("registry", "reextract")[0] == MISUSE
    assert kura("registry", "reextract", "--status", "--abandon")[0] == MISUSE
    code, _, err = kura("registry", "reextract", "--model", "nothing/1")
    assert (code, "no such model" in err) == (BAD_INPUT, True)


def test_one_that_was_interrupted_is_to_be_run_again() -> None:
    document = {"model": NEWER, "made": 2, "left_out": [], "finished": False}
    assert reextract._lines(document)[-1].endswith("run the same command again to go on")
    document["left_out"] = [{"person": "P-1", "simulated": False, "reason": "the stored sample is missing"}]
    assert "--leave-out" in reextract._lines(document)[-1]
