"""Verification accuracy as LFW defines it: the threshold for each fold of pairs is chosen on the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.discard import DrawnRates
from benchmarks.accuracy.measured import Places
from benchmarks.bootstrap import Drawn, Weights, draw_statistics, interval_of
from benchmarks.figures import RATE, Figure
from benchmarks.rates import NOT_COMPARED
from biometrics.arrays import Flags, Ids, Rates, Values

FOLDS = 10
"""Where the pairs file makes none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComparedPairs:
    """Pairs of portraits and how alike they are.

    Parameters
    ----------
    first, second
        int64 [pairs]: numbers of the persons.
    same
        bool [pairs]: whether both are one person.
    folds
        int64 [pairs]: number of the fold.
    scores
        float32 [pairs]; `NOT_COMPARED` where a portrait has no template.
    """

    first: Places
    second: Places
    same: Flags
    folds: Ids
    scores: Values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoldAccuracy:
    """Share of pairs judged right.

    Parameters
    ----------
    figure
        Mean over the folds; its threshold is their mean too.
    by_fold
        float64 [folds].
    disjoint
        False when a fold's threshold had to be chosen on pairs of its own persons, as too few others were left.
    """

    figure: Figure
    by_fold: Rates
    disjoint: bool


def spread_folds(same: Flags, folds: int = FOLDS) -> Ids:
    """Return a fold for each pair: genuine pairs in as many runs of equal length, in their order, and impostors alike.

    Pairs files are sorted by name, so that the pairs of a person mostly fall into one fold.
    """
    placed = np.zeros(len(same), dtype=np.int64)
    for kind in (True, False):
        rows = np.flatnonzero(same == kind)
        placed[rows] = np.arange(len(rows)) * folds // max(1, len(rows))
    return placed


def fold_accuracy(pairs: ComparedPairs, *, replicates: int, seed: int = 0) -> FoldAccuracy:
    """Return the share of pairs on the right side of a threshold chosen on the pairs of other folds and other persons.

    A pair one side of which has no template is judged wrong, whether it is genuine or not. The interval draws the
    persons again, at the thresholds chosen.
    """
    right = np.zeros(len(pairs.same), dtype=np.bool_)
    thresholds, shares, disjoint = [], [], True
    for fold in np.unique(pairs.folds):
        here = pairs.folds == fold
        elsewhere, apart = _training(pairs, here)
        disjoint &= apart
        threshold = best_threshold(pairs.scores[elsewhere], pairs.same[elsewhere])
        right[here] = (pairs.scores[here] != NOT_COMPARED) & ((pairs.scores[here] >= threshold) == pairs.same[here])
        thresholds.append(threshold)
        shares.append(float(right[here].mean()))
    value = float(np.mean(shares))
    wrong = ~right
    low, high = interval_of(
        _drawn_accuracy(pairs, wrong, replicates, seed), value, errors=int(right.sum()), trials=len(right)
    )
    counts = {"wrong pairs": int(wrong.sum()), "pairs": len(right), "folds": len(shares)}
    figure = Figure(value=value, low=low, high=high, unit=RATE, counts=counts, threshold=float(np.mean(thresholds)))
    return FoldAccuracy(figure=figure, by_fold=np.array(shares), disjoint=disjoint)


def best_threshold(scores: Values, same: Flags) -> float:
    """Return a threshold that judges most pairs right: of the best ones the middle one, half way between two scores."""
    compared = scores != NOT_COMPARED
    levels, place = np.unique(scores[compared], return_inverse=True)
    genuine = np.bincount(place[same[compared]], minlength=len(levels))
    impostor = np.bincount(place[~same[compared]], minlength=len(levels))
    # With the threshold at levels[k], genuine pairs from k up and impostors below k are right; at the end none match.
    right = np.append(genuine[::-1].cumsum()[::-1], 0) + np.append(0, impostor.cumsum())
    best = np.flatnonzero(right == right.max())
    middle = int(best[len(best) // 2])
    edges = np.concatenate((levels[:1] - 1.0, levels, levels[-1:] + 1.0)).astype(np.float64)
    return float((edges[middle] + edges[middle + 1]) / 2.0)


def _training(pairs: ComparedPairs, here: Flags) -> tuple[Flags, bool]:
    """Return the pairs of other folds without the persons of this one, and True; all of other folds where too few."""
    persons = np.union1d(pairs.first[here], pairs.second[here])
    others = ~here & (pairs.scores != NOT_COMPARED)
    apart = others & ~np.isin(pairs.first, persons) & ~np.isin(pairs.second, persons)
    enough = pairs.same[apart].any() and not pairs.same[apart].all()
    return (apart, True) if enough else (others, False)


def _drawn_accuracy(pairs: ComparedPairs, wrong: Flags, replicates: int, seed: int) -> DrawnRates:
    genuine, impostor = wrong[pairs.same].astype(np.float64), wrong[~pairs.same].astype(np.float64)

    def accuracy(genuine_times: Weights, impostor_times: Weights) -> Drawn:
        errors = genuine_times @ genuine + impostor_times @ impostor
        trials = genuine_times.sum(axis=1) + impostor_times.sum(axis=1)
        drawn: Drawn = 1.0 - np.divide(errors, trials, out=np.full(len(trials), np.nan), where=trials > 0)[:, None]
        return drawn

    sides = np.stack((pairs.first, pairs.second), axis=1)
    drawn = draw_statistics(
        pairs.first[pairs.same][:, None], sides[~pairs.same], accuracy, replicates=replicates, seed=seed
    )
    return drawn[:, 0]
