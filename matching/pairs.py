"""Some persons of a gallery compared with others, each pair once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from biometrics.errors import GalleryError
from biometrics.positions import Modality, Position
from biometrics.scores import CalibratedFmr, Candidate, ComparisonScore
from matching.calibration import Calibration
from matching.census import comparable_bits
from matching.comparing import candidates_among
from matching.people import BIT_OF, Bits
from matching.state import State

Some: TypeAlias = Int64[NDArray[np.int64], " _"]
"""Versions of persons; several arrays of different length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPair:
    """Two subjects who are alike.

    Parameters
    ----------
    a, b
        Subject identifiers, a < b.
    fmr
        Person-level false match rate after fusion.
    scores
        Comparison per position.
    """

    a: str
    b: str
    fmr: CalibratedFmr
    scores: Mapping[Position, ComparisonScore]

    @classmethod
    def of(cls, subject_id: str, found: Candidate) -> PersonPair:
        """Return a subject and a candidate that a search with it found."""
        a, b = sorted((subject_id, found.subject_id))
        return cls(a=a, b=b, fmr=found.fmr, scores=found.scores)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsFound:
    """What comparing some with others came to.

    Parameters
    ----------
    pairs
        Those at or below the rate that was asked for, by a and b.
    compared, not_comparable
        Pairs of present persons that share a comparable position, and that do not.
    absent
        Subjects who took no part, in their order.
    generation
        Of the gallery.
    """

    pairs: tuple[PersonPair, ...]
    compared: int
    not_comparable: int
    absent: tuple[str, ...]
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sides:
    """Two groups of persons, or one against itself.

    Parameters
    ----------
    left, right
        int64 versions in the order in which they were named; without `right`, left against itself.
    """

    left: Sequence[int]
    right: Sequence[int] | None

    def others(self) -> list[tuple[int, Some]]:
        """Return for each on the left with whom it is compared as the probe, ascending; each pair comes once."""
        if self.right is None:
            order = np.array(self.left, dtype=np.int64)
            return [(person, np.sort(order[place + 1 :])) for place, person in enumerate(self.left)]
        right, both = np.sort(np.array(self.right, dtype=np.int64)), set(self.left) & set(self.right)
        found: list[tuple[int, Some]] = []
        before: list[int] = []
        for person in self.left:
            left_out = [person, *before] if person in both else [person]
            found.append((person, right[~np.isin(right, left_out)]))
            if person in both:
                before.append(person)
        return found

    def count(self, state: State) -> tuple[int, int]:
        """Return how many pairs share a comparable position, and how many do not."""
        left = _by_positions(state, self.left)
        if self.right is None:
            return _halved(left, len(self.left))
        right = _by_positions(state, self.right)
        both = list(set(self.left) & set(self.right))
        twice = _by_positions(state, both)
        # Those in both meet themselves, and each other from either side.
        in_both = _halved(twice, len(both))
        compared = _comparable_pairs(left, right) - len(both) - in_both[0]
        pairs = len(self.left) * len(self.right) - len(both) - sum(in_both)
        return compared, pairs - compared


def require_different(subject_ids: Sequence[str]) -> None:
    """Refuse subjects that are named twice.

    Raises
    ------
    GalleryError
        When there are such.
    """
    if len(set(subject_ids)) != len(subject_ids):
        raise GalleryError("a subject is to be compared twice")


def pairs_of(
    state: State,
    others: Sequence[tuple[int, Some]],
    calibrations: Mapping[Modality, Calibration],
    largest_fmr: float,
    threads: int,
) -> tuple[PersonPair, ...]:
    """Compare each person with the others named beside it, and return the pairs that are alike, by a and b."""

    def alike(one: tuple[int, Some]) -> list[PersonPair]:
        person, some = one
        if not len(some):
            return []
        candidates = candidates_among(state, state.parts_of(person), some, calibrations, largest_fmr)
        return [PersonPair.of(state.people.subject_id(person), candidate) for candidate in candidates]

    if threads == 1:
        found = [pair for one in others for pair in alike(one)]
    else:
        with ThreadPoolExecutor(threads) as pool:  # compiled code releases the interpreter lock
            found = [pair for pairs in pool.map(alike, others) for pair in pairs]
    return tuple(sorted(found, key=lambda pair: (pair.a, pair.b)))


def _by_positions(state: State, persons: Sequence[int]) -> dict[int, int]:
    """Return how many persons have which positions."""
    sets: Bits = state.people.positions(np.array(persons, dtype=np.int64))
    values, counts = np.unique(sets, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _comparable_pairs(left: Mapping[int, int], right: Mapping[int, int]) -> int:
    total = 0
    for positions, count in left.items():
        wanted = comparable_bits([position for position, bit in BIT_OF.items() if positions & bit])
        total += count * sum(others for held, others in right.items() if held & wanted)
    return total


def _halved(by_positions: Mapping[int, int], persons: int) -> tuple[int, int]:
    """Return how many pairs within a group share a comparable position, and how many do not."""
    compared = (_comparable_pairs(by_positions, by_positions) - persons) // 2
    return compared, persons * (persons - 1) // 2 - compared
