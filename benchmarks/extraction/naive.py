"""LEADER as a plain export of the Keras network would have it: what the rebuilt one is measured against.

Layer by layer as published (Cappelli and Ferrara, arXiv 2602.15493; layer list in the MIT-licensed package pyfing),
with nothing merged, moved or left out: pictures lie channels last and every spatial operator stands between
transpositions; layer normalisation and Gelu are spelled out; the heads run at full resolution after doubling and answer
all three maps everywhere. The runtime optimises this graph as it does any other.

It follows what tf2onnx 1.17 makes of the network in Keras 3.15, and takes about as long: 0.92 of the time, since that
graph also suppresses neighbours and computes angles.
"""

from __future__ import annotations

import math

import numpy as np

from models.building.graph import GraphWriter
from models.building.leader_weights import Array, read_weights

_EPSILON = 1e-3
"""Of Keras' layer normalisation."""

_LEVELS = (0, 1, 2, 3)


def build_naive_leader(source: bytes) -> bytes:
    """Return the network as an ONNX file.

    Input `image` float32 [batch, height, width, 1], grey levels 0-255, both sides multiples of 32. Outputs, float32
    [batch, height, width, channels]: `position` (probability of a minutia), `direction` (cosine, sine) and `type`.

    Raises
    ------
    ProcessingError
        When the source is not LEADER's weights.
    """
    network = _Naive(source)
    context, detail = network.stem("stem0", "MaxPool"), network.stem("stem1", "AveragePool")
    features = network.refine(network.gate(network.context(context), detail))
    outputs = {
        "position": network.add("Sigmoid", network.head("head_0", "position", features)),
        "direction": network.head("head_1", "direction", features),
        "type": network.add("Sigmoid", network.head("head_2", "type", features)),
    }
    whole = ("batch", "height", "width")
    widths = {"position": 1, "direction": 2, "type": 1}
    return network.finish(
        {"image": (*whole, 1)}, {name: (result, (*whole, widths[name])) for name, result in outputs.items()}
    )


