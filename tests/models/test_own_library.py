"""Added models are kept whole, verified at each use, and never replaced under one identifier."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from biometrics.errors import ConfigurationError, ModelUnavailableError
from biometrics.positions import Position
from biometrics.quality import PadVerdict
from models.face.extractor import FaceExtractor
from models.own.card import own_card
from models.own.library import ModelLibrary
from models.own.loading import load_attack_detector, load_embedder
from models.store import ModelStore
from tests.models.known_face import face_sample, portrait
from tests.models.own_models import ATTACK, EMBEDDER, attack_detector, embedder


@pytest.fixture
def library(tmp_path: Path) -> ModelLibrary:
    return ModelLibrary(tmp_path / "models")


def test_what_is_added_is_there_and_can_be_removed(library: ModelLibrary) -> None:
    assert library.ids() == ()
    added = library.add(embedder(), EMBEDDER, tried={"ms": 1.5})
    library.add(attack_detector(), ATTACK, tried={})
    assert library.ids() == ("toy-attacks/1", "toy-faces/1")
    found = library.get("toy-faces/1")
    assert (found.sha256, found.tried, found.read()) == (added.sha256, {"ms": 1.5}, embedder())
    assert library.fault("toy-faces/1") is None
    library.remove("toy-faces/1")
    assert library.ids() == ("toy-attacks/1",)
    with pytest.raises(ModelUnavailableError, match=r"no such model in this installation.*there are: toy-attacks/1;"):
        library.get("toy-faces/1")
    with pytest.raises(ModelUnavailableError, match="no such model"):
        library.remove("toy-faces/1")
    library.add(embedder(dimension=16), EMBEDDER, tried={})


@pytest.mark.parametrize(
    ("taken", "message"),
    [
        ("toy-faces/1", "with this id already"),
        ("sface/2021dec-fp32", "belongs to a built-in model"),
        ("kura-face/99", "belongs to a built-in model"),
    ],
)
def test_an_identifier_is_never_given_twice(library: ModelLibrary, taken: str, message: str) -> None:
    library.add(embedder(), EMBEDDER, tried={})
    with pytest.raises(ConfigurationError, match=message):
        library.add(embedder(), EMBEDDER.replace("toy-faces/1", taken), tried={})


@pytest.mark.parametrize("name", ["model.onnx", "description.toml", "manifest.json"])
def test_damage_is_noticed_at_the_next_use(library: ModelLibrary, name: str) -> None:
    file = library.add(embedder(), EMBEDDER, tried={}).file.parent / name
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ModelUnavailableError, match="damaged"):
        load_embedder(library, "toy-faces/1")
    assert library.fault("toy-faces/1") is not None
    library.remove("toy-faces/1")
    assert library.ids() == ()


def test_an_interrupted_adding_leaves_no_model(library: ModelLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced: list[str] = []

    def fail_at_the_third(source: str, target: str) -> None:
        replaced.append(target)
        if len(replaced) == 3:
            raise KeyboardInterrupt
        os.rename(source, target)  # noqa: PTH104 - Path.replace is what is being replaced

    monkeypatch.setattr(Path, "replace", fail_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        library.add(embedder(), EMBEDDER, tried={})
    monkeypatch.undo()
    assert library.ids() == ()
    library.add(embedder(), EMBEDDER, tried={})
    assert library.fault("toy-faces/1") is None


def test_an_extractor_with_models_of_ones_own_uses_them(library: ModelLibrary, store: ModelStore) -> None:
    library.add(embedder(), EMBEDDER, tried={})
    library.add(attack_detector(bias=(9.0, 0.0)), ATTACK, tried={})
    own = load_embedder(library, "toy-faces/1")
    extractor = FaceExtractor.load(store, own_model=own, attacks=load_attack_detector(library, "toy-attacks/1"))
    found = extractor.extract(face_sample(portrait()))
    assert found.template is not None
    assert (extractor.format, found.template.format, found.template.position) == (own.format, own.format, Position.FACE)
    assert found.pad.verdict is PadVerdict.ATTACK_SUSPECTED
    plain = FaceExtractor.load(store).extract(face_sample(portrait()))
    assert plain.pad.verdict is PadVerdict.NOT_EVALUATED
    assert plain.pad.reason
    assert plain.quality == found.quality  # SFace's norm, whoever makes the template


def test_an_added_model_has_a_card_that_repeats_its_owner(library: ModelLibrary) -> None:
    text = own_card(library.add(embedder(), EMBEDDER, tried={"one picture, ms": 1.5}))
    for part in ("# toy-faces/1", "CC0-1.0", "random numbers", "one picture, ms: 1.5", "16 numbers", "127.5"):
        assert part in text
    assert "0.3" in own_card(library.add(attack_detector(), ATTACK, tried={}))
