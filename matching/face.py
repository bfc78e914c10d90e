"""1:1 comparison of faces: the cosine of the angle between two embeddings."""

from __future__ import annotations

import numpy as np

from biometrics.templates import FaceEmbedding, TemplateFormat


def cosine_scale(template_format: TemplateFormat) -> str:
    """Return the name of the score scale of a face format, such as `cosine/kura-face/1`."""
    return f"{template_format.metric}/{template_format.model_id}"


def compare(probe: FaceEmbedding, reference: FaceEmbedding) -> float:
    """Return the cosine of two embeddings of one format: -1 to 1, higher is more alike, the same in both directions."""
    # Unit norms hold within a tolerance; clipping keeps the score on its scale.
    return float(np.clip(np.dot(probe.vector, reference.vector), -1.0, 1.0))
