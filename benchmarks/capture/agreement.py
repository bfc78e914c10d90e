"""How well the score that a frame gets in milliseconds agrees with the quality that extraction finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from benchmarks.figures import Figure
from biometrics.arrays import Flags, Ids, Rates
from biometrics.errors import ProcessingError

RANKS = "rank correlation"
"""Unit: Spearman's, -1 to 1."""

POINTS = "of 100"
"""Unit of a loss of quality."""

LEAST_FRAMES = 4
"""Of one finger or face: with fewer there is hardly an order to agree on."""

_Statistic: TypeAlias = Callable[["JudgedFrames"], float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JudgedFrames:
    """Frames with both judgements.

    Parameters
    ----------
    scores
        float64 [frames]: as the look at a frame gives them.
    qualities
        float64 [frames]: as extraction does.
    subjects
        int64 [frames]: equal for the frames of one finger or face, a burst.
    low_quality
        From what is a poor frame: below it another capture is advised.
    good_score
        At what a frame is taken by itself.

    Raises
    ------
    ProcessingError
        When lengths differ, or there are too few frames.
    """

    scores: Rates
    qualities: Rates
    subjects: Ids
    low_quality: float
    good_score: float

    def __post_init__(self) -> None:
        if not len(self.scores) == len(self.qualities) == len(self.subjects) >= LEAST_FRAMES:
            raise ProcessingError("a rank correlation needs frames with both judgements", remedy="give more samples")

    @property
    def bursts(self) -> tuple[Flags, ...]:
        """Which frames are each subject's."""
        return tuple(self.subjects == subject for subject in np.unique(self.subjects))


def agreement_figures(frames: JudgedFrames, replicates: int) -> dict[str, Figure]:
    """Return by name: rank correlations, what choosing by the score loses, and poor frames that would be taken."""
    statistics: Mapping[str, tuple[str, _Statistic]] = {
        "agreement": (RANKS, lambda drawn: rank_correlation(drawn.scores, drawn.qualities)),
        "agreement within bursts": (RANKS, _within_bursts),
        "lost by the highest score": (POINTS, lambda drawn: mean_loss(drawn, kept=1)),
        "lost by the best of 3": (POINTS, lambda drawn: mean_loss(drawn, kept=3)),
        "lost by any frame": (POINTS, lambda drawn: mean_loss(drawn, kept=0)),
    }
    return {name: _with_interval(frames, statistic, unit, replicates) for name, (unit, statistic) in statistics.items()}


def taken_counts(frames: JudgedFrames) -> dict[str, int]:
    """Return how many frames there are, how many of them poor, and how many of both reach the score to be taken."""
    poor, taken = frames.qualities < frames.low_quality, frames.scores >= frames.good_score
    return {
        "frames": len(frames.scores),
        "bursts": len(frames.bursts),
        "taken": int(taken.sum()),
        "poor": int(poor.sum()),
        "poor and taken": int((poor & taken).sum()),
    }


def rank_correlation(one: Rates, other: Rates) -> float:
    """Return Spearman's rank correlation, ties at their mean rank; 0 where one of both does not vary."""
    first, second = _ranks(one), _ranks(other)
    first, second = first - first.mean(), second - second.mean()
    power = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / power if power else 0.0


def mean_loss(frames: JudgedFrames, kept: int) -> float:
    """Return by how much the best quality of a burst exceeds the best of the `kept` highest scores, on average.

    With `kept` 0, by how much it exceeds the mean: what taking any frame loses.
    """
    losses = []
    for burst in frames.bursts:
        qualities = frames.qualities[burst]
        chosen = qualities[np.argsort(-frames.scores[burst], kind="stable")[:kept]]
        losses.append(qualities.max() - (chosen.max() if kept else qualities.mean()))
    return float(np.mean(losses))


def _within_bursts(frames: JudgedFrames) -> float:
    """Return the mean over bursts that have something to order."""
    found = [
        rank_correlation(frames.scores[burst], frames.qualities[burst])
        for burst in frames.bursts
        if burst.sum() >= LEAST_FRAMES and np.ptp(frames.qualities[burst]) > 0
    ]
    return float(np.mean(found)) if found else 0.0


def _ranks(values: Rates) -> Rates:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[places], np.float64)


def _with_interval(frames: JudgedFrames, statistic: _Statistic, unit: str, replicates: int) -> Figure:
    """Return a statistic with its 95 % interval: subjects are drawn again, their frames together."""
    random = np.random.default_rng(0)
    bursts = [np.flatnonzero(burst) for burst in frames.bursts]
    drawn = [statistic(_drawn(frames, bursts, random)) for _ in range(replicates)]
    value = statistic(frames)
    low, high = (float(bound) for bound in np.quantile(drawn, (0.025, 0.975)))
    counts = {"frames": len(frames.scores), "bursts": len(bursts)}
    return Figure(value=value, low=min(low, value), high=max(high, value), unit=unit, counts=counts)


def _drawn(frames: JudgedFrames, bursts: list[Ids], random: np.random.Generator) -> JudgedFrames:
    chosen = [bursts[place] for place in random.integers(len(bursts), size=len(bursts))]
    rows = np.concatenate(chosen)
    return JudgedFrames(
        scores=frames.scores[rows],
        qualities=frames.qualities[rows],
        subjects=np.repeat(np.arange(len(chosen)), [len(burst) for burst in chosen]),
        low_quality=frames.low_quality,
        good_score=frames.good_score,
    )
