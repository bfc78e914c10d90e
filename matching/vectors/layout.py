"""Which vectors a person's one row is made of, and where each lies in it.

The score of two rows is the inner product of their numbers. Every block is multiplied by the square root of its weight
and a block that is missing is zero, so the score is the weighted sum of the cosines of the blocks that both rows have.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Float64
from numpy.typing import NDArray

from biometrics.arrays import Vectors
from biometrics.errors import GalleryError, IncompatibleTemplatesError
from biometrics.templates import UNIT_NORM_TOLERANCE
from matching.vectors.arrays import Masks

Part: TypeAlias = Float32[NDArray[np.float32], " part"]
"""The vector of one block."""

Row: TypeAlias = Float32[NDArray[np.float32], " width"]
"""All blocks of a person, one after the other."""

Norms: TypeAlias = Float64[NDArray[np.float64], "count blocks"]
"""Length of each block of each row."""

ALIGNMENT = 64
"""Columns that every block begins at a multiple of: a cache line, and a register of the widest scan."""

MOST_BLOCKS = 11
"""A face and ten fingers; with the bit for `always` a mask keeps to 4,096 values, whose limits fit a cache."""

MOST_WIDTH = 65_536
"""Columns up to which no sum of products of bytes leaves 32 bits."""

WEIGHTS = (1e-3, 1e3)
"""Least and greatest weight of a block; beyond, one byte a number would not resolve both blocks of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One vector of a person: the face, or a finger.

    Parameters
    ----------
    name
        What it is called.
    dimension
        How many numbers it has.
    weight
        What its cosine counts in the score.

    Raises
    ------
    GalleryError
        When it has no name, no numbers, or a weight outside `WEIGHTS`.
    """

    name: str
    dimension: int
    weight: float = 1.0

    def __post_init__(self) -> None:
        # Asked this way round, a weight that is no number is refused.
        if not (self.name and self.dimension > 0 and WEIGHTS[0] <= self.weight <= WEIGHTS[1]):
            raise GalleryError(
                f"no block of {self.dimension} numbers and weight {self.weight} can be laid out",
                source=self.name or None,
                remedy=f"give it a name, a dimension, and a weight from {WEIGHTS[0]} to {WEIGHTS[1]}",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The blocks of a row in their order; block number i is bit i of a mask.

    Parameters
    ----------
    blocks
        At least one and at most `MOST_BLOCKS`, of different names.

    Raises
    ------
    GalleryError
        When there are none, too many, or two of one name.
    """

    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.blocks) <= MOST_BLOCKS or len(self.names) != len(self.blocks):
            raise GalleryError(
                f"a layout of {len(self.blocks)} blocks, {len(self.names)} of them named differently, cannot be",
                remedy=f"give it 1 to {MOST_BLOCKS} blocks of different names",
            )
        if self.width > MOST_WIDTH:
            raise GalleryError(f"{self.width} columns are too many", remedy=f"at most {MOST_WIDTH} can be scanned")

    @property
    def names(self) -> dict[str, int]:
        """Number of each block by its name."""
        return {block.name: number for number, block in enumerate(self.blocks)}

    @property
    def starts(self) -> tuple[int, ...]:
        """First column of each block, and the width after the last."""
        starts = [0]
        for block in self.blocks:
            starts.append(starts[-1] + -(-block.dimension // ALIGNMENT) * ALIGNMENT)
        return tuple(starts)

    @property
    def width(self) -> int:
        """Columns of a row, padding included: a multiple of 64."""
        return self.starts[-1]

    @property
    def always(self) -> int:
        """The bit of a mask that says: this row's vector cannot stand for its person, list it whatever its score."""
        return 1 << len(self.blocks)

    @property
    def shares(self) -> int:
        """How many sets of blocks two rows can share; masks without `always` are below it."""
        return 1 << len(self.blocks)

    @property
    def classes(self) -> int:
        """How many masks there are; class 0, without blocks, is never compared."""
        return 2 << len(self.blocks)

    def columns(self, name: str) -> slice:
        """Return where the numbers of a block lie, without its padding.

        Raises
        ------
        GalleryError
            When there is no such block.
        """
        number = self._number(name)
        return slice(self.starts[number], self.starts[number] + self.blocks[number].dimension)

    def assemble(self, parts: Mapping[str, Part]) -> tuple[Row, int]:
        """Return the row of a person, float32 [width], and its mask, without the bit for `always`.

        Parameters
        ----------
        parts
            float32 [dimension] by the name of its block, of norm 1 or less; those that a person lacks are left out.
            Without any the row is zero and the mask 0: such a row needs the bit for `always`.

        Raises
        ------
        GalleryError
            When a block is unknown, or a vector is longer than 1, not finite, or has no direction.
        IncompatibleTemplatesError
            When a vector has another dimension than its block.
        """
        row, mask = np.zeros(self.width, dtype=np.float32), 0
        for name, part in parts.items():
            number = self._number(name)
            block = self.blocks[number]
            if len(part) != block.dimension:
                raise IncompatibleTemplatesError(
                    f"a vector of {len(part)} numbers does not fit a block of {block.dimension}", source=name
                )
            norm = float(np.linalg.norm(part.astype(np.float64)))
            if not 0.0 < norm <= 1.0 + UNIT_NORM_TOLERANCE:
                raise GalleryError("a vector has a norm above 1, none, or numbers that are not finite", source=name)
            scaled = part * np.float32(math.sqrt(block.weight))
            if not scaled.any():
                raise GalleryError("a vector is so short that nothing of it is left", source=name)
            row[self.columns(name)] = scaled
            mask |= 1 << number
        return row, mask

    def norm_limits(self) -> Float64[NDArray[np.float64], " classes"]:
        """Return the greatest norm that a row may have, by its mask; 0 without blocks."""
        masks = np.arange(self.classes)
        squares = np.zeros(self.classes)
        for number, limit in enumerate(self._block_limits()):
            squares += ((masks >> number) & 1) * limit**2
        return np.sqrt(squares)

    def block_norms(self, vectors: Vectors) -> Norms:
        """Return the length of each block of each row, float64 [count, blocks]."""
        squares = vectors.astype(np.float64)
        squares *= squares
        return np.sqrt(np.add.reduceat(squares, self.starts[:-1], axis=1))

    def require(self, vectors: Vectors, masks: Masks, *, source: str) -> None:
        """Refuse rows that cannot be compared, or whose blocks are not those that their masks say.

        Parameters
        ----------
        vectors, masks
            float32 [count, width], as `assemble` makes them, and what each has.
        source
            What they are, for the message.

        Raises
        ------
        IncompatibleTemplatesError
            When they are of another width.
        GalleryError
            When a number is not finite, a block is longer than its weight allows, a block is there that the mask
            lacks or lacking where the mask has it, a mask is none of this layout's, or a row is 0 without `always`.
        """
        if vectors.shape[1] != self.width:
            raise IncompatibleTemplatesError(
                f"rows of {vectors.shape[1]} numbers do not fit a layout of {self.width}", source=source
            )
        if len(masks) != len(vectors):
            raise GalleryError(f"{len(vectors)} rows have {len(masks)} masks", source=source)
        if len(masks) and not 0 < int(masks.min()) <= int(masks.max()) < self.classes:
            raise GalleryError("a mask names no block, or one that is not in the layout", source=source)
        norms = self.block_norms(vectors)
        stated = (masks[:, np.newaxis] >> np.arange(len(self.blocks))) & 1 != 0
        # Asked this way round, norms that are no numbers are refused.
        if not bool((norms <= self._block_limits()).all()):
            raise GalleryError("a block is longer than 1, or has numbers that are not finite", source=source)
        if not bool(((norms > 0.0) == stated).all()):
            raise GalleryError("a row has a block that its mask lacks, or lacks one that it names", source=source)

    def _block_limits(self) -> Float64[NDArray[np.float64], " blocks"]:
        # A little more than the tolerance, as rows are rounded to 32 bits after they were weighted.
        return np.sqrt([block.weight for block in self.blocks]) * (1.0 + UNIT_NORM_TOLERANCE) * (1.0 + 1e-6)

    def _number(self, name: str) -> int:
        if name not in self.names:
            raise GalleryError("the layout has no such block", source=name, remedy=f"blocks: {', '.join(self.names)}")
        return self.names[name]
