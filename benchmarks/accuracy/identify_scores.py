"""How like each print is to each other: by finger vectors, as a shortlist sees it, and by comparing minutiae."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from benchmarks.rates import NOT_COMPARED
from biometrics.arrays import Flags, Vectors
from biometrics.protocols import Progress, no_progress
from biometrics.templates import MinutiaSet
from matching.minutiae import PrintColumn, prepare

Scores: TypeAlias = Float32[NDArray[np.float32], "probes references"]
"""`NOT_COMPARED` where a side has nothing to compare."""

Minutiae: TypeAlias = Sequence[MinutiaSet | None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """Prints, and their finger vectors.

    Parameters
    ----------
    minutiae
        Of each print, None where there are none.
    vectors
        float32 [prints, 256] of length 1, zero where a print says too little to be described.
    """

    minutiae: Minutiae
    vectors: Vectors

    @property
    def described(self) -> Flags:
        """Which prints have a vector."""
        return np.asarray(self.vectors.any(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BothScores:
    """Scores of probes with references.

    Parameters
    ----------
    vectors
        float32 [probes, references]: cosine of the finger vectors.
    matcher
        float32 [probes, references]: score of the minutiae.
    """

    vectors: Scores
    matcher: Scores


def all_scores(probes: Side, references: Side, progress: Progress = no_progress) -> BothScores:
    """Return every score of probes with references."""
    cosines = probes.vectors @ references.vectors.T
    compared = probes.described[:, np.newaxis] & references.described
    return BothScores(
        vectors=np.where(compared, cosines, np.float32(NOT_COMPARED)),
        matcher=_matcher_scores(probes.minutiae, references.minutiae, progress),
    )


def _matcher_scores(probes: Minutiae, references: Minutiae, progress: Progress) -> Scores:
    column, columns = PrintColumn(), np.array([one is not None for one in references])
    for one in references:
        if one is not None:
            column.append(prepare(one))
    everything = np.arange(len(column))
    scores = np.full((len(probes), len(references)), NOT_COMPARED, dtype=np.float32)
    for row, minutiae in enumerate(probes):
        progress(row, len(probes), "comparing")
        if minutiae is not None:
            scores[row, columns] = column.compare(prepare(minutiae), everything)
    progress(len(probes), len(probes), "comparing")
    return scores
