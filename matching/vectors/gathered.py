"""Rows of a view side by side in the order asked for, as scans want them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8, UInt16
from numpy.typing import NDArray

from biometrics.arrays import Ids
from matching.vectors.bounds import ProbeSide
from matching.vectors.kernels import RowBlock
from matching.vectors.kernels.kernel import COLUMN_STEP
from matching.vectors.layout import Layout
from matching.vectors.view import PLACE, TableView


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """Copies of some rows.

    Parameters
    ----------
    rows
        int64 [rows]: their numbers in the view.
    codes
        uint8 [rows, columns].
    u, v
        float32 [rows]: 1 / step, residual / step.
    masks
        uint16 [rows]: the bits that count.
    """

    rows: Int64[NDArray[np.int64], " rows"]
    codes: UInt8[NDArray[np.uint8], "rows columns"]
    u: Float32[NDArray[np.float32], " rows"]
    v: Float32[NDArray[np.float32], " rows"]
    masks: UInt16[NDArray[np.uint16], " rows"]

    def __len__(self) -> int:
        return len(self.rows)

    def steps(self) -> Float64[NDArray[np.float64], " rows"]:
        """Return what one of a code stands for in each row."""
        return 1.0 / self.u.astype(np.float64)

    def block(self, first: int) -> RowBlock:
        """Return the rows from `first` on as a scan takes them."""
        return RowBlock(codes=self.codes[first:], u=self.u[first:], v=self.v[first:], classes=self.masks[first:])

    def as_probes(self) -> ProbeSide:
        """Return the rows as probes of a scan."""
        values = (self.codes ^ np.uint8(128)).view(np.int8)
        steps = self.steps()
        numbers = values.astype(np.float32)
        lengths = np.sqrt(np.einsum("ij,ij->i", numbers, numbers, dtype=np.float64))
        return ProbeSide(
            values=values,
            steps=steps,
            residuals=self.v * steps * ROUNDED,
            norms=lengths * steps * ROUNDED,
            masks=self.masks,
        )


ROUNDED = 1.0 + 2.0**-21
"""More than what was lost when 1 / step and residual / step were kept in 32 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The part of rows that is compared: all of them, or one block as if there were no others.

    Parameters
    ----------
    columns
        Of the codes, whole steps of a scan.
    mask
        Bits of masks that count.
    """

    columns: slice
    mask: int

    @classmethod
    def of(cls, layout: Layout, block: str | None) -> Share:
        """Return that of one block, or of everything.

        Raises
        ------
        GalleryError
            When the layout has no such block.
        """
        if block is None:
            return cls(columns=slice(0, layout.width), mask=layout.classes - 1)
        columns = layout.columns(block)
        padded = -(-columns.stop // COLUMN_STEP) * COLUMN_STEP
        return cls(columns=slice(columns.start, padded), mask=1 << layout.names[block])


def gather(view: TableView, rows: Ids, share: Share) -> Gathered:
    """Return a share of the rows of a view by their numbers, in this order.

    What was lost of a whole row when it was coded is an upper bound of what was lost of a share.
    """
    codes = np.empty((len(rows), share.columns.stop - share.columns.start), dtype=np.uint8)
    u, v = np.empty(len(rows), dtype=np.float32), np.empty(len(rows), dtype=np.float32)
    masks = np.empty(len(rows), dtype=np.uint16)
    for chunk, here in view.by_chunk(rows):
        places = rows[here] & PLACE
        block = chunk.block(0, chunk.rows, chunk.masks[: chunk.rows])
        codes[here], u[here], v[here], masks[here] = (
            block.codes[places, share.columns],
            block.u[places],
            block.v[places],
            block.classes[places] & np.uint16(share.mask),
        )
    return Gathered(rows=rows, codes=codes, u=u, v=v, masks=masks)
