"""SFace's numbers for the compiled functions of `models.face`, carried in the ONNX file's metadata.

Weights stay as published, eight bits each with a zero point and a scale per group: a quarter of the bytes to read from
memory for every face. What normalises a layer's output is folded into its scales and bias.
"""

from __future__ import annotations

import base64
import io
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from models.building.fold import dequantize

NETWORK_METADATA = "network"

_Array: TypeAlias = NDArray[Any]
LAYERS = range(2, 15)
_LAYER_EPSILON, _END_EPSILON = 1e-3, 2e-5
"""What the published network's normalisations add to the variance: between layers, and of the last two."""


def network_metadata(source: bytes) -> str:
    """Return the arrays of the published network as a NumPy archive in base 64.

    `first_weights` float32 [27, 32]: products of the first convolution by column, row, colour. Per layer `kernels_<n>`
    float32 [11, channels]: nine taps, bias, slope; `levels_<n>` int8 [channels, wide]; `grid_<n>` float32 [groups, 2,
    wide]: zero point and scale of each group of channels; `terms_<n>` float32 [2, wide]: bias and slope. `norm` float32
    [2, channels]: scale and shift of the last layer's output. `last_levels`, `last_grid`, `last_bias`: as the layers'.
    """
    graph = onnx.load_from_string(source).graph
    weights = _Weights({tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer})
    arrays = {"first_weights": weights.first(), "first_terms": weights.terms("conv_1")}
    for layer in LAYERS:
        name = f"conv_{layer}"
        arrays[f"kernels_{layer}"] = weights.kernels(f"{name}_dw")
        arrays[f"levels_{layer}"], arrays[f"grid_{layer}"] = weights.products(f"{name}_conv2d", f"{name}_batchnorm")
        arrays[f"terms_{layer}"] = weights.terms(name)
    arrays["norm"] = np.stack(weights.normalisation("bn1", _END_EPSILON))
    arrays["last_levels"], arrays["last_grid"] = weights.products("pre_fc1", "fc1", _END_EPSILON)
    scale, shift = weights.normalisation("fc1", _END_EPSILON)
    arrays["last_bias"] = weights.dequantized("pre_fc1_bias") * scale + shift
    archive = io.BytesIO()
    singles = {name: array.astype(np.float32) if array.dtype == np.float64 else array for name, array in arrays.items()}
    np.savez(archive, allow_pickle=False, **singles)
    return base64.b64encode(archive.getvalue()).decode("ascii")


class _Weights:
    """The published arrays by their names."""

    def __init__(self, arrays: dict[str, _Array]) -> None:
        self._arrays = arrays

    def normalisation(self, name: str, epsilon: float = _LAYER_EPSILON) -> tuple[_Array, _Array]:
        """Scale and shift of each channel that a batch normalisation comes to."""
        gamma, beta, mean, variance = (
            self._arrays[f"{name}_{part}"].astype(np.float64) for part in ("gamma", "beta", "moving_mean", "moving_var")
        )
        scale = gamma / np.sqrt(variance + epsilon)
        return scale, beta - mean * scale

    def terms(self, name: str) -> _Array:
        """Bias and slope of each channel of a layer."""
        _, bias = self.normalisation(f"{name}_batchnorm")
        return np.stack([bias, self._arrays[f"{name}_relu_gamma"].ravel()])

    def kernels(self, name: str) -> _Array:
        """Taps, bias and slope of 3x3 kernels, one per channel."""
        scale, _ = self.normalisation(f"{name}_batchnorm")
        taps = self.dequantized(f"{name}_conv2d_weight").reshape(len(scale), -1) * scale[:, None]
        return np.concatenate([taps.T, self.terms(name)])

    def first(self) -> _Array:
        """Products of the first convolution, with the factor of its input; [column, row, colour] by channel."""
        scale, _ = self.normalisation("conv_1_batchnorm")
        taps = self.dequantized("conv_1_conv2d_weight").reshape(-1, 3, 3, 3)
        factor = scale * float(self._arrays["scalar_op2"][0])
        return taps.transpose(3, 2, 1, 0).reshape(27, -1) * factor

    def products(self, name: str, normalised_by: str, epsilon: float = _LAYER_EPSILON) -> tuple[_Array, _Array]:
        """Levels [inputs, outputs] of a product, and zero point and scale of each group of inputs."""
        levels, scales, zeros = self._quantized(f"{name}_weight")
        scale, _ = self.normalisation(normalised_by, epsilon)
        grid = np.stack([zeros.T.astype(np.float64), scales.T * scale], axis=1)
        return np.ascontiguousarray(levels.T), grid

    def dequantized(self, name: str) -> _Array:
        """Weights as numbers."""
        levels, scales, zeros = self._quantized(name)
        size = -(-levels.shape[-1] // scales.shape[-1])
        return dequantize(levels, scales, zeros, axis=levels.ndim - 1, block_size=size).astype(np.float64)

    def _quantized(self, name: str) -> tuple[_Array, _Array, _Array]:
        levels, scales, zeros = (self._arrays[f"{name}_{part}"] for part in ("quantized", "scales", "zero_point"))
        return levels, scales, zeros
