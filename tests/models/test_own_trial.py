"""A user's model is tried before anything depends on it; every broken promise is refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from biometrics.errors import ConfigurationError, ProcessingError
from biometrics.quality import PadVerdict
from models.own.attacks import OwnAttackDetector
from models.own.description import ModelDescription
from models.own.embedder import OwnEmbedder
from models.own.network import OwnNetwork
from models.own.reading import parse_description
from models.own.synthetic import synthetic_face
from models.own.trial import FACES, try_model
from tests.models.own_models import ATTACK, EMBEDDER, Weights, attack_detector, embedder, model


def said(text: str = EMBEDDER) -> ModelDescription:
    return parse_description(text, source="x")


def refusal(data: bytes, text: str = EMBEDDER) -> str:
    with pytest.raises(ConfigurationError) as caught:
        try_model(data, said(text))
    assert caught.value.remedy
    return str(caught.value)


def test_a_sound_embedder_passes() -> None:
    trial = try_model(embedder(), said())
    assert trial.batched
    assert trial.ms > 0
    assert trial.norms is not None and 0 < trial.norms[0] < trial.norms[1]
    assert trial.scores is None


def test_a_sound_attack_model_passes() -> None:
    trial = try_model(attack_detector(), said(ATTACK))
    assert trial.norms is None
    assert trial.scores is not None and 0 < trial.scores[0] < trial.scores[1] < 1


def test_a_model_of_one_picture_at_a_time_passes_and_embeds_several() -> None:
    one = embedder(batch=1)
    assert not try_model(one, said()).batched
    faces = [synthetic_face(seed)[0][:112, :112] for seed in range(3)]
    found = OwnEmbedder(OwnNetwork(one, said()), said()).embed(faces)
    together = OwnEmbedder(OwnNetwork(embedder(), said()), said()).embed(faces)
    for single, batched in zip(found, together, strict=True):
        np.testing.assert_allclose(single.vector, batched.vector, atol=1e-5)


@pytest.mark.parametrize("data", [b"", b"not a model", b"\x08", b"PK\x03\x04" * 100, embedder()[:-1000]])
def test_what_is_no_onnx_file_is_refused(data: bytes) -> None:
    assert "not an ONNX model" in refusal(data) or "the inference runtime refuses" in refusal(data)


def test_names_that_are_no_text_are_refused_and_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "the inference runtime refuses" in refusal(embedder().replace(b"batch", b"b\xe7tch"))
    assert "the inference runtime refuses" in refusal(embedder(last=_last("Softplus", "nowhere")))
    assert capsys.readouterr().out == ""


def test_weights_in_another_file_are_refused() -> None:
    graph = onnx.load_model_from_string(embedder())
    tensor = graph.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    tensor.ClearField("raw_data")
    assert "the weights lie in another file (external data)" in refusal(graph.SerializeToString())


def test_weights_in_another_file_are_refused_wherever_they_are_named() -> None:
    nodes = [
        helper.make_node("Constant", [], ["one"], value=numpy_helper.from_array(np.ones(1, np.float32))),
        helper.make_node("Mul", ["projected", "one"], ["vector"]),
    ]
    graph = onnx.load_model_from_string(embedder(last=nodes))
    (tensor,) = [node.attribute[0].t for node in graph.graph.node if node.op_type == "Constant"]
    assert try_model(graph.SerializeToString(), said()).batched
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "weights.bin"
    assert "the weights lie in another file (external data)" in refusal(graph.SerializeToString())


@pytest.mark.parametrize("place", ["sparse", "function"])
def test_weights_in_another_file_are_refused_outside_the_usual_places_too(place: str) -> None:
    graph = onnx.load_model_from_string(embedder())
    tensor = TensorProto(name="far", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    if place == "sparse":
        graph.graph.sparse_initializer.add(values=tensor, dims=[3])
    else:
        node = helper.make_node("Constant", [], ["far"], value=tensor)
        graph.functions.append(helper.make_function("com.microsoft", "Far", [], ["far"], [node], []))
    assert "the weights lie in another file (external data)" in refusal(graph.SerializeToString())


def test_operators_of_its_own_are_refused() -> None:
    nodes = [helper.make_node("Secret", ["picture"], ["vector"], domain="my.ops")]
    opsets = (helper.make_opsetid("", 21), helper.make_opsetid("my.ops", 1))
    assert "operators of its own (my.ops)" in refusal(model(nodes, ["n", 3, 112, 112], ["n", 16], opsets=opsets))


def test_an_input_that_does_not_fit_is_refused() -> None:
    assert "the model takes [batch, 3, 96, 96], the description says [batch, 3, 112, 112]" in refusal(embedder(side=96))
    assert "the model takes [4, 3, 112, 112]" in refusal(embedder(batch=4))
    assert "correct size, colors or layout" in refusal(embedder(), EMBEDDER.replace('"NCHW"', '"NHWC"'))


def test_an_output_that_does_not_fit_is_refused() -> None:
    assert "gave 16 numbers, the description says 512" in refusal(embedder(), EMBEDDER.replace("= 16", "= 512"))
    named = EMBEDDER.replace("[output]", '[output]\nname = "embedding"')
    assert "write output.name as one of vector" in refusal(embedder(), named)
    only = attack_detector(bias=(0.0,))
    assert "gave 1 numbers, and none at index 1" in refusal(only, ATTACK)


def _last(operator: str, *inputs: str, **attributes: Any) -> list[onnx.NodeProto]:
    return [helper.make_node(operator, list(inputs), ["vector"], **attributes)]


def test_numbers_that_are_none_are_refused() -> None:
    assert "not finite" in refusal(embedder(last=_last("Log", "projected")))


def test_a_vector_of_zeros_is_refused() -> None:
    weights = {"zero": np.zeros(1, np.float32)}
    assert "vector of zeros" in refusal(embedder(last=_last("Mul", "projected", "zero"), weights=weights))


def test_a_model_that_does_not_look_is_refused() -> None:
    nodes = [
        helper.make_node("Mul", ["projected", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "one"], ["vector"]),
    ]
    weights = {"zero": np.zeros(1, np.float32), "one": np.ones(1, np.float32)}
    assert "the same output for different faces" in refusal(embedder(last=nodes, weights=weights))


def test_a_model_of_chance_is_refused() -> None:
    nodes = [
        helper.make_node("RandomNormalLike", ["projected"], ["chance"]),
        helper.make_node("Add", ["projected", "chance"], ["vector"]),
    ]
    assert "another output for the same input" in refusal(embedder(last=nodes))


def test_a_model_whose_batch_matters_is_refused() -> None:
    nodes = [
        helper.make_node("ReduceMean", ["projected", "axis"], ["mean"], keepdims=1),
        helper.make_node("Sub", ["projected", "mean"], ["centred"]),
        helper.make_node("Add", ["centred", "one"], ["vector"]),
    ]
    weights: Weights = {"axis": np.array([0], np.int64), "one": np.ones(1, np.float32)}
    assert "in a batch" in refusal(embedder(last=nodes, weights=weights))


def test_a_false_promise_of_unit_length_is_refused_and_a_kept_one_noticed() -> None:
    unit = EMBEDDER.replace('"none"', '"unit"')
    assert "the description says that it is normalised" in refusal(embedder(), unit)
    divided = embedder(last=_last("LpNormalization", "projected", axis=1))
    assert try_model(divided, said(unit)).notes == ()
    assert "length 1" in try_model(divided, said()).notes[0]


def test_scores_that_are_no_probability_are_refused() -> None:
    plain = ATTACK.replace('"softmax"', '"none"')
    assert "which is no probability" in refusal(attack_detector(bias=(0.0, 7.0)), plain)


@pytest.mark.parametrize(
    ("words", "bias", "verdict"),
    [
        ("bona_fide_index = 1", (0.0, 8.0), PadVerdict.BONA_FIDE),
        ("bona_fide_index = 1", (8.0, 0.0), PadVerdict.ATTACK_SUSPECTED),
        ("attack_index = 1", (0.0, 8.0), PadVerdict.ATTACK_SUSPECTED),
        ("attack_index = 1", (8.0, 0.0), PadVerdict.BONA_FIDE),
    ],
)
@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_attacks_are_judged_as_described(
    words: str, bias: tuple[float, ...], verdict: PadVerdict, activation: str
) -> None:
    bias = bias if activation == "softmax" else tuple(2 * number - 8 for number in bias)
    description = said(ATTACK.replace("bona_fide_index = 1", words).replace("softmax", activation))
    detector = OwnAttackDetector(OwnNetwork(attack_detector(bias=bias), description), description)
    result = detector.judge(*synthetic_face(0))
    assert (result.verdict, result.algorithm, result.threshold) == (verdict, "toy-attacks/1", 0.3)


def test_an_attack_model_that_fails_on_a_face_says_why() -> None:
    description = said(ATTACK)
    detector = OwnAttackDetector(OwnNetwork(attack_detector(bias=(np.nan, 0.0)), description), description)
    result = detector.judge(*synthetic_face(0))
    assert (result.verdict, result.algorithm) == (PadVerdict.NOT_EVALUATED, "toy-attacks/1")
    assert "not finite" in result.reason


@pytest.mark.parametrize("factor", [np.nan, np.inf, 0.0, 1e-30])
def test_no_embedding_leaves_without_a_direction(factor: float) -> None:
    made = OwnEmbedder(OwnNetwork(embedder(factor=factor), said()), said())
    pixels, face = synthetic_face(0)
    with pytest.raises(ProcessingError, match=r"not finite|vector of zeros"):
        made.represent(pixels, face.points)


@pytest.mark.parametrize("factor", [1e-4, 1e30])
def test_small_and_large_vectors_keep_their_direction(factor: float) -> None:
    pixels, face = synthetic_face(0)
    usual = OwnEmbedder(OwnNetwork(embedder(), said()), said()).represent(pixels, face.points)
    found = OwnEmbedder(OwnNetwork(embedder(factor=factor), said()), said()).represent(pixels, face.points)
    np.testing.assert_allclose(found.vector, usual.vector, atol=1e-5)


def test_kinds_are_not_confused() -> None:
    with pytest.raises(ConfigurationError, match="not a face embedder"):
        OwnEmbedder(OwnNetwork(attack_detector(), said(ATTACK)), said(ATTACK))
    with pytest.raises(ConfigurationError, match="not a presentation attack model"):
        OwnAttackDetector(OwnNetwork(embedder(), said()), said())


def test_the_trial_looks_at_several_faces() -> None:
    assert FACES >= 4
