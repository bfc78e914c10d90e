"""Values that cannot be true cannot be constructed."""

from __future__ import annotations

import dataclasses
import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from biometrics import errors
from biometrics.decisions import DecisionPolicy, Reason
from biometrics.error_rates import ErrorRate
from biometrics.errors import (
    BiometricsError,
    ConfigurationError,
    GalleryError,
    IncompatibleTemplatesError,
    ProcessingError,
    ResolutionError,
    SampleError,
    TemplateError,
)
from biometrics.extraction import Extraction
from biometrics.positions import FINGERS, Modality, Position
from biometrics.quality import PadResult, PadVerdict, QualityScore
from biometrics.samples import BiometricSample
from biometrics.scores import CalibratedFmr, Candidate, CandidateList, ComparisonScore
from biometrics.template_codec import decode_template, encode_template
from biometrics.templates import FaceEmbedding, MinutiaSet, Probe, Template, TemplateFormat, require_comparable

QUALITY = QualityScore(value=70, algorithm="test/1", components={"area": 0.5})
FINGER_FORMAT = TemplateFormat(algorithm="test", version="1", metric="minutiae")
FACE_FORMAT = TemplateFormat(algorithm="test", version="1", metric="cosine", dimension=4)


def minutiae(count: int = 3, **changes: Any) -> MinutiaSet:
    columns: dict[str, Any] = {
        "x": np.arange(count, dtype=np.float32) + 0.25,
        "y": np.arange(count, dtype=np.float32),
        "angle": np.linspace(0, 6, count, dtype=np.float32),
        "kind": np.ones(count, dtype=np.uint8),
        "quality": np.full(count, 80, dtype=np.uint8),
        "width": 300,
        "height": 400,
    }
    return MinutiaSet(**(columns | changes))


def embedding() -> FaceEmbedding:
    return FaceEmbedding(vector=np.array([0.6, 0.0, 0.8, 0.0], dtype=np.float32), raw_norm=11.5)


def finger_template() -> Template:
    return Template(format=FINGER_FORMAT, position=Position.LEFT_RING, body=minutiae(), quality=QUALITY, simulated=True)


def sample(**changes: Any) -> BiometricSample:
    fields: dict[str, Any] = {
        "position": Position.UNKNOWN,
        "pixels": np.zeros((5, 4), dtype=np.uint8),
        "ppi": 500.0,
        "captured_at": datetime(2026, 1, 2, tzinfo=UTC),
    }
    return BiometricSample(**(fields | changes))


def test_positions_carry_iso_codes() -> None:
    assert [finger.iso_code for finger in FINGERS] == list(range(1, 11))
    assert Position.UNKNOWN.iso_code == 0
    assert Position.FACE.iso_code is None
    assert Position.FACE.modality is Modality.FACE
    assert Position.RIGHT_THUMB.iso_code == 1
    assert Position.LEFT_LITTLE.iso_code == 10


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("right_index", Position.RIGHT_INDEX),
        (" Right Index ", Position.RIGHT_INDEX),
        ("right-index", Position.RIGHT_INDEX),
        ("2", Position.RIGHT_INDEX),
        ("0", Position.UNKNOWN),
        ("", Position.UNKNOWN),
        ("face", Position.FACE),
    ],
)
def test_positions_are_read_from_names_and_codes(text: str, position: Position) -> None:
    assert Position.parse(text) is position


@pytest.mark.parametrize("text", ["11", "-1", "thumb", "middle finger", "²"])
def test_unknown_positions_are_refused(text: str) -> None:
    with pytest.raises(SampleError):
        Position.parse(text)


def test_modalities_are_read_by_name() -> None:
    assert Modality.parse("Fingerprint") is Modality.FINGER
    assert Modality.parse("face") is Modality.FACE
    with pytest.raises(SampleError, match="iris"):
        Modality.parse("iris")


def test_samples_know_their_size() -> None:
    assert (sample().width, sample().height, sample().modality) == (4, 5, Modality.FINGER)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"pixels": np.zeros((0, 4), dtype=np.uint8)}, SampleError),
        ({"captured_at": datetime(2026, 1, 2)}, SampleError),
        ({"ppi": None}, ResolutionError),
        ({"ppi": 72.0}, ResolutionError),
        ({"ppi": 5000.0}, ResolutionError),
        ({"ppi": math.nan}, ResolutionError),
    ],
)
def test_impossible_samples_are_refused(changes: dict[str, Any], error: type[BiometricsError]) -> None:
    with pytest.raises(error):
        sample(**changes)


