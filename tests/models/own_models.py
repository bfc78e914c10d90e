"""Tiny ONNX graphs that stand for users' models, and descriptions of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Weights: TypeAlias = Mapping[str, NDArray[Any]]

OPSET = helper.make_opsetid("", 21)

EMBEDDER = """
id = "toy-faces/1"
kind = "face-embedder"
licence = "CC0-1.0"
provenance = "random numbers"

[input]
width = 112
height = 112
colors = "RGB"
layout = "NCHW"
pixels = "0-255"
mean = 127.5
std = 128
template = "arcface-112"

[output]
dimension = 16
normalisation = "none"
"""

ATTACK = """
id = "toy-attacks/1"
kind = "presentation-attack"
licence = "CC0-1.0"
provenance = "unknown"

[input]
width = 80
height = 64
colors = "BGR"
layout = "NHWC"
pixels = "0-1"
mean = [0.4, 0.5, 0.6]
std = 0.25
crop = 1.5

[output]
name = "scores"
activation = "softmax"
bona_fide_index = 1
threshold = 0.3
"""


def model(
    nodes: list[onnx.NodeProto],
    taken: list[int | str],
    given: list[int | str],
    weights: Weights | None = None,
    *,
    output: str = "vector",
    opsets: tuple[onnx.OperatorSetIdProto, ...] = (OPSET,),
) -> bytes:
    """Return a graph from `picture` to `output`."""
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, taken)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, given)],
        [numpy_helper.from_array(values, name) for name, values in (weights or {}).items()],
    )
    return bytes(helper.make_model(graph, opset_imports=list(opsets), ir_version=10).SerializeToString())


def embedder(
    *,
    side: int = 112,
    dimension: int = 16,
    batch: int | str = "batch",
    last: list[onnx.NodeProto] | None = None,
    weights: Weights | None = None,
    factor: float = 1.0,
) -> bytes:
    """Return averages of 8 x 8 pixels times random numbers; `last` turns `projected` into `vector`."""
    cells = (side // 8) ** 2 * 3
    random = np.random.default_rng(3).normal(size=(cells, dimension)).astype(np.float32) * np.float32(factor)
    nodes = [
        helper.make_node("AveragePool", ["picture"], ["cells"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Flatten", ["cells"], ["flat"]),
        helper.make_node("MatMul", ["flat", "random"], ["projected"]),
        *(last or [helper.make_node("Identity", ["projected"], ["vector"])]),
    ]
    return model(nodes, [batch, 3, side, side], [batch, dimension], {"random": random, **(weights or {})})


def attack_detector(*, bias: tuple[float, ...] = (0.0, 0.0), last: str = "Identity") -> bytes:
    """Return two numbers that follow the brightness of a picture [batch, 64, 80, 3], plus a bias."""
    nodes = [
        helper.make_node("Transpose", ["picture"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("GlobalAveragePool", ["planes"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("MatMul", ["flat", "mix"], ["mixed"]),
        helper.make_node("Add", ["mixed", "bias"], ["biased"]),
        helper.make_node(last, ["biased"], ["scores"]),
    ]
    mix = np.linspace(-1, 1, 3 * len(bias), dtype=np.float32).reshape(3, len(bias))
    weights = {"mix": mix, "bias": np.array(bias, np.float32)}
    return model(nodes, ["batch", 64, 80, 3], ["batch", len(bias)], weights, output="scores")
