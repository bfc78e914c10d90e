"""Scores of strangers and of mates, and how far two sets of them are apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from benchmarks.distributions import ks_distance

Scores: TypeAlias = Float32[NDArray[np.float32], " _pairs"]

RATES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
"""Shares of strangers whose least scores are told."""

MATED_SHARES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9)
"""Shares of mates whose greatest scores are told."""

LEAST_BEYOND = 5
"""Scores beyond a quantile that it needs: fewer say nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockScores:
    """Scores of pairs.

    Parameters
    ----------
    strangers, mates
        float32 [pairs].
    """

    strangers: Scores
    mates: Scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How simulated scores differ from real ones.

    Parameters
    ----------
    strangers_ks, mates_ks
        Largest differences of the distribution functions.
    strangers, mates
        Real and simulated score by the share of strangers that reach it, of mates that do not; as far as the real
        scores support it.
    missed
        Share of mates below the real strangers' score of a rate, real and simulated.
    reached
        Share of simulated strangers that reach the real strangers' score of a rate.
    """

    strangers_ks: float
    mates_ks: float
    strangers: dict[float, tuple[float, float]]
    mates: dict[float, tuple[float, float]]
    missed: dict[float, tuple[float, float]]
    reached: dict[float, float]


def difference(real: BlockScores, simulated: BlockScores) -> Difference:
    """Return how simulated scores differ from real ones."""
    limits = {rate: upper(real.strangers, rate) for rate in RATES if rate * len(real.strangers) >= LEAST_BEYOND}
    shares = [share for share in MATED_SHARES if share * len(real.mates) >= LEAST_BEYOND]
    return Difference(
        strangers_ks=ks_distance(real.strangers.astype(np.float64), simulated.strangers.astype(np.float64)),
        mates_ks=ks_distance(real.mates.astype(np.float64), simulated.mates.astype(np.float64)),
        strangers={rate: (limit, upper(simulated.strangers, rate)) for rate, limit in limits.items()},
        mates={share: (lower(real.mates, share), lower(simulated.mates, share)) for share in shares},
        missed={rate: (below(real.mates, limit), below(simulated.mates, limit)) for rate, limit in limits.items()},
        reached={rate: 1.0 - below(simulated.strangers, limit) for rate, limit in limits.items()},
    )


def upper(scores: Scores, rate: float) -> float:
    """Return the score that a share reaches."""
    return float(np.quantile(scores, 1.0 - rate))


def lower(scores: Scores, share: float) -> float:
    """Return the score that a share stays below."""
    return float(np.quantile(scores, share))


def below(scores: Scores, limit: float) -> float:
    """Return the share of scores below a limit."""
    return float((scores < limit).mean())
