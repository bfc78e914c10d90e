"""LEADER's two stems as arrays for `models.finger.stem`, carried in the ONNX file's metadata."""

from __future__ import annotations

import base64
import io

import numpy as np

from models.building.leader_weights import Array, LayerWeights

STEM_METADATA = "stems"


def stem_metadata(weights: LayerWeights) -> str:
    """Return the arrays of both stems as a NumPy archive in base 64.

    `<stem>_kernels` float32 [channels / 4, 5, 4, 5]: taps by groups of four channels, row, channel, column.
    `<stem>_terms` float32 [3, channels]: bias, gain, shift.
    """
    arrays = {}
    for stem in ("stem0", "stem1"):
        near, near_bias = weights[f"{stem}_conv"]
        wide, wide_bias = weights[f"{stem}_dilated"]
        bias = np.concatenate([near_bias, wide_bias])
        arrays[f"{stem}_kernels"] = _by_fours(np.concatenate([near, wide], axis=3))
        arrays[f"{stem}_terms"] = np.stack([bias, *weights[f"{stem}_norm"]])
    archive = io.BytesIO()
    np.savez(archive, allow_pickle=False, **arrays)
    return base64.b64encode(archive.getvalue()).decode("ascii")


def _by_fours(kernel: Array) -> Array:
    """Turn [5, 5, 1, channels] into [channels / 4, 5, 4, 5]."""
    return np.ascontiguousarray(kernel[:, :, 0].reshape(5, 5, -1, 4).transpose(2, 0, 3, 1))
