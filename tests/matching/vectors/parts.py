"""Tables, persons and a search by brute force, for the tests of the vector engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from matching.vectors.layout import Block, Layout
from matching.vectors.requests import Filter, Found, Probes, Thresholds
from matching.vectors.table import VectorTable

TIE = 1e-6
"""Scores nearer than this may be told apart by how they are summed."""


def layout_of(*dimensions: int, weights: tuple[float, ...] = ()) -> Layout:
    stated = weights or (1.0,) * len(dimensions)
    return Layout(
        blocks=tuple(
            Block(name=f"block{number}", dimension=int(dimension), weight=float(weight))
            for number, (dimension, weight) in enumerate(zip(dimensions, stated, strict=True))
        )
    )


def person(layout: Layout, rng: np.random.Generator, mask: int) -> np.ndarray:
    """Return a random row that has the blocks of a mask."""
    parts = {}
    for number, block in enumerate(layout.blocks):
        if mask >> number & 1:
            vector = rng.standard_normal(block.dimension).astype(np.float32)
            parts[block.name] = vector / np.float32(np.linalg.norm(vector))
    return layout.assemble(parts)[0]


def persons(layout: Layout, rng: np.random.Generator, masks: np.ndarray) -> np.ndarray:
    return np.stack([person(layout, rng, int(mask)) for mask in masks]).reshape(len(masks), layout.width)


@dataclass
class Model:
    """What a table holds, kept as simply as can be."""

    layout: Layout
    rows: dict[int, tuple[np.ndarray, int, int]] = field(default_factory=dict)

    def add(self, owner: int, vector: np.ndarray, mask: int, attributes: int = 0) -> None:
        self.rows[owner] = (vector, mask, attributes)

    def copy(self) -> Model:
        return Model(layout=self.layout, rows=dict(self.rows))

    def compared(self, mask: int, only: Filter | None = None) -> list[int]:
        """Return the owners that a probe of that mask is compared with, ascending."""
        always, blocks = self.layout.always, self.layout.always - 1
        return [
            owner
            for owner, (_, theirs, attributes) in sorted(self.rows.items())
            if (mask & theirs & blocks or (mask | theirs) & always)
            and (only is None or (attributes & only.all_of == only.all_of and not attributes & only.none_of))
        ]

    def score(self, owner: int, probe: np.ndarray) -> float:
        return float(self.rows[owner][0].astype(np.float64) @ probe.astype(np.float64))

    def check(  # noqa: PLR0917 - what was asked
        self, found: Found, probe: np.ndarray, mask: int, thresholds: Thresholds, k: int | None, only: Filter | None
    ) -> None:
        """Compare an answer with that of comparing everybody; scores within TIE of a limit may be on either side."""
        compared = self.compared(mask, only)
        scores = {owner: self.score(owner, probe) for owner in compared}
        best = sorted(scores.values(), reverse=True)[: k or 0]
        blocks = self.layout.always - 1
        least = {owner: float(thresholds.by_shared[mask & self.rows[owner][1] & blocks]) for owner in compared}
        for owner in compared:
            if (mask | self.rows[owner][1]) & self.layout.always:
                least[owner] = -np.inf
            if best:
                least[owner] = min(least[owner], -np.inf if k and len(compared) <= k else best[-1])
        must = {owner for owner in compared if scores[owner] >= least[owner] + TIE or least[owner] == -np.inf}
        may = {owner for owner in compared if scores[owner] >= least[owner] - TIE}
        answered = found.owners.tolist()
        assert len(set(answered)) == len(answered)
        assert must <= set(answered) <= may, (must - set(answered), set(answered) - may)
        np.testing.assert_allclose(found.scores, [scores[owner] for owner in answered], atol=TIE, rtol=TIE)
        assert np.all(np.diff(found.scores) <= 0)
        assert found.compared == len(compared)
        assert len(answered) >= min(k or 0, len(compared))
        assert found.scores.dtype == np.float32


def filled(model: Model, *, chunk_rows: int = 64, folder: Path | None = None) -> VectorTable:
    """Return a table that holds what a model does."""
    table = VectorTable(model.layout, chunk_rows=chunk_rows, folder=folder)
    owners = np.array(sorted(model.rows), dtype=np.int64)
    table.append(
        owners=owners,
        vectors=np.stack([model.rows[int(owner)][0] for owner in owners])
        if len(owners)
        else np.zeros((0, model.layout.width), np.float32),
        masks=np.array([model.rows[int(owner)][1] for owner in owners], dtype=np.uint16),
        attributes=np.array([model.rows[int(owner)][2] for owner in owners], dtype=np.uint64),
        generation=1,
    )
    return table


def probes_of(vectors: np.ndarray, masks: list[int]) -> Probes:
    return Probes(vectors=vectors, masks=np.array(masks, dtype=np.uint16))
