"""The rebuilt LEADER answers what the published one answers (tests/golden/leader_reference.npz)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import cv2
import h5py
import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from biometrics.errors import ProcessingError
from models.building import leader
from models.building.leader import build_leader
from models.building.leader_weights import LayerWeights, read_weights
from models.catalogue import LEADER
from models.finger.minutiae import THRESHOLD
from models.finger.network import MinutiaNetwork
from models.finger.stem import Stems
from models.sessions import open_session
from models.sources import read_source
from tests.models.known_print import known_print, reference_print

REFERENCE = Path(__file__).parents[1] / "golden" / "leader_reference.npz"

Maps = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """What a session answers to a batch of pictures of one size."""

    strength: NDArray[np.float32]
    place: NDArray[np.int64]
    direction: NDArray[np.float32]
    type: NDArray[np.float32]


def _answers(session: onnxruntime.InferenceSession, *pictures: NDArray[np.uint8], threshold: float) -> Answers:
    stems = Stems.read(session.get_modelmeta().custom_metadata_map["stems"])
    seen = [stems.see(picture.astype(np.float32)) for picture in pictures]
    batch = {name: np.concatenate([one[name] for one in seen]) for name in ("context", "detail")}
    names = ("strength", "place", "direction", "type")
    found = session.run(names, {**batch, "threshold": np.array(threshold, np.float32)})
    return Answers(**dict(zip(names, found, strict=True)))


def _smoothed(position: NDArray[np.float32]) -> NDArray[np.float32]:
    line = cv2.getGaussianKernel(5, 0).astype(np.float32)
    return np.asarray(cv2.sepFilter2D(position, -1, line, line, borderType=cv2.BORDER_CONSTANT), np.float32)


@pytest.fixture(scope="module")
def reference() -> Maps:
    with np.load(REFERENCE) as stored:
        return {name: stored[name] for name in stored.files}


@pytest.fixture(scope="module")
def session(leader_file: Path) -> onnxruntime.InferenceSession:
    return open_session(leader_file)


@pytest.fixture(scope="module")
def everywhere(session: onnxruntime.InferenceSession) -> Answers:
    """Answers to the reference print at every maximum, however weak."""
    return _answers(session, reference_print().pixels, threshold=0.0)


def test_strength_equals_the_published_network_s(everywhere: Answers, reference: Maps) -> None:
    assert everywhere.strength.shape == (1, 1, 160, 96)
    assert np.abs(everywhere.strength[0, 0] - _smoothed(reference["position"][..., 0])).max() < 1e-4


@pytest.mark.parametrize("name", ["direction", "type"])
def test_answers_at_places_equal_the_published_network_s(name: str, everywhere: Answers, reference: Maps) -> None:
    _, rows, columns = everywhere.place.T
    assert len(rows) > 50
    assert {0, 159} <= set(rows) and {0, 95} <= set(columns), "no place at the border, where zeros take part"
    assert all(((rows % 2 == row) & (columns % 2 == column)).any() for row in (0, 1) for column in (0, 1))
    assert np.abs(getattr(everywhere, name) - reference[name][rows, columns]).max() < 1e-4


def test_places_are_those_of_the_published_maxima(session: onnxruntime.InferenceSession, reference: Maps) -> None:
    found = _answers(session, reference_print().pixels, threshold=THRESHOLD)
    rows, columns = np.nonzero(reference["suppressed"] >= THRESHOLD)
    assert len(rows) == 3
    np.testing.assert_array_equal(found.place, np.stack([np.zeros_like(rows), rows, columns], axis=1))
    np.testing.assert_allclose(found.strength[0, 0, rows, columns], reference["suppressed"][rows, columns], atol=1e-4)


def test_a_place_is_the_highest_within_three_pixels(everywhere: Answers) -> None:
    strength = everywhere.strength[0, 0]
    wide = np.pad(strength, 3, constant_values=-1.0)
    highest = np.lib.stride_tricks.sliding_window_view(wide, (7, 7)).max(axis=(2, 3))
    expected = np.argwhere(strength == highest)
    np.testing.assert_array_equal(everywhere.place[:, 1:], expected)


def test_without_a_minutia_nothing_is_answered(session: onnxruntime.InferenceSession) -> None:
    found = _answers(session, np.full((64, 64), 200, np.uint8), threshold=THRESHOLD)
    assert (found.place.shape, found.direction.shape, found.type.shape) == ((0, 3), (0, 2), (0, 1))


@pytest.mark.parametrize("silenced", ["stem1", "enc0_3", "dec0_1", "dec1_3", "head_0", "head_1"])
def test_the_reference_would_show_a_block_that_is_missing(
    silenced: str, reference: Maps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_block(source: bytes) -> LayerWeights:
        weights = dict(read_weights(source))
        gain, shift = weights[f"{silenced}_norm"]
        return weights | {f"{silenced}_norm": (np.zeros_like(gain), shift)}

    monkeypatch.setattr(leader, "read_weights", without_block)
    damaged = onnxruntime.InferenceSession(build_leader(read_source(LEADER)), providers=["CPUExecutionProvider"])
    found = _answers(damaged, reference_print().pixels, threshold=0.0)
    _, rows, columns = found.place.T
    strength = np.abs(found.strength[0, 0] - _smoothed(reference["position"][..., 0])).max()
    direction = np.abs(found.direction - reference["direction"][rows, columns]).max()
    assert max(strength, direction) > 1e-2


def test_pictures_of_a_batch_do_not_mix(session: onnxruntime.InferenceSession) -> None:
    pictures = [known_print(seed, height=64, width=128, minutiae=1).pixels for seed in (5, 6)]
    together = _answers(session, *pictures, threshold=0.3)
    for index, picture in enumerate(pictures):
        alone, mine = _answers(session, picture, threshold=0.3), together.place[:, 0] == index
        assert len(alone.place) > 0
        np.testing.assert_array_equal(together.place[mine, 1:], alone.place[:, 1:])
        for name in ("direction", "type"):
            np.testing.assert_allclose(getattr(together, name)[mine], getattr(alone, name), atol=1e-5)
        np.testing.assert_allclose(together.strength[index], alone.strength[0], atol=1e-5)


def test_a_runtime_that_fails_is_a_processing_error(leader_file: Path) -> None:
    network = MinutiaNetwork(open_session(leader_file))
    seen = network.stems.see(np.zeros((64, 64), np.float32))
    with pytest.raises(ProcessingError, match="failed"):
        network.find({"context": seen["context"], "detail": seen["detail"][:, :8]})


def test_numbers_that_are_not_finite_are_a_processing_error(leader_file: Path) -> None:
    network = MinutiaNetwork(open_session(leader_file))
    with pytest.raises(ProcessingError, match="not finite"):
        network.find(network.stems.see(np.full((64, 64), np.nan, np.float32)))


def test_building_twice_gives_the_same_bytes() -> None:
    source = read_source(LEADER)
    assert build_leader(source) == build_leader(source)


def test_other_files_are_refused() -> None:
    with pytest.raises(ProcessingError):
        build_leader(b"not a weights file")
    empty = io.BytesIO()
    with h5py.File(empty, "w") as file:
        file.create_group("layers/conv2d/vars")
    with pytest.raises(ProcessingError, match="lack layer"):
        build_leader(empty.getvalue())
