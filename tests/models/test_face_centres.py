from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from biometrics.arrays import Vectors
from biometrics.errors import ModelUnavailableError, ProcessingError
from models.face.centres import SPREAD, Centres, shipped_centres, unit_vectors, write_centres

DIGEST_OF_VERSION_1 = "b8ce670496b99ceab2338c460ad909f16b0735c0f79043db908d9c21b1ed8a5e"


def strangers(random: np.random.Generator, count: int, mean: Vectors) -> Vectors:
    """Return faces that share a mean and nothing else."""
    return unit_vectors((mean + random.normal(size=(count, 128)) / np.sqrt(128)).astype(np.float32))


def group_means(random: np.random.Generator) -> Vectors:
    return np.asarray(0.4 * unit_vectors(random.normal(size=(3, 128)).astype(np.float32)), np.float32)


def test_strangers_of_a_group_are_no_longer_alike() -> None:
    random = np.random.default_rng(1)
    means = group_means(random)
    centres = Centres(
        names=("a", "b", "c"), means=np.stack([strangers(random, 2_000, mean[None]).mean(0) for mean in means])
    )
    faces = strangers(random, 300, means[1:2])
    moved = centres.centred(faces)
    above = np.triu_indices(300, 1)
    assert (faces @ faces.T)[above].mean() > 0.1
    assert abs((moved @ moved.T)[above].mean()) < 0.01
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 1.0, atol=1e-6)


def test_shares_are_the_posterior_of_gaussians_around_the_centres() -> None:
    random = np.random.default_rng(2)
    centres = Centres(names=("a", "b", "c"), means=group_means(random))
    faces = strangers(random, 5, centres.means[:1])
    distances = ((faces[:, None].astype(np.float64) - centres.means) ** 2).sum(axis=2)
    likelihoods = np.exp(-distances / (2 * SPREAD))
    expected = likelihoods / likelihoods.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(centres.shares(faces), expected, atol=1e-5)


def test_one_face_is_moved_as_it_is_among_others() -> None:
    random = np.random.default_rng(3)
    centres = shipped_centres()
    faces = strangers(random, 6, centres.means[:1])
    together = centres.centred(faces)
    for row, face in enumerate(faces):
        np.testing.assert_allclose(centres.centred(face[None])[0], together[row], atol=1e-6)


def test_the_shipped_centres_are_those_of_the_templates_version() -> None:
    """Other centres make other templates: raise models.face.embed.MODEL_ID, and calibrate anew."""
    data = (files("models.face") / "centres.npz").read_bytes()
    assert hashlib.sha256(data).hexdigest() == DIGEST_OF_VERSION_1


def test_the_shipped_centres_show_nobody() -> None:
    centres = shipped_centres()
    assert centres.means.shape == (len(set(centres.names)), 128)
    # The mean of 25 or more strangers is far shorter than one person's vector; one person's would have length 1.
    assert np.linalg.norm(centres.means, axis=1).max() < 0.7


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    centres = shipped_centres()
    write_centres(centres, tmp_path / "centres.npz")
    assert (tmp_path / "centres.npz").read_bytes() == (files("models.face") / "centres.npz").read_bytes()


@pytest.mark.parametrize("value", [np.nan, np.inf, 2.0])
def test_centres_that_are_none_are_refused(value: float) -> None:
    means = np.zeros((2, 128), np.float32)
    means[1, 5] = value
    with pytest.raises(ModelUnavailableError, match="no centres"):
        Centres(names=("a", "b"), means=means)
    with pytest.raises(ModelUnavailableError, match="no centres"):
        Centres(names=("a",), means=np.zeros((2, 128), np.float32))


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_a_vector_without_direction_is_refused(value: float) -> None:
    vectors = np.ones((2, 128), np.float32)
    vectors[1] = value
    with pytest.raises(ProcessingError, match="no usable vector"):
        unit_vectors(vectors)
