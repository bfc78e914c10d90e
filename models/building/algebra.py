"""Exact rewrites of weights that let a network do the same with less work.

All are linear algebra on stored numbers, computed in double precision; results differ from the published network by
rounding only, which the parity test bounds.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

Kernel: TypeAlias = Float32[NDArray[np.float32], "size size inputs outputs"]
AnyKernel: TypeAlias = Float32[NDArray[np.float32], "taps taps inputs more"]
NarrowMatrix: TypeAlias = Float32[NDArray[np.float32], "inputs middle"]
NarrowBias: TypeAlias = Float32[NDArray[np.float32], " middle"]
LastMatrix: TypeAlias = Float32[NDArray[np.float32], "middle outputs"]
LastBias: TypeAlias = Float32[NDArray[np.float32], " outputs"]
MergedMatrix: TypeAlias = Float32[NDArray[np.float32], "inputs outputs"]


def merge_products(
    first: tuple[NarrowMatrix, NarrowBias], second: tuple[LastMatrix, LastBias]
) -> tuple[MergedMatrix, LastBias]:
    """Return one matrix and bias for (x A + a) B + b."""
    (a_matrix, a_bias), (b_matrix, b_bias) = first, second
    wide = b_matrix.astype(np.float64)
    matrix = a_matrix.astype(np.float64) @ wide
    bias = a_bias.astype(np.float64) @ wide + b_bias
    return matrix.astype(np.float32), bias.astype(np.float32)


def centred_products(product: tuple[NarrowMatrix, NarrowBias]) -> tuple[NarrowMatrix, NarrowBias]:
    """Return a matrix and bias whose outputs lack their mean: half of a layer normalisation that follows."""
    matrix, bias = (part.astype(np.float64) for part in product)
    centred = matrix - matrix.mean(axis=1, keepdims=True), bias - bias.mean()
    return centred[0].astype(np.float32), centred[1].astype(np.float32)


def kernel_before_doubling(kernel: Kernel) -> AnyKernel:
    """Return the kernel that does at half resolution what a 5x5 kernel does after nearest-neighbour doubling.

    Each small pixel yields the four pixels it doubles to, as channels (output, row within, column within): what ONNX
    DepthToSpace in mode CRD puts in place. A tap at offset t from the pixel at row r of the pair falls on the small
    pixel floor((r + t) / 2) away, so a 5x5 kernel folds into 3x3 taps.

    Parameters
    ----------
    kernel
        float32 [5, 5, inputs, outputs].

    Returns
    -------
    AnyKernel
        float32 [3, 3, inputs, outputs * 4].
    """
    size, _, inputs, outputs = kernel.shape
    reach = size // 2
    folded = np.zeros((3, 3, inputs, outputs, 2, 2), dtype=np.float64)
    for row in range(2):
        for column in range(2):
            for down in range(-reach, reach + 1):
                for right in range(-reach, reach + 1):
                    target = folded[(row + down) // 2 + 1, (column + right) // 2 + 1, :, :, row, column]
                    target += kernel[down + reach, right + reach]
    return folded.reshape(3, 3, inputs, outputs * 4).astype(np.float32)
