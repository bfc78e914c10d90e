"""Folded weights equal an independent dequantisation, block by block, and OpenCV's reading of the published files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from biometrics.errors import ProcessingError
from models.building.face_heads import merge_heads
from models.building.faces import fold_yunet
from models.building.fold import IR_VERSION, OPSET, dequantize, finish, fold_weights, free_dimensions
from models.catalogue import SFACE, YUNET
from models.face.detect import padded_blob
from models.sessions import open_session
from models.sources import read_source
from models.store import ModelStore
from tests.models.known_face import noise, portrait

_QUANTIZED_WEIGHTS = {"yunet": 64, "sface": 29}


def _published(name: str) -> bytes:
    return read_source(YUNET if name == "yunet" else SFACE)


def _built(store: ModelStore, name: str) -> Path:
    return store.path((YUNET if name == "yunet" else SFACE).model_id)


def _weights_by_hand(source: bytes) -> dict[str, NDArray[np.float32]]:
    """Dequantise every block of the published file, by the name under which the convolutions read it."""
    graph = onnx.load_from_string(source).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    reshapes = {node.input[0]: node for node in graph.node if node.op_type == "Reshape"}
    weights = {}
    for node in graph.node:
        if node.op_type != "DequantizeLinear":
            continue
        levels, scales, zeros = (stored[name].astype(np.float64) for name in node.input)
        blocks = levels.reshape(*scales.shape, -1)
        values = ((blocks - zeros[..., None]) * scales[..., None]).reshape(levels.shape)
        reshape = reshapes.get(node.output[0])
        name, shape = (reshape.output[0], stored[reshape.input[1]]) if reshape else (node.output[0], levels.shape)
        weights[name] = values.reshape(tuple(shape)).astype(np.float32)
    return weights


@pytest.mark.parametrize("name", ["yunet", "sface"])
def test_every_block_is_folded(store: ModelStore, name: str) -> None:
    expected = _weights_by_hand(_published(name))
    assert len(expected) == _QUANTIZED_WEIGHTS[name]
    graph = onnx.load(_built(store, name)).graph
    folded = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for weight, values in expected.items():
        found = [folded[weight]] if weight in folded else list(_merged(folded, values.shape))
        assert any(np.allclose(array, values, rtol=1e-6, atol=0) for array in found), weight


def _merged(folded: dict[str, NDArray[np.float32]], shape: tuple[int, ...]) -> Iterator[NDArray[np.float32]]:
    """Every part of the merged heads' arrays with the shape of one head's."""
    for name, array in folded.items():
        if name.startswith("heads_") and array.shape[1:] == shape[1:]:
            yield from (array[start : start + shape[0]] for start in range(len(array) - shape[0] + 1))


def test_heads_answer_merged_as_they_did_apart(store: ModelStore) -> None:
    model = onnx.load_from_string(_published("yunet"))
    fold_weights(model)
    free_dimensions(model, {"input": (1, 3, "height", "width")})
    for output in model.graph.output:
        free_dimensions(
            model, {output.name: (1, f"cells_{output.name}", output.type.tensor_type.shape.dim[2].dim_value)}
        )
    blob = padded_blob(noise(96, 160))
    names = [output.name for output in model.graph.output]
    expected = onnxruntime.InferenceSession(finish(model)).run(names, {"input": blob})
    for name, answer, before in zip(
        names, open_session(_built(store, "yunet")).run(names, {"input": blob}), expected, strict=True
    ):
        np.testing.assert_allclose(answer, before, atol=2e-5, err_msg=name)


def test_other_heads_are_refused() -> None:
    model = onnx.load_from_string(_published("yunet"))
    with pytest.raises(ProcessingError, match="cls_8 is made by other operators"):
        merge_heads(_with_first_head_cut(model), {"cls": 1}, (8,))


def _with_first_head_cut(model: onnx.ModelProto) -> onnx.ModelProto:
    """Let a Relu stand where the first head's sigmoid was."""
    for node in model.graph.node:
        if "cls_8" in node.output:
            node.op_type = "Relu"
    return model


@pytest.mark.parametrize("name", ["yunet", "sface"])
def test_the_built_model_is_plain(store: ModelStore, name: str) -> None:
    model = onnx.load(_built(store, name))
    operators = {node.op_type for node in model.graph.node}
    read = {item for node in model.graph.node for item in node.input}
    assert not operators & {"DequantizeLinear", "QuantizeLinear", "PRelu"}
    assert {tensor.name for tensor in model.graph.initializer} <= read
    assert len(model.graph.input) == 1
    assert (model.ir_version, [item.version for item in model.opset_import]) == (IR_VERSION, [OPSET])
    assert {tensor.data_type for tensor in model.graph.initializer} <= {TensorProto.FLOAT, TensorProto.INT64}


def test_building_twice_gives_the_same_bytes() -> None:
    source = _published("yunet")
    assert fold_yunet(source) == fold_yunet(source)


