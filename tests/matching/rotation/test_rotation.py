"""Rotations are orthogonal, evenly spread, the same everywhere, and tell nothing of their key."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from biometrics.errors import ConfigurationError
from matching.rotation import VectorRotation
from matching.rotation.haar import orthogonal
from matching.rotation.normals import Normals, logarithm

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
PINNED = "b1cafaa19ac4127ed6798e78914ea31fa7e79c82b9775f738c09699dfe29aaf6"
"""SHA-256 of an 8 x 8 matrix: other bits on any machine, or after any change, would make every snapshot useless."""


def test_a_matrix_is_the_same_everywhere() -> None:
    matrix = orthogonal(Normals(KEY, "block face, 8"), 8)
    assert hashlib.sha256(matrix.astype("<f8").tobytes()).hexdigest() == PINNED


@pytest.mark.parametrize("dimension", [1, 2, 128, 256])
def test_a_matrix_is_orthogonal(dimension: int) -> None:
    matrix = orthogonal(Normals(KEY, "any"), dimension)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(dimension), atol=1e-13)


def test_matrices_are_spread_as_the_haar_measure_is() -> None:
    """Entries, traces and their powers have the moments of evenly spread orthogonal matrices."""
    made = np.array([orthogonal(Normals(number.to_bytes(32, "big"), "any"), 4) for number in range(4_000)])
    np.testing.assert_allclose(made.mean(axis=0), 0.0, atol=5 * 0.5 / np.sqrt(4_000))
    np.testing.assert_allclose((made**2).mean(axis=0), 1 / 4, atol=0.02)
    np.testing.assert_allclose((made**4).mean(axis=0), 3 / (4 * 6), atol=0.02)
    traces = np.trace(made, axis1=1, axis2=2)
    assert abs(traces.mean()) < 0.08 and abs(traces.var() - 1.0) < 0.1
    assert 0.45 < (np.linalg.det(made) > 0).mean() < 0.55


def test_normal_numbers_are_normal() -> None:
    drawn = Normals(KEY, "any").take(200_000)
    assert abs(drawn.mean()) < 0.01 and abs(drawn.std() - 1.0) < 0.01
    assert abs((drawn**4).mean() - 3.0) < 0.1
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.01


def test_numbers_go_on_where_they_were_left() -> None:
    one, other = Normals(KEY, "any"), Normals(KEY, "any")
    np.testing.assert_array_equal(np.concatenate([one.take(3), one.take(20_000)]), other.take(20_003))


def test_the_logarithm_is_that_of_the_system() -> None:
    numbers = np.concatenate([np.random.default_rng(5).random(10_000), [2.0**-60, 0.5, np.sqrt(0.5), 1.0]])
    np.testing.assert_allclose(logarithm(numbers), np.log(numbers), rtol=1e-14, atol=1e-15)


def test_vectors_keep_lengths_and_angles() -> None:
    vectors = np.random.default_rng(3).normal(size=(40, 128)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    turned = VectorRotation(KEY).turn("face", vectors)
    assert turned.dtype == np.float32
    np.testing.assert_allclose(turned @ turned.T, vectors @ vectors.T, atol=5e-7)
    assert float(np.abs((turned * vectors).sum(axis=1)).max()) < 0.5  # nobody is where they were


def test_other_keys_and_other_blocks_turn_otherwise() -> None:
    vectors = np.eye(64, dtype=np.float32)
    turned = [
        VectorRotation(key).turn(block, vectors)
        for key, block in ((KEY, "face"), (OTHER_KEY, "face"), (KEY, "left_thumb"))
    ]
    for first in range(3):
        for second in range(first):
            assert float(np.abs(turned[first] @ turned[second].T).mean()) < 0.2
    np.testing.assert_array_equal(VectorRotation(KEY).turn("face", vectors), turned[0])


def test_the_name_tells_keys_apart_and_nothing_shows_the_key() -> None:
    rotation = VectorRotation(KEY)
    assert rotation.name != VectorRotation(OTHER_KEY).name and len(rotation.name) == 16
    assert KEY.hex() not in repr(rotation) and rotation.name in repr(rotation)
    with pytest.raises(ConfigurationError) as refused:
        VectorRotation(KEY + b"!")
    assert "33" in str(refused.value) and KEY.hex() not in str(refused.value)
