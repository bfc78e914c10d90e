"""Templates of portraits as rows of one array, and cosines of pairs of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from benchmarks.accuracy.measured import Places
from benchmarks.rates import NOT_COMPARED
from benchmarks.templates import Enrolled
from biometrics.arrays import Flags, Vectors

_PAIRS_AT_ONCE = 100_000

PairScores: TypeAlias = Float32[NDArray[np.float32], " pairs"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmbeddedPortraits:
    """Extracted portraits as rows of one array.

    Parameters
    ----------
    enrolled
        What became of each.
    vectors
        float32 [samples, dimension]; zero where there is no template.
    present
        bool [samples]: where there is one.
    """

    enrolled: Enrolled
    vectors: Vectors
    present: Flags


def embedded(enrolled: Enrolled, dimension: int) -> EmbeddedPortraits:
    """Gather the vectors of all templates."""
    vectors, present = embeddings(enrolled, dimension)
    return EmbeddedPortraits(enrolled=enrolled, vectors=vectors, present=present)


def embeddings(enrolled: Enrolled, dimension: int) -> tuple[Vectors, Flags]:
    """Return float32 [samples, dimension] vectors, zero where there is none, and whether there is one."""
    vectors = np.zeros((len(enrolled.outcomes), dimension), dtype=np.float32)
    present = np.zeros(len(enrolled.outcomes), dtype=np.bool_)
    for row, template in enumerate(enrolled.templates):
        if template is not None:
            vectors[row], present[row] = template.embedding.vector, True
    return vectors, present


def cosines(vectors: Vectors, present: Flags, first: Places, second: Places) -> PairScores:
    """Return the cosine of each pair of rows, `NOT_COMPARED` where one has no embedding."""
    similar = np.empty(len(first), dtype=np.float32)
    for start in range(0, len(first), _PAIRS_AT_ONCE):
        here = slice(start, start + _PAIRS_AT_ONCE)
        similar[here] = np.einsum("ij,ij->i", vectors[first[here]], vectors[second[here]])
    similar[~(present[first] & present[second])] = NOT_COMPARED
    return similar
