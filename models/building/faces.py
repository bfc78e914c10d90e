"""Rebuild YuNet and SFace as plain fp32 ONNX files from their int8 block-quantised sources."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

from models.building.compiled_face import NETWORK_METADATA, network_metadata
from models.building.face_heads import merge_heads
from models.building.fold import finish, fold_weights, free_dimensions

_STRIDES = (8, 16, 32)
_YUNET_HEADS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}


def fold_yunet(source: bytes) -> bytes:
    """Return the YuNet 2023mar detector in fp32 for images of any height and width that are multiples of 32.

    Input `input` float32 [1, 3, height, width] BGR 0-255; outputs per stride 8, 16, 32 and cell: `cls` and `obj`
    [1, cells, 1], `bbox` [1, cells, 4], `kps` [1, cells, 10].

    Raises
    ------
    ProcessingError
        When the source is not the expected model.
    """
    model = onnx.load_from_string(source)
    fold_weights(model)
    merge_heads(model, _YUNET_HEADS, _STRIDES)
    sizes: dict[str, tuple[int | str, ...]] = {"input": (1, 3, "height", "width")}
    for head, channels in _YUNET_HEADS.items():
        sizes |= {f"{head}_{stride}": (1, f"cells_{stride}", channels) for stride in _STRIDES}
    free_dimensions(model, sizes)
    return finish(model)


def fold_sface(source: bytes) -> bytes:
    """Return the SFace 2021dec embedder in fp32 for batches of any size.

    Input `data` float32 [batch, 3, 112, 112] RGB 0-255 (mean and scale are in the graph); output `fc1` [batch, 128].
    The metadata carries the same network for `models.face.network`.

    Raises
    ------
    ProcessingError
        When the source is not the expected model.
    """
    model = onnx.load_from_string(source)
    fold_weights(model)
    split_prelu(model)
    free_dimensions(model, {"data": ("batch", 3, 112, 112), "fc1": ("batch", 128)})
    helper.set_model_props(model, {NETWORK_METADATA: network_metadata(source)})
    return finish(model)


def split_prelu(model: onnx.ModelProto) -> None:
    """Rewrite PReLU(x) with slope a as a*x + (1-a)*Relu(x), in place, both products as depthwise 1x1 convolutions.

    The runtime has no blocked-layout PReLU and reorders the whole tensor twice around each one; convolutions stay in
    that layout.
    """
    graph = model.graph
    slopes = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes, weights = [], []
    for node in graph.node:
        if node.op_type != "PRelu":
            nodes.append(node)
            continue
        (x, slope_name), (y,) = node.input, node.output
        slope = slopes[slope_name].reshape(-1, 1, 1, 1).astype(np.float32)
        weights += [
            numpy_helper.from_array(slope, f"{y}_slope"),
            numpy_helper.from_array(np.float32(1) - slope, f"{y}_rest"),
        ]
        nodes += [
            helper.make_node("Relu", [x], [f"{y}_positive"]),
            helper.make_node("Conv", [x, f"{y}_slope"], [f"{y}_linear"], group=len(slope), kernel_shape=[1, 1]),
            helper.make_node(
                "Conv", [f"{y}_positive", f"{y}_rest"], [f"{y}_bend"], group=len(slope), kernel_shape=[1, 1]
            ),
            helper.make_node("Add", [f"{y}_linear", f"{y}_bend"], [y]),
        ]
    kept = {name for node in nodes for name in node.input}
    stored = [tensor for tensor in graph.initializer if tensor.name in kept]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*stored, *weights])
