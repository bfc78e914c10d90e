"""The finger vectors of an identification benchmark: each data set described as if it had taken no part.

The shipped weights lie where prints of FVC2002 set B do on average. A data set among them would score better than a
scanner that nobody knows, so each set is moved by the average of the others instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.identify_prints import Prints
from benchmarks.accuracy.identify_scores import Minutiae, Side
from benchmarks.descriptor.centring import held_out, vectors_of
from matching.descriptor.weights import Weights, shipped_weights

_NO_SET = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sides:
    """Describes prints as the data sets want it.

    Parameters
    ----------
    prints
        The real ones.
    weights
        For each data set.
    real
        The real prints and their vectors.
    """

    prints: Prints
    weights: Mapping[int, Weights]
    real: Side

    @classmethod
    def of(cls, prints: Prints) -> Sides:
        """Describe real prints."""
        weights = held_out(shipped_weights(), prints)
        vectors = vectors_of(prints.minutiae, prints.sets, weights)
        return cls(prints=prints, weights=weights, real=Side(minutiae=prints.minutiae, vectors=vectors))

    def like_real(self, minutiae: Minutiae) -> Side:
        """Describe prints that stand for the real ones, in their order."""
        return Side(minutiae=minutiae, vectors=vectors_of(minutiae, self.prints.sets, self.weights))

    def of_no_set(self, minutiae: Minutiae) -> Side:
        """Describe prints by the weights as they ship."""
        sets = np.full(len(minutiae), _NO_SET, dtype=np.int64)
        return Side(minutiae=minutiae, vectors=vectors_of(minutiae, sets, {_NO_SET: shipped_weights()}))