class _Naive(GraphWriter):
    """Layers and blocks; all take and return pictures [batch, height, width, channels]."""

    def __init__(self, source: bytes) -> None:
        super().__init__("naive_leader")
        self._weights = read_weights(source)

    def stem(self, name: str, pooling: str) -> str:
        near = self._convolved(f"{name}_conv", "image")
        wide = self._convolved(f"{name}_dilated", "image", dilation=2)
        return self._pooled(pooling, self._gelu(self._normalised(name, self._beside(near, wide))))

    def context(self, x: str) -> str:
        skips = []
        for level in _LEVELS:
            skips.append(self._separable(f"enc0_{level}", x))
            x = self._halved(skips[-1], len(self._weights[f"enc0_{level}_separable"][2]))
        for level in reversed(_LEVELS):
            x = self._beside(self._doubled(self._separable(f"dec0_{level}", x)), skips[level])
        return x

    def gate(self, context: str, detail: str) -> str:
        near = [self._gelu(self._convolved(f"attention_d{d}", context, dilation=d)) for d in (1, 3, 6)]
        gate = self.add("Sigmoid", self._convolved("attention_gate", self._beside(*near)))
        return self._beside(self.add("Mul", context, gate), detail)

    def refine(self, x: str) -> str:
        skips = []
        for level in _LEVELS:
            skips.append(self._bottleneck(f"enc1_{level}", x))
            x = self._halved(skips[-1], len(self._weights[f"enc1_{level}_adjust"][1]))
        for level in reversed(_LEVELS):
            x = self._beside(self._doubled(self._bottleneck(f"dec1_{level}", x)), skips[level])
        return x

    def head(self, name: str, output: str, features: str) -> str:
        doubled = self._doubled(self._bottleneck(name, features))
        normalised = self._normalised(f"{name}_mix", self._convolved(f"{name}_mix1", doubled))
        return self._convolved(output, self._gelu(self._convolved(f"{name}_mix2", normalised)))

    def _bottleneck(self, name: str, x: str) -> str:
        kernel = self._weights[f"{name}_depthwise"][0]
        spread = self._normalised(name, self._depthwise(f"{name}_depthwise", x, kernel))
        wide = self._gelu(self._convolved(f"{name}_expand", spread))
        return self._convolved(f"{name}_adjust", self.add("Add", x, self._convolved(f"{name}_reduce", wide)))

    def _separable(self, name: str, x: str) -> str:
        depthwise, pointwise, bias = self._weights[f"{name}_separable"]
        spread = self._depthwise(f"{name}_depthwise", x, depthwise)
        mixed = self._convolution(f"{name}_pointwise", spread, pointwise, bias, dilation=1)
        return self._gelu(self._normalised(name, mixed))

    def _convolved(self, name: str, x: str, *, dilation: int = 1) -> str:
        return self._convolution(name, x, *self._weights[name], dilation=dilation)

    def _convolution(self, name: str, x: str, kernel: Array, bias: Array, *, dilation: int) -> str:
        stored = self.store(f"{name}.kernel", np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)))
        reach = dilation * (kernel.shape[0] // 2)
        added = self.store(f"{name}.bias", bias)
        return self._spatial("Conv", x, stored, added, pads=[reach] * 4, dilations=[dilation] * 2)

    def _depthwise(self, name: str, x: str, kernel: Array) -> str:
        stored = self.store(f"{name}.kernel", np.ascontiguousarray(kernel.transpose(2, 3, 0, 1)))
        return self._spatial("Conv", x, stored, group=kernel.shape[2], pads=[kernel.shape[0] // 2] * 4)

    def _normalised(self, name: str, x: str) -> str:
        gain, shift = self._weights[f"{name}_norm"]
        last = self.integers(-1)
        mean = self.add("ReduceMean", x, last)
        centred = self.add("Sub", x, mean)
        variance = self.add("ReduceMean", self.add("Mul", centred, centred), last)
        spread = self.add("Sqrt", self.add("Add", variance, self._number(_EPSILON)))
        scale = self.add("Mul", self.add("Reciprocal", spread), self.store(f"{name}.gain", gain))
        offset = self.add("Sub", self.store(f"{name}.shift", shift), self.add("Mul", mean, scale))
        return self.add("Add", self.add("Mul", x, scale), offset)

    def _gelu(self, x: str) -> str:
        """Half of x times the complement of the error function of -x / sqrt 2, which ONNX must write as 1 - erf."""
        turned = self.add("Mul", self.add("Neg", x), self._number(math.sqrt(0.5)))
        complement = self.add("Sub", self._number(1.0), self.add("Erf", turned))
        return self.add("Mul", self.add("Mul", self._number(0.5), x), complement)

    def _halved(self, x: str, channels: int) -> str:
        middle, last, step = self.integers(channels // 2), self.integers(3), self.integers(1)
        first = self.add("Slice", x, self.integers(0), middle, last, step)
        second = self.add("Slice", x, middle, self.integers(channels), last, step)
        return self._beside(self._pooled("MaxPool", first), self._pooled("AveragePool", second))

    def _pooled(self, kind: str, x: str) -> str:
        return self._spatial(kind, x, kernel_shape=[2, 2], strides=[2, 2])

    def _doubled(self, x: str) -> str:
        scales = self.store("doubled", np.array([1, 1, 2, 2], dtype=np.float32))
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return self._spatial("Resize", x, "", scales, **how)

    def _beside(self, *pictures: str) -> str:
        return self.add("Concat", *pictures, axis=3)

    def _spatial(self, operator: str, x: str, *others: str, **attributes: object) -> str:
        planes = self.add("Transpose", x, perm=[0, 3, 1, 2])
        return self.add("Transpose", self.add(operator, planes, *others, **attributes), perm=[0, 2, 3, 1])

    def _number(self, value: float) -> str:
        return self.store(f"number_{value:g}", np.array(value, dtype=np.float32))
