"""Templates by a user's embedder; implements `models.face.roles.FaceModel`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biometrics.arrays import ColorPixels, Vector
from biometrics.errors import ConfigurationError, ProcessingError
from biometrics.templates import FaceEmbedding, TemplateFormat
from models.face.detect import FivePoints
from models.own.description import EmbedderDescription, ModelDescription
from models.own.network import Outputs, OwnNetwork
from models.own.pixels import to_batch, warp

LARGEST_NORM_ERROR = 0.02
"""How far from 1 the norm of a model may be that is said to divide by it; float16 exports are off by a hundredth."""

LEAST_NORM = 1e-6
"""Shorter vectors are what rounding leaves of zero: face models give norms of about 1 to 100."""


class OwnEmbedder:
    """A described face embedder; safe to call from several threads.

    Parameters
    ----------
    network
        The model, opened with this description.
    description
        Of a face embedder.

    Raises
    ------
    ConfigurationError
        When the description is of another kind.
    """

    def __init__(self, network: OwnNetwork, description: ModelDescription) -> None:
        if not isinstance(description.task, EmbedderDescription):
            raise ConfigurationError("not a face embedder", source=description.model_id, remedy="set it as pad_model")
        self._network = network
        self._description = description
        self._task = description.task

    @property
    def format(self) -> TemplateFormat:
        """The format of every template made of its vectors."""
        return self._description.format

    def represent(self, pixels: ColorPixels, points: FivePoints) -> FaceEmbedding:
        """Align the face as this model wants it, and embed it.

        Raises
        ------
        ProcessingError
            When the model fails or gives no vector with a direction.
        """
        size = (self._description.input.width, self._description.input.height)
        (embedding,) = self.embed([warp(pixels, points, self._task.points, size)])
        return embedding

    def embed(self, faces: Sequence[ColorPixels]) -> tuple[FaceEmbedding, ...]:
        """Return one embedding per aligned RGB face of the input's size, in order.

        Raises
        ------
        ProcessingError
            As `represent`.
        """
        if not faces:
            return ()
        return self.embeddings(self._network.run(to_batch(faces, self._description.input)))

    def embeddings(self, rows: Outputs) -> tuple[FaceEmbedding, ...]:
        """Return the model's outputs as embeddings.

        Raises
        ------
        ProcessingError
            When one is not what the description says, or has no direction.
        """
        return tuple(self._embedding(row) for row in rows)

    def _embedding(self, row: Vector) -> FaceEmbedding:
        if len(row) != self._task.dimension:
            raise self._failure(f"gave {len(row)} numbers, the description says {self._task.dimension}")
        norm = float(np.linalg.norm(row.astype(np.float64)))
        if not np.isfinite(norm):
            raise self._failure("gave a number that is not finite")
        if norm < LEAST_NORM:
            raise self._failure("gave a vector of zeros, which has no direction")
        if self._task.unit and abs(norm - 1.0) > LARGEST_NORM_ERROR:
            raise self._failure(f"gave a vector of norm {norm:.4g}, the description says that it is normalised")
        return FaceEmbedding(vector=(row.astype(np.float64) / norm).astype(np.float32), raw_norm=norm)

    def _failure(self, message: str) -> ProcessingError:
        return ProcessingError(f"the model {message}", source=self._description.model_id)
