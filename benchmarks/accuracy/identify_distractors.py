"""Prints that stand in a gallery beside those that are searched, and which of them count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool
from numpy.typing import NDArray

from benchmarks.accuracy.identify_prints import Prints, mirrored
from benchmarks.accuracy.identify_scores import BothScores, Minutiae, all_scores
from benchmarks.accuracy.identify_sides import Sides
from benchmarks.accuracy.identify_tails import LIGHTEST, Tails, compare_tails
from benchmarks.figures import Figure
from biometrics.arrays import Ids
from biometrics.protocols import Progress

Pairs = Bool[NDArray[np.bool_], "_probes _references"]

MIRRORED, SIMULATED = "mirrored", "simulated"
VECTOR, MATCHER = "vector", "matcher"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Distractors:
    """Prints of nobody who is searched.

    Parameters
    ----------
    scores
        [real prints, distractors].
    comparable
        bool [real prints, distractors]: which pairs are of one sensor, as those of real impostors are that their tail
        is compared with.
    """

    scores: BothScores
    comparable: Pairs

    def __len__(self) -> int:
        return int(self.comparable.shape[1])


def mirrored_distractors(real: Prints, sides: Sides, progress: Progress) -> Distractors:
    """Return all prints as seen in a mirror."""
    minutiae = [None if one is None else mirrored(one) for one in real.minutiae]
    return Distractors(
        scores=all_scores(sides.real, sides.like_real(minutiae), progress),
        comparable=real.sets[:, None] == real.sets[None, :],
    )


def other_distractors(sides: Sides, minutiae: Minutiae, progress: Progress) -> Distractors:
    """Return prints that belong to no data set."""
    return Distractors(
        scores=all_scores(sides.real, sides.of_no_set(minutiae), progress),
        comparable=np.ones((len(sides.real.minutiae), len(minutiae)), dtype=np.bool_),
    )


def tails_of(real: Prints, own: BothScores, kinds: Mapping[str, Distractors]) -> dict[str, dict[str, Tails]]:
    """Return for vectors and for the matcher how the tails of real impostors and of each kind compare.

    Real impostors are different fingers of one data set.

    Parameters
    ----------
    own
        [real prints, real prints].
    """
    impostors = (real.sets[:, None] == real.sets) & (real.fingers[:, None] != real.fingers)
    return {
        VECTOR: compare_tails(
            own.vectors[impostors], {kind: one.scores.vectors[one.comparable] for kind, one in kinds.items()}
        ),
        MATCHER: compare_tails(
            own.matcher[impostors], {kind: one.scores.matcher[one.comparable] for kind, one in kinds.items()}
        ),
    }


def tail_figures(tails: Mapping[str, Mapping[str, Tails]]) -> dict[str, Figure]:
    """Return all figures about tails by name."""
    return {
        f"tails/{scored}/{kind}/{what}": figure
        for scored, kinds in tails.items()
        for kind, tail in kinds.items()
        for what, figure in tail.figures.items()
    }


def counting(kinds: Sequence[str], tails: Mapping[str, Mapping[str, Tails]]) -> tuple[list[str], tuple[str, ...]]:
    """Return the kinds that count, and say of each that does not why."""
    counted, notes = [], []
    for kind in kinds:
        light = {
            scored: found[kind].weight for scored, found in tails.items() if (found[kind].weight or 1.0) < LIGHTEST
        }
        if light:
            why = ", ".join(f"{weight:.2f} for the {scored}" for scored, weight in light.items())
            notes.append(f"{kind} prints are left out: their tail weighs {why} of real impostors'")
        else:
            counted.append(kind)
    return counted, tuple(notes)


def spread(available: int, wanted: int) -> Ids:
    """Return places of as many as are wanted of those available, evenly spread."""
    return np.unique(np.linspace(0, available - 1, min(available, wanted)).round()).astype(np.int64)
