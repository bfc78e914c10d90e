"""Fits a calibration to the scores of impostor pairs."""

from __future__ import annotations

import hashlib
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from biometrics.arrays import Rates, Values
from biometrics.errors import ConfigurationError
from matching.calibration.curve import LEAST_IMPOSTOR_PAIRS, Calibration
from matching.calibration.tail import fit_tail

LEAST_SUPPORT = 30
"""Impostor scores that must lie at or above a score for its rate to count as measured (the "rule of 30": within 30 % of
the truth at 90 % confidence; Doddington et al., Speech Communication 31, 2000)."""

Knots: TypeAlias = Float64[NDArray[np.float64], " knots"]
"""One number per point of the survival curve."""

MOST_KNOTS = 240
"""Points of the stored survival curve, evenly spaced in log rate; neighbours differ by some 5 % at a million pairs."""

FEWEST_EXCESSES, MOST_EXCESSES = 100, 1_000
"""The tail is fitted to the highest 1 in 400 scores, within these bounds: there the mean excess of cosines (SFace on
FairFace and LFW) and of print scores (FVC2002) has become flat, as it is over any threshold of an exponential."""


def fit_calibration(  # noqa: PLR0913
    impostor_scores: Values,
    *,
    scale: str,
    population: str,
    origin: str,
    subjects: int,
    command: str = "",
    caution: float = 1.0,
) -> Calibration:
    """Fit a calibration to the scores of impostor pairs.

    Where at least 30 impostors score as high, the rate is (k + 1) / (n + 1), k of n scoring at least as high (the
    smoothing of Davison and Hinkley, Bootstrap Methods, 1997, section 4.2); above, `fit_tail` takes over.

    Parameters
    ----------
    impostor_scores
        float32 [pairs], at least 1,000, in any order.
    scale, population, origin, subjects, command
        As in :class:`Calibration`.
    caution
        Factor, at least 1, by which rates are stated higher than measured, for people who score higher than these.

    Raises
    ------
    ConfigurationError
        When there are too few scores, one is not finite, or they do not spread.
    """
    count = len(impostor_scores)
    if count < LEAST_IMPOSTOR_PAIRS:
        raise ConfigurationError(
            f"{count} impostor pairs are fewer than {LEAST_IMPOSTOR_PAIRS}", remedy="compare more pairs"
        )
    if not np.isfinite(impostor_scores).all():
        raise ConfigurationError("an impostor score is not a finite number")
    ascending = np.sort(impostor_scores)
    digest = hashlib.sha256(ascending.astype("<f4").tobytes()).hexdigest()
    wide = ascending.astype(np.float64)
    scores, rates = _stated(*_survival_curve(wide), caution)
    excesses = min(MOST_EXCESSES, max(FEWEST_EXCESSES, count // 400))
    tail = fit_tail(wide[::-1], excesses=excesses, start=float(scores[-1]), rate=float(rates[-1]))
    return Calibration(
        scale=scale,
        population=population,
        origin=origin,
        pairs=count,
        subjects=subjects,
        scores=scores,
        rates=rates,
        tail=tail,
        command=command,
        data_sha256=digest,
    )


def _stated(scores: Rates, rates: Rates, caution: float) -> tuple[Knots, Knots]:
    """Multiply the rates, and cut them at 1: of the knots there only the last is kept."""
    if caution < 1.0:
        raise ConfigurationError(f"a caution of {caution:g} would state rates lower than measured")
    stated = np.minimum(caution * rates, 1.0)
    first = int(np.flatnonzero(stated == 1.0)[-1])
    return scores[first:], stated[first:]


def _survival_curve(ascending: Rates) -> tuple[Knots, Knots]:
    """Return scores and the share of impostors at or above each, from the lowest score up to the last supported one."""
    count = len(ascending)
    ranks = np.unique(np.geomspace(LEAST_SUPPORT, count, MOST_KNOTS).astype(np.int64))
    scores = np.unique(ascending[count - ranks])
    at_least = count - np.searchsorted(ascending, scores, side="left")
    if len(scores) < 2:
        raise ConfigurationError("the impostor scores are all alike", remedy="check the comparison algorithm")
    rates: Knots = (at_least.astype(np.float64) + 1.0) / (count + 1.0)
    return scores, rates
