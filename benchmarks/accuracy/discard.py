"""Error versus discard: how many false non-matches go when the prints of lowest quality go (ISO/IEC 29794-1).

Quality predicts what a print is good for. Whether it does shows when the worst prints are left out: the false
non-match rate at a threshold that stays where it was must fall, by more than its share (Grother and Tabassi,
"Performance of biometric quality measures", IEEE PAMI 29, 2007). Leaving out is for measuring: enrollment
never does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Float64, Int64
from numpy.typing import NDArray

from benchmarks.bootstrap import REPLICATES, Drawn, SubjectSides, Weights, draw_statistics, interval_of
from benchmarks.figures import RATE, Figure
from benchmarks.rates import ScoredPairs, error_curves
from biometrics.arrays import Flags, Ids, Values
from biometrics.errors import ProcessingError

SHARES = (0.05, 0.1, 0.2)

SamplePairs: TypeAlias = Int64[NDArray[np.int64], "2 pairs"]

ScoreMatrix: TypeAlias = Float32[NDArray[np.float32], "_samples _samples"]
"""Scores of every sample with every other; only those above the diagonal are read."""

DrawnRates: TypeAlias = Float64[NDArray[np.float64], " replicates"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JudgedSamples:
    """Samples compared with each other, for instance those of one database.

    Parameters
    ----------
    scores
        float32 [samples, samples]; `benchmarks.rates.NOT_COMPARED` where one side failed to enroll.
    subjects
        int64 [samples]: equal for the samples that must match.
    qualities
        float32 [samples]; of a sample that failed to enroll too.

    Raises
    ------
    ProcessingError
        When lengths differ or a quality is not finite.
    """

    scores: ScoreMatrix
    subjects: Ids
    qualities: Values

    def __post_init__(self) -> None:
        if not len(self.scores) == len(self.subjects) == len(self.qualities):
            raise ProcessingError("every sample needs scores, a subject and a quality")
        if not np.isfinite(self.qualities).all():
            raise ProcessingError("a quality is not a finite number")


def discard_name(share: float) -> str:
    """Return the name of the FNMR at a discarded share, such as `FNMR without the worst 10 %`."""
    return f"FNMR without the worst {100 * share:g} %" if share else "FNMR without discarding"


def left_name(share: float) -> str:
    """Return the name of the figure that says which part of the FNMR is left; 0.5 is half."""
    return f"part of the FNMR left without the worst {100 * share:g} %"


def discard_figures(
    sets: Sequence[JudgedSamples],
    *,
    fmr: float = 1e-3,
    shares: Sequence[float] = SHARES,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> dict[str, Figure]:
    """Return the FNMR of all samples, without the worst of each share, and the ratio of both (0.5: halved).

    The threshold is the lowest at which, over the impostor pairs of all sets and before anything is discarded, at most
    `fmr` match. The share is taken of all samples of all sets together, the lowest qualities first, of equal ones
    those that stand first. A genuine pair counts while both its samples are kept. Intervals draw subjects again; the
    threshold and what was discarded stay as they are. Where all samples together show no error, no part can be left of
    it, and those figures are missing.

    Parameters
    ----------
    sets
        Samples of different sets are not compared, their subjects are different ones.

    Raises
    ------
    ProcessingError
        When there are no genuine or no impostor pairs, or nothing is kept.
    """
    pairs, samples = _pooled(sets)
    curves = error_curves(pairs)
    threshold = float(curves.thresholds[np.argmax(curves.fmr <= fmr)])
    missed = pairs.genuine < threshold
    worst_first = np.argsort(np.concatenate([one.qualities for one in sets]), kind="stable")
    figures: dict[str, Figure] = {}
    for share in (0.0, *shares):
        staying = np.isin(samples, worst_first[round(share * len(worst_first)) :])
        kept = staying[0] & staying[1]
        if not kept.any():
            raise ProcessingError(f"without {share:.0%} of the samples no genuine pair is left")
        drawn = _draw(pairs.genuine_subjects, missed, kept, replicates=replicates, seed=seed)
        figures[discard_name(share)] = _rate(missed[kept], drawn[:, 1], threshold)
        if share > 0.0 and missed.any():
            figures[left_name(share)] = _left(missed, kept, drawn)
    return figures


def _pooled(sets: Sequence[JudgedSamples]) -> tuple[ScoredPairs, SamplePairs]:
    """Return the pairs within every set, and the samples of each genuine one, numbered over all sets."""
    if not sets:
        raise ProcessingError("there are no samples to discard from")
    scores, subjects, samples = [], [], []
    samples_before, subjects_before = 0, 0
    for one in sets:
        sides = np.stack(np.triu_indices(len(one.subjects), k=1))
        distinct, whose = np.unique(one.subjects, return_inverse=True)
        scores.append(one.scores[sides[0], sides[1]])
        subjects.append((subjects_before + whose[sides]).astype(np.int64))
        samples.append((samples_before + sides).astype(np.int64))
        samples_before, subjects_before = samples_before + len(whose), subjects_before + len(distinct)
    first, second = np.concatenate(subjects, axis=1)
    return ScoredPairs.of(np.concatenate(scores), first, second), np.concatenate(samples, axis=1)[:, first == second]


def _draw(subjects: SubjectSides, missed: Flags, kept: Flags, *, replicates: int, seed: int) -> Drawn:
    """Return the share missed of all genuine pairs and of those kept, a replicate a row; NaN where none was drawn."""
    counted = np.stack((np.ones_like(kept), kept), axis=1).astype(np.float64)
    errors = counted * missed[:, None]

    def rates(genuine: Weights, _: Weights) -> Drawn:
        trials: Drawn = genuine @ counted
        found: Drawn = np.divide(genuine @ errors, trials, out=np.full(trials.shape, np.nan), where=trials > 0)
        return found

    nothing = np.empty((0, 1), dtype=np.int64)
    return draw_statistics(subjects, nothing, rates, replicates=replicates, seed=seed)


def _rate(missed: Flags, drawn: DrawnRates, threshold: float) -> Figure:
    errors, trials = int(missed.sum()), len(missed)
    low, high = interval_of(drawn, errors / trials, errors=errors, trials=trials)
    counts = {"false non-matches": errors, "genuine pairs": trials}
    shown = threshold if np.isfinite(threshold) else None
    return Figure(value=errors / trials, low=low, high=high, unit=RATE, counts=counts, threshold=shown)


def _left(missed: Flags, kept: Flags, drawn: Drawn) -> Figure:
    """Return FNMR of the kept pairs over that of all: the share of the errors left over the share of the pairs left."""
    errors, left, pairs_left = int(missed.sum()), int((missed & kept).sum()), float(kept.mean())
    ratios = np.divide(drawn[:, 1], drawn[:, 0], out=np.full(len(drawn), np.nan), where=drawn[:, 0] > 0)
    low, high = interval_of(ratios * pairs_left, left / errors, errors=left, trials=errors)
    return Figure(
        value=left / errors / pairs_left,
        low=low / pairs_left,
        high=high / pairs_left,
        unit="times",
        counts={"false non-matches left": left, "false non-matches": errors},
    )