def test_a_face_needs_no_resolution() -> None:
    assert sample(position=Position.FACE, ppi=None).ppi is None


@pytest.mark.parametrize(
    "changes",
    [
        {"x": np.array([1, 2, np.nan], dtype=np.float32)},
        {"x": np.array([1, 2, 300], dtype=np.float32)},
        {"y": np.array([-1, 2, 3], dtype=np.float32)},
        {"angle": np.array([0, 1, 2 * np.pi + 0.01], dtype=np.float32)},
        {"angle": np.array([0, 1, -0.01], dtype=np.float32)},
        {"kind": np.array([0, 1, 3], dtype=np.uint8)},
        {"quality": np.array([0, 1, 101], dtype=np.uint8)},
    ],
)
def test_impossible_minutiae_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TemplateError):
        minutiae(**changes)


def test_minutia_columns_have_one_length() -> None:
    # Under test the annotations notice it first; in production the constructor does.
    with pytest.raises((TemplateError, TypeCheckError)):
        minutiae(x=np.array([1, 2], dtype=np.float32))


def test_a_set_holds_at_most_255_minutiae() -> None:
    assert len(minutiae(255)) == 255
    with pytest.raises(TemplateError, match="256"):
        minutiae(256)


@pytest.mark.parametrize("vector", [[1, 1, 0, 0], [np.nan, 0, 0, 1], [0, 0, 0, 0]])
def test_embeddings_are_unit_vectors(vector: list[float]) -> None:
    with pytest.raises(TemplateError):
        FaceEmbedding(vector=np.array(vector, dtype=np.float32), raw_norm=1.0)


def test_template_body_format_and_position_belong_together() -> None:
    with pytest.raises(TemplateError):
        Template(format=FINGER_FORMAT, position=Position.FACE, body=minutiae(), quality=QUALITY)
    with pytest.raises(TemplateError):
        Template(format=FACE_FORMAT, position=Position.UNKNOWN, body=embedding(), quality=QUALITY)
    wide = dataclasses.replace(FACE_FORMAT, dimension=5)
    with pytest.raises(TemplateError):
        Template(format=wide, position=Position.FACE, body=embedding(), quality=QUALITY)
    with pytest.raises(TemplateError):
        _ = finger_template().embedding
    with pytest.raises(TemplateError):
        Probe(templates=())


def test_templates_of_different_models_are_never_compared() -> None:
    require_comparable(FACE_FORMAT, FACE_FORMAT)
    with pytest.raises(IncompatibleTemplatesError, match="test/2"):
        require_comparable(FACE_FORMAT, dataclasses.replace(FACE_FORMAT, version="2"))


def assert_same(first: Template, second: Template) -> None:
    for name in ("format", "position", "quality", "simulated"):
        assert getattr(first, name) == getattr(second, name)
    for field in dataclasses.fields(first.body):
        assert np.array_equal(getattr(first.body, field.name), getattr(second.body, field.name))


def test_stored_templates_lose_nothing() -> None:
    face = Template(format=FACE_FORMAT, position=Position.FACE, body=embedding(), quality=QUALITY)
    empty = dataclasses.replace(finger_template(), body=minutiae(0))
    for template in (finger_template(), face, empty):
        assert_same(decode_template(encode_template(template)), template)


