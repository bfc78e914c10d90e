"""LEADER's heads: where minutiae are, sought at every pixel; their direction and type, asked only where one was found.

A head works pixel by pixel after a 7x7 convolution, at half resolution, doubles, and ends in a 5x5 convolution. Layers
that work pixel by pixel commute with nearest-neighbour doubling, and the last convolution folds into one before it: all
of a head runs on a quarter of the pixels. One answer of it depends on 9x9 pixels of the features, so the answers at
fifty minutiae cost a hundredth of those at all pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from models.building.algebra import centred_products, kernel_before_doubling, merge_products
from models.building.blocks import BlockWriter, Dense
from models.building.layers import KERAS_EPSILON

_SMOOTHING_SIZE = 5
"""Pixels, as in the published network; with OpenCV's default width for that size, 1.1 pixels."""

_NEIGHBOURHOOD = 7
"""Pixels, as in the published network: of all maxima within 3 pixels only the highest counts, less than half a ridge
period."""

_REACH = 4
"""Pixels of the features to each side that one answer depends on: 3 for the 7x7 convolution, 1 for the folded one."""


class HeadWriter:
    """Adds the heads to a graph.

    Parameters
    ----------
    blocks
        Of the network; features have as many channels as its depthwise kernels.
    features
        What the heads look at, [batch, height, width, channels] at half resolution.
    strips
        See `BlockWriter.bottleneck`.
    """

    def __init__(self, blocks: BlockWriter, features: str, strips: int) -> None:
        self._blocks = blocks
        self._layers = blocks.layers
        self._features = features
        self._strips = strips

    def strength(self) -> str:
        """Return the smoothed probability of a minutia at every pixel, [batch, 1, height, width]."""
        first = self._blocks.bottleneck("head_0", self._features, self._adjust("head_0", centred=True), self._strips)
        small = self._mixed_planes("head_0", first)
        kernel, bias = self._blocks.weights["position"]
        quarters = self._layers.convolution("position", small, kernel_before_doubling(kernel), np.repeat(bias, 4))
        position = self._layers.add("Sigmoid", self._layers.add("DepthToSpace", quarters, blocksize=2, mode="CRD"))
        line = cv2.getGaussianKernel(_SMOOTHING_SIZE, 0)
        blur = (line @ line.T).astype(np.float32)[:, :, np.newaxis, np.newaxis]
        return self._layers.convolution("smoothing", position, blur, np.zeros(1, dtype=np.float32))

    def places(self, strength: str, threshold: str) -> str:
        """Return batch, row and column of each maximum that reaches the threshold, int64 [count, 3]."""
        add = self._layers.add
        around = [_NEIGHBOURHOOD // 2] * 4
        highest = add("MaxPool", strength, kernel_shape=[_NEIGHBOURHOOD] * 2, pads=around, strides=[1, 1])
        found = add("And", add("Equal", strength, highest), add("GreaterOrEqual", strength, threshold))
        axes = add("Transpose", add("NonZero", found), perm=[1, 0])
        return add("Gather", axes, self._layers.integers(0, 2, 3), axis=1)

    def at(self, places: str, heads: dict[str, str]) -> dict[str, str]:
        """Return the answers of heads at places, float32 [count, outputs].

        Parameters
        ----------
        places
            int64 [count, 3]: batch, row, column at full resolution.
        heads
            Name of each head's last layer -> name of the head.
        """
        patches, inside = self._patches(places)
        quarter = self._quarter(places)
        return {output: self._answers(head, output, patches, inside, quarter) for output, head in heads.items()}

    def _patches(self, places: str) -> tuple[str, str]:
        """Return features around each place, [count, 81, channels], and 1 where a pixel is inside, [count, 81, 1]."""
        add, layers = self._layers.add, self._layers
        offsets = np.mgrid[-_REACH : _REACH + 1, -_REACH : _REACH + 1].reshape(2, 1, -1).astype(np.int64)
        height, width = layers.size(self._features, 1), layers.size(self._features, 2)
        batch, row, column = (self._column(places, axis) for axis in range(3))
        row = add("Add", add("Div", row, layers.integers(2)), layers.store("down", offsets[0]))
        column = add("Add", add("Div", column, layers.integers(2)), layers.store("right", offsets[1]))
        zero = layers.integers(0)
        lower = add("And", add("GreaterOrEqual", row, zero), add("GreaterOrEqual", column, zero))
        inside = add("And", lower, add("And", add("Less", row, height), add("Less", column, width)))
        index = add("Add", add("Mul", add("Add", add("Mul", batch, height), row), width), column)
        index = add("Where", inside, index, zero)
        weight = add("Unsqueeze", add("Cast", inside, to=1), layers.integers(2))
        channels = self._blocks.weights["head_0_depthwise"][0].shape[2]
        gathered = add("Gather", layers.rows(self._features, channels), index, axis=0)
        return add("Mul", gathered, weight), weight

    def _answers(self, head: str, output: str, patches: str, inside: str, quarter: str) -> str:
        layers, side = self._layers, 2 * _REACH + 1
        depthwise = self._blocks.weights[f"{head}_depthwise"][0]
        channels = depthwise.shape[2]
        seen = layers.depthwise(
            head, layers.add("Reshape", patches, layers.integers(-1, side, side, channels)), depthwise, same=False
        )
        middle = layers.integers(*(side * row + column for row in (3, 4, 5) for column in (3, 4, 5)))
        shortcut = layers.rows(layers.add("Gather", patches, middle, axis=1), channels)
        adjust = self._adjust(head)
        shortcut = self._blocks.shortcut(head, shortcut, adjust)
        mixed = self._blocks.per_pixel(head, layers.rows(seen, channels), shortcut, adjust)
        normalised = layers.normalised(f"{head}_mix", mixed, *self._blocks.weights[f"{head}_mix_norm"])
        second = self._blocks.dense(f"{head}_mix2")
        active = layers.add("Gelu", layers.product(f"{head}_mix2", normalised, *second))
        around = layers.add("Reshape", active, layers.integers(-1, 9, len(second[1])))
        around = layers.add("Mul", around, layers.add("Gather", inside, middle, axis=1))
        kernel, bias = self._blocks.weights[output]
        folded = kernel_before_doubling(kernel).reshape(-1, 4 * len(bias))
        rows = layers.add("Reshape", around, layers.integers(-1, len(folded)))
        quarters = layers.product(output, rows, folded, np.repeat(bias, 4))
        quarters = layers.add("Reshape", quarters, layers.integers(-1, len(bias), 4))
        return layers.add("ReduceSum", layers.add("Mul", quarters, quarter), layers.integers(2), keepdims=0)

    def _quarter(self, places: str) -> str:
        """Which of the four pixels that a small one doubles to each place is: one-hot, float32 [count, 1, 4]."""
        add, layers = self._layers.add, self._layers
        odd_row, odd_column = (add("Mod", self._column(places, axis), layers.integers(2)) for axis in (1, 2))
        number = add("Add", add("Mul", odd_row, layers.integers(2)), odd_column)
        ends = layers.store("absent_present", np.array([0, 1], dtype=np.float32))
        return add("OneHot", number, layers.integers(4), ends, axis=-1)

    def _mixed_planes(self, head: str, rows: str) -> str:
        """Normalise, mix and activate a few channels of mean 0 as planes, where rows would be too short to be fast."""
        add, layers = self._layers.add, self._layers
        gain, shift = self._blocks.weights[f"{head}_mix_norm"]
        matrix, bias = merge_products((np.diag(gain), shift), self._blocks.dense(f"{head}_mix2"))
        planes = layers.channels_first(layers.picture(rows, self._features, len(gain)))
        variance = add("ReduceMean", add("Mul", planes, planes), layers.integers(1))
        spread = add("Sqrt", add("Add", variance, layers.store("epsilon", np.array(KERAS_EPSILON, dtype=np.float32))))
        normalised = add("Div", planes, spread)
        return add("Gelu", layers.convolution(f"{head}_mix2", normalised, matrix[np.newaxis, np.newaxis], bias))

    def _adjust(self, head: str, *, centred: bool = False) -> Dense:
        first, second = self._blocks.dense(f"{head}_adjust"), self._blocks.dense(f"{head}_mix1")
        return merge_products(first, centred_products(second) if centred else second)

    def _column(self, places: str, axis: int) -> str:
        return self._layers.add(
            "Slice", places, self._layers.integers(axis), self._layers.integers(axis + 1), self._layers.integers(1)
        )
