"""How much a gallery holds, in persons, rows and bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matching.column import REFERENCE
from matching.people import BIT_OF
from matching.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryStats:
    """What a gallery holds at a generation.

    Parameters
    ----------
    generation
        The last change that was applied.
    persons, references
        Subjects with an active reference, and active references.
    gone
        Versions of persons that are no longer active and wait for a compaction.
    rows
        Rows by position, those of earlier versions and what stands for several references included.
    with_position
        Active persons by position.
    bytes
        By part: `persons`, `rows` and `codes` (vectors as bytes) in memory, `features` (prints and faces) in memory or,
        with a folder, on disk, and `vectors` in full precision on disk.
    width, kernel
        Numbers of a person's vector, and who scans them; 0 and None where persons are not described.
    """

    generation: int
    persons: int
    references: int
    gone: int
    rows: Mapping[str, int]
    with_position: Mapping[str, int]
    bytes: Mapping[str, int]
    width: int
    kernel: str | None


def stats_of(state: State) -> GalleryStats:
    """Return how much a state holds."""
    active = state.active()
    is_active = np.zeros(state.count, dtype=np.bool_)
    is_active[active] = True
    owners = {position: column.owners(REFERENCE) for position, column in state.columns.items()}
    references = sum(int(is_active[own[own < state.count]].sum()) for own in owners.values())
    positions = state.people.positions(active)
    width = 0 if state.table is None else state.table.layout.width
    return GalleryStats(
        generation=state.generation,
        persons=len(active),
        references=references,
        gone=state.count - len(active),
        rows={position.value: len(column) for position, column in state.columns.items()},
        with_position={
            position.value: int(((positions & bit) != 0).sum())
            for position, bit in BIT_OF.items()
            if position in state.columns
        },
        bytes={
            "persons": state.people.nbytes,
            "rows": sum(column.nbytes for column in state.columns.values()),
            "features": sum(column.store.nbytes for column in state.columns.values()),
            "codes": width * len(active),
            "vectors": width * len(active) * np.dtype(np.float32).itemsize,
        },
        width=width,
        kernel=None if state.table is None else state.table.kernel.name,
    )
