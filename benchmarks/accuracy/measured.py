"""What an accuracy benchmark works with, and what it found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from benchmarks.bootstrap import REPLICATES
from benchmarks.figures import Figure
from benchmarks.rates import ScoredPairs
from benchmarks.templates import CachingExtractor
from biometrics.protocols import Progress, no_progress

Places: TypeAlias = Int64[NDArray[np.int64], " pairs"]
"""Where one side of each pair stands in its data set."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bench:
    """What every accuracy benchmark works with.

    Parameters
    ----------
    extractor
        Of the modality to measure.
    replicates
        Draws of the subjects for each interval.
    progress
        Told how far the work has come.
    """

    extractor: CachingExtractor
    replicates: int = REPLICATES
    progress: Progress = no_progress


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurement:
    """Figures, and the scores they come from.

    Parameters
    ----------
    figures
        By name; a slash separates the data set from the figure.
    pairs
        Scored pairs by data set, for plots and for keeping.
    scale
        Of the scores.
    notes
        What a reader must know.
    failed
        Why samples failed to enroll, by data set and name.
    sections
        Further parts of the document by name, JSON-ready.
    """

    figures: Mapping[str, Figure]
    pairs: Mapping[str, ScoredPairs]
    scale: str
    notes: tuple[str, ...]
    failed: Mapping[str, Mapping[str, str]]
    sections: Mapping[str, Any] = field(default_factory=dict)

    def raw_scores(self) -> dict[str, NDArray[Any]]:
        """Return every score and its subjects as named arrays."""
        arrays: dict[str, NDArray[Any]] = {}
        for name, pairs in self.pairs.items():
            arrays |= {
                f"{name}.genuine": pairs.genuine,
                f"{name}.genuine_subjects": pairs.genuine_subjects,
                f"{name}.impostor": pairs.impostor,
                f"{name}.impostor_subjects": pairs.impostor_subjects,
            }
        return arrays
