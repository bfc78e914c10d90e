"""The pairs of prints and of portraits that persons are put together from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.identify_chimeras import BlockPairs
from benchmarks.accuracy.identify_prints import Prints
from benchmarks.accuracy.identify_scores import BothScores
from benchmarks.rates import NOT_COMPARED
from biometrics.arrays import Ids, Values, Vectors
from matching.calibration import Calibration, load_calibration
from matching.fusion import best_of, evidence_of
from matching.minutiae import SCALE

_FIRST_FACE = 1_000_000
"""Added to the numbers of faces, so that they differ from those of fingers."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Portraits:
    """Portraits of people of some of whom there are several.

    Parameters
    ----------
    vectors
        float32 [portraits, dimension].
    people
        int64 [portraits].
    calibration
        What their cosines mean.
    """

    vectors: Vectors
    people: Ids
    calibration: Calibration


def mated_prints(prints: Prints, own: BothScores) -> BlockPairs:
    """Return every two prints of one finger, in ascending order of fingers."""
    first, second = np.nonzero(np.triu(np.equal.outer(prints.fingers, prints.fingers), k=1))
    order = np.argsort(prints.fingers[first], kind="stable")
    return _print_pairs(prints, own, first[order], second[order])


def strange_prints(prints: Prints, own: BothScores, mirrored: BothScores) -> BlockPairs:
    """Return prints of different fingers of one data set, and prints with mirrored ones of other fingers.

    The side is the first print's finger: that it meets the same stranger several times matters little beside it.
    """
    strangers = np.equal.outer(prints.sets, prints.sets) & ~np.equal.outer(prints.fingers, prints.fingers)
    real = _print_pairs(prints, own, *np.nonzero(np.triu(strangers)))
    seen = _print_pairs(prints, mirrored, *np.nonzero(strangers))
    return BlockPairs(
        cosines=np.concatenate((real.cosines, seen.cosines)),
        evidence=np.concatenate((real.evidence, seen.evidence)),
        sides=np.concatenate((real.sides, seen.sides)),
    )


def face_pairs(portraits: Portraits, *, mated: bool) -> BlockPairs:
    """Return every two portraits of one person, or of two."""
    same = np.equal.outer(portraits.people, portraits.people)
    first, second = np.nonzero(np.triu(same if mated else ~same, k=1))
    cosines = np.clip((portraits.vectors @ portraits.vectors.T)[first, second], -1.0, 1.0)
    return BlockPairs(
        cosines=cosines.astype(np.float64),
        evidence=_evidence(cosines, portraits.calibration),
        sides=portraits.people[first] + _FIRST_FACE,
    )


def _print_pairs(prints: Prints, scores: BothScores, first: NDArray[Any], second: NDArray[Any]) -> BlockPairs:
    there = scores.vectors[first, second] != NOT_COMPARED
    first, second = first[there], second[there]
    return BlockPairs(
        cosines=scores.vectors[first, second].astype(np.float64),
        evidence=_evidence(scores.matcher[first, second], load_calibration(SCALE)),
        sides=prints.fingers[first],
    )


def _evidence(scores: Values, calibration: Calibration) -> NDArray[np.float64]:
    return evidence_of(best_of(calibration.fmr_values(scores), np.ones(len(scores), dtype=np.int64)))
