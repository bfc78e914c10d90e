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


def spread_kernel(kernel: Kernel, dilation: int) -> AnyKernel:
    """Return the dense kernel of a dilated convolution, zeros between its taps.

    With one input channel, one larger convolution is cheaper than two whose results must be put side by side.
    """
    size = (kernel.shape[0] - 1) * dilation + 1
    dense = np.zeros((size, size, *kernel.shape[2:]), dtype=np.float32)
    dense[::dilation, ::dilation] = kernel
    return dense


def centred_kernel(kernel: Kernel, size: int) -> AnyKernel:
    """Return the kernel with a border of zeros, so that it has `size` taps a side and the same centre."""
    border = (size - kernel.shape[0]) // 2
    return np.pad(kernel, ((border, border), (border, border), (0, 0), (0, 0)))


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
