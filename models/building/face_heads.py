"""YuNet's four heads of each grid as one: the runtime works on 16 channels at a time, as many as they have together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from biometrics.errors import ProcessingError

_Chain: TypeAlias = list[onnx.NodeProto]
_Arrays: TypeAlias = dict[str, NDArray[Any]]


def merge_heads(model: onnx.ModelProto, heads: Mapping[str, int], strides: Collection[int]) -> None:
    """Replace the heads of every grid by one of each of their operators and a split of channels, in place.

    Parameters
    ----------
    heads
        Channels of each head. Its output `<head>_<stride>` is what a 1x1 convolution, a 3x3 convolution of each
        channel, a change of layout and perhaps a sigmoid make of the grid's picture.

    Raises
    ------
    ProcessingError
        When a head is made in another way.
    """
    graph = model.graph
    makers = {name: node for node in graph.node for name in node.output}
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    added: _Arrays = {}
    for stride in strides:
        chains = [_chain(makers, f"{head}_{stride}") for head in heads]
        if len({chain[0].input[0] for chain in chains}) != 1:
            raise ProcessingError(f"the heads of grid {stride} see different pictures")
        for chain in chains:
            for node in chain:
                graph.node.remove(node)
        added |= _merged_arrays(chains, arrays, stride, tuple(heads.values()))
        graph.node.extend(_merged_nodes(chains, stride, sum(heads.values())))
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in added.items())
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _chain(makers: Mapping[str, onnx.NodeProto], output: str) -> _Chain:
    """Return the operators that make a head's output of the grid's picture, in this order."""
    chain = [makers[output]]
    kinds = ["Conv", "Conv", "Transpose", "Reshape"]
    if chain[0].op_type == "Sigmoid":
        kinds.append("Sigmoid")
    while len(chain) < len(kinds):
        chain.insert(0, makers[chain[0].input[0]])
    if [node.op_type for node in chain] != kinds:
        raise ProcessingError(f"{output} is made by other operators than {', '.join(kinds)}")
    return chain


def _merged_arrays(chains: list[_Chain], arrays: _Arrays, stride: int, sizes: tuple[int, ...]) -> _Arrays:
    """Return kernel and bias of both convolutions, the form of the cells, and where their channels are split."""
    merged: _Arrays = {
        f"heads_{stride}_{step}_{kind}": np.concatenate([arrays[chain[step].input[place]] for chain in chains])
        for step in (0, 1)
        for place, kind in ((1, "kernel"), (2, "bias"))
    }
    merged[f"heads_{stride}_cells"] = np.array([1, -1, sum(sizes)], np.int64)
    merged[f"heads_{stride}_sizes"] = np.array(sizes, np.int64)
    return merged


def _merged_nodes(chains: list[_Chain], stride: int, channels: int) -> _Chain:
    name = f"heads_{stride}"
    parts = [chain[3].output[0] for chain in chains]
    weights = [[f"{name}_{step}_kernel", f"{name}_{step}_bias"] for step in (0, 1)]
    deep: dict[str, Any] = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "group": channels}
    nodes = [
        helper.make_node("Conv", [chains[0][0].input[0], *weights[0]], [f"{name}_wide"], kernel_shape=[1, 1]),
        helper.make_node("Conv", [f"{name}_wide", *weights[1]], [f"{name}_deep"], **deep),
        helper.make_node("Transpose", [f"{name}_deep"], [f"{name}_turned"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", [f"{name}_turned", f"{name}_cells"], [f"{name}_rows"]),
        helper.make_node("Split", [f"{name}_rows", f"{name}_sizes"], parts, axis=2),
    ]
    return [*nodes, *(node for chain in chains for node in chain[4:])]
