"""Error rates of 1:1 comparison from scores, after ISO/IEC 19795-1 and the FVC protocol.

A comparison is a match when its score is at least the threshold. A genuine pair without a score, because one side
failed to enroll, is a false non-match at every threshold; such impostor pairs are left out, so that failures never make
the false match rate look better. The FVC protocol scores both 0 instead, as the benchmark of fingerprints does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Float64
from numpy.typing import NDArray

from benchmarks.bootstrap import REPLICATES, Drawn, SubjectSides, Weights, draw_statistics, interval_of
from benchmarks.figures import RATE, Figure
from biometrics.arrays import Ids, Rates, Values
from biometrics.errors import ProcessingError

NOT_COMPARED = float("-inf")
"""Stands for the score of a pair one side of which failed to enroll."""

EER, ZERO_FMR = "EER", "ZeroFMR"

FMR_TARGETS = (1e-2, 1e-3, 1e-4)

_MOST_KNOTS = 5_000
"""Impostor scores that serve as thresholds in a replicate; at a million pairs, neighbours differ by 0.3 % in rate."""

Curves: TypeAlias = Float64[NDArray[np.float64], "replicates thresholds"]
Totals: TypeAlias = Float64[NDArray[np.float64], "replicates 1"]
GenuineScores: TypeAlias = Float32[NDArray[np.float32], " genuine"]
ImpostorScores: TypeAlias = Float32[NDArray[np.float32], " impostors"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredPairs:
    """Scores of genuine and impostor pairs, and whose they are.

    Parameters
    ----------
    genuine
        float32 [genuine pairs]; `NOT_COMPARED` where one side failed to enroll.
    genuine_subjects
        int64 [genuine pairs, 1].
    impostor
        float32 [impostor pairs]; pairs with a failed side are dropped by :meth:`of`.
    impostor_subjects
        int64 [impostor pairs, 2]; one column where only probes are drawn again, as in searches of a fixed gallery.

    Raises
    ------
    ProcessingError
        When lengths differ, either kind is missing, or a score is not a number.
    """

    genuine: GenuineScores
    genuine_subjects: SubjectSides
    impostor: ImpostorScores
    impostor_subjects: SubjectSides

    def __post_init__(self) -> None:
        if len(self.genuine) != len(self.genuine_subjects) or len(self.impostor) != len(self.impostor_subjects):
            raise ProcessingError("every pair needs a score and its subjects")
        if len(self.genuine) == 0 or len(self.impostor) == 0:
            raise ProcessingError("error rates need genuine and impostor pairs", remedy="give pairs of both kinds")
        if np.isnan(self.genuine).any() or np.isposinf(self.genuine).any() or not np.isfinite(self.impostor).all():
            raise ProcessingError("a comparison score is not a finite number")

    @classmethod
    def of(cls, scores: Values, first_subjects: Ids, second_subjects: Ids) -> ScoredPairs:
        """Sort pairs by whether both sides are the same subject."""
        same = first_subjects == second_subjects
        usable = ~same & (scores != NOT_COMPARED)
        return cls(
            genuine=scores[same],
            genuine_subjects=first_subjects[same][:, None],
            impostor=scores[usable],
            impostor_subjects=np.stack((first_subjects[usable], second_subjects[usable]), axis=1),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ErrorCurves:
    """Both error rates at every threshold that makes a difference; the last is infinite, where nobody matches.

    Parameters
    ----------
    thresholds, fmr, fnmr
        float64 [count]; thresholds ascend, `fmr` falls to 0, `fnmr` rises to 1.
    """

    thresholds: Rates
    fmr: Rates
    fnmr: Rates


def error_curves(pairs: ScoredPairs) -> ErrorCurves:
    """Return FMR and FNMR over all thresholds."""
    counting = _Counting(pairs, _all_thresholds(pairs))
    fmr, fnmr = counting.even_rates()
    return ErrorCurves(thresholds=counting.thresholds, fmr=fmr[0], fnmr=fnmr[0])


def fnmr_name(fmr: float) -> str:
    """Return the name of the figure at a false match rate, such as `FNMR at FMR 0.001`."""
    return f"FNMR at FMR {fmr:g}"


def verification_figures(
    pairs: ScoredPairs,
    *,
    targets: Sequence[float] = FMR_TARGETS,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> dict[str, Figure]:
    """Return the equal error rate, the FNMR at each false match rate, and ZeroFMR, with intervals over subjects.

    FNMR at a rate x is the lowest FNMR of all thresholds whose FMR is at most x; ZeroFMR that at which no impostor pair
    matches; the EER the mean of FMR and FNMR where they cross (Maio et al., FVC2000, IEEE PAMI 24, 2002). Targets
    below one over the number of impostor pairs are left out: they could not be told from ZeroFMR.
    """
    counting, drawing = (_Counting(pairs, places(pairs)) for places in (_all_thresholds, _thinned_thresholds))
    supported = [target for target in targets if target * len(pairs.impostor) >= 1.0]
    limits = np.array([*supported, 0.0])

    def points(genuine: Weights, impostor: Weights) -> Drawn:
        fmr, fnmr = drawing.rates(genuine, impostor)
        return _operating_points(fmr, fnmr, limits)[0]

    fmr, fnmr = counting.even_rates()
    values, places = _operating_points(fmr, fnmr, limits)
    drawn = draw_statistics(pairs.genuine_subjects, pairs.impostor_subjects, points, replicates=replicates, seed=seed)
    names = [EER, *(fnmr_name(target) for target in supported), ZERO_FMR]
    return {
        name: _figure(pairs, counting.thresholds[places[0, column]], float(values[0, column]), drawn[:, column])
        for column, name in enumerate(names)
    }


def _figure(pairs: ScoredPairs, threshold: float, value: float, drawn: Rates) -> Figure:
    trials = len(pairs.genuine)
    # The EER is no count of errors among trials; the nearest count gives its least uncertainty.
    low, high = interval_of(drawn, value, errors=round(value * trials), trials=trials)
    counts = {
        "false non-matches": int((pairs.genuine < threshold).sum()),
        "genuine pairs": trials,
        "false matches": int((pairs.impostor >= threshold).sum()),
        "impostor pairs": len(pairs.impostor),
    }
    shown = float(threshold) if np.isfinite(threshold) else None
    return Figure(value=value, low=low, high=high, unit=RATE, counts=counts, threshold=shown)


class _Counting:
    """Knows for every score which thresholds it reaches, so that a replicate is two histograms and their sums."""

    def __init__(self, pairs: ScoredPairs, thresholds: Rates) -> None:
        self.thresholds = thresholds
        self._genuine_reaches = np.searchsorted(thresholds, pairs.genuine, side="right")
        self._impostor_reaches = np.searchsorted(thresholds, pairs.impostor, side="right")

    def rates(self, genuine: Weights, impostor: Weights) -> tuple[Curves, Curves]:
        """Return FMR and FNMR at every threshold, a replicate a row; NaN where a replicate drew no such pair."""
        missed, genuine_drawn = self._below(self._genuine_reaches, genuine)
        refused, impostors_drawn = self._below(self._impostor_reaches, impostor)
        # Counts are subtracted, not shares: 1 - 0.99 is more than 0.01 in floating point.
        return _shares(impostors_drawn - refused, impostors_drawn), _shares(missed, genuine_drawn)

    def even_rates(self) -> tuple[Curves, Curves]:
        """Return FMR and FNMR where every pair counts once."""
        return self.rates(np.ones((1, len(self._genuine_reaches))), np.ones((1, len(self._impostor_reaches))))

    def _below(self, reaches: Ids, weights: Weights) -> tuple[Curves, Totals]:
        """Return the weight of the scores below each threshold, and of all."""
        bins = len(self.thresholds) + 1
        histograms = np.stack([np.bincount(reaches, weights=row, minlength=bins) for row in weights])
        below: Curves = np.cumsum(histograms, axis=1)
        return below[:, :-1], below[:, -1:]


def _shares(part: Curves, whole: Totals) -> Curves:
    shares: Curves = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return shares


def _all_thresholds(pairs: ScoredPairs) -> Rates:
    """Every score, and infinity."""
    both = np.unique(np.concatenate((pairs.genuine, pairs.impostor))).astype(np.float64)
    return np.append(both[np.isfinite(both)], np.inf)


def _thinned_thresholds(pairs: ScoredPairs) -> Rates:
    """Every genuine score, and of very many impostor scores the highest and ever fewer below; enough for intervals."""
    count = len(pairs.impostor)
    if count <= _MOST_KNOTS:
        return _all_thresholds(pairs)
    ranks = np.unique(np.geomspace(1, count, _MOST_KNOTS).astype(np.int64))
    descending = np.sort(pairs.impostor)[::-1]
    both = np.unique(np.concatenate((pairs.genuine, descending[ranks - 1]))).astype(np.float64)
    return np.append(both[np.isfinite(both)], np.inf)


def _operating_points(fmr: Curves, fnmr: Curves, limits: Rates) -> tuple[Drawn, NDArray[np.int64]]:
    """Return EER and the FNMR at each limit of the FMR, a replicate a row, and the thresholds' places."""
    rows = np.arange(len(fmr))
    # FMR falls and FNMR rises with the threshold: they cross between these two places.
    after = np.argmax(fnmr >= fmr, axis=1)
    before = fnmr.shape[1] - 1 - np.argmax((fnmr <= fmr)[:, ::-1], axis=1)
    mean = (fmr + fnmr) / 2.0
    crossing = np.where(mean[rows, before] < mean[rows, after], before, after)
    places = [crossing, *(np.argmax(fmr <= limit, axis=1) for limit in limits)]
    drew_impostors = np.isfinite(fmr[:, 0])
    misses = (np.where(drew_impostors, fnmr[rows, place], np.nan) for place in places[1:])
    values = [mean[rows, crossing], *misses]
    return np.stack(values, axis=1), np.stack(places, axis=1)
