"""Face vectors in flat FAISS indexes, compared exactly with every reference.

A search for the best k would lose the face of a subject whose fingers match but whose portrait is poor; fusion needs
the face score of everybody. So the index is asked for all inner products (`compute_distance_subset`), never for a best
k: no padding with -1, no rows hidden behind others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import faiss
import numpy as np

from biometrics.arrays import Ids, Values, Vector
from biometrics.errors import GalleryError
from biometrics.templates import UNIT_NORM_TOLERANCE, Template, TemplateFormat
from matching.calibration import Calibration
from matching.face import cosine_scale
from matching.face_fusion import SAME_FACE_FMR, FaceFeature, fuse_faces, single_face
from matching.stores import TemplateStore

CHUNK_ROWS = 16_384
"""Rows per FAISS index: 8 MiB of 128-d vectors. Growing past a chunk opens another and never copies what is there."""


def use_one_faiss_thread() -> None:
    """Let FAISS use one thread, in the whole process: for programs whose own threads want the cores.

    A search compares one face at a time, which FAISS does not divide among threads; starting them only costs.
    """
    faiss.omp_set_num_threads(1)


class FaceStore:
    """Vectors of one dimension, of norm 1 or (fused ones) less, in preallocated chunks.

    Parameters
    ----------
    dimension
        Length of each vector.
    chunk_rows
        Rows per chunk.
    """

    def __init__(self, dimension: int, *, chunk_rows: int = CHUNK_ROWS) -> None:
        self._dimension = dimension
        self._chunk_rows = chunk_rows
        self._chunks: list[Any] = []
        self._weights: Values = np.empty(16, dtype=np.float32)

    def __len__(self) -> int:
        full = max(0, len(self._chunks) - 1) * self._chunk_rows
        return full + (int(self._chunks[-1].ntotal) if self._chunks else 0)

    def append(self, feature: FaceFeature) -> int:
        """Add a face and return its row.

        Raises
        ------
        GalleryError
            When it has another dimension, is not finite or longer than 1: FAISS would silently lose such a row.
        """
        self._require_vector(feature.vector)
        row = len(self)
        if row == len(self._weights):
            self._weights = np.concatenate([self._weights, np.empty(row, dtype=np.float32)])
        self._open_chunk().add(feature.vector[np.newaxis])
        self._weights[row] = feature.weight
        return row

    def feature(self, row: int) -> FaceFeature:
        """Return the face of a row."""
        chunk, offset = divmod(row, self._chunk_rows)
        return FaceFeature(vector=self._chunks[chunk].reconstruct(offset), weight=float(self._weights[row]))

    def compare(self, probe: FaceFeature, rows: Ids) -> Values:
        """Return the inner product of the probe with each of the rows, in their order; of two portraits, the cosine.

        Raises
        ------
        GalleryError
            When the probe is not finite or longer than 1, or a row does not exist.
        """
        self._require_vector(probe.vector)
        if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < len(self):
            raise GalleryError("a row outside the face index was asked for")
        scores = np.empty(len(rows), dtype=np.float32)
        chunk_of_row = rows // self._chunk_rows
        by_chunk = np.argsort(chunk_of_row, kind="stable")
        borders = np.flatnonzero(np.diff(chunk_of_row[by_chunk])) + 1
        for here in np.split(by_chunk, borders) if len(rows) else ():
            number = int(chunk_of_row[here[0]])
            offsets = rows[here] - number * self._chunk_rows
            scores[here] = self._inner_products(self._chunks[number], probe.vector, offsets)
        # Unit norms hold within a tolerance; clipping keeps the scores on the scale of a cosine.
        return np.clip(scores, -1.0, 1.0)

    def keep(self, rows: Ids) -> None:
        """Drop all rows but these (ascending), copying them into new indexes."""
        before, self._chunks = self._chunks, []
        for row in rows:
            chunk, offset = divmod(int(row), self._chunk_rows)
            self._open_chunk().add(before[chunk].reconstruct(offset)[np.newaxis])
        self._weights[: len(rows)] = self._weights[rows]

    def _open_chunk(self) -> Any:
        """Return the last chunk, or a new one when it is full."""
        if self._chunks and self._chunks[-1].ntotal < self._chunk_rows:
            return self._chunks[-1]
        chunk = faiss.IndexFlatIP(self._dimension)
        # A std::vector keeps its capacity when it shrinks: the whole chunk is allocated once, here.
        chunk.codes.resize(self._chunk_rows * chunk.code_size)
        chunk.codes.resize(0)
        self._chunks.append(chunk)
        return chunk

    @staticmethod
    def _inner_products(chunk: Any, probe: Vector, offsets: Ids) -> Values:
        query = np.ascontiguousarray(probe)
        labels = np.ascontiguousarray(offsets)
        found = np.empty(len(labels), dtype=np.float32)
        pointer = faiss.swig_ptr
        chunk.compute_distance_subset(1, pointer(query), len(labels), pointer(found), pointer(labels))
        return found

    def _require_vector(self, vector: Vector) -> None:
        # Asked this way round, a norm that is no number is refused.
        if len(vector) != self._dimension or not 0.0 < float(np.linalg.norm(vector)) <= 1.0 + UNIT_NORM_TOLERANCE:
            raise GalleryError(f"not a vector of dimension {self._dimension} and a norm of at most 1")


class FaceMatcher:
    """Compares faces by cosine, several portraits of one person as one (`matching.face_fusion`).

    Parameters
    ----------
    chunk_rows
        Rows per FAISS index.
    """

    def __init__(self, *, chunk_rows: int = CHUNK_ROWS) -> None:
        self._chunk_rows = chunk_rows

    def scale(self, template_format: TemplateFormat) -> str:
        """Return the name of the cosine scale of a face format."""
        return cosine_scale(template_format)

    def prepare(self, template: Template) -> FaceFeature:
        """Return the embedding of a face template."""
        return single_face(template.embedding)

    def fuse(self, samples: Sequence[FaceFeature], calibration: Calibration) -> tuple[FaceFeature, ...]:
        """Return one fused vector for each group of portraits that agree."""
        return fuse_faces(samples, calibration.threshold(SAME_FACE_FMR))

    def new_store(self, template_format: TemplateFormat) -> TemplateStore[FaceFeature]:
        """Return an empty store."""
        return FaceStore(template_format.dimension, chunk_rows=self._chunk_rows)
