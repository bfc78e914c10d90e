"""`kura portrait` writes a portrait or says why not, and advice comes in the language asked for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from api import wiring
from api.command_line import BAD_INPUT, DONE, MISUSE
from biometrics.image_writing import write_png
from biometrics.images import read_image
from enrollment.preparation import Extractors
from models.face.extractor import FaceExtractor
from models.face.quality.messages import advice_text
from models.store import ModelStore
from tests.api.conftest import Run
from tests.enrollment.fakes import fake_extractors
from tests.models.known_face import noise, portrait
from tests.models.spoiled_portraits import beside, moved, relit


@pytest.fixture(scope="module")
def face_extractor(tmp_path_factory: pytest.TempPathFactory) -> FaceExtractor:
    return FaceExtractor.load(ModelStore(tmp_path_factory.mktemp("models")))


@pytest.fixture
def faces(kura: Run, face_extractor: FaceExtractor, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command with the real face extractor."""
    extractors = Extractors(finger=fake_extractors().finger, face=face_extractor)
    monkeypatch.setattr(wiring, "load_extractors", lambda *_: extractors)
    monkeypatch.setattr(wiring, "load_face_extractor", lambda *_: face_extractor)
    monkeypatch.delenv("KURA_LANGUAGE", raising=False)
    return kura


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    write_png(path, portrait())
    return path


def test_a_portrait_is_written_with_its_verdicts(faces: Run, picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "portrait.png"
    code, printed, _ = faces("portrait", picture, "--out", out, "--width-px", "210")
    assert code == DONE
    assert read_image(out).pixels.shape == (270, 210, 3)
    assert "exposure - good" in printed
    assert "documents ask for 90" in printed


def test_the_document_says_where_it_was_cut(faces: Run, picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "portrait.jpg"
    code, printed, _ = faces("portrait", picture, "--out", out, "--json")
    document = json.loads(printed)
    assert code == DONE
    assert document["portrait"] == str(out)
    with Image.open(out) as written:
        assert (written.format, written.size) == ("JPEG", (document["width"], document["height"]))
    assert {one["component"] for one in document["verdicts"]} >= {"pose", "exposure", "background"}
    assert not document["enough_pixels"]


def test_the_picture_is_never_written_over(faces: Run, picture: Path) -> None:
    before = picture.read_bytes()
    (picture.parent / "link.png").symlink_to(picture)
    for out in (picture, picture.parent / "link.png", picture.parent / "sub" / ".." / "picture.png"):
        (picture.parent / "sub").mkdir(exist_ok=True)
        code, _, complaint = faces("portrait", picture, "--out", out)
        assert code == MISUSE
        assert "over the picture itself" in complaint
    assert picture.read_bytes() == before


def test_what_cannot_be_cut_is_said_and_nothing_written(faces: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    spoiled = {
        "no face": (noise(200, 200), "no face was found"),
        "no room": (portrait()[110:], "pixels above"),
        "unusable": (relit(lambda level: 5 * level)(portrait()), "too little of the face"),
    }
    for name, (pixels, said) in spoiled.items():
        path = tmp_path / f"{name}.png"
        write_png(path, np.ascontiguousarray(pixels))
        code, printed, complaint = faces("portrait", path, "--out", out)
        assert code == BAD_INPUT, name
        assert said in printed + complaint, name
    assert not out.exists()


@pytest.mark.parametrize("words", [["--out", "p.gif"], ["--out", "p.png", "--width-px", "0"], []])
def test_misuse_is_told(faces: Run, picture: Path, words: list[str]) -> None:
    assert faces("portrait", picture, *words)[0] == MISUSE


def test_an_exif_orientation_is_followed(faces: Run, tmp_path: Path) -> None:
    lying = Image.fromarray(np.rot90(portrait()).copy())
    exif = lying.getexif()
    exif[0x0112] = 6
    lying.save(tmp_path / "lying.jpg", exif=exif, quality=95)
    code, _, _ = faces("portrait", tmp_path / "lying.jpg", "--out", tmp_path / "out.png")
    assert code == DONE


def test_inspect_prints_verdicts_in_the_language(faces: Run, tmp_path: Path) -> None:
    path = tmp_path / "moved.png"
    write_png(path, moved(25)(portrait()))
    for language in ("en", "fr", "bm"):
        code, printed, _ = faces("inspect", path, "--no-pictures", "--modality", "face", "--language", language)
        assert code == DONE
        named, judged = advice_text("component.sharpness", language), advice_text("verdict.bad", language)
        assert f"{named} - {judged}: {advice_text('face.sharpness.moved', language)}" in printed
    _, printed, _ = faces("inspect", path, "--no-pictures", "--modality", "face", "--json")
    verdicts = {one["component"]: one for one in json.loads(printed)[0]["verdicts"]}
    assert verdicts["sharpness"]["message"] == "face.sharpness.moved"
    assert verdicts["count"] == {"component": "count", "verdict": "good", "message": None, "text": None}


def test_the_language_comes_from_the_environment(faces: Run, picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KURA_LANGUAGE", "fr")
    assert "l'arrière-plan" in faces("inspect", picture, "--no-pictures")[1]
    monkeypatch.setenv("KURA_LANGUAGE", "xx")
    code, _, complaint = faces("inspect", picture, "--no-pictures")
    assert code == MISUSE
    assert "'xx' is none of en, fr, bm" in complaint


def test_enrolling_says_what_is_bad_and_who_else_is_there(faces: Run, tmp_path: Path) -> None:
    write_png(tmp_path / "alone.png", portrait())
    write_png(tmp_path / "two.png", beside(0.3)(portrait()))
    _, alone, _ = faces("enroll", tmp_path / "alone.png", "--modality", "face")
    assert "alone.png:" not in alone  # a busy background alone is not worth a line
    _, two, _ = faces("enroll", tmp_path / "two.png", "--modality", "face", "--language", "fr")
    assert f"two.png: {advice_text('face.count.bystanders', 'fr')}" in two


def test_a_refused_face_is_told_in_the_language_with_details(faces: Run, tmp_path: Path) -> None:
    path = tmp_path / "white.png"
    write_png(path, relit(lambda level: 5 * level)(portrait()))
    code, printed, _ = faces("enroll", path, "--modality", "face", "--language", "fr")
    assert code == BAD_INPUT
    assert advice_text("reason.face_unusable", "fr") in printed
    assert advice_text("face.exposure.too_bright", "fr") in printed
    _, printed, _ = faces("enroll", path, "--modality", "face", "--json")
    result = json.loads(printed)["results"][0]
    assert [reason["code"] for reason in result["reasons"]] == ["face_unusable"]
    assert "face.exposure.too_bright" in [one["message"] for one in result["advice"]]
