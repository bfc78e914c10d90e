"""LEADER, the fingerprint minutia network, as an ONNX graph.

Two encoder-decoders: one finds the context at half resolution, an attention gate weighs it, one refines; three heads
tell position, direction and type of minutiae at full resolution (Cappelli and Ferrara, "LEADER: Lightweight End-to-end
Attention-gated Dual Encoder-decodeR", arXiv 2602.15493).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from models.building.algebra import centred_kernel, kernel_before_doubling, merge_products, spread_kernel
from models.building.layers import LayerWriter
from models.building.leader_weights import Array, read_weights

Dense: TypeAlias = tuple[Array, Array]
"""Matrix [inputs, outputs] and bias [outputs] of a 1x1 convolution."""

_LEVELS = (0, 1, 2, 3)
"""Each at half the resolution of the one before; level 0 is half the picture's."""


def build_leader(source: bytes) -> bytes:
    """Return LEADER as an ONNX file.

    Input `image` float32 [batch, height, width, 1], grey levels 0-255, both sides multiples of 32. Outputs, float32
    [batch, channels, height, width]: `position`, the probability of a minutia at the pixel; `direction`, a vector
    (cosine, sine; y up) of any length; `type`, the probability that it is an ending rather than a bifurcation.

    Raises
    ------
    ProcessingError
        When the source is not LEADER's weights.
    """
    network = _Leader(source)
    image = network.layers.channels_first("image")
    context = network.context(network.stem("stem0", image, "MaxPool"))
    gated = network.attention(context, network.stem("stem1", image, "AveragePool"))
    features = network.refinement(gated)
    outputs = {
        "position": network.layers.add("Sigmoid", network.head("head_0", "position", features)),
        "direction": network.head("head_1", "direction", features),
        "type": network.layers.add("Sigmoid", network.head("head_2", "type", features)),
    }
    channels = {"position": 1, "direction": 2, "type": 1}
    return network.layers.finish(
        {"image": ("batch", "height", "width", 1)},
        {name: (result, ("batch", channels[name], "height", "width")) for name, result in outputs.items()},
    )


def _strips(level: int) -> int:
    """How many strips the pixels of a level are worked on in.

    The widened channels of a whole picture (41 MB at 416 x 384) would travel to memory and back between two operators;
    a strip's stay in the processor's cache. Any count divides evenly, because the sides are multiples of 32.
    """
    return max(1, 32 >> (2 * level))


