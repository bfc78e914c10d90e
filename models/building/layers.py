"""Layers of Keras networks in ONNX operators.

Spatial operators work on pictures [batch, channels, height, width], everything per pixel on rows [pixels, channels],
where a 1x1 convolution is a matrix product with bias and normalisation runs over adjacent numbers.
"""

from __future__ import annotations

import numpy as np

from models.building.graph import GraphWriter
from models.building.leader_weights import Array

_KERAS_EPSILON = 1e-3
"""What Keras' layer normalisation adds to the variance unless told otherwise."""


class LayerWriter(GraphWriter):
    """Adds whole layers to a graph; kernels come as Keras stores them, [size, size, inputs, outputs]."""

    def convolution(self, name: str, x: str, kernel: Array, bias: Array, *, dilation: int = 1) -> str:
        """Convolve a picture, keeping its size ("same" padding with zeros)."""
        size = kernel.shape[0]
        stored = self.store(f"{name}.kernel", np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)))
        return self.add(
            "Conv",
            x,
            stored,
            self.store(f"{name}.bias", bias),
            kernel_shape=[size, size],
            dilations=[dilation, dilation],
            pads=[dilation * (size // 2)] * 4,
        )

    def depthwise(self, name: str, x: str, kernel: Array) -> str:
        """Convolve each channel by its own kernel [size, size, channels, 1], without bias, keeping the size."""
        size, channels = kernel.shape[0], kernel.shape[2]
        stored = self.store(f"{name}.depthwise", np.ascontiguousarray(kernel.transpose(2, 3, 0, 1)))
        return self.add("Conv", x, stored, kernel_shape=[size, size], group=channels, pads=[size // 2] * 4)

    def product(self, name: str, rows: str, matrix: Array, bias: Array) -> str:
        """Multiply every row by a matrix and add a bias: a 1x1 convolution."""
        return self.add("Gemm", rows, self.store(f"{name}.matrix", matrix), self.store(f"{name}.bias", bias))

    def product_plus(self, name: str, rows: str, matrix: Array, other: str) -> str:
        """Multiply every row by a matrix and add the rows of `other`."""
        return self.add("Gemm", rows, self.store(f"{name}.matrix", matrix), other)

    def normalised(self, name: str, rows: str, gain: Array, shift: Array) -> str:
        """Give every row mean 0 and variance 1, then scale and shift each channel."""
        stored = (self.store(f"{name}.gain", gain), self.store(f"{name}.shift", shift))
        return self.add("LayerNormalization", rows, *stored, axis=-1, epsilon=_KERAS_EPSILON)

    def pool(self, kind: str, x: str) -> str:
        """Halve a picture of even sides by `MaxPool` or `AveragePool`."""
        return self.add(kind, x, kernel_shape=[2, 2], strides=[2, 2])

    def doubled(self, x: str) -> str:
        """Repeat every pixel twice in both directions."""
        scales = self.store("doubled", np.array([1, 1, 2, 2], dtype=np.float32))
        return self.add(
            "Resize", x, "", scales, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
        )

    def channels(self, x: str, start: int, end: int) -> str:
        """Channels `start` up to `end` of a picture."""
        return self.add("Slice", x, self.integers(start), self.integers(end), self.integers(1))

    def rows(self, x: str, channels: int) -> str:
        """Return a picture as one row of channels per pixel."""
        return self.add("Reshape", self.add("Transpose", x, perm=[0, 2, 3, 1]), self.integers(-1, channels))

    def strips(self, rows: str, count: int) -> tuple[str, ...]:
        """Cut rows into `count` strips of equal length."""
        return self.add_many("Split", rows, results=count, axis=0, num_outputs=count)

    def picture(self, rows: str, like: str, channels: int) -> str:
        """Return rows of channels as a picture as large as `like`."""
        batch, height, width = (self.add("Shape", like, start=axis, end=axis + 1) for axis in (0, 2, 3))
        shape = self.add("Concat", batch, height, width, self.integers(channels), axis=0)
        return self.channels_first(self.add("Reshape", rows, shape))

    def channels_first(self, x: str) -> str:
        """Turn [batch, height, width, channels] into [batch, channels, height, width]."""
        return self.add("Transpose", x, perm=[0, 3, 1, 2])
