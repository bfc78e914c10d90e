"""`kura models add`, `remove`, `list` and `card` with models of one's own, and what settings do with them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from api.command_line import BAD_INPUT, DONE
from api.installation import open_installation
from biometrics.image_writing import encode_png
from tests.api.conftest import Run
from tests.models.known_face import portrait
from tests.models.own_models import ATTACK, EMBEDDER, attack_detector, embedder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A sound embedder and attack model with their descriptions."""
    (tmp_path / "faces.onnx").write_bytes(embedder())
    (tmp_path / "faces.toml").write_text(EMBEDDER)
    (tmp_path / "attacks.onnx").write_bytes(attack_detector(bias=(6.0, 0.0)))
    (tmp_path / "attacks.toml").write_text(ATTACK)
    return tmp_path


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "portraits"
    folder.mkdir()
    (folder / "face.png").write_bytes(encode_png(portrait()))
    (folder / "face_again.png").write_bytes(encode_png(np.ascontiguousarray(portrait()[40:])))
    (folder / "none.png").write_bytes(encode_png(np.full((80, 80, 3), 90, np.uint8)))
    (folder / "broken.png").write_bytes(b"nothing")
    return folder


def add(kura: Run, files: Path, name: str, *words: object) -> tuple[int, str, str]:
    return kura("models", "add", files / f"{name}.onnx", "--description", files / f"{name}.toml", *words)


def test_an_embedder_is_tried_kept_listed_described_and_removed(kura: Run, files: Path, images: Path) -> None:
    code, out, err = add(kura, files, "faces", "--images", images, "--json")
    assert (code, err) == (DONE, "")
    document = json.loads(out)
    assert (document["model_id"], document["kind"]) == ("toy-faces/1", "face-embedder")
    measured = document["measured"]
    assert (measured["pictures"], measured["pictures_without_a_face"]) == (4, 2)
    assert measured["median_cosine_of_different_pictures"] > 0.5  # one person, twice
    (note,) = document["notes"]
    assert "hardly tells these pictures apart" in note
    assert measured["ms_per_face"] > 0
    own = [one for one in json.loads(kura("models", "list", "--json")[1]) if one["own"]]
    assert [(one["model_id"], one["ready"], one["license"]) for one in own] == [("toy-faces/1", True, "CC0-1.0")]
    assert "toy-faces/1" in kura("models", "list")[1]
    assert "random numbers" in kura("models", "card", "toy-faces/1")[1]
    assert kura("models", "remove", "toy-faces/1")[:2] == (DONE, "toy-faces/1 is removed\n")
    assert kura("models", "card", "toy-faces/1")[0] == BAD_INPUT
    assert kura("models", "remove", "toy-faces/1")[0] == BAD_INPUT


def test_the_next_step_is_said(kura: Run, files: Path) -> None:
    assert "kura models calibrate --model toy-faces/1" in add(kura, files, "faces")[1]
    assert 'write pad_model = "toy-attacks/1"' in add(kura, files, "attacks")[1]