@given(st.data())
def test_any_damage_to_a_stored_template_is_noticed(data: st.DataObject) -> None:
    record = bytearray(encode_template(finger_template()))
    position = data.draw(st.integers(0, len(record) - 1))
    record[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(TemplateError):
        decode_template(bytes(record))


@given(st.integers(0, 400))
def test_a_shortened_template_is_noticed(length: int) -> None:
    record = encode_template(finger_template())
    with pytest.raises(TemplateError):
        decode_template(record[: min(length, len(record) - 1)])


@pytest.mark.parametrize("value", [0.0, -0.1, 1.1, math.nan])
def test_a_false_match_rate_is_a_probability_above_zero(value: float) -> None:
    with pytest.raises(ProcessingError):
        CalibratedFmr(value=value, extrapolated=False, model="test")


def test_scores_quality_and_attack_evidence_are_finite_and_in_range() -> None:
    assert CalibratedFmr(value=1e-6, extrapolated=True, model="tail").evidence == pytest.approx(6)
    with pytest.raises(ProcessingError):
        ComparisonScore(value=math.inf, scale="s")
    with pytest.raises(ProcessingError):
        QualityScore(value=101, algorithm="a")
    with pytest.raises(ProcessingError):
        QualityScore(value=1, algorithm="a", components={"x": math.nan})
    with pytest.raises(ProcessingError):
        PadResult(score=1.5, threshold=0.5)
    with pytest.raises(ProcessingError):
        PadResult(score=math.nan, threshold=0.5)
    with pytest.raises(ProcessingError):
        PadResult(score=0.5, threshold=-0.1)
    with pytest.raises(ProcessingError, match="belong together"):
        PadResult(score=0.5)


@pytest.mark.parametrize(
    ("score", "verdict"),
    [(None, PadVerdict.NOT_EVALUATED), (0.29, PadVerdict.ATTACK_SUSPECTED), (0.3, PadVerdict.BONA_FIDE)],
)
def test_an_attack_is_suspected_below_the_threshold(score: float | None, verdict: PadVerdict) -> None:
    assert PadResult(score=score, threshold=None if score is None else 0.3).verdict is verdict


def candidate(name: str, fmr: float) -> Candidate:
    return Candidate(subject_id=name, fmr=CalibratedFmr(value=fmr, extrapolated=False, model="test"))


def test_candidate_lists_are_descending_unique_and_countable() -> None:
    first, second = candidate("a", 1e-5), candidate("b", 1e-2)
    CandidateList(candidates=(first, second), gallery_size=2, compared=2, generation=1)
    for wrong in ((second, first), (first, first)):
        with pytest.raises(GalleryError):
            CandidateList(candidates=wrong, gallery_size=2, compared=2, generation=1)
    with pytest.raises(GalleryError):
        CandidateList(candidates=(first, second), gallery_size=2, compared=1, generation=1)


def test_policies_with_impossible_rates_are_refused() -> None:
    good = DecisionPolicy(
        version="t",
        duplicate_fpir=0.001,
        review_fpir=0.01,
        verification_fmr=1e-4,
        smallest_gallery=1,
        least_compared_share=0.5,
    )
    for change in ({"duplicate_fpir": 0.1}, {"review_fpir": 1.0}, {"verification_fmr": 0.0}, {"smallest_gallery": 0}):
        with pytest.raises(ConfigurationError):
            dataclasses.replace(good, **change)


def test_an_extraction_has_a_template_or_reasons() -> None:
    with pytest.raises(ProcessingError):
        Extraction(template=None, quality=QUALITY)
    with pytest.raises(ProcessingError):
        Extraction(template=finger_template(), quality=QUALITY, reasons=(Reason.NO_FACE,))


def test_every_reason_has_advice() -> None:
    assert all(reason.advice for reason in Reason)


def test_error_rates_carry_wilson_intervals() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I: 15 of 148 gives 0.0624 to 0.1605.
    rate = ErrorRate.of(15, 148)
    assert rate.low == pytest.approx(0.0624, abs=5e-5)
    assert rate.high == pytest.approx(0.1605, abs=5e-5)
    assert ErrorRate.of(0, 20).low == 0.0
    assert ErrorRate.of(20, 20).high == 1.0
    for wrong in ((1, 0), (3, 2), (-1, 2)):
        with pytest.raises(ProcessingError):
            ErrorRate.of(*wrong)


def test_errors_name_input_and_remedy() -> None:
    error = ResolutionError("no resolution", source="a.png", remedy="give --ppi")
    assert str(error) == "a.png: no resolution (give --ppi)"
    assert str(ResolutionError("x").at("b.png")) == "b.png: x"
    assert error.at("c.png").source == "a.png"
    assert error.kind == "ResolutionError"


def test_the_documented_error_tree_is_the_real_one() -> None:
    documented = errors.__doc__ or ""
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, BiometricsError):
            assert kind.__name__ in documented
