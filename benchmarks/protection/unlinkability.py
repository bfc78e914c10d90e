"""How far scores tell who is who across two keys: D(s) of a score and D_sys of all, both from 0 to 1.

After M. Gomez-Barrero, J. Galbally, C. Rathgeb and C. Busch, "General Framework to Evaluate Unlinkability in Biometric
Template Protection Systems", IEEE Trans. Information Forensics and Security 13(6), 2018, with equal priors: 0 where a
score says nothing about whether two templates are one person's, 1 where it says it for sure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

MOST_BINS, LEAST_IN_A_BIN = 100, 10
"""Scores are counted in at most so many bins, and in as many as leave so many mated scores in one on average."""

_NULLS = 100

Scores: TypeAlias = Float64[NDArray[np.float64], " pairs"]
OtherScores: TypeAlias = Float64[NDArray[np.float64], " strangers"]
Bins: TypeAlias = Float64[NDArray[np.float64], " bins"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlinkability:
    """What a linkage function tells.

    Parameters
    ----------
    value
        D_sys.
    chance
        What D_sys does not exceed in 95 of 100 draws where mated scores are like others; counting never gives 0.
    mated, other
        Scores of either kind.
    """

    value: float
    chance: float
    mated: int
    other: int


def local(mated: Bins, other: Bins) -> Bins:
    """Return D(s) of each bin from how often mated scores and others fall into it: 0 to 1."""
    both = mated + other
    likely = np.divide(mated, both, out=np.zeros_like(mated), where=both > 0)
    return np.asarray(np.maximum(2.0 * likely - 1.0, 0.0))


def system(mated: Scores, other: OtherScores) -> float:
    """Return D_sys: the mean of D(s) over mated scores."""
    bins = int(np.clip(len(mated) // LEAST_IN_A_BIN, 1, MOST_BINS))
    everything = np.concatenate([mated, other])
    borders = np.linspace(everything.min(), everything.max(), bins + 1)
    shares = [np.histogram(scores, borders)[0] / len(scores) for scores in (mated, other)]
    return float((shares[0] * local(*shares)).sum())


def unlinkability(mated: Scores, other: OtherScores, seed: int = 1) -> Unlinkability:
    """Return D_sys, and what chance alone makes of as many scores.

    Parameters
    ----------
    mated, other
        Scores between templates of one person under two keys, and of two persons.
    seed
        Of the draws.
    """
    draws = np.random.default_rng(seed)
    nulls = [system(draws.choice(other, len(mated)), other) for _ in range(_NULLS)]
    return Unlinkability(
        value=system(mated, other), chance=float(np.quantile(nulls, 0.95)), mated=len(mated), other=len(other)
    )
