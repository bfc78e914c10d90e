"""From calibrated comparisons of fingers and face to one false match rate of the whole person.

A calibrated false match rate p is a p-value under the hypothesis that the two persons differ. Two statistics read the
p-values of a person, and the stronger one counts:

- Fisher's method (Statistical Methods for Research Workers, 1925, section 21.1): the sum of -ln p over k comparisons
  follows the Gamma distribution of shape k. Many fingers that are all somewhat alike add up.
- The smallest p-value (Tippett, The Methods of Statistics, 1931): the best of m comparisons reaches p by chance at most
  m times as often as one of them (Bonferroni's bound). One good finger among nine dead ones counts, where the dead
  terms would drown it in Fisher's sum.

Whoever takes the smaller of two rates doubles it, by Bonferroni once more. A position that was not captured is in
neither statistic.

Fisher's method assumes that the positions of two different persons score independently; Bonferroni's bound assumes
nothing. Evidence that is not independent is kept from counting twice: several samples of one finger give one term, and
unknown prints of a person that match each other are one finger.

A print of unknown position may be any finger. It is compared with every finger of the other person, unknown or named;
named fingers only with their namesake or an unknown print. Of all one-to-one pairings of fingers the one with the most
evidence enters Fisher's sum (`matching.pairing`), and its rate is multiplied by the number of pairings there were to
choose from. The smallest p-value is taken, and its m counted, over every comparison that was tried, paired or not.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from biometrics.arrays import Ids, Rates
from matching.calibration.tail import LEAST_RATE

LEAST_POSITION_FMR = 1e-9
"""One position is never worth more than this. The rates beneath some 1e-4 are extrapolated; five decades further, what
the tail model leaves out (relatives, a finger labelled as another person's, a swapped file) is likelier than chance."""

Pairings: TypeAlias = Float64[NDArray[np.float64], " count"]
"""How many ways of pairing fingers were open, per subject; a float, as the counts outgrow 64 bits."""

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


def fisher_fmr(terms: Ids, evidence: Rates, pairings: Pairings) -> Rates:
    """Return the rate at which impostors reach this sum of evidence: the Gamma tail, times the pairings tried.

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

    Returns
    -------
    Rates
        float64 [count]; not clipped, so it may exceed 1.
    """
    term = np.exp(-evidence)
    tail = term.copy()
    for order in range(1, int(terms.max(initial=1))):
        term = term * evidence / order
        tail += np.where(order < terms, term, 0.0)
    return pairings * tail


def best_fmr(tried: Ids, strongest: Rates) -> Rates:
    """Return Bonferroni's bound of the rate at which the best of m impostor comparisons has this evidence: m p.

    Parameters
    ----------
    tried
        int64 [count] how many comparisons there were (m), at least 1.
    strongest
        float64 [count] -ln p of the best of them, at least 0.

    Returns
    -------
    Rates
        float64 [count]; not clipped, so it may exceed 1.
    """
    return np.exp(-strongest) * tried.astype(np.float64)


def person_fmr(*, terms: Ids, evidence: Rates, pairings: Pairings, tried: Ids, strongest: Rates) -> Rates:
    """Return the person-level false match rate: twice the smaller of Fisher's and the best comparison's.

    Where only one term can be in the sum, both statistics read the same comparison and nothing is doubled; a single
    comparison keeps its own rate.

    Parameters
    ----------
    terms, evidence, pairings
        As in `fisher_fmr`.
    tried, strongest
        As in `best_fmr`.
    """
    smaller = np.minimum(fisher_fmr(terms, evidence, pairings), best_fmr(tried, strongest))
    statistics = np.where(terms > 1, 2.0, 1.0)
    fused: Rates = np.clip(statistics * smaller, LEAST_RATE, 1.0)
    return fused


def fusion_model(terms: int, tried: int) -> str:
    """Return the words that a fused rate names its origin with.

    Parameters
    ----------
    terms
        Comparisons in Fisher's sum.
    tried
        Comparisons the best was chosen from.
    """
    if tried == 1:
        return "one comparison"
    if terms == 1:
        return f"best of {tried} comparisons"
    return f"Fisher's method over {terms} comparisons or the best of {tried}, whichever is stronger"
