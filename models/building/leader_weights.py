"""Reads LEADER's published weights: Keras numbers the layers of each kind in its own order, and this table names them.

The order is that of the built network's layer list, which runs breadth first where branches are parallel; the names are
those of the network's description (Cappelli and Ferrara, arXiv 2602.15493, and the MIT-licensed package pyfing).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

from biometrics.errors import ProcessingError

Array: TypeAlias = NDArray[np.float32]
LayerWeights: TypeAlias = Mapping[str, tuple[Array, ...]]

_CONTEXT_BLOCKS = (*(f"enc0_{level}" for level in range(4)), *(f"dec0_{level}" for level in (3, 2, 1, 0)))
_REFINEMENT_BLOCKS = (*(f"enc1_{level}" for level in range(4)), *(f"dec1_{level}" for level in (3, 2, 1, 0)))
_HEADS = ("head_0", "head_1", "head_2")

_CONVOLUTIONS = (
    "stem0_conv",
    "stem0_dilated",
    "stem1_conv",
    "stem1_dilated",
    "attention_d1",
    "attention_d3",
    "attention_d6",
    "attention_gate",
    *(f"{block}_{part}" for block in _REFINEMENT_BLOCKS for part in ("expand", "reduce", "adjust")),
    "head_0_expand",
    "head_0_reduce",
    "head_1_expand",
    "head_0_adjust",
    "head_1_reduce",
    "head_2_expand",
    "head_2_reduce",
    "head_1_adjust",
    "head_0_mix1",
    "head_2_adjust",
    "head_0_mix2",
    "head_1_mix1",
    "position",
    "head_2_mix1",
    "head_1_mix2",
    "suppression_blur",
    "direction",
    "head_2_mix2",
    "type",
)

_NORMALIZATIONS = (
    "stem0",
    *_CONTEXT_BLOCKS,
    "stem1",
    *_REFINEMENT_BLOCKS,
    *_HEADS,
    *(f"{head}_mix" for head in _HEADS),
)

_TABLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "conv2d": _CONVOLUTIONS,
        "separable_conv2d": tuple(f"{block}_separable" for block in _CONTEXT_BLOCKS),
        "depthwise_conv2d": tuple(f"{block}_depthwise" for block in (*_REFINEMENT_BLOCKS, *_HEADS)),
        "layer_normalization": tuple(f"{name}_norm" for name in _NORMALIZATIONS),
    }
)


def read_weights(source: bytes) -> LayerWeights:
    """Return the arrays of each layer by our names, kernels as Keras stores them [height, width, in, out].

    Raises
    ------
    ProcessingError
        When the file does not hold exactly the layers of the network.
    """
    try:
        with h5py.File(io.BytesIO(source), "r") as file:
            return _layers(file["layers"])
    except (OSError, KeyError) as error:
        raise ProcessingError("the file does not hold weights as Keras stores them") from error


def _layers(stored: h5py.Group) -> LayerWeights:
    weights: dict[str, tuple[Array, ...]] = {}
    for kind, names in _TABLE.items():
        for index, name in enumerate(names):
            weights[name] = _arrays(stored, f"{kind}_{index}" if index else kind)
        if f"{kind}_{len(names)}" in stored:
            raise ProcessingError(f"the weights hold more than {len(names)} layers of kind {kind}")
    return weights


def _arrays(layers: h5py.Group, group: str) -> tuple[Array, ...]:
    try:
        stored = layers[group]["vars"]
        return tuple(np.asarray(stored[str(index)], dtype=np.float32) for index in range(len(stored)))
    except KeyError as error:
        raise ProcessingError(f"the weights lack layer {group}") from error
