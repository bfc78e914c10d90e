"""LEADER, the fingerprint minutia network, as an ONNX graph.

Two encoder-decoders: one finds the context at half resolution, an attention gate weighs it, one refines; three heads
tell position, direction and type of minutiae at full resolution (Cappelli and Ferrara, "LEADER: Lightweight End-to-end
Attention-gated Dual Encoder-decodeR", arXiv 2602.15493). The graph begins after the first layers, the two stems, which
Kura computes itself (`models.finger.stem`); it carries their weights as metadata.
"""

from __future__ import annotations

from models.building.blocks import BlockWriter
from models.building.heads import HeadWriter
from models.building.layers import LayerWriter
from models.building.leader_weights import read_weights
from models.building.stems import STEM_METADATA, stem_metadata

_LEVELS = (0, 1, 2, 3)
"""Each at half the resolution of the one before; level 0 is half the picture's."""


def build_leader(source: bytes) -> bytes:
    """Return LEADER as an ONNX file.

    Inputs, float32 [batch, height / 2, width / 2, channels], from the stems, height and width being multiples of 32:
    `context` of 16 channels and `detail` of 32; and `threshold`, float32 [], from which a maximum counts as a minutia.
    Outputs: `strength` float32 [batch, 1, height, width], the smoothed probability of a minutia at the pixel; `place`
    int64 [count, 3], picture, row and column of each minutia; `direction` float32 [count, 2], a vector (cosine, sine; y
    up) of any length; `type` float32 [count, 1], the probability that it is an ending rather than a bifurcation.

    Raises
    ------
    ProcessingError
        When the source is not LEADER's weights.
    """
    weights = read_weights(source)
    layers = LayerWriter("leader")
    blocks = BlockWriter(weights, layers)
    gated = _attention(blocks, _context(blocks, "context"), "detail")
    heads = HeadWriter(blocks, _refinement(blocks, gated), _strips(0))
    strength = heads.strength()
    places = heads.places(strength, "threshold")
    found = heads.at(places, {"direction": "head_1", "type": "head_2"})
    half = ("batch", "half_height", "half_width")
    return layers.finish(
        {"context": (*half, 16), "detail": (*half, 32), "threshold": ()},
        {
            "strength": (strength, ("batch", 1, "height", "width")),
            "place": (places, ("count", 3)),
            "direction": (found["direction"], ("count", 2)),
            "type": (layers.add("Sigmoid", found["type"]), ("count", 1)),
        },
        integers=("place",),
        metadata={STEM_METADATA: stem_metadata(weights)},
    )


def _strips(level: int) -> int:
    """How many strips a level's pixels are worked on in; any count divides evenly, as sides are multiples of 32."""
    return max(1, 32 >> (2 * level))


def _context(blocks: BlockWriter, x: str) -> str:
    """Find the context: the first encoder-decoder, of separable convolutions."""
    skips = []
    for level in _LEVELS:
        skips.append(blocks.separable(f"enc0_{level}", x))
        x = blocks.halved(skips[-1], blocks.width(f"enc0_{level}_separable"))
    for level in reversed(_LEVELS):
        x = blocks.joined(blocks.separable(f"dec0_{level}", x), skips[level])
    return x


def _attention(blocks: BlockWriter, context: str, detail: str) -> str:
    """Weigh the context by what three ranges around a pixel say, and put the detail beside it."""
    layers = blocks.layers
    planes = layers.channels_first(context)
    ranges = [
        layers.convolution(
            f"attention_d{dilation}", planes, *blocks.weights[f"attention_d{dilation}"], dilation=dilation
        )
        for dilation in (1, 3, 6)
    ]
    together = layers.channels_last(layers.add("Concat", *ranges, axis=1))
    matrix, bias = blocks.dense("attention_gate")
    seen = layers.add("Gelu", layers.rows(together, len(matrix)))
    gate = layers.add("Sigmoid", layers.product("attention_gate", seen, matrix, bias))
    weighed = layers.add("Mul", context, layers.picture(gate, context, len(bias)))
    return layers.beside(weighed, detail)


def _refinement(blocks: BlockWriter, x: str) -> str:
    """Refine: the second encoder-decoder, of inverted bottlenecks."""
    skips = []
    for level in _LEVELS:
        skips.append(blocks.refined(f"enc1_{level}", x, _strips(level)))
        x = blocks.halved(skips[-1], blocks.width(f"enc1_{level}_adjust"))
    for level in reversed(_LEVELS):
        x = blocks.joined(blocks.refined(f"dec1_{level}", x, _strips(level + 1)), skips[level])
    return x
