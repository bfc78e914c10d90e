"""Persons put together of fingers and faces of different people, each compared with a mate or with a stranger.

Forty fingers and some hundred faces make many thousand persons. What is assumed is that the fingers and the face of one
person are captured well or badly independently of each other; intervals are over fingers and faces, drawn again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64, Int64
from numpy.typing import NDArray

from biometrics.arrays import Ids
from matching.fusion import person_fmr

Sides: TypeAlias = Int64[NDArray[np.int64], "pairs blocks"]
Numbers: TypeAlias = Float64[NDArray[np.float64], " pairs"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockPairs:
    """Pairs of prints, or of portraits, that were compared.

    Parameters
    ----------
    cosines
        float64 [pairs]: of their vectors.
    evidence
        float64 [pairs]: -ln of the rate that comparing them gives.
    sides
        int64 [pairs]: whose the first of both is; numbers of fingers and of faces differ.
    """

    cosines: Numbers
    evidence: Numbers
    sides: Ids

    def __len__(self) -> int:
        return len(self.cosines)

    def take(self, rows: Ids) -> BlockPairs:
        """Return some of the pairs, in the order given."""
        return BlockPairs(cosines=self.cosines[rows], evidence=self.evidence[rows], sides=self.sides[rows])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonPairs:
    """Pairs of persons, some blocks each.

    Parameters
    ----------
    scores
        float64 [pairs]: inner products of their rows.
    fmrs
        float64 [pairs]: person-level rates of comparing their templates.
    sides
        int64 [pairs, blocks]: whose fingers and faces they have.
    """

    scores: Numbers
    fmrs: Numbers
    sides: Sides

    @classmethod
    def of(cls, blocks: Sequence[BlockPairs]) -> PersonPairs:
        """Put persons together, of each block the pair that stands at the same place."""
        evidence = np.stack([block.evidence for block in blocks])
        terms = np.full(evidence.shape[1], len(blocks), dtype=np.int64)
        return cls(
            scores=np.sum([block.cosines for block in blocks], axis=0),
            fmrs=person_fmr(
                terms=terms,
                evidence=evidence.sum(axis=0),
                pairings=np.ones(len(terms)),
                tried=terms,
                strongest=evidence.max(axis=0),
            ),
            sides=np.stack([block.sides for block in blocks], axis=1),
        )


def draw(pairs: BlockPairs, count: int, random: np.random.Generator) -> BlockPairs:
    """Return so many of the pairs, drawn with replacement."""
    return pairs.take(random.integers(0, len(pairs), count))


def draw_different(pairs: BlockPairs, count: int, blocks: int, random: np.random.Generator) -> list[BlockPairs]:
    """Return so many pairs for each of several blocks; those of one person are of different fingers.

    Parameters
    ----------
    pairs
        Mated ones, in ascending order of their sides.
    """
    _, starts, sizes = np.unique(pairs.sides, return_index=True, return_counts=True)
    chosen = np.argsort(random.random((count, len(starts))), axis=1)[:, :blocks]
    rows = starts[chosen] + (random.random(chosen.shape) * sizes[chosen]).astype(np.int64)
    return [pairs.take(rows[:, block]) for block in range(blocks)]
