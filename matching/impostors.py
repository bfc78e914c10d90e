"""Every face of a population against every other one, by matrix products: impostor scores, and the highest pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Int64
from numpy.typing import NDArray

from biometrics.arrays import Ids, Vectors
from biometrics.errors import ConfigurationError

MOST_PAIRS = 100_000_000
"""Scores held at once, 400 MB: the pairs of 14,142 portraits."""

ROWS_AT_ONCE = 512

PairScores: TypeAlias = Float32[NDArray[np.float32], " pairs"]
PairPlaces: TypeAlias = Int64[NDArray[np.int64], " pairs"]

_Block: TypeAlias = tuple[int, Float32[NDArray[np.float32], "rows count"], Bool[NDArray[np.bool_], "rows count"]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredImpostors:
    """Pairs of portraits of different persons.

    Parameters
    ----------
    scores
        float32 [pairs], cosines.
    first, second
        int64 [pairs], rows of both portraits; `first` is the smaller.
    """

    scores: PairScores
    first: PairPlaces
    second: PairPlaces


def impostor_scores(vectors: Vectors, persons: Ids) -> PairScores:
    """Return the cosine of every two portraits of different persons, each pair once.

    Parameters
    ----------
    vectors
        float32 [count, dimension] of unit norm.
    persons
        int64 [count]: equal for the portraits of one person.

    Raises
    ------
    ConfigurationError
        When they would not fit into memory.
    """
    pairs = impostor_pairs(persons)
    if pairs > MOST_PAIRS:
        raise ConfigurationError(
            f"{pairs:,} pairs are more than the {MOST_PAIRS:,} that are compared at most",
            remedy="give a random sample of at most 14,000 portraits",
        )
    scores = np.empty(pairs, dtype=np.float32)
    filled = 0
    for _, block, wanted in _blocks(vectors, persons):
        found = block[wanted]
        scores[filled : filled + len(found)] = found
        filled += len(found)
    return scores


def impostors_above(vectors: Vectors, persons: Ids, least: float) -> ScoredImpostors:
    """Return the pairs of different persons that score at least `least`, in the order of their rows."""
    scores, first, second = [], [], []
    for start, block, wanted in _blocks(vectors, persons):
        rows, columns = np.nonzero(wanted & (block >= np.float32(least)))
        scores.append(block[rows, columns])
        first.append(rows.astype(np.int64) + start)
        second.append(columns.astype(np.int64))
    nothing = np.empty(0, np.int64)
    return ScoredImpostors(
        scores=np.concatenate([np.empty(0, np.float32), *scores]),
        first=np.concatenate([nothing, *first]),
        second=np.concatenate([nothing, *second]),
    )


def impostor_pairs(persons: Ids) -> int:
    """Return how many pairs of portraits show different persons."""
    count, each = len(persons), np.unique(persons, return_counts=True)[1].astype(np.int64)
    return (count * (count - 1) - int((each * (each - 1)).sum())) // 2


def _blocks(vectors: Vectors, persons: Ids) -> Iterator[_Block]:
    """Yield the first row, its and the next rows' scores with all, and which of them are pairs of different persons."""
    places = np.arange(len(vectors))
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        rows = places[start : start + ROWS_AT_ONCE]
        wanted = (rows[:, None] < places) & (persons[rows, None] != persons)
        yield start, vectors[rows] @ vectors.T, wanted
