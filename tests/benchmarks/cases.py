"""Scores drawn from a known model, and the definitions of the rates written out slowly."""

from __future__ import annotations

import numpy as np

from benchmarks.rates import ScoredPairs


def scored(
    genuine: list[float], impostor: list[float], *, subjects: list[int] | None = None, others: int = 1
) -> ScoredPairs:
    """Return pairs of the given scores; by default every genuine pair is of a subject of its own."""
    whose = subjects if subjects is not None else list(range(len(genuine)))
    first = np.arange(len(impostor)) % max(2, len(genuine))
    return ScoredPairs(
        genuine=np.array(genuine, np.float32),
        genuine_subjects=np.array(whose, np.int64)[:, None],
        impostor=np.array(impostor, np.float32),
        impostor_subjects=np.stack((first, first + others), axis=1).astype(np.int64),
    )


def slow_fnmr_at_fmr(genuine: list[float], impostor: list[float], limit: float) -> float:
    """Try every threshold there is."""
    thresholds = [*genuine, *impostor, float("inf")]
    allowed = [t for t in thresholds if sum(s >= t for s in impostor) <= limit * len(impostor)]
    return min(sum(s < t for s in genuine) for t in allowed) / len(genuine)


def slow_eer(genuine: list[float], impostor: list[float]) -> float:
    """Return the least mean of FMR and FNMR where they cross: FVC2000's definition over all thresholds."""
    thresholds = [*sorted({s for s in [*genuine, *impostor] if s > float("-inf")}), float("inf")]
    rates = [
        (sum(s >= t for s in impostor) / len(impostor), sum(s < t for s in genuine) / len(genuine)) for t in thresholds
    ]
    before = max(i for i, (fmr, fnmr) in enumerate(rates) if fnmr <= fmr)
    after = min(i for i, (fmr, fnmr) in enumerate(rates) if fnmr >= fmr)
    return min(sum(rates[before]), sum(rates[after])) / 2


def population(random: np.random.Generator, subjects: int, impressions: int, spread: float) -> ScoredPairs:
    """Return pairs of subjects who differ by `spread` in how well they score; genuine scores are normal about 0."""
    goodness = random.normal(0.0, spread, subjects)
    genuine = goodness[:, None] + random.normal(0.0, np.sqrt(1.0 - spread**2), (subjects, impressions))
    first, second = np.triu_indices(subjects, k=1)
    return ScoredPairs(
        genuine=genuine.ravel().astype(np.float32),
        genuine_subjects=np.repeat(np.arange(subjects), impressions)[:, None].astype(np.int64),
        impostor=random.normal(-6.0, 0.1, len(first)).astype(np.float32),
        impostor_subjects=np.stack((first, second), axis=1).astype(np.int64),
    )
