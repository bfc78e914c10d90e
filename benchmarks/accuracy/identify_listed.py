"""What the product's shortlists of persons miss and hold, at the sizes of real galleries.

A gallery of ten million cannot be had, but the limit that a row must reach follows from the size, so that it can be put
to the rows of few persons: how many mates stay below it, and whether as many strangers reach it as it states. A mate
that is not listed is lost only where the comparison of minutiae would have reported it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from benchmarks.accuracy.identify_persons import MOST_FINGERS, People
from benchmarks.accuracy.identify_prints import Prints
from benchmarks.accuracy.identify_scores import BothScores, Scores
from benchmarks.bootstrap import Drawn, Weights, draw_statistics, share
from benchmarks.figures import Figure
from benchmarks.rates import NOT_COMPARED
from biometrics.arrays import Flags, Ids
from biometrics.positions import FOUR_FINGERS
from matching.calibration import load_calibration
from matching.fusion import best_of, evidence_of, person_fmr
from matching.minutiae import SCALE
from matching.person_vectors import layout_of
from matching.policy import DEFAULT_POLICY, thresholds
from matching.shortlisting import Shortlisting

SIZES = (100_000, 1_000_000, 10_000_000)

Shares: TypeAlias = Float64[NDArray[np.float64], " searches"]
Sets: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MatedSearches:
    """Searches for persons by some of their fingers.

    Parameters
    ----------
    vectors
        float64 [searches]: score of the rows of the person and the mate.
    fmrs
        float64 [searches]: person-level rate of the comparison with the mate.
    shared
        int64 [searches]: fingers that both have.
    persons
        int64 [searches]: who is searched.
    """

    vectors: Shares
    fmrs: Shares
    shared: Ids
    persons: Ids


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StrangerSearches:
    """Searches among strangers, made of prints of other fingers seen in a mirror.

    Parameters
    ----------
    people, prints
        Who is searched, among whom, and their prints.
    scores
        float32 [real prints, mirrored prints]: cosine of the finger vectors.
    chosen
        The choices of fingers.
    """

    people: People
    prints: Prints
    scores: Scores
    chosen: Sequence[Sets]

    def share_listed(self, probe: Ids, sets: Sets, limits: Shares) -> float:
        """Return which share of the strangers who share no finger with a probe, seen in a mirror, is listed."""
        count = len(self.people.strangers)
        other: Flags = np.ones(count, dtype=np.bool_)
        score, shared = np.zeros(count), np.zeros(count, dtype=np.int64)
        for one in sets:
            rows = self.people.strangers[:, one]
            found = self.scores[probe[one], rows]
            other &= self.prints.fingers[rows] != self.prints.fingers[probe[one]]
            score += np.where(found == NOT_COMPARED, 0.0, found)
            shared += found != NOT_COMPARED
        return float(((score >= limits[shared]) & (shared > 0))[other].mean())


def listed_figures(
    people: People, prints: Prints, real: BothScores, mirrored: BothScores, *, replicates: int
) -> dict[str, Figure]:
    """Return what shortlists miss and hold for 2, 3 and 4 fingers, over all choices of these."""
    figures: dict[str, Figure] = {}
    for count in range(2, min(MOST_FINGERS, people.probes.shape[1]) + 1):
        chosen = list(combinations(range(people.probes.shape[1]), count))
        mated = mated_searches(people, real, chosen)
        strangers = StrangerSearches(people=people, prints=prints, scores=mirrored.vectors, chosen=chosen)
        for size in SIZES:
            limits = limits_of(count, size)
            found = _missed(mated, limits, size, replicates)
            found["strangers listed"] = _strangers(strangers, limits, size, replicates)
            figures |= {f"{count} fingers/of {size:,}/{name}": figure for name, figure in found.items()}
    return figures


def mated_searches(people: People, real: BothScores, chosen: Sequence[Sets]) -> MatedSearches:
    """Return how each person compares with the mate, for one choice of sets after the other."""
    calibration = load_calibration(SCALE)
    references = people.references[people.owners]
    vectors, matcher = (scores[people.probes, references] for scores in (real.vectors, real.matcher))
    there = vectors != NOT_COMPARED
    rates = best_of(calibration.fmr_values(np.where(there, matcher, 0).ravel()), np.ones(there.size, dtype=np.int64))
    evidence = np.where(there, evidence_of(rates).reshape(there.shape), 0)
    shared = np.concatenate([there[:, sets].sum(axis=1) for sets in chosen])
    return MatedSearches(
        vectors=np.concatenate([np.where(there, vectors, 0)[:, sets].sum(axis=1) for sets in chosen]).astype(
            np.float64
        ),
        fmrs=person_fmr(
            terms=shared,
            evidence=np.concatenate([evidence[:, sets].sum(axis=1) for sets in chosen]),
            pairings=np.ones(len(shared)),
            tried=shared,
            strongest=np.concatenate([evidence[:, sets].max(axis=1) for sets in chosen]),
        ),
        shared=shared,
        persons=np.tile(people.owners, len(chosen)),
    )


def limits_of(count: int, size: int) -> Shares:
    """Return the limit by the number of fingers that both have, float64 [count + 1]."""
    shortlisting = Shortlisting(layout=layout_of(None, FOUR_FINGERS[:count]), face_calibration=None)
    limits = shortlisting.search_thresholds(size).by_shared
    return np.array([limits[(1 << shared) - 1] for shared in range(count + 1)], dtype=np.float64)


def _missed(mated: MatedSearches, limits: Shares, size: int, replicates: int) -> dict[str, Figure]:
    missed = mated.vectors < limits[mated.shared]
    reported = mated.fmrs <= thresholds(DEFAULT_POLICY, size)[1]
    persons = mated.persons[:, None]
    return {
        "mates not listed": share(missed, persons, replicates=replicates),
        "mates lost": share(missed & reported, persons, replicates=replicates),
        "mates reported by comparison": share(reported, persons, replicates=replicates),
    }


def _strangers(searches: StrangerSearches, limits: Shares, size: int, replicates: int) -> Figure:
    """Return how many strangers a gallery of this size lists."""
    shares = np.array(
        [searches.share_listed(probe, sets, limits) for sets in searches.chosen for probe in searches.people.probes]
    )
    owners = np.tile(searches.people.owners, len(searches.chosen))
    persons = np.unique(owners)
    of_person = np.array([shares[owners == one].mean() for one in persons]) * size

    def mean(times: Weights, _: Weights) -> Drawn:
        drawn: Drawn = ((times @ of_person) / times.sum(axis=1))[:, None]
        return drawn

    nothing = np.empty((0, 1), dtype=np.int64)
    drawn = draw_statistics(persons[:, None], nothing, mean, replicates=replicates, seed=0)[:, 0]
    value, (low, high) = float(of_person.mean()), np.percentile(drawn, (2.5, 97.5))
    return Figure(value=value, low=min(float(low), value), high=max(float(high), value), unit="persons")