def test_an_attack_model_is_tried_on_pictures(kura: Run, files: Path, images: Path) -> None:
    measured = json.loads(add(kura, files, "attacks", "--images", images, "--json")[1])["measured"]
    assert measured["verdicts"] == {"bona_fide": 0, "attack_suspected": 2, "not_evaluated": 0}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda files: (files / "faces.onnx").write_bytes(b"no model"), "not an ONNX model"),
        (lambda files: (files / "faces.onnx").unlink(), "the model cannot be read: No such file"),
        (lambda files: (files / "faces.toml").unlink(), "the description cannot be read"),
        (lambda files: (files / "faces.toml").write_bytes(b"\xff"), "the description cannot be read"),
        (lambda files: (files / "faces.toml").write_text(ATTACK), "the model takes"),
        (lambda files: (files / "faces.toml").write_text(EMBEDDER.replace("16", "17")), "the description says 17"),
        (
            lambda files: (files / "faces.toml").write_text(EMBEDDER.replace("toy-faces/1", "leader/1")),
            "built-in model",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_and_not_kept(kura: Run, files: Path, spoil: object, message: str) -> None:
    assert callable(spoil)
    spoil(files)
    code, out, err = add(kura, files, "faces")
    assert (code, out) == (BAD_INPUT, "")
    assert message in err
    assert "Traceback" not in err
    assert "added to this" not in kura("models", "list")[1]


def test_a_second_model_of_one_name_is_refused(kura: Run, files: Path) -> None:
    assert add(kura, files, "faces")[0] == DONE
    code, _, err = add(kura, files, "faces")
    assert (code, "id already" in err) == (BAD_INPUT, True)


def test_a_model_that_the_settings_name_is_kept(kura: Run, files: Path, home: Path) -> None:
    add(kura, files, "attacks")
    (home / "settings.toml").write_text('pad_model = "toy-attacks/1"\n')
    code, _, err = kura("models", "remove", "toy-attacks/1")
    assert (code, "settings name it as pad_model" in err) == (BAD_INPUT, True)


def test_a_damaged_model_is_listed_as_such(kura: Run, files: Path, home: Path) -> None:
    add(kura, files, "faces")
    (home / "models" / "toy-faces" / "1" / "model.onnx").write_bytes(b"x")
    assert "damaged" in kura("models", "list")[1]
    (one,) = [one for one in json.loads(kura("models", "list", "--json")[1]) if one["own"]]
    assert (one["ready"], "SHA-256 differs" in one["fault"]) == (False, True)


def test_a_policy_that_requires_attack_detection_fails_at_start_without_a_model(
    files: Path, images: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from api.command_line import main  # noqa: PLC0415

    open_installation(home, create=True)
    (home / "settings.toml").write_text("[policy]\nrequire_pad = true\n")
    for words in (
        ["enroll", images / "face.png"],
        ["verify", images / "face.png", images / "face.png"],
        ["inspect", images / "face.png", "--no-pictures"],
    ):
        assert main([str(word) for word in ["--home", home, *words]]) == BAD_INPUT
        told = capsys.readouterr()
        assert "no model for presentation attacks is set" in told.err + told.out


def test_a_suspected_attack_is_enrolled_as_pending_and_not_verified(
    files: Path, images: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from api.command_line import main  # noqa: PLC0415

    def run(*words: object) -> tuple[int, str]:
        code = main([str(word) for word in ("--home", home, *words)])
        return code, capsys.readouterr().out

    assert run("models", "add", files / "attacks.onnx", "--description", files / "attacks.toml")[0] == DONE
    (home / "settings.toml").write_text('pad_model = "toy-attacks/1"\n[policy]\nrequire_pad = true\n')
    code, out = run("enroll", images / "face.png", "--person", "P", "--json")
    (result,) = json.loads(out)["results"]
    assert (code, result["outcome"]) == (DONE, "needs_review")
    assert result["attack_detection"] == {"face.png": "attack suspected"}
    evidence = result["attack_evidence"]["face.png"]
    assert (evidence["model"], evidence["threshold"]) == ("toy-attacks/1", 0.3)
    assert evidence["score"] < 0.3
    (document,) = json.loads(run("inspect", images / "face.png", "--no-pictures", "--json")[1])
    assert document["attack_detection"] == "attack suspected"
    assert document["attack_evidence"] == evidence
    code, out = run("verify", images / "face.png", "--person", "P", "--json")
    assert (code, [one["code"] for one in json.loads(out)["reasons"]]) == (BAD_INPUT, ["attack_suspected"])
    (case,) = json.loads(run("case", "list", "--json")[1])
    assert "a presentation attack is suspected" in case["reason"]


def test_another_embedder_needs_a_calibration_of_its_own(
    files: Path, images: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from api.command_line import main  # noqa: PLC0415

    add_words = ("models", "add", files / "faces.onnx", "--description", files / "faces.toml")
    assert main([str(word) for word in ("--home", home, *add_words)]) == DONE
    (home / "settings.toml").write_text('face_model = "toy-faces/1"\n')
    for words in (["enroll", images / "face.png"], ["verify", images / "face.png", images / "face.png"]):
        assert main([str(word) for word in ("--home", home, *words)]) == BAD_INPUT
        told = capsys.readouterr().err
        assert "no calibration of cosine/toy-faces/1" in told
        assert "kura models calibrate" in told


def test_an_unknown_or_wrong_model_in_the_settings_is_named(
    files: Path, images: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from api.command_line import main  # noqa: PLC0415

    for name in ("faces", "attacks"):
        words = ("models", "add", files / f"{name}.onnx", "--description", files / f"{name}.toml")
        assert main([str(word) for word in ("--home", home, *words)]) == DONE
    for setting, message in (
        ('face_model = "nothing/1"', "no such model in this installation"),
        ('face_model = "toy-attacks/1"', "this model makes no templates (set it as pad_model)"),
        ('pad_model = "toy-faces/1"', "not a presentation attack model"),
        ('pad_model = "default"', "no such model in this installation"),
    ):
        (home / "settings.toml").write_text(f"{setting}\n")
        assert main([str(word) for word in ("--home", home, "enroll", images / "face.png")]) == BAD_INPUT
        assert message in capsys.readouterr().err
