"""From which score on a search lists a person, by the blocks that both have: what strangers reach at a stated rate.

The benchmark sets its limits itself, from the population that it searches, as a normal distribution of strangers'
scores would have them. How the product sets its own is `matching.shortlisting`'s affair.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from benchmarks.search.truth import Limits
from biometrics.arrays import Vectors
from matching.vectors.arrays import Masks
from matching.vectors.layout import Layout

STRICT_RATE = 1e-6
"""One stranger in a million: about one candidate a search of a million persons."""

SHORTLIST_RATE = 2e-4
"""What a shortlist of 2,000 of ten million persons lets through: 200 of a million."""

_SAMPLED = 4_096


def limits_at(rate: float, layout: Layout, vectors: Vectors, masks: Masks) -> Limits:
    """Return by shared blocks the score that strangers reach at a rate; infinite where no block is shared.

    Parameters
    ----------
    vectors, masks
        float32 [persons, width]: different persons, at least two with each block; the first of them are compared with
        those that follow.
    """
    half = min(len(vectors) // 2, _SAMPLED)
    means, variances = np.zeros(len(layout.blocks)), np.zeros(len(layout.blocks))
    for number, block in enumerate(layout.blocks):
        has = masks >> number & 1 == 1
        columns = layout.columns(block.name)
        left, right = vectors[:half][has[:half], columns], vectors[half : 2 * half][has[half : 2 * half], columns]
        scores = left @ right.T
        means[number] = scores.mean() if scores.size else 0.0
        variances[number] = scores.var() if scores.size else 0.0
    shared = np.arange(layout.shares)[:, np.newaxis] >> np.arange(len(layout.blocks)) & 1
    limits = shared @ means + NormalDist().inv_cdf(1.0 - rate) * np.sqrt(shared @ variances)
    limits[0] = np.inf
    return limits.astype(np.float32)
