"""The one value of a portrait: how useful it is for comparison, as far as errors can be predicted.

Two things of the embedder predict false non-matches: the length of its vector before it is scaled to 1, and how far it
sees the same in the mirror image. On grey LFW View 1 (identities equally weighted) false non-matches at FMR 1e-4 fall
from 3.1 to 1.8 % when the worst 10 % by length are discarded, and to 1.1-1.7 % by both; size, pose, detection score and
sharpness add nothing to them (`kura bench face`, docs/accuracy.md).
"""

from __future__ import annotations

import numpy as np

from models.face.embed import EmbeddedFace

ALGORITHM = "kura-portrait/1"

NORM_OF_DISAGREEMENT = 60.0
"""Raw norm that a lost cosine between both views is worth: half a standard deviation of the one for one of the other on
LFW View 1 (1.05 and 0.0087)."""

USELESS, EXCELLENT = 2.0, 14.0
"""Predictors that stand for 0 and 100: 0.6 % of LFW View 1's pictures lie above, 3.7 % of FairFace's below. Of mated
pairs of LFW whose worse picture has less than 45, one in eight misses the threshold for FMR 1e-3; of those with 55 to
65 one in 75, above 75 none of 255."""


def predict_usefulness(embedded: EmbeddedFace) -> int:
    """Return 0 (useless) to 100 (excellent)."""
    predictor = embedded.embedding.raw_norm - NORM_OF_DISAGREEMENT * (1.0 - embedded.mirror_agreement)
    return round(100 * float(np.clip((predictor - USELESS) / (EXCELLENT - USELESS), 0.0, 1.0)))
