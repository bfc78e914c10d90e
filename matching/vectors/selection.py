"""Which rows of a view a search is about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.vectors.arrays import Counts, SomeMasks
from matching.vectors.requests import Filter
from matching.vectors.view import Part, TableView


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Selection:
    """Rows by what limits hold for them.

    Parameters
    ----------
    parts
        Where there are any.
    classes
        uint16 [rows] for each part: the mask of a row, 0 where the search is not about it.
    by_mask
        int64 [classes]: how many the search is about, by their masks.
    """

    parts: tuple[Part, ...]
    classes: tuple[SomeMasks, ...]
    by_mask: Counts


def select(view: TableView, only: Filter | None) -> Selection:
    """Return the rows of a view that pass a filter: without one at no cost, else at two bytes a row."""
    if only is None:
        classes = tuple(part.chunk.masks[part.first : part.last] for part in view.parts)
        return Selection(parts=view.parts, classes=classes, by_mask=view.by_mask)
    parts: list[Part] = []
    passing: list[SomeMasks] = []
    by_mask = np.zeros(view.layout.classes, dtype=np.int64)
    for part in view.parts:
        passes = only.passes(part.chunk.attributes[part.first : part.last])
        passes &= part.chunk.active(part.first, part.last, view.tick)
        if passes.any():
            masks = np.where(passes, part.chunk.masks[part.first : part.last], np.uint16(0))
            by_mask += np.bincount(masks, minlength=len(by_mask))
            parts.append(part)
            passing.append(masks)
    by_mask[0] = 0
    return Selection(parts=tuple(parts), classes=tuple(passing), by_mask=by_mask)
