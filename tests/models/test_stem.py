"""The compiled first layers against the same layers written plainly."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.building.leader_weights import read_weights
from models.catalogue import LEADER
from models.finger.network import fit
from models.finger.stem import Stem, Stems
from models.sessions import open_session
from models.sources import read_source

Plain = NDArray[np.float64]


@pytest.fixture(scope="module")
def stems(leader_file: Path) -> Stems:
    return Stems.read(open_session(leader_file).get_modelmeta().custom_metadata_map["stems"])


def _convolved(picture: Plain, kernel: NDArray[np.float32], step: int) -> Plain:
    height, width = picture.shape
    framed = np.pad(picture, 2 * step)
    seen = np.zeros((height, width, kernel.shape[3]))
    for down in range(5):
        for right in range(5):
            part = framed[step * down : step * down + height, step * right : step * right + width]
            seen += part[:, :, np.newaxis] * kernel[down, right, 0].astype(np.float64)
    return seen


def _activated(name: str, picture: NDArray[np.float32]) -> Plain:
    """Both convolutions, layer normalisation and Gelu at full resolution."""
    weights = read_weights(read_source(LEADER))
    (near, near_bias), (wide, wide_bias) = weights[f"{name}_conv"], weights[f"{name}_dilated"]
    exact = picture.astype(np.float64)
    both = np.concatenate([_convolved(exact, near, 1) + near_bias, _convolved(exact, wide, 2) + wide_bias], axis=2)
    centred = both - both.mean(axis=2, keepdims=True)
    gain, shift = weights[f"{name}_norm"]
    normal = centred / np.sqrt((centred**2).mean(axis=2, keepdims=True) + 1e-3) * gain + shift
    return np.asarray(0.5 * normal * (1 + np.vectorize(math.erf)(normal / math.sqrt(2))), dtype=np.float64)


@pytest.mark.parametrize(("rows", "columns"), [(32, 64), (6, 10), (2, 2)])
def test_stems_see_what_the_published_layers_see(rows: int, columns: int, stems: Stems) -> None:
    picture = np.random.default_rng(3).uniform(0, 255, (rows, columns)).astype(np.float32)
    seen = stems.see(picture)
    fours = {
        name: full.reshape(rows // 2, 2, columns // 2, 2, -1)
        for name, full in (("context", _activated("stem0", picture)), ("detail", _activated("stem1", picture)))
    }
    np.testing.assert_allclose(seen["context"][0], fours["context"].max(axis=(1, 3)), atol=3e-5)
    np.testing.assert_allclose(seen["detail"][0], fours["detail"].mean(axis=(1, 3)), atol=3e-5)


def test_gelu_is_exact_to_a_millionth_over_its_whole_range() -> None:
    # Channels 1 and -1, 0 and 0 are normal already; the gain of the first then is what Gelu is applied to.
    for value in np.linspace(-9.0, 9.0, 181):
        terms = np.zeros((3, 4), np.float32)
        terms[0] = 1.0, -1.0, 1.0, -1.0
        terms[1] = value, value, 0.0, 0.0
        stem = Stem(kernels=np.zeros((1, 5, 4, 5), np.float32), terms=terms, strongest=True)
        normal = value / math.sqrt(1 + 1e-3)
        expected = [0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in (normal, -normal, 0.0, 0.0)]
        np.testing.assert_allclose(stem.see(np.zeros((2, 2), np.float32))[0, 0, 0], expected, atol=3e-6)


@pytest.mark.parametrize(
    ("size", "fitted", "left", "top"),
    [
        ((374, 388), (384, 384), -2, 5),
        ((300, 300), (320, 320), 10, 10),
        ((384, 288), (384, 288), 0, 0),
        ((97, 104), (96, 96), -4, -1),
        ((80, 105), (96, 128), 11, 8),
    ],
)
def test_pictures_are_trimmed_or_padded_to_fit(
    size: tuple[int, int], fitted: tuple[int, int], left: int, top: int
) -> None:
    picture = np.random.default_rng(4).integers(0, 256, size, dtype=np.uint8)
    found = fit(picture)
    assert (found[0].shape, *found[1:]) == (fitted, left, top)
    for row in range(fitted[0]):
        for column in range(fitted[1]):
            inside = 0 <= row - top < size[0] and 0 <= column - left < size[1]
            assert found[0][row, column] == (picture[row - top, column - left] if inside else picture[0, 0])
