"""The compiled embedder against the published weights, as OpenCV and the general runtime read them."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from biometrics.arrays import ColorPixels
from biometrics.errors import ModelUnavailableError
from models.catalogue import SFACE
from models.face.network import FaceNetwork
from models.sessions import open_session
from models.sources import read_source
from models.store import ModelStore
from tests.models.known_face import noise, portrait

_FACE = np.ascontiguousarray(portrait()[120:344:2, 180:404:2])


@pytest.fixture(scope="module")
def network(store: ModelStore) -> FaceNetwork:
    return FaceNetwork.read(store.path(SFACE.model_id))


def _pictures() -> list[ColorPixels]:
    """A face, a darker one, noise, black, white."""
    flat = [np.full((112, 112, 3), level, np.uint8) for level in (0, 255)]
    return [_FACE, (_FACE // 3).astype(np.uint8), noise(112, 112), *flat]


def _mirrored(picture: ColorPixels) -> ColorPixels:
    return np.ascontiguousarray(picture[:, ::-1])


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def test_it_answers_as_opencv_does_from_the_published_file(network: FaceNetwork, tmp_path: Path) -> None:
    published = tmp_path / "sface.onnx"
    published.write_bytes(read_source(SFACE))
    reference = cv2.FaceRecognizerSF.create(str(published), "")
    pictures = _pictures()
    expected = [reference.feature(np.ascontiguousarray(picture[:, :, ::-1])).copy() for picture in pictures]
    np.testing.assert_allclose(network.vectors(pictures), np.concatenate(expected), atol=5e-5)


def test_it_answers_as_the_built_model_does(network: FaceNetwork, store: ModelStore) -> None:
    pictures = _pictures()
    batch = np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32)
    (expected,) = open_session(store.path(SFACE.model_id)).run(["fc1"], {"data": batch})
    np.testing.assert_allclose(_unit(network.vectors(pictures)), _unit(expected), atol=2e-5)


def test_both_ways_are_the_picture_and_its_mirror_image(network: FaceNetwork) -> None:
    pictures = _pictures()[:3]
    straight, mirrored = network.vectors_both_ways(pictures)
    np.testing.assert_array_equal(straight, network.vectors(pictures))
    np.testing.assert_array_equal(mirrored, network.vectors([_mirrored(picture) for picture in pictures]))
    assert np.abs(straight - mirrored).max() > 0.1


def test_company_changes_nothing(network: FaceNetwork) -> None:
    pictures = _pictures()
    alone = [network.vectors([picture]) for picture in pictures]
    np.testing.assert_array_equal(network.vectors(pictures), np.concatenate(alone))
    assert network.vectors([]).shape == (0, 128)


def test_threads_do_not_disturb_each_other(network: FaceNetwork) -> None:
    pictures = _pictures()[:3]
    expected = network.vectors(pictures)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(lambda _: network.vectors(pictures), range(8)):
            np.testing.assert_array_equal(vectors, expected)


def test_pictures_may_be_views(network: FaceNetwork) -> None:
    view = portrait()[120:344:2, 180:404:2]
    assert not view.flags.c_contiguous
    np.testing.assert_array_equal(network.vectors([view]), network.vectors([_FACE]))


def test_narrow_registers_give_the_same_bits(network: FaceNetwork, store: ModelStore, tmp_path: Path) -> None:
    np.save(tmp_path / "face.npy", _FACE)
    script = (
        "import sys; from pathlib import Path; import numpy as np; from models.face import kernels, network;"
        "assert kernels.LANES == 8;"
        "seen = network.FaceNetwork.read(Path(sys.argv[1])).vectors_both_ways([np.load(sys.argv[2])]);"
        "np.save(sys.argv[3], np.concatenate(seen))"
    )
    narrow = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma", "KURA_CACHE": str(tmp_path)}
    paths = (store.path(SFACE.model_id), tmp_path / "face.npy", tmp_path / "vectors.npy")
    subprocess.run([sys.executable, "-c", script, *map(str, paths)], check=True, env={**os.environ, **narrow})
    np.testing.assert_array_equal(np.load(paths[2]), np.concatenate(network.vectors_both_ways([_FACE])))


def test_a_file_without_the_network_is_refused(store: ModelStore, tmp_path: Path) -> None:
    model = onnx.load(store.path(SFACE.model_id))
    del model.metadata_props[:]
    (tmp_path / "other.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelUnavailableError, match="carries no network"):
        FaceNetwork.read(tmp_path / "other.onnx")
