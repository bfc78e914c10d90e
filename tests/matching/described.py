"""Toy templates described by vectors, for tests of the gallery: fingers as points on a circle, faces as they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Vector, Vectors
from biometrics.positions import Modality, Position
from matching.comparison import ProbePart
from matching.face_store import FaceMatcher
from matching.gallery import Gallery
from matching.person_vectors import PersonVector
from matching.vectors.arrays import Masks
from matching.vectors.layout import Block, Layout
from matching.vectors.requests import Thresholds
from tests.matching.parts import CALIBRATIONS, ToyMatcher

TOY_LAYOUT = Layout(
    blocks=(
        Block(name="face", dimension=4),
        *(Block(name=name, dimension=2) for name in ("right_thumb", "right_index", "left_index", "left_thumb")),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToyDescriber:
    """Lists whose rows score at least `least`, in galleries of at least `least_gallery`."""

    least: float = -math.inf
    least_gallery: int = 1
    scheme: str = "toy/1"

    @property
    def layout(self) -> Layout:
        return TOY_LAYOUT

    def describe(self, people: Sequence[Sequence[ProbePart]]) -> tuple[Vectors, Masks]:
        rows = [self._row(parts) for parts in people]
        vectors = np.array([vector for vector, _ in rows], dtype=np.float32).reshape(-1, TOY_LAYOUT.width)
        return vectors, np.array([mask for _, mask in rows], dtype=np.uint16)

    def _row(self, parts: Sequence[ProbePart]) -> tuple[Vector, int]:
        blocks: dict[str, Vector] = {}
        stands = True
        for part in parts:
            if part.position is Position.UNKNOWN or (part.position is Position.FACE and len(part.samples) > 1):
                stands = False
            elif part.position is Position.FACE:
                blocks["face"] = part.samples[0].vector
            else:
                turn = float(np.mean([sample[0] for sample in part.samples])) / 100.0
                blocks[part.position.value] = np.array([math.cos(turn), math.sin(turn)], dtype=np.float32)
        vector, mask = TOY_LAYOUT.assemble(blocks)
        return vector, mask if stands and blocks else mask | TOY_LAYOUT.always

    def worthwhile(self, gallery_size: int) -> bool:
        return gallery_size >= self.least_gallery

    def serves(self, parts: Sequence[ProbePart], person: PersonVector, gallery_size: int) -> bool:
        return not person.mask & TOY_LAYOUT.always

    def probes(self, person: PersonVector) -> tuple[Vectors, Masks]:
        return person.vector[np.newaxis], np.array([person.mask], dtype=np.uint16)

    def search_thresholds(self, gallery_size: int) -> Thresholds:
        return Thresholds.uniform(TOY_LAYOUT, self.least)

    def join_thresholds(self, gallery_size: int) -> Thresholds:
        return Thresholds.uniform(TOY_LAYOUT, self.least)


def described_gallery(describer: ToyDescriber | None = None) -> Gallery:
    return Gallery(
        calibrations=CALIBRATIONS,
        matchers={Modality.FINGER: ToyMatcher(), Modality.FACE: FaceMatcher(chunk_rows=3)},
        described=ToyDescriber() if describer is None else describer,
    )
