"""Persons under two keys: how far they can be linked without knowledge, from whole galleries, and by known pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.protection.attacks import (
    by_known_pairs,
    by_moments,
    by_moments_refined,
    by_profiles,
    by_profiles_refined,
)
from benchmarks.protection.linking import LINKING, Linking, Rows, Table, inner
from benchmarks.protection.unlinkability import OtherScores, Scores, Unlinkability, unlinkability
from biometrics.arrays import Vectors
from matching.rotation import VectorRotation

KEY_PAIRS = 20
"""Pairs of installations, each with keys of their own: whatever two matrices happen to share is averaged out."""

_OTHERS_A_PERSON = 20
"""Scores with others that count for each with the own; with all, histograms take a long time and tell the same."""

KNOWN = (1, 2, 4, 8, 16, 32, 64, 96, 127, 128, 138, 192, 255, 256, 266)
"""Persons who are known to an attacker in both galleries, where there are so many."""


LEAST_SHARED = 100
"""Persons in both of two galleries that share a half: of fewer, D_sys says nothing."""

_ALIGNED: Mapping[str, Linking] = {
    "second moments": lambda first, second: inner(by_moments(first, second), second),
    "second moments, refined": lambda first, second: inner(by_moments_refined(first, second), second),
    "profiles": by_profiles,
    "profiles, refined": lambda first, second: inner(by_profiles_refined(first, second), second),
}
"""What somebody does who has two whole galleries."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mates:
    """Vectors of persons in two installations, in one order.

    Parameters
    ----------
    name
        What they are.
    first, second
        float32 [persons, dimension], as extracted.
    simulated
        Whether they are made up.
    """

    name: str
    first: Vectors
    second: Vectors
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table: who attacks what, what is told, and how often the mate is the most alike of all."""

    data: str
    attack: str
    persons: int
    dimension: int
    told: Unlinkability
    rank_1: float


def without_knowledge(mates: Mates) -> Iterator[Row]:
    """Compare templates under many pairs of keys by each linkage function, and within one installation."""
    yield _row(mates, "within one installation", [inner(mates.first.astype(float), mates.second.astype(float))])
    for name, linking in LINKING.items():
        yield _row(mates, name, (linking(*_turned(mates, number)) for number in range(KEY_PAIRS)))


def from_galleries(mates: Mates) -> Iterator[Row]:
    """Align whole galleries of the same persons, and of which half are the same."""
    first, second = _turned(mates, 0)
    for name, link in _ALIGNED.items():
        yield _row(mates, name, [link(first, second)])
    third = len(first) // 3
    if third < LEAST_SHARED:
        return
    one, other = first[: 2 * third], second[third : 3 * third]
    for name, link in _ALIGNED.items():
        yield _row(mates, f"{name}; half of the persons in both", [link(one, other)[third:, :third]])


def from_known_pairs(mates: Mates) -> Iterator[Row]:
    """Align by more and more persons who are known in both, and link the others."""
    first, second = _turned(mates, 0)
    for known in KNOWN:
        if known <= mates.first.shape[1] + 10 and len(first) - known >= len(first) // 4:
            turned = by_known_pairs(first, second, known)
            yield _row(mates, f"{known} known", [inner(turned[known:], second[known:])])


def _turned(mates: Mates, number: int) -> tuple[Rows, Rows]:
    keys = [bytes([side]) * 16 + number.to_bytes(16, "big") for side in (1, 2)]
    sides = zip(keys, (mates.first, mates.second), strict=True)
    first, second = (VectorRotation(key).turn("face", vectors).astype(np.float64) for key, vectors in sides)
    return first, second


def _row(mates: Mates, attack: str, tables: Iterable[Table]) -> Row:
    found, best = list[tuple[Scores, OtherScores]](), list[float]()
    for number, table in enumerate(tables):  # one at a time: each is as large as memory allows
        found.append(_scores(table, number))
        best.append(float((table.argmax(axis=1) == np.arange(len(table))).mean()))
    return Row(
        data=mates.name,
        attack=attack,
        persons=len(mates.first),
        dimension=mates.first.shape[1],
        told=unlinkability(
            np.concatenate([mated for mated, _ in found]), np.concatenate([other for _, other in found])
        ),
        rank_1=float(np.mean(best)),
    )


def _scores(table: Table, seed: int) -> tuple[Scores, OtherScores]:
    """Return the scores of a table on its diagonal, and some of the others."""
    count = len(table)
    draws = np.random.default_rng(seed)
    rows = np.repeat(np.arange(count), min(_OTHERS_A_PERSON, count - 1))
    columns = (rows + draws.integers(1, count, len(rows))) % count
    return np.diagonal(table).copy(), table[rows, columns]
