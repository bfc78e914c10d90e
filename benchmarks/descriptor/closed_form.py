"""The descriptor's weights in closed form: principal components, clusters, then linear discriminants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from biometrics.templates import MinutiaSet
from matching.descriptor.aggregate import rooted_sums
from matching.descriptor.describe import DIMENSION
from matching.descriptor.surroundings import Cells, surroundings_of
from matching.descriptor.weights import Vocabulary, Weights

Square: TypeAlias = Float64[NDArray[np.float64], "size size"]
Axes: TypeAlias = Float64[NDArray[np.float64], "_sums _kept"]
Word: TypeAlias = Float64[NDArray[np.float64], "_words _seen"]

SEEN, WORDS = 80, 24
"""Numbers that are kept of a minutia's surroundings, and words. 48 and 40, as many weights, lose a point of rank-1, 128
and 16 nothing."""

SHARPNESS = 6.0
"""Of the choice among words; half and four times as much lost 4 and 2 points of rank-1."""

_CLUSTER_ROUNDS = 15

KEPT = 1500
"""Principal components of the sums; the last fifth is noise."""

RIDGE = 0.3
"""Share of the mean variance within fingers that is added to all of it, for what so few fingers leave uncertain."""


def vocabulary_of(cells: Cells, random: np.random.Generator) -> Vocabulary:
    """Return the principal components of surroundings, and words that spread over what these show."""
    middle = cells.mean(axis=0)
    view = np.linalg.eigh(np.cov((cells - middle).T))[1][:, : -SEEN - 1 : -1]
    views = (cells - middle) @ view
    views /= np.linalg.norm(views, axis=1, keepdims=True)
    words = _clusters(views, random)
    return Vocabulary(
        view=np.ascontiguousarray(view),
        view_offset=-middle @ view,
        choice=SHARPNESS * words.T.copy(),
        choice_offset=np.zeros(WORDS),
        words=words,
    )


def discriminants(vocabulary: Vocabulary, fingers: Iterable[Sequence[Sequence[MinutiaSet]]]) -> Weights:
    """Return weights whose output tells fingers apart (linear discriminant analysis).

    Parameters
    ----------
    fingers
        Batches of fingers, each a sequence of its prints, always of the same number.
    """
    size = WORDS * SEEN
    total, within = np.zeros((size, size)), np.zeros((size, size))
    mean, prints, fewer = np.zeros(size), 0, 0
    for batch in fingers:
        sums = rooted_sums(surroundings_of([one for finger in batch for one in finger]), vocabulary)
        of_finger = sums.reshape(len(batch), -1, size)
        apart = (of_finger - of_finger.mean(axis=1, keepdims=True)).reshape(-1, size)
        total += sums.T @ sums
        within += apart.T @ apart
        mean += sums.sum(axis=0)
        prints, fewer = prints + len(sums), fewer + len(batch)
    mean /= prints
    output = _axes(total / prints - np.outer(mean, mean), within / (prints - fewer))
    return Weights(vocabulary=vocabulary, output=output, output_offset=-mean @ output)


def _axes(total: Square, within: Square) -> Axes:
    """Return axes along which prints vary alike and unrelatedly, those first along which fingers differ most.

    With equal variance in all, different fingers are as near to right angles as so many numbers allow. Axes of
    equal variance within fingers instead let two fingers miss half as many mates again.
    """
    kept = np.linalg.eigh(total)[1][:, : -KEPT - 1 : -1]
    inside = kept.T @ within @ kept
    variance, turned = np.linalg.eigh(inside + RIDGE * np.trace(inside) / KEPT * np.eye(KEPT))
    even = kept @ (turned / np.sqrt(variance))
    between = np.linalg.eigh(even.T @ (total - within) @ even)[1][:, : -DIMENSION - 1 : -1]
    axes = even @ between
    return np.asarray(axes / np.sqrt(np.einsum("ij,ij->j", axes, total @ axes)))


def _clusters(views: Cells, random: np.random.Generator) -> Word:
    """Return the middles of clusters on the unit sphere (spherical k-means)."""
    words = views[random.choice(len(views), WORDS, replace=False)]
    for _ in range(_CLUSTER_ROUNDS):
        nearest = (views @ words.T).argmax(axis=1)
        strays = views[random.integers(0, len(views), WORDS)]
        sums = [views[nearest == word].sum(axis=0) for word in range(WORDS)]
        words = np.stack([some if (nearest == word).any() else strays[word] for word, some in enumerate(sums)])
        words /= np.linalg.norm(words, axis=1, keepdims=True)
    return words
