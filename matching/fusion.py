"""From calibrated comparisons of fingers and face to one false match rate of the whole person.

Fisher's method (Statistical Methods for Research Workers, 1925, section 21.1): a calibrated false match rate p is a
p-value under the hypothesis that the two persons differ, and the sum of -ln p over k comparisons follows the Gamma
distribution of shape k; its upper tail is the person-level false match rate. A finger that was not captured simply is
not in the sum, and one dead finger among ten adds a term near 0 and costs little.

The method assumes that the positions of two different persons score independently. Evidence that is not independent is
kept from counting twice: several samples of one finger give one term, and unknown prints of a person that match each
other are one finger.

A print of unknown position may be any finger. It is compared with every finger of the other person, unknown or named;
named fingers only with their namesake or an unknown print. Of all one-to-one pairings of fingers the one with the most
evidence counts (`matching.pairing`), and the rate is multiplied by the number of pairings there were to choose from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from biometrics.arrays import Ids, Rates
from biometrics.errors import ProcessingError
from biometrics.scores import CalibratedFmr
from matching.calibration.tail import LEAST_RATE

LEAST_POSITION_FMR = 1e-9
"""One position is never worth more than this. The rates beneath some 1e-4 are extrapolated; five decades further, what
the tail model leaves out (relatives, a finger labelled as another person's, a swapped file) is likelier than chance."""

MOST_PAIRINGS = 10**300
"""Counts of pairings are cut here, where the fused rate is 1 anyway."""


def best_of(fmrs: Rates, tries: Ids) -> Rates:
    """Return the false match rate of the best among `tries` comparisons: 1 - (1 - p)^tries (Sidak, JASA 62, 1967).

    Parameters
    ----------
    fmrs
        float64 [count] rate of the best comparison; rates below `LEAST_POSITION_FMR` count as that.
    tries
        int64 [count] how many comparisons it was the best of.
    """
    capped = np.maximum(fmrs, LEAST_POSITION_FMR)
    with np.errstate(divide="ignore"):
        none_alike = tries * np.log1p(-capped)
    return -np.expm1(none_alike)


def evidence_of(fmrs: Rates) -> Rates:
    """Return -ln of each rate: the term it adds to the sum."""
    return -np.log(fmrs)


def person_fmr(terms: Ids, evidence: Rates, pairings: Float64[NDArray[np.float64], " count"]) -> Rates:
    """Return the person-level false match rate: the Gamma tail of the summed evidence, times the pairings tried.

    The tail is Erlang's closed sum, exp(-x) (1 + x + ... + x^(k-1) / (k-1)!). The factor is Bonferroni's: the best of A
    pairings reaches x by chance at most A times as often as one of them.

    Parameters
    ----------
    terms
        int64 [count] comparisons in the sum (k), at least 1.
    evidence
        float64 [count] sum of -ln p (x), at least 0.
    pairings
        float64 [count] how many ways of pairing the fingers were open (A), at least 1.
    """
    term = np.exp(-evidence)
    tail = term.copy()
    for order in range(1, int(terms.max(initial=1))):
        term = term * evidence / order
        tail += np.where(order < terms, term, 0.0)
    return np.clip(pairings * tail, LEAST_RATE, 1.0)


def fuse(parts: Sequence[CalibratedFmr], *, pairings: int = 1) -> CalibratedFmr:
    """Return the person-level false match rate of comparisons at different positions.

    Parameters
    ----------
    parts
        One calibrated comparison per position, at least one.
    pairings
        Among how many ways of pairing unknown prints these were chosen.

    Raises
    ------
    ProcessingError
        When there is no part.
    """
    if not parts:
        raise ProcessingError("nothing was compared: there is no evidence to fuse")
    rates = np.array([part.value for part in parts])
    evidence = evidence_of(best_of(rates, np.ones(len(parts), dtype=np.int64)))
    fused = person_fmr(
        np.array([len(parts)], dtype=np.int64),
        np.array([evidence.sum()]),
        np.array([float(min(pairings, MOST_PAIRINGS))]),
    )
    return CalibratedFmr(
        value=float(fused[0]), extrapolated=any(part.extrapolated for part in parts), model=fusion_model(len(parts))
    )


def fusion_model(terms: int) -> str:
    """Return the words that a fused rate names its origin with."""
    return f"Fisher's method over {terms} comparison{'s' if terms > 1 else ''}"
