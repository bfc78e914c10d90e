"""What a search is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Ids, Values, Vectors
from biometrics.errors import GalleryError
from matching.vectors.arrays import Attributes, Masks
from matching.vectors.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Probes:
    """Rows that others are compared with, as `Layout.assemble` makes them.

    Parameters
    ----------
    vectors
        float32 [count, width].
    masks
        uint16 [count]: which blocks each has. With the bit for `always` everybody is listed for it, since its vector
        cannot stand for its person.
    """

    vectors: Vectors
    masks: Masks

    def __len__(self) -> int:
        return len(self.vectors)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thresholds:
    """From which score on a row is listed, by the blocks that it shares with the probe.

    Parameters
    ----------
    by_shared
        float32 [2 ** blocks]: infinity lists none, minus infinity all. The first, no block at all, is never asked for.

    Raises
    ------
    GalleryError
        When one is no number: it would list nobody.
    """

    by_shared: Values

    def __post_init__(self) -> None:
        if np.isnan(self.by_shared).any():
            raise GalleryError("a threshold is no number", source="thresholds")

    @classmethod
    def uniform(cls, layout: Layout, score: float) -> Thresholds:
        """Return the same threshold for whatever is shared."""
        return cls(by_shared=np.full(layout.shares, score, dtype=np.float32))

    def require(self, layout: Layout) -> None:
        """Refuse thresholds of another layout.

        Raises
        ------
        GalleryError
            When there is not one for each set of blocks.
        """
        if len(self.by_shared) != layout.shares:
            raise GalleryError(
                f"{len(self.by_shared)} thresholds do not fit {layout.shares} sets of blocks", source="thresholds"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which rows a search is about, by their attributes.

    Parameters
    ----------
    all_of
        Bits that a row must have, all of them.
    none_of
        Bits that it may have none of.

    Raises
    ------
    GalleryError
        When a number is none of 64 bits, or a bit is both demanded and excluded.
    """

    all_of: int = 0
    none_of: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.all_of < 1 << 64 and 0 <= self.none_of < 1 << 64) or self.all_of & self.none_of:
            raise GalleryError(
                "no row can have these attributes",
                source="filter",
                remedy="give bits from 0 to 63, none of them in both",
            )

    def passes(self, attributes: Attributes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return which rows it lets through, bool [count]."""
        asked = np.uint64(self.all_of | self.none_of)
        return np.asarray((attributes & asked) == np.uint64(self.all_of))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """The answer to one probe.

    Parameters
    ----------
    owners
        int64 [count]: whose rows reach the threshold of what they share with the probe, are listed always, or are
        among the k best; equal scores by owner.
    scores
        float32 [count], descending: inner products of the rows in full precision.
    size
        How many rows the search was about: those of the view that pass the filter.
    compared
        How many of them were compared: those that share a block with the probe, or are listed always.
    generation
        Of the view.
    """

    owners: Ids
    scores: Values
    size: int
    compared: int
    generation: int

    def __len__(self) -> int:
        return len(self.owners)
