"""Turn aligned faces into unit vectors with SFace (Zhong et al., IEEE Transactions on Image Processing 30, 2021)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from onnxruntime import InferenceSession

from biometrics.arrays import ColorPixels, Vector
from biometrics.errors import ProcessingError
from biometrics.templates import FaceEmbedding

DIMENSION = 128


class FaceEmbedder:
    """Embeds aligned faces; safe to call from several threads.

    Parameters
    ----------
    session
        The folded SFace.
    """

    def __init__(self, session: InferenceSession) -> None:
        self._session = session

    def embed(self, faces: Sequence[ColorPixels]) -> tuple[FaceEmbedding, ...]:
        """Return one embedding per aligned RGB face [112, 112, 3], in order.

        Raises
        ------
        ProcessingError
            When the model gives a vector without direction.
        """
        if not faces:
            return ()
        batch = np.stack(faces).transpose(0, 3, 1, 2).astype(np.float32)
        (rows,) = self._session.run(["fc1"], {"data": batch})
        return tuple(_normalized(row) for row in rows)


def _normalized(row: Vector) -> FaceEmbedding:
    norm = float(np.linalg.norm(row))
    if not np.isfinite(norm) or norm == 0.0:
        raise ProcessingError("the embedder gave no usable vector for a face")
    return FaceEmbedding(vector=(row / norm).astype(np.float32), raw_norm=norm)
