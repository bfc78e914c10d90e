"""The step that makes scores mean the same in every group: subtract from a face what its group has in common.

An embedder that saw few faces of a group during its training puts all of them near one another: their vectors share a
part that says "a face of that group", and two strangers score high because of it. The mean of a group's vectors is that
part. Each vector loses the mean of the groups it lies near, in the shares in which it does, and is scaled to length 1
again. Nobody is told a group: the shares come from the vector alone, and nothing of them is kept.

A group is where vectors lie, not who somebody is: the centres are means of faces whose pictures were labelled by how
they look (FairFace, adults and children apart), and of a collection of press photographs, whose manner of photography
is also something that strangers have in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from biometrics.arrays import Vectors
from biometrics.errors import ModelUnavailableError, ProcessingError
from biometrics.files import write_whole

SPREAD = 1.0 / 128
"""Variance in each direction of a group's vectors around its centre: unit vectors that fill 128 dimensions evenly. On
LFW View 1 false non-matches change by less than a tenth for half or twice of it."""

_FILE = "centres.npz"

Shares: TypeAlias = Float32[NDArray[np.float32], "count centres"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Centres:
    """Mean vectors of groups of faces, each of at least 25 persons.

    Parameters
    ----------
    names
        What each is the mean of.
    means
        float32 [centres, dimension], of unit vectors; shorter than 1.

    Raises
    ------
    ModelUnavailableError
        When names and means do not belong together, or a number is not finite.
    """

    names: tuple[str, ...]
    means: Vectors

    def __post_init__(self) -> None:
        fits = len(self.names) == len(self.means) > 0
        if not fits or not np.isfinite(self.means).all() or (np.linalg.norm(self.means, axis=1) >= 1.0).any():
            raise ModelUnavailableError("these are no centres of groups of faces", remedy="install Kura again")

    def shares(self, vectors: Vectors) -> Shares:
        """Return how far each unit vector [count, dimension] belongs to each centre; a row adds up to 1.

        The posterior of Gaussians with variance `SPREAD` around the centres, all equally likely beforehand.
        """
        nearness = (vectors @ self.means.T - 0.5 * np.sum(self.means**2, axis=1)) / np.float32(SPREAD)
        odds = np.exp(nearness - nearness.max(axis=1, keepdims=True))
        shares: Shares = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
        return shares

    def centred(self, vectors: Vectors) -> Vectors:
        """Return unit vectors [count, dimension] without what their groups have in common, as unit vectors again."""
        return unit_vectors(vectors - self.shares(vectors) @ self.means)


def unit_vectors(vectors: Vectors) -> Vectors:
    """Scale rows to length 1.

    Raises
    ------
    ProcessingError
        When a row has no direction, or holds a number that is not finite.
    """
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or (norms == 0.0).any():
        raise ProcessingError("the embedder gave no usable vector for a face")
    return np.asarray(vectors / norms, np.float32)


def shipped_centres() -> Centres:
    """Return the centres that belong to the embedder; `python -m benchmarks.face_population` made them."""
    with (files("models.face") / _FILE).open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return Centres(names=tuple(str(name) for name in stored["names"]), means=stored["means"])


def write_centres(centres: Centres, path: Path) -> None:
    """Write centres as a NumPy archive, whole or not at all.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    buffer = BytesIO()
    np.savez(buffer, names=np.array(centres.names), means=centres.means)
    write_whole(path, buffer.getvalue(), mode=0o644)
