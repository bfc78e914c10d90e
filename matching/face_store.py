"""Face vectors in blocks of rows, compared exactly with every reference that is asked for.

A search for the best k would lose the face of a subject whose fingers match but whose portrait is poor; fusion needs
the face score of everybody who is compared. So all inner products of chosen rows are computed, never a best k: no
padding with -1, no rows hidden behind others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import faiss
import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from biometrics.arrays import Ids, Values, Vector, Vectors
from biometrics.errors import GalleryError
from biometrics.positions import Position
from biometrics.templates import UNIT_NORM_TOLERANCE, Template, TemplateFormat
from matching.calibration import Calibration
from matching.face import cosine_scale
from matching.face_fusion import SAME_FACE_FMR, FaceFeature, fuse_faces, single_face
from matching.file_blocks import new_block
from matching.growing import GrowingArray
from matching.rotation import VectorRotation
from matching.stores import TemplateStore

Chunk: TypeAlias = Float32[NDArray[np.float32], "rows dimension"]
"""Room for vectors, one a row."""

CHUNK_ROWS = 16_384
"""Rows per block: 8 MiB of 128-d vectors. Growing past a chunk opens another and never copies what is there."""


def use_one_faiss_thread() -> None:
    """Let FAISS use one thread, in the whole process: for programs whose own threads want the cores.

    A search compares one face at a time, which FAISS does not divide among threads; starting them only costs.
    """
    faiss.omp_set_num_threads(1)


class FaceStore:
    """Vectors of one dimension, of norm 1 or (fused ones) less, in chunks of rows.

    Rows may be compared and read from several threads while one other thread appends.

    Parameters
    ----------
    dimension
        Length of each vector.
    chunk_rows
        Rows per chunk.
    folder
        Where the vectors lie in nameless files, read as they are compared, instead of in memory; gone with the store.
    """

    def __init__(self, dimension: int, *, chunk_rows: int = CHUNK_ROWS, folder: Path | None = None) -> None:
        self._dimension = dimension
        self._chunk_rows = chunk_rows
        self._folder = folder
        self._chunks: list[Chunk] = []
        self._weights = GrowingArray(np.float32)

    def __len__(self) -> int:
        return len(self._weights)

    @property
    def nbytes(self) -> int:
        """Bytes of the vectors, in memory or on disk."""
        return len(self) * self._dimension * np.dtype(np.float32).itemsize

    def append(self, feature: FaceFeature) -> int:
        """Add a face and return its row.

        Raises
        ------
        GalleryError
            When it has another dimension, is not finite or longer than 1.
        StorageError
            When its folder takes no file, or the disk is full.
        """
        self._require_vector(feature.vector)
        row = len(self)
        self._write(feature.vector[np.newaxis], np.array([feature.weight], dtype=np.float32))
        return row

    def _write(self, vectors: Vectors, weights: Values) -> None:
        while len(vectors):
            chunk, offset = divmod(len(self), self._chunk_rows)
            if chunk == len(self._chunks):
                shape = (self._chunk_rows, self._dimension)
                self._chunks.append(new_block(np.dtype(np.float32), shape, self._folder, "faces"))
            count = min(len(vectors), self._chunk_rows - offset)
            self._chunks[chunk][offset : offset + count] = vectors[:count]
            self._weights.extend(weights[:count])
            vectors, weights = vectors[count:], weights[count:]

    def feature(self, row: int) -> FaceFeature:
        """Return the face of a row."""
        chunk, offset = divmod(row, self._chunk_rows)
        return FaceFeature(vector=self._chunks[chunk][offset].copy(), weight=float(self._weights.values[row]))

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
        for number, here in self._by_chunk(rows):
            scores[here] = _inner_products(self._chunks[number], probe.vector, rows[here] - number * self._chunk_rows)
        # Unit norms hold within a tolerance; clipping keeps the scores on the scale of a cosine.
        return np.clip(scores, -1.0, 1.0)

    def _by_chunk(self, rows: Ids) -> Iterator[tuple[int, Ids]]:
        """Yield the number of each chunk with rows among these, and where they are among them."""
        chunk_of_row = rows // self._chunk_rows
        order = np.argsort(chunk_of_row, kind="stable")
        borders = np.flatnonzero(np.diff(chunk_of_row[order])) + 1
        for here in np.split(order, borders) if len(rows) else ():
            yield int(chunk_of_row[here[0]]), here

    def cut(self, rows: int) -> None:
        """Drop all rows but the first `rows`; nobody may have read the others yet."""
        self._weights.cut(rows)
        self._chunks = self._chunks[: -(-rows // self._chunk_rows)]

    def erase(self, rows: Ids) -> None:
        """Write zeros over these rows, which are of no direction."""
        for number, here in self._by_chunk(rows):
            self._chunks[number][rows[here] - number * self._chunk_rows] = 0.0
        self._weights.values[rows] = 0.0

    @property
    def arrays(self) -> tuple[str, ...]:
        """Names of the arrays of a piece."""
        return ("vectors", "weights")

    @property
    def row_bytes(self) -> int:
        """Bytes of a vector, with its weight."""
        return (self._dimension + 1) * np.dtype(np.float32).itemsize

    def export(self, rows: Ids) -> Mapping[str, NDArray[Any]]:
        """Return the faces of these rows, ascending, as `extend` takes them."""
        vectors = np.empty((len(rows), self._dimension), dtype=np.float32)
        for number, here in self._by_chunk(rows):
            vectors[here] = self._chunks[number][rows[here] - number * self._chunk_rows]
        return {"vectors": vectors, "weights": self._weights.values[rows]}

    def extend(self, piece: Mapping[str, NDArray[Any]]) -> None:
        """Add the rows of a piece.

        Raises
        ------
        GalleryError
            When the piece is damaged.
        StorageError
            As `append`.
        """
        vectors, weights = piece["vectors"], piece["weights"]
        shape = (len(weights), self._dimension)
        if vectors.shape != shape or vectors.dtype != np.float32 or weights.dtype != np.float32:
            raise GalleryError("faces of a gallery do not fit together")
        norms = np.linalg.norm(vectors, axis=1)
        # Asked this way round, a number that is none is refused.
        if not ((norms > 0) & (norms <= 1.0 + UNIT_NORM_TOLERANCE) & (weights > 0) & (weights < np.inf)).all():
            raise GalleryError("a face of a gallery is damaged")
        self._write(vectors, weights)

    def _require_vector(self, vector: Vector) -> None:
        # Asked this way round, a norm that is no number is refused.
        if len(vector) != self._dimension or not 0.0 < float(np.linalg.norm(vector)) <= 1.0 + UNIT_NORM_TOLERANCE:
            raise GalleryError(f"not a vector of dimension {self._dimension} and a norm of at most 1")


def _inner_products(chunk: Chunk, probe: Vector, offsets: Ids) -> Values:
    query, labels = np.ascontiguousarray(probe), np.ascontiguousarray(offsets)
    found = np.empty(len(labels), dtype=np.float32)
    pointers = [faiss.swig_ptr(array) for array in (found, query, chunk, labels)]
    faiss.fvec_inner_products_by_idx(*pointers, chunk.shape[1], 1, len(labels))  # type: ignore[attr-defined]
    return found


class FaceMatcher:
    """Compares faces by cosine, several portraits of one person as one (`matching.face_fusion`).

    Parameters
    ----------
    rotation
        Turns every face that is kept or compared; None leaves them as they were extracted.
    chunk_rows
        Rows per block of vectors.
    """

    def __init__(self, *, rotation: VectorRotation | None = None, chunk_rows: int = CHUNK_ROWS) -> None:
        self._rotation = rotation
        self._chunk_rows = chunk_rows

    @property
    def space(self) -> str:
        """Name of the rotation; empty without one."""
        return "" if self._rotation is None else self._rotation.name

    def scale(self, template_format: TemplateFormat) -> str:
        """Return the name of the cosine scale of a face format."""
        return cosine_scale(template_format)

    def prepare(self, template: Template) -> FaceFeature:
        """Return the embedding of a face template, turned."""
        face = single_face(template.embedding)
        if self._rotation is None:
            return face
        return replace(face, vector=self._rotation.turn(Position.FACE.value, face.vector[np.newaxis])[0])

    def fuse(self, samples: Sequence[FaceFeature], calibration: Calibration) -> tuple[FaceFeature, ...]:
        """Return one fused vector for each group of portraits that agree."""
        return fuse_faces(samples, calibration.threshold(SAME_FACE_FMR))

    def new_store(self, template_format: TemplateFormat, folder: Path | None = None) -> TemplateStore[FaceFeature]:
        """Return an empty store."""
        return FaceStore(template_format.dimension, chunk_rows=self._chunk_rows, folder=folder)
