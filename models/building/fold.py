"""Fold int8 block-quantised ONNX weights into plain fp32 initialisers.

The source files store each weight as int8 blocks with one scale and one zero point per block, expanded at run time by
DequantizeLinear (ONNX operator specification, opset 21) and put into shape by Reshape. Runtimes disagree about that
form; plain weights run everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from biometrics.errors import ProcessingError

OPSET = 21
IR_VERSION = 10
"""Written explicitly: the newest that the pinned onnxruntime reads."""

_Array: TypeAlias = NDArray[Any]
_Constants: TypeAlias = dict[str, _Array]


def dequantize(
    quantized: NDArray[np.int8],
    scale: NDArray[np.float32],
    zero_point: NDArray[np.int8],
    *,
    axis: int,
    block_size: int,
) -> NDArray[np.float32]:
    """Return (quantized - zero_point) * scale with one scale per block along an axis.

    Parameters
    ----------
    quantized
        int8, any shape.
    scale, zero_point
        Same shape but for `axis`, which holds one entry per block; without blocks, a scalar or one entry per index.
    axis
        The blocked axis.
    block_size
        Elements per block; 0 means one scale per index of the axis, or one for all.

    Raises
    ------
    ProcessingError
        When the blocks do not cover the axis.
    """
    if block_size == 0:
        shape = [1] * quantized.ndim
        if scale.size > 1:
            shape[axis] = scale.size
        scales, zeros = scale.reshape(shape), zero_point.reshape(shape)
    else:
        length = quantized.shape[axis]
        if scale.shape != zero_point.shape or scale.shape[axis] != -(-length // block_size):
            raise ProcessingError(f"{scale.shape} scales do not fit {quantized.shape} in blocks of {block_size}")
        keep = np.arange(length)
        scales = np.repeat(scale, block_size, axis=axis).take(keep, axis=axis)
        zeros = np.repeat(zero_point, block_size, axis=axis).take(keep, axis=axis)
    offsets = quantized.astype(np.int32) - zeros.astype(np.int32)
    return offsets.astype(np.float32) * scales.astype(np.float32)


def fold_weights(model: onnx.ModelProto) -> None:
    """Replace every DequantizeLinear of stored weights, and the Reshape behind it, by an fp32 initialiser.

    The model is changed in place. Weights listed among the inputs, and inputs nothing reads, leave that
    list, so that a runtime asks for images only and may fold further.

    Raises
    ------
    ProcessingError
        When a DequantizeLinear remains because its operands are not stored weights.
    """
    graph = model.graph
    constants: _Constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    remaining = []
    for node in graph.node:
        folded = _folded(node, constants)
        if folded is None:
            remaining.append(node)
        else:
            constants[node.output[0]] = folded
    if any(node.op_type == "DequantizeLinear" for node in remaining):
        raise ProcessingError("a DequantizeLinear node has operands that are not stored weights")
    _replace(graph.node, remaining)
    used = {name for node in remaining for name in node.input}
    initializers = [numpy_helper.from_array(array, name) for name, array in constants.items() if name in used]
    _replace(graph.initializer, initializers)
    _replace(graph.input, [value for value in graph.input if value.name in used and value.name not in constants])
    del graph.value_info[:]


def free_dimensions(model: onnx.ModelProto, sizes: dict[str, tuple[int | str, ...]]) -> None:
    """Give inputs and outputs new shapes, in place; a word instead of a number leaves that dimension open.

    Raises
    ------
    ProcessingError
        When `sizes` names neither an input nor an output.
    """
    values = {value.name: value for value in (*model.graph.input, *model.graph.output)}
    for name, shape in sizes.items():
        if name not in values:
            raise ProcessingError(f"the model has no input or output {name}")
        element = values[name].type.tensor_type.elem_type
        values[name].CopyFrom(helper.make_tensor_value_info(name, element, shape))


def finish(model: onnx.ModelProto) -> bytes:
    """Return the checked model as bytes, the same bytes for the same model.

    Raises
    ------
    ProcessingError
        When the graph is not valid ONNX.
    """
    model.ir_version = IR_VERSION
    _replace(model.opset_import, [helper.make_opsetid("", OPSET)])
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ProcessingError("the rebuilt model is not valid ONNX") from error
    return bytes(model.SerializeToString(deterministic=True))


def _folded(node: onnx.NodeProto, constants: _Constants) -> _Array | None:
    """Return what the node computes if its operands are all constants and it only unpacks weights, else None."""
    if not all(name in constants for name in node.input):
        return None
    operands = [constants[name] for name in node.input]
    attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
    if node.op_type == "DequantizeLinear":
        quantized, scale = operands[:2]
        zero_point = operands[2] if len(operands) == 3 else np.zeros(scale.shape, np.int8)
        axis, block_size = attributes.get("axis", 1), attributes.get("block_size", 0)
        return dequantize(quantized, scale, zero_point, axis=axis, block_size=block_size)
    if node.op_type == "Reshape":
        values, shape = operands
        return values.reshape(shape.tolist())
    return None


def _replace(field: Any, items: Sequence[Any]) -> None:
    """Set a repeated protobuf field."""
    del field[:]
    field.extend(items)
