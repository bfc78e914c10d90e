"""Descriptions of users' models are read strictly, and say how a picture becomes numbers."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from biometrics.errors import ConfigurationError
from models.face.align import TARGET_POINTS, align
from models.face.detect import DetectedFace
from models.own.description import AttackDescription, EmbedderDescription, ModelKind
from models.own.pixels import cut_out, to_batch, warp
from models.own.reading import parse_description
from models.own.synthetic import synthetic_face
from tests.models.known_face import noise, scaled
from tests.models.own_models import ATTACK, EMBEDDER


def test_an_embedder_is_read() -> None:
    said = parse_description(EMBEDDER, source="x")
    assert (said.model_id, said.kind, said.licence) == ("toy-faces/1", ModelKind.FACE_EMBEDDER, "CC0-1.0")
    assert (said.format.model_id, said.format.metric, said.format.dimension) == ("toy-faces/1", "cosine", 16)
    assert isinstance(said.task, EmbedderDescription)
    np.testing.assert_allclose(said.task.points, TARGET_POINTS, atol=1e-5)
    assert said.input.shape == (3, 112, 112)
    assert (said.input.mean, said.input.std, said.output) == ((127.5,) * 3, (128.0,) * 3, "")


def test_an_attack_model_is_read() -> None:
    said = parse_description(ATTACK, source="x")
    assert isinstance(said.task, AttackDescription)
    assert (said.task.index, said.task.means_attack, said.task.threshold, said.task.crop) == (1, False, 0.3, 1.5)
    assert (said.input.shape, said.output) == ((64, 80, 3), "scores")
    with pytest.raises(ConfigurationError, match="makes no templates"):
        _ = said.format


def test_the_arcface_points_follow_the_side_of_the_input() -> None:
    text = EMBEDDER.replace("= 112\n", "= 224\n")
    task = parse_description(text, source="x").task
    assert isinstance(task, EmbedderDescription)
    np.testing.assert_allclose(task.points, (TARGET_POINTS + 0.5) * 2 - 0.5, atol=1e-4)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "toy-faces/1"', 'id = "Toy/1"', "is no model id"),
        ('id = "toy-faces/1"', 'id = "../../etc/x"', "is no model id"),
        ('id = "toy-faces/1"', 'id = "toy"', "is no model id"),
        ('"face-embedder"', '"face"', "kind must be one of face-embedder, presentation-attack"),
        ('licence = "CC0-1.0"', "", "licence is missing"),
        ('licence = "CC0-1.0"', 'licence = "  "', "licence must be printable text"),
        ('licence = "CC0-1.0"', 'licence = "a\\u001b[2J"', "licence must be printable text"),
        ('"random numbers"', "7", "provenance must be printable text"),
        ('"RGB"', '"rbg"', "input.colors must be one of RGB, BGR, gray"),
        ('"NCHW"', '"CHW"', "input.layout must be one of"),
        ('"0-255"', '"0..255"', "input.pixels must be one of"),
        ("width = 112", "width = 112.0", "input.width must be a whole number"),
        ("width = 112", "width = true", "input.width must be a whole number"),
        ("width = 112", "width = 100000", "from 16 to 1024"),
        ("mean = 127.5", "mean = [1, 2]", "input.mean must be a number or a list of 3"),
        ("mean = 127.5", "mean = nan", "input.mean must be a number"),
        ("mean = 127.5", "mean = 1" + "0" * 400, "input.mean must be a number"),
        ("std = 128", "std = 0", "input.std is 0"),
        ("std = 128", "st = 128", "input.std is missing"),
        ("std = 128", "std = 128\nstdd = 1", "input.stdd is unknown here"),
        ('"arcface-112"', '"arcface"', "input.template must be"),
        ('"arcface-112"', "[[1, 2], [3, 4]]", "input.template must be"),
        ('"arcface-112"', "[[70, 5], [30, 5], [50, 9], [30, 20], [70, 20]]", "exchanged"),
        ('"arcface-112"', "[[30, 5], [170, 5], [50, 9], [30, 20], [70, 20]]", "outside the input"),
        ("height = 112", "height = 96", "needs a square input"),
        ("dimension = 16", "dimension = 0", "output.dimension must be"),
        ('"none"', '"l2"', "output.normalisation must be one of none, unit"),
        ("[output]", "[outputs]", "output is missing"),
        ("[output]", "[output", "is no TOML"),
        ("dimension = 16", "dimension = 16\nthreshold = 0.5", "output.threshold is unknown here"),
    ],
)
def test_a_wrong_word_is_named(old: str, new: str, message: str) -> None:
    assert old in EMBEDDER
    with pytest.raises(ConfigurationError, match=message.replace("[", r"\[").replace(".", r"\.")) as caught:
        parse_description(EMBEDDER.replace(old, new), source="mine.toml")
    assert caught.value.source == "mine.toml"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("bona_fide_index = 1", "", "either output.bona_fide_index or output.attack_index"),
        ("bona_fide_index = 1", "bona_fide_index = 1\nattack_index = 0", "either output"),
        ("threshold = 0.3", "threshold = 1.5", "output.threshold must be"),
        ("crop = 1.5", "crop = 0.5", "input.crop must be"),
        ("crop = 1.5", 'crop = 1.5\ntemplate = "arcface-112"', "input.template is unknown here"),
    ],
)
def test_a_wrong_word_about_attacks_is_named(old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_description(ATTACK.replace(old, new), source="x")


def test_colours_order_scale_and_layout_are_as_described() -> None:
    picture = np.zeros((64, 80, 3), np.uint8)
    picture[:, :] = (255, 102, 51)
    batch = to_batch([picture], parse_description(ATTACK, source="x").input)
    assert batch.shape == (1, 64, 80, 3)
    np.testing.assert_allclose(batch[0, 5, 7], [(0.2 - 0.4) / 0.25, (0.4 - 0.5) / 0.25, (1.0 - 0.6) / 0.25], atol=1e-6)
    gray = ATTACK.replace('"BGR"', '"gray"').replace('"NHWC"', '"NCHW"').replace("[0.4, 0.5, 0.6]", "0")
    batch = to_batch([picture], parse_description(gray, source="x").input)
    assert batch.shape == (1, 1, 64, 80)
    np.testing.assert_allclose(batch[0, 0, 5, 7], (0.299 + 0.587 * 0.4 + 0.114 * 0.2) / 0.25, atol=1e-5)


@pytest.mark.parametrize("factor", [1.0, 3.0, 8.0])
def test_the_warp_to_the_arcface_points_is_that_of_the_built_in_embedder(factor: float) -> None:
    pixels, face = synthetic_face(2)
    pixels, points = scaled(pixels, factor), (face.points * np.float32(factor)).astype(np.float32)
    np.testing.assert_array_equal(warp(pixels, points, TARGET_POINTS, (112, 112)), align(pixels, points))


def test_a_cut_out_is_centred_on_the_face_and_repeats_the_border() -> None:
    pixels = noise(60, 60)
    face = DetectedFace(left=0.0, top=20.0, width=20.0, height=20.0, points=TARGET_POINTS, score=1.0)
    found = cut_out(pixels, face, 2.0, (40, 40))
    np.testing.assert_array_equal(found[:, 10:], pixels[10:50, 0:30])
    np.testing.assert_array_equal(found[:, :10], np.repeat(pixels[10:50, :1], 10, axis=1))


def test_drawn_faces_are_the_same_each_time_and_differ_from_each_other() -> None:
    np.testing.assert_array_equal(synthetic_face(1)[0], synthetic_face(1)[0])
    assert not np.array_equal(synthetic_face(1)[0], synthetic_face(2)[0])


def test_the_cut_out_of_a_very_large_face_takes_little_memory_and_looks_the_same() -> None:
    pixels = np.zeros((2000, 1500, 3), np.uint8)
    pixels[:, 600:] = 200
    face = DetectedFace(left=0, top=250, width=1200, height=1500, points=TARGET_POINTS, score=1.0)
    tracemalloc.start()
    found = cut_out(pixels, face, 8.0, (80, 80))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000
    assert found.shape == (80, 80, 3)
    assert (found[:, :39] == 0).all() and (found[:, 41:] == 200).all()
