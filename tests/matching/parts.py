"""Small parts for the tests of the gallery: a toy comparison, calibrations, templates, a registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from biometrics.arrays import Ids, Values, Vector
from biometrics.errors import GalleryError
from biometrics.positions import Modality, Position
from biometrics.protocols import ChangeKind, ReferenceChange
from biometrics.quality import QualityScore
from biometrics.templates import BiometricReference, FaceEmbedding, MinutiaSet, Probe, Template, TemplateFormat
from matching.calibration import Calibration, fit_calibration
from matching.face_store import FaceMatcher
from matching.gallery import Gallery
from matching.stores import Matcher, Piece, TemplateStore

FINGER_FORMAT = TemplateFormat(algorithm="toy-prints", version="1", metric="minutiae")
FACE_FORMAT = TemplateFormat(algorithm="toy-faces", version="1", metric="cosine", dimension=4)
TOY_SCALE = "toy/1"
QUALITY = QualityScore(value=50, algorithm="toy")


class ToyStore:
    """Compares prints by how near their x coordinates are: 60 for the same, less by the summed distance."""

    def __init__(self) -> None:
        self.rows: list[Values] = []

    def __len__(self) -> int:
        return len(self.rows)

    def append(self, feature: Values) -> int:
        self.rows.append(feature)
        return len(self.rows) - 1

    def feature(self, row: int) -> Values:
        return self.rows[row]

    def compare(self, probe: Values, rows: Ids) -> Values:
        return np.array([toy_score(probe, self.rows[row]) for row in rows], dtype=np.float32)

    def cut(self, rows: int) -> None:
        del self.rows[rows:]

    def erase(self, rows: Ids) -> None:
        for row in rows:
            self.rows[row] = np.full_like(self.rows[row], 1e6)

    @property
    def arrays(self) -> tuple[str, ...]:
        return ("x", "sizes")

    @property
    def row_bytes(self) -> int:
        return 64

    @property
    def nbytes(self) -> int:
        return sum(row.nbytes for row in self.rows)

    def export(self, rows: Ids) -> Piece:
        some = [self.rows[row] for row in rows]
        return {
            "x": np.concatenate([*some, np.empty(0, dtype=np.float32)]),
            "sizes": np.array([len(one) for one in some], dtype=np.int64),
        }

    def extend(self, piece: Piece) -> None:
        ends = np.cumsum(piece["sizes"])
        if piece["x"].dtype != np.float32 or int(ends[-1] if len(ends) else 0) != len(piece["x"]):
            raise GalleryError("toy prints do not fit together")
        self.rows += [piece["x"][end - size : end].copy() for end, size in zip(ends, piece["sizes"], strict=True)]


def toy_score(probe: Values, reference: Values) -> float:
    return max(0.0, 60.0 - float(np.abs(probe - reference).sum()))


class ToyMatcher:
    """Stands for the minutia comparison where a test is about the gallery."""

    space = ""

    def scale(self, template_format: TemplateFormat) -> str:
        return TOY_SCALE

    def prepare(self, template: Template) -> Values:
        return template.minutiae.x

    def fuse(self, samples: Sequence[Values], calibration: Calibration) -> tuple[Values, ...]:
        return tuple(samples)

    def new_store(self, template_format: TemplateFormat, folder: Path | None = None) -> TemplateStore[Values]:
        return ToyStore()


def exponential_calibration(scale: str, mean: float, *, pairs: int = 5_000) -> Calibration:
    """Return a calibration of impostors whose scores are exponential, cut to float32."""
    scores = np.random.default_rng(1).exponential(mean, pairs).astype(np.float32)
    return fit_calibration(scores, scale=scale, population="toy", origin="random numbers", subjects=100)


CALIBRATIONS = {
    Modality.FINGER: exponential_calibration(TOY_SCALE, 3.0),
    Modality.FACE: exponential_calibration("cosine/toy-faces/1", 0.08),
}


def toy_gallery(*, chunk_rows: int = 3) -> Gallery:
    matchers: dict[Modality, Matcher[Any]] = {
        Modality.FINGER: ToyMatcher(),
        Modality.FACE: FaceMatcher(chunk_rows=chunk_rows),
    }
    return Gallery(calibrations=CALIBRATIONS, matchers=matchers)


def finger(position: Position, *x: float, template_format: TemplateFormat = FINGER_FORMAT) -> Template:
    count = len(x)
    body = MinutiaSet(
        x=np.array(x, dtype=np.float32),
        y=np.zeros(count, dtype=np.float32),
        angle=np.zeros(count, dtype=np.float32),
        kind=np.ones(count, dtype=np.uint8),
        quality=np.full(count, 50, dtype=np.uint8),
        width=1_000,
        height=10,
    )
    return Template(format=template_format, position=position, body=body, quality=QUALITY)


def unit(*values: float) -> Vector:
    vector = np.array(values, dtype=np.float32)
    scaled: Vector = vector / np.float32(np.linalg.norm(vector))
    return scaled


def face(*values: float, raw_norm: float = 9.0, template_format: TemplateFormat = FACE_FORMAT) -> Template:
    body = FaceEmbedding(vector=unit(*values), raw_norm=raw_norm)
    return Template(format=template_format, position=Position.FACE, body=body, quality=QUALITY)


def probe(*templates: Template) -> Probe:
    return Probe(templates=templates)


@dataclass
class ToySource:
    """A registry that lives in a list."""

    changes: list[ReferenceChange] = field(default_factory=list)

    def latest_sequence(self) -> int:
        return len(self.changes)

    def changes_since(self, sequence: int) -> Iterator[ReferenceChange]:
        yield from self.changes[sequence:]

    def active_subjects(self) -> int:
        return len({reference.subject_id for reference in self.active()})

    def active_references(self) -> int:
        return len(self.active())

    def mark(self, sequence: int) -> str:
        return f"toy {id(self)} {sequence}"

    def active(self) -> list[BiometricReference]:
        held: dict[str, BiometricReference] = {}
        for change in self.changes:
            for reference in change.references:
                if change.kind is not ChangeKind.ADDED:
                    del held[reference.reference_id]
                if change.kind is not ChangeKind.RETIRED:
                    held[reference.reference_id] = reference
        return list(held.values())

    def add(self, subject_id: str, *templates: Template) -> ReferenceChange:
        sequence = len(self.changes) + 1
        references = tuple(
            BiometricReference(reference_id=f"r{sequence}-{index}", subject_id=subject_id, template=template)
            for index, template in enumerate(templates)
        )
        return self._note(ChangeKind.ADDED, subject_id, references)

    def retire(self, added: ReferenceChange) -> ReferenceChange:
        return self._note(ChangeKind.RETIRED, added.subject_id, added.references)

    def move(self, last: ReferenceChange, subject_id: str) -> ReferenceChange:
        references = tuple(replace(reference, subject_id=subject_id) for reference in last.references)
        change = ReferenceChange(
            sequence=len(self.changes) + 1,
            kind=ChangeKind.MOVED,
            subject_id=subject_id,
            references=references,
            from_subject_id=last.subject_id,
        )
        self.changes.append(change)
        return change

    def _note(self, kind: ChangeKind, subject_id: str, references: tuple[BiometricReference, ...]) -> ReferenceChange:
        change = ReferenceChange(
            sequence=len(self.changes) + 1, kind=kind, subject_id=subject_id, references=references
        )
        self.changes.append(change)
        return change
