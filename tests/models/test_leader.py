"""The rebuilt LEADER answers what the published one answers (tests/golden/leader_reference.npz)."""

from __future__ import annotations

import io
from pathlib import Path

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
from models.finger.minutiae import THRESHOLD, MinutiaMaps, find_minutiae
from models.sessions import open_session
from models.sources import read_source
from tests.models.known_print import known_print, reference_print

REFERENCE = Path(__file__).parents[1] / "golden" / "leader_reference.npz"
MAPS = ("position", "direction", "type")

Maps = dict[str, NDArray[np.float32]]


def _answers(session: onnxruntime.InferenceSession, *pictures: NDArray[np.uint8]) -> Maps:
    """Maps of equally large pictures, [picture, height, width, channels]."""
    batch = np.stack(pictures).astype(np.float32)[..., np.newaxis]
    found = session.run(list(MAPS), {"image": batch})
    return {name: np.moveaxis(values, 1, 3) for name, values in zip(MAPS, found, strict=True)}


@pytest.fixture(scope="module")
def reference() -> Maps:
    with np.load(REFERENCE) as stored:
        return {name: stored[name] for name in stored.files}


@pytest.fixture(scope="module")
def session(leader_file: Path) -> onnxruntime.InferenceSession:
    return open_session(leader_file)


@pytest.mark.parametrize("name", MAPS)
def test_maps_equal_the_published_network_s(name: str, session: onnxruntime.InferenceSession, reference: Maps) -> None:
    found = _answers(session, reference_print().pixels)[name][0]
    assert found.shape == reference[name].shape
    assert np.abs(found - reference[name]).max() < 1e-4


def test_suppression_outside_the_network_keeps_the_published_maxima(
    session: onnxruntime.InferenceSession, reference: Maps
) -> None:
    maps = {name: values[0] for name, values in _answers(session, reference_print().pixels).items()}
    height, width = maps["position"].shape[:2]
    found = find_minutiae(
        MinutiaMaps(
            position=maps["position"][..., 0],
            direction=np.ascontiguousarray(np.moveaxis(maps["direction"], 2, 0)),
            ending=maps["type"][..., 0],
            left=0,
            top=0,
        ),
        width=width,
        height=height,
    )
    rows, columns = np.nonzero(reference["suppressed"] >= THRESHOLD)
    best_first = np.argsort(-reference["suppressed"][rows, columns])
    rows, columns = rows[best_first], columns[best_first]
    assert len(found) == len(rows) == 3
    np.testing.assert_allclose(found.x, columns, atol=0.5)
    np.testing.assert_allclose(found.y, rows, atol=0.5)
    direction = reference["direction"][rows, columns]
    published = np.mod(np.arctan2(direction[:, 1], direction[:, 0]), 2 * np.pi)
    np.testing.assert_allclose(found.angle, published, atol=1e-3)
    np.testing.assert_array_equal(found.kind, np.where(reference["type"][rows, columns, 0] >= 0.5, 1, 2))


@pytest.mark.parametrize("silenced", ["stem1", "enc0_3", "dec0_1", "enc1_2", "dec1_3", "head_1"])
def test_the_reference_would_show_a_block_that_is_missing(
    silenced: str, reference: Maps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_block(source: bytes) -> LayerWeights:
        weights = dict(read_weights(source))
        gain, shift = weights[f"{silenced}_norm"]
        return weights | {f"{silenced}_norm": (np.zeros_like(gain), shift)}

    monkeypatch.setattr(leader, "read_weights", without_block)
    damaged = onnxruntime.InferenceSession(build_leader(read_source(LEADER)), providers=["CPUExecutionProvider"])
    maps = _answers(damaged, reference_print().pixels)
    assert max(np.abs(maps[name][0] - reference[name]).max() for name in MAPS) > 1e-2


def test_pictures_of_a_batch_do_not_mix(session: onnxruntime.InferenceSession) -> None:
    pictures = [known_print(seed, height=64, width=128, minutiae=1).pixels for seed in (5, 6)]
    together = _answers(session, *pictures)
    for index, picture in enumerate(pictures):
        for name, values in _answers(session, picture).items():
            np.testing.assert_allclose(together[name][index], values[0], atol=1e-5)


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