def test_sface_answers_as_opencv_does_from_the_published_file(store: ModelStore, tmp_path: Path) -> None:
    published = tmp_path / "sface.onnx"
    published.write_bytes(_published("sface"))
    reference = cv2.FaceRecognizerSF.create(str(published), "")
    session = open_session(_built(store, "sface"))
    face = np.ascontiguousarray(portrait()[120:344:2, 180:404:2])
    for pixels in (face, noise(112, 112)):
        expected = reference.feature(np.ascontiguousarray(pixels[:, :, ::-1]))
        (answer,) = session.run(["fc1"], {"data": pixels.transpose(2, 0, 1)[None].astype(np.float32)})
        np.testing.assert_allclose(answer, expected, atol=2e-5)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 320), (608, 512)])
def test_yunet_takes_any_multiple_of_32(store: ModelStore, height: int, width: int) -> None:
    session = open_session(_built(store, "yunet"))
    blob = padded_blob(noise(height, width))
    shapes = {output.name: session.run([output.name], {"input": blob})[0].shape for output in session.get_outputs()}
    for stride in (8, 16, 32):
        cells = height * width // stride**2
        assert [shapes[f"{head}_{stride}"] for head in ("cls", "obj", "bbox", "kps")] == [
            (1, cells, channels) for channels in (1, 1, 4, 10)
        ]


def test_sface_takes_any_batch(store: ModelStore) -> None:
    session = open_session(_built(store, "sface"))
    batch = noise(112, 5 * 112).reshape(112, 5, 112, 3).transpose(1, 3, 0, 2).astype(np.float32)
    (together,) = session.run(["fc1"], {"data": batch})
    alone = np.concatenate([session.run(["fc1"], {"data": batch[i : i + 1]})[0] for i in range(5)])
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize(
    ("axis", "block_size", "scales"), [(0, 4, (3, 6)), (1, 2, (12, 3)), (1, 4, (12, 2)), (0, 5, (3, 6))]
)
def test_dequantize_takes_each_block_s_own_scale(axis: int, block_size: int, scales: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    levels = random.integers(-128, 128, (12, 6)).astype(np.int8)
    scale = random.uniform(0.1, 2.0, scales).astype(np.float32)
    zero = random.integers(-128, 128, scales).astype(np.int8)
    values = dequantize(levels, scale, zero, axis=axis, block_size=block_size)
    for row in range(12):
        for column in range(6):
            block = (row // block_size, column) if axis == 0 else (row, column // block_size)
            assert values[row, column] == pytest.approx((int(levels[row, column]) - int(zero[block])) * scale[block])


def test_dequantize_without_blocks_is_per_row_or_for_all() -> None:
    levels = np.array([[-128, 127], [3, 4]], np.int8)
    per_row = dequantize(levels, np.array([2, 0.5], np.float32), np.array([127, -1], np.int8), axis=0, block_size=0)
    for_all = dequantize(levels, np.array(0.5, np.float32), np.array(1, np.int8), axis=1, block_size=0)
    assert per_row.tolist() == [[-510.0, 0.0], [2.0, 2.5]]
    assert for_all.tolist() == [[-64.5, 63.0], [1.0, 1.5]]


def test_blocks_that_do_not_cover_the_axis_are_refused() -> None:
    levels, scale, zero = np.zeros((4, 8), np.int8), np.ones((4, 1), np.float32), np.zeros((4, 1), np.int8)
    with pytest.raises(ProcessingError, match="do not fit"):
        dequantize(levels, scale, zero, axis=1, block_size=4)


def _small_model(stored: dict[str, NDArray[np.generic]]) -> onnx.ModelProto:
    """y = x * dequantised(q), with q an input where it is not stored."""
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "scale"], ["w"], axis=0, block_size=2),
        helper.make_node("Mul", ["x", "w"], ["y"]),
    ]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])]
    if "q" not in stored:
        inputs.append(helper.make_tensor_value_info("q", TensorProto.INT8, [4]))
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])]
    tensors = [numpy_helper.from_array(array, name) for name, array in stored.items()]
    return helper.make_model(helper.make_graph(nodes, "small", inputs, outputs, tensors))


def test_a_missing_zero_point_is_zero() -> None:
    scale = np.array([0.5, 2.0], np.float32)
    model = _small_model({"q": np.array([1, 2, 3, -4], np.int8), "scale": scale})
    fold_weights(model)
    free_dimensions(model, {"x": ("n",), "y": ("n",)})
    session = onnxruntime.InferenceSession(finish(model))
    assert session.run(None, {"x": np.ones(4, np.float32)})[0].tolist() == [0.5, 1.0, 6.0, -8.0]


def test_weights_that_are_not_stored_are_refused() -> None:
    with pytest.raises(ProcessingError, match="not stored weights"):
        fold_weights(_small_model({"scale": np.array([0.5, 2.0], np.float32)}))


def test_an_unknown_input_is_refused() -> None:
    with pytest.raises(ProcessingError, match="no input or output"):
        free_dimensions(onnx.load_from_string(_published("yunet")), {"picture": ("n",)})


def test_prelu_is_split_exactly(store: ModelStore) -> None:
    model = onnx.load_from_string(_published("sface"))
    fold_weights(model)
    plain = onnxruntime.InferenceSession(finish(model))
    data = noise(112, 112).transpose(2, 0, 1)[None].astype(np.float32)
    (expected,) = plain.run(["fc1"], {"data": data})
    (answer,) = open_session(_built(store, "sface")).run(["fc1"], {"data": data})
    np.testing.assert_allclose(answer, expected, atol=5e-6)
