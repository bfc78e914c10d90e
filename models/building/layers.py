"""Layers of Keras networks in ONNX operators.

Pictures are [batch, height, width, channels], so that everything per pixel works on rows [pixels, channels] without
moving numbers: a 1x1 convolution is a matrix product with bias, and normalisation runs over adjacent numbers. Spatial
operators take planes [batch, channels, height, width]; the runtime merges the transpositions around them with its own
change of layout.
"""

from __future__ import annotations

import numpy as np

from models.building.graph import GraphWriter
from models.building.leader_weights import Array

KERAS_EPSILON = 1e-3
"""What Keras' layer normalisation adds to the variance unless told otherwise."""

_FAST_CHANNELS = 4
"""The runtime convolves channel by channel several times faster where their number is a multiple of this."""


class LayerWriter(GraphWriter):
    """Adds whole layers to a graph; kernels come as Keras stores them, [size, size, inputs, outputs]."""

    def convolution(self, name: str, planes: str, kernel: Array, bias: Array, *, dilation: int = 1) -> str:
        """Convolve planes, keeping their size ("same" padding with zeros); returns planes."""
        size = kernel.shape[0]
        stored = self.store(f"{name}.kernel", np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)))
        return self.add(
            "Conv",
            planes,
            stored,
            self.store(f"{name}.bias", bias),
            kernel_shape=[size, size],
            dilations=[dilation, dilation],
            pads=[dilation * (size // 2)] * 4,
        )

    def depthwise(self, name: str, x: str, kernel: Array, *, same: bool = True) -> str:
        """Convolve each channel of a picture by its own kernel [size, size, channels, 1], without bias.

        Parameters
        ----------
        same
            Keep the size by a border of zeros; otherwise only pixels are answered whose whole surroundings are there.
        """
        size, channels = kernel.shape[0], kernel.shape[2]
        planes, spare = self.channels_first(x), -channels % _FAST_CHANNELS
        if spare:
            planes = self.add("Pad", planes, self.integers(0, spare), "", self.integers(1))
            kernel = np.pad(kernel, ((0, 0), (0, 0), (0, spare), (0, 0)))
        stored = self.store(f"{name}.depthwise", np.ascontiguousarray(kernel.transpose(2, 3, 0, 1)))
        border = [size // 2 if same else 0] * 4
        spread = self.add("Conv", planes, stored, kernel_shape=[size, size], group=channels + spare, pads=border)
        return self.channels_last(self.channels(spread, 0, channels) if spare else spread)

    def product(self, name: str, rows: str, matrix: Array, bias: Array) -> str:
        """Multiply every row by a matrix and add a bias: a 1x1 convolution."""
        return self.add("Gemm", rows, self.store(f"{name}.matrix", matrix), self.store(f"{name}.bias", bias))

    def product_plus(self, name: str, rows: str, matrix: Array, other: str) -> str:
        """Multiply every row by a matrix and add the rows of `other`."""
        return self.add("Gemm", rows, self.store(f"{name}.matrix", matrix), other)

    def normalised(self, name: str, rows: str, gain: Array, shift: Array) -> str:
        """Give every row mean 0 and variance 1, then scale and shift each channel."""
        stored = (self.store(f"{name}.gain", gain), self.store(f"{name}.shift", shift))
        return self.add("LayerNormalization", rows, *stored, axis=-1, epsilon=KERAS_EPSILON)

    def pool(self, kind: str, planes: str) -> str:
        """Halve planes of even sides by `MaxPool` or `AveragePool`."""
        return self.add(kind, planes, kernel_shape=[2, 2], strides=[2, 2])

    def doubled(self, x: str) -> str:
        """Repeat every pixel twice in both directions."""
        scales = self.store("doubled", np.array([1, 1, 2, 2], dtype=np.float32))
        planes = self.add(
            "Resize",
            self.channels_first(x),
            "",
            scales,
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )
        return self.channels_last(planes)

    def beside(self, *pictures: str) -> str:
        """Put the channels of pictures side by side."""
        return self.add("Concat", *pictures, axis=3)

    def channels(self, planes: str, start: int, end: int) -> str:
        """Planes `start` up to `end`."""
        return self.add("Slice", planes, self.integers(start), self.integers(end), self.integers(1))

    def rows(self, x: str, channels: int) -> str:
        """Return a picture as one row of channels per pixel."""
        return self.add("Reshape", x, self.integers(-1, channels))

    def strips(self, rows: str, count: int) -> tuple[str, ...]:
        """Cut rows into `count` strips of equal length."""
        return self.add_many("Split", rows, results=count, axis=0, num_outputs=count)

    def size(self, x: str, axis: int) -> str:
        """Length of a picture along an axis, int64 [1]."""
        return self.add("Shape", x, start=axis, end=axis + 1)

    def picture(self, rows: str, like: str, channels: int) -> str:
        """Return rows of channels as a picture as large as `like`."""
        shape = self.add("Concat", self.add("Shape", like, start=0, end=3), self.integers(channels), axis=0)
        return self.add("Reshape", rows, shape)

    def channels_first(self, x: str) -> str:
        """Turn [batch, height, width, channels] into [batch, channels, height, width]."""
        return self.add("Transpose", x, perm=[0, 3, 1, 2])

    def channels_last(self, planes: str) -> str:
        """Turn [batch, channels, height, width] into [batch, height, width, channels]."""
        return self.add("Transpose", planes, perm=[0, 2, 3, 1])
