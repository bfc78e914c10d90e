"""What the product's shortlists of persons miss and hold, at the sizes of real galleries.

A gallery of ten million cannot be had, but the score that a row must reach follows from the size, so that it can be put
to any two persons: how many mates stay below it, and whether as many strangers reach it as it states. A mate that is
not listed is lost only where comparing the templates would have reported it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from benchmarks.accuracy.identify_chimeras import BlockPairs, PersonPairs, draw, draw_different
from benchmarks.bootstrap import Drawn, Weights, draw_statistics, interval_of
from benchmarks.figures import RATE, Figure
from biometrics.arrays import Flags
from matching.calibration import Calibration
from matching.person_vectors import layout_of
from matching.policy import DEFAULT_POLICY, thresholds
from matching.shortlisting import JOIN, MORE, SEARCH, Listed, Shortlisting

SIZES = (100_000, 1_000_000, 10_000_000)
PURPOSES = {"search": SEARCH, "deduplication": JOIN}

SHARED = ((False, 2), (False, 3), (False, 4), (False, 6), (True, 0), (True, 1), (True, 2), (True, 4))
"""With a face or without, and how many fingers."""

FOREIGN = (2, 4, 10)
"""Fingers of somebody else, shown with one's own face."""

MATES, STRANGERS, REPLICATES = 50_000, 2_000_000, 200
SEED = 3

_ANY_DIMENSION = 1  # thresholds do not depend on it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Faces:
    """Pairs of portraits, and what their cosines mean."""

    mated: BlockPairs
    strange: BlockPairs
    calibration: Calibration


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """Pairs of prints that persons are put together from, and of portraits where they have faces."""

    mated: BlockPairs
    strange: BlockPairs
    faces: Faces | None = None

    @cached_property
    def shortlisting(self) -> Shortlisting:
        """What the product says."""
        if self.faces is None:
            return Shortlisting(layout=layout_of(None), face_calibration=None)
        return Shortlisting(layout=layout_of(_ANY_DIMENSION), face_calibration=self.faces.calibration)

    def limit(self, purpose: str, size: int, *, face: bool, fingers: int) -> float:
        """Return the score from which on somebody is listed."""
        of_purpose = {
            "search": self.shortlisting.search_thresholds,
            "deduplication": self.shortlisting.join_thresholds,
        }
        mask = (1 << fingers) - 1
        if self.faces is not None:
            mask = mask << 1 | int(face)  # the face is the first block
        return float(of_purpose[purpose](size).by_shared[mask])


def listed_figures(material: Material) -> dict[str, Figure]:
    """Return what shortlists of searches and of deduplications miss and hold, by what two persons share."""
    figures: dict[str, Figure] = {}
    most = len(np.unique(material.mated.sides))
    for face, fingers in SHARED:
        if (face and material.faces is None) or fingers > most:
            continue
        random = np.random.default_rng(SEED)
        mates, strangers = (
            _mates(material, fingers, random, face=face),
            _strangers(material, fingers, random, face=face),
        )
        for purpose, listed in PURPOSES.items():
            for size in SIZES:
                limit = material.limit(purpose, size, face=face, fingers=fingers)
                name = f"{purpose} of {size:,}/{'face and ' * face}{fingers} fingers"
                reported = mates.fmrs <= thresholds(DEFAULT_POLICY, size)[1]
                figures[f"{name}/mates not listed"] = _share(mates.scores < limit, mates)
                figures[f"{name}/mates lost"] = _share((mates.scores < limit) & reported, mates)
                if (stated := _stated(listed, size, face=face, fingers=fingers)) < 1.0:
                    figures[f"{name}/strangers listed"] = _times(strangers, limit, stated)
    return figures


def foreign_finger_figures(material: Material) -> dict[str, Figure]:
    """Return how many are lost who show their own face and the fingers of somebody else."""
    figures: dict[str, Figure] = {}
    if material.faces is None:
        return figures
    for fingers in FOREIGN:
        random = np.random.default_rng(SEED)
        face = draw(material.faces.mated, MATES, random)
        shown = PersonPairs.of([face, *(draw(material.strange, MATES, random) for _ in range(fingers))])
        # Over whose faces the interval is; whose fingers are shown with them is chance.
        pairs = replace(shown, sides=shown.sides[:, :1])
        for size in SIZES:
            reported = pairs.fmrs <= thresholds(DEFAULT_POLICY, size)[1]
            missed = reported & (pairs.scores < material.limit("search", size, face=True, fingers=fingers))
            alone = face.cosines < material.limit("search", size, face=True, fingers=0)
            name = f"search of {size:,}/own face and {fingers} foreign fingers"
            figures[f"{name}/reported by comparison"] = _share(reported, pairs)
            figures[f"{name}/lost by the row"] = _share(missed, pairs)
            figures[f"{name}/lost by the row and the face alone"] = _share(missed & alone, pairs)
    return figures


def _stated(listed: Listed, size: int, *, face: bool, fingers: int) -> float:
    return listed.get((face, fingers), listed[MORE]) / size


def _mates(material: Material, fingers: int, random: np.random.Generator, *, face: bool) -> PersonPairs:
    blocks = draw_different(material.mated, MATES, fingers, random)
    if face and material.faces is not None:
        blocks.append(draw(material.faces.mated, MATES, random))
    return PersonPairs.of(blocks)


def _strangers(material: Material, fingers: int, random: np.random.Generator, *, face: bool) -> PersonPairs:
    blocks = [draw(material.strange, STRANGERS, random) for _ in range(fingers)]
    if face and material.faces is not None:
        blocks.append(draw(material.faces.strange, STRANGERS, random))
    return PersonPairs.of(blocks)


def _share(missed: Flags, pairs: PersonPairs) -> Figure:
    """Return the share of pairs that were missed, with its interval over fingers and faces."""
    value, errors = float(missed.mean()), int(missed.sum())

    def rate(times: Weights, all_times: Weights) -> Drawn:
        # Few fingers may be drawn so that nobody has enough of them.
        counted = all_times.sum(axis=1)
        drawn: Drawn = (times.sum(axis=1) / np.where(counted > 0, counted, np.nan))[:, None]
        return drawn

    drawn = draw_statistics(pairs.sides[missed], pairs.sides, rate, replicates=REPLICATES, seed=0)[:, 0]
    low, high = interval_of(drawn, value, errors=errors, trials=len(missed))
    counts = {"missed": errors, "searches": len(missed)}
    return Figure(value=value, low=low, high=high, unit=RATE, counts=counts)


def _times(pairs: PersonPairs, limit: float, stated: float) -> Figure:
    """Return how many strangers are listed for each of whom it is stated."""
    listed = pairs.scores >= limit
    value = float(listed.mean()) / stated

    def times_stated(times: Weights, _: Weights) -> Drawn:
        drawn: Drawn = (times.sum(axis=1) / len(listed) / stated)[:, None]
        return drawn

    everybody = np.unique(pairs.sides)[:, None]  # also those of whom no stranger is listed
    drawn = draw_statistics(pairs.sides[listed], everybody, times_stated, replicates=REPLICATES, seed=0)[:, 0]
    low, high = interval_of(drawn * stated, value * stated, errors=int(listed.sum()), trials=len(listed))
    counts = {"listed": int(listed.sum()), "strangers": len(listed)}
    return Figure(value=value, low=low / stated, high=high / stated, unit="times stated", counts=counts)
