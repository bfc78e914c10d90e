"""The blocks that LEADER is made of."""

from __future__ import annotations

from typing import TypeAlias

from models.building.algebra import merge_products
from models.building.layers import LayerWriter
from models.building.leader_weights import Array, LayerWeights

Dense: TypeAlias = tuple[Array, Array]
"""Matrix [inputs, outputs] and bias [outputs] of a 1x1 convolution."""


class BlockWriter:
    """Adds blocks to a graph; they take and return names of pictures [batch, height, width, channels].

    Parameters
    ----------
    weights
        Of the published network.
    layers
        Where the blocks are written.
    """

    def __init__(self, weights: LayerWeights, layers: LayerWriter) -> None:
        self.weights = weights
        self.layers = layers

    def separable(self, name: str, x: str) -> str:
        """Convolve each channel 5x5, mix the channels, normalise, Gelu."""
        depthwise, pointwise, bias = self.weights[f"{name}_separable"]
        spread = self.layers.rows(self.layers.depthwise(name, x, depthwise), depthwise.shape[2])
        mixed = self.layers.product(f"{name}_mix", spread, pointwise[0, 0], bias)
        normalised = self.layers.normalised(name, mixed, *self.weights[f"{name}_norm"])
        return self.layers.picture(self.layers.add("Gelu", normalised), x, len(bias))

    def refined(self, name: str, x: str, strips: int) -> str:
        """Return an inverted bottleneck and its adjustment to other channels."""
        adjust = self.dense(f"{name}_adjust")
        return self.layers.picture(self.bottleneck(name, x, adjust, strips), x, len(adjust[1]))

    def bottleneck(self, name: str, x: str, adjust: Dense, strips: int) -> str:
        """Convolve each channel 7x7, then widen and narrow every pixel's channels, beside a shortcut; returns rows.

        Parameters
        ----------
        adjust
            Matrix and bias that follow the sum of both ways.
        strips
            How many strips the pixels are worked on in. The widened channels of a whole picture (41 MB at 416 x 384)
            would travel to memory and back between two operators; a strip's stay in the processor's cache.
        """
        kernel = self.weights[f"{name}_depthwise"][0]
        channels = kernel.shape[2]
        spread = self.layers.rows(self.layers.depthwise(name, x, kernel), channels)
        shortcut = self.shortcut(name, self.layers.rows(x, channels), adjust)
        if strips == 1:
            return self.per_pixel(name, spread, shortcut, adjust)
        pairs = zip(self.layers.strips(spread, strips), self.layers.strips(shortcut, strips), strict=True)
        return self.layers.add("Concat", *(self.per_pixel(name, *pair, adjust) for pair in pairs), axis=0)

    def shortcut(self, name: str, rows: str, adjust: Dense) -> str:
        """Return what `per_pixel` takes in from the picture before the convolution."""
        if not _thins(adjust):
            return rows
        return self.layers.product(f"{name}_shortcut", rows, adjust[0], self._merged(name, adjust)[1])

    def per_pixel(self, name: str, spread: str, shortcut: str, adjust: Dense) -> str:
        """Widen every pixel's channels, narrow them and take the shortcut in; all are rows of channels."""
        normalised = self.layers.normalised(name, spread, *self.weights[f"{name}_norm"])
        wide = self.layers.add("Gelu", self.layers.product(f"{name}_expand", normalised, *self.dense(f"{name}_expand")))
        if _thins(adjust):
            return self.layers.product_plus(f"{name}_narrow", wide, self._merged(name, adjust)[0], shortcut)
        narrowed = self.layers.product_plus(f"{name}_reduce", wide, self.dense(f"{name}_reduce")[0], shortcut)
        return self.layers.product(f"{name}_adjust", narrowed, adjust[0], self._merged(name, adjust)[1])

    def halved(self, x: str, channels: int) -> str:
        """Halve the resolution: the maximum of the first half of the channels, the mean of the others."""
        planes = self.layers.channels_first(x)
        middle = channels // 2
        strongest = self.layers.pool("MaxPool", self.layers.channels(planes, 0, middle))
        mean = self.layers.pool("AveragePool", self.layers.channels(planes, middle, channels))
        return self.layers.channels_last(self.layers.add("Concat", strongest, mean, axis=1))

    def joined(self, x: str, skip: str) -> str:
        """Double the resolution and put the picture beside what was seen at that one before."""
        return self.layers.beside(self.layers.doubled(x), skip)

    def _merged(self, name: str, adjust: Dense) -> Dense:
        return merge_products(self.dense(f"{name}_reduce"), adjust)

    def dense(self, name: str) -> Dense:
        """Matrix and bias of a 1x1 convolution."""
        kernel, bias = self.weights[name]
        return kernel[0, 0], bias

    def width(self, name: str) -> int:
        """Channels that a layer with a bias yields."""
        return len(self.weights[name][-1])


def _thins(adjust: Dense) -> bool:
    """Whether both ways are adjusted before their sum: two thin products then cost less than narrowing first."""
    inputs, outputs = adjust[0].shape
    return bool(outputs < inputs)