class _Leader:
    """The blocks of the network; each takes and returns names of pictures [batch, channels, height, width]."""

    def __init__(self, source: bytes) -> None:
        self._weights = read_weights(source)
        self.layers = LayerWriter("leader")

    def stem(self, name: str, image: str, pooling: str) -> str:
        """See the picture from near and from wider around, at half resolution."""
        near, near_bias = self._weights[f"{name}_conv"]
        wide, wide_bias = self._weights[f"{name}_dilated"]
        wide = spread_kernel(wide, 2)
        both = np.concatenate([centred_kernel(near, len(wide)), wide], axis=3)
        seen = self.layers.convolution(name, image, both, np.concatenate([near_bias, wide_bias]))
        return self.layers.pool(pooling, self._normalised_gelu(name, seen))

    def context(self, x: str) -> str:
        """Find the context: the first encoder-decoder, of separable convolutions."""
        skips = []
        for level in _LEVELS:
            skips.append(self._separable(f"enc0_{level}", x))
            x = self._downsample(skips[-1], self._width(f"enc0_{level}_separable"))
        for level in reversed(_LEVELS):
            x = self._joined(self._separable(f"dec0_{level}", x), skips[level])
        return x

    def attention(self, context: str, detail: str) -> str:
        """Weigh the context by what three ranges around a pixel say, and put the detail beside it."""
        ranges = []
        for dilation in (1, 3, 6):
            kernel, bias = self._weights[f"attention_d{dilation}"]
            near = self.layers.convolution(f"attention_d{dilation}", context, kernel, bias, dilation=dilation)
            ranges.append(self.layers.add("Gelu", near))
        seen = self.layers.rows(self.layers.add("Concat", *ranges, axis=1), self._weights["attention_gate"][0].shape[2])
        gate = self.layers.add("Sigmoid", self.layers.product("attention_gate", seen, *self._dense("attention_gate")))
        weighed = self.layers.add("Mul", context, self.layers.picture(gate, context, self._width("attention_gate")))
        return self.layers.add("Concat", weighed, detail, axis=1)

    def refinement(self, x: str) -> str:
        """Refine: the second encoder-decoder, of inverted bottlenecks."""
        skips = []
        for level in _LEVELS:
            name = f"enc1_{level}"
            skips.append(self._refined(name, x, _strips(level)))
            x = self._downsample(skips[-1], self._width(f"{name}_adjust"))
        for level in reversed(_LEVELS):
            x = self._joined(self._refined(f"dec1_{level}", x, _strips(level + 1)), skips[level])
        return x

    def head(self, name: str, output: str, features: str) -> str:
        """Answer one map at full resolution.

        Layers that work pixel by pixel commute with nearest-neighbour doubling, and the last convolution folds into one
        before it: all of a head runs on a quarter of the pixels.
        """
        adjust = merge_products(self._dense(f"{name}_adjust"), self._dense(f"{name}_mix1"))
        mixed = self._bottleneck(name, features, adjust, _strips(0))
        normalised = self.layers.normalised(f"{name}_mix", mixed, *self._weights[f"{name}_mix_norm"])
        second = self._dense(f"{name}_mix2")
        active = self.layers.add("Gelu", self.layers.product(f"{name}_mix2", normalised, *second))
        small = self.layers.picture(active, features, len(second[1]))
        kernel, bias = self._weights[output]
        quarters = self.layers.convolution(output, small, kernel_before_doubling(kernel), np.repeat(bias, 4))
        return self.layers.add("DepthToSpace", quarters, blocksize=2, mode="CRD")

    def _refined(self, name: str, x: str, strips: int) -> str:
        adjust = self._dense(f"{name}_adjust")
        return self.layers.picture(self._bottleneck(name, x, adjust, strips), x, len(adjust[1]))

    def _bottleneck(self, name: str, x: str, adjust: Dense, strips: int) -> str:
        """Depthwise 7x7, then widen and narrow every pixel's channels, beside a shortcut; rows of channels."""
        kernel = self._weights[f"{name}_depthwise"][0]
        channels = kernel.shape[2]
        spread = self.layers.rows(self.layers.depthwise(name, x, kernel), channels)
        shortcut = self.layers.rows(x, channels)
        if strips == 1:
            return self._per_pixel(name, spread, shortcut, adjust)
        pairs = zip(self.layers.strips(spread, strips), self.layers.strips(shortcut, strips), strict=True)
        return self.layers.add("Concat", *(self._per_pixel(name, *pair, adjust) for pair in pairs), axis=0)

    def _per_pixel(self, name: str, spread: str, shortcut: str, adjust: Dense) -> str:
        """Widen every pixel's channels, narrow them and take the shortcut in."""
        normalised = self.layers.normalised(name, spread, *self._weights[f"{name}_norm"])
        wide = self.layers.add(
            "Gelu", self.layers.product(f"{name}_expand", normalised, *self._dense(f"{name}_expand"))
        )
        reduce, matrix = self._dense(f"{name}_reduce"), adjust[0]
        merged, bias = merge_products(reduce, adjust)
        if matrix.shape[1] < len(matrix):  # then two thin products cost less than narrowing first
            straight = self.layers.product(f"{name}_shortcut", shortcut, matrix, bias)
            return self.layers.product_plus(f"{name}_narrow", wide, merged, straight)
        narrowed = self.layers.product_plus(f"{name}_reduce", wide, reduce[0], shortcut)
        return self.layers.product(f"{name}_adjust", narrowed, matrix, bias)

    def _separable(self, name: str, x: str) -> str:
        depthwise, pointwise, bias = self._weights[f"{name}_separable"]
        spread = self.layers.rows(self.layers.depthwise(name, x, depthwise), depthwise.shape[2])
        mixed = self.layers.product(f"{name}_mix", spread, pointwise[0, 0], bias)
        normalised = self.layers.normalised(name, mixed, *self._weights[f"{name}_norm"])
        return self.layers.picture(self.layers.add("Gelu", normalised), x, len(bias))

    def _normalised_gelu(self, name: str, x: str) -> str:
        gain, shift = self._weights[f"{name}_norm"]
        normalised = self.layers.normalised(name, self.layers.rows(x, len(gain)), gain, shift)
        return self.layers.picture(self.layers.add("Gelu", normalised), x, len(gain))

    def _downsample(self, x: str, channels: int) -> str:
        """Halve the resolution: the maximum of the first half of the channels, the mean of the others."""
        middle = channels // 2
        strongest = self.layers.pool("MaxPool", self.layers.channels(x, 0, middle))
        mean = self.layers.pool("AveragePool", self.layers.channels(x, middle, channels))
        return self.layers.add("Concat", strongest, mean, axis=1)

    def _joined(self, x: str, skip: str) -> str:
        return self.layers.add("Concat", self.layers.doubled(x), skip, axis=1)

    def _dense(self, name: str) -> Dense:
        """Matrix and bias of a 1x1 convolution."""
        kernel, bias = self._weights[name]
        return kernel[0, 0], bias

    def _width(self, name: str) -> int:
        """Channels that a layer with a bias yields."""
        return len(self._weights[name][-1])
