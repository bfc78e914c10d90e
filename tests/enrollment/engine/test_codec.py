"""Values as JSON and bytes: all that is written is read again as it was, and nothing else is."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.decisions import Duplicate, EnrollmentOutcome, NeedsReview, NotEnrolled, Reason, Unique
from biometrics.errors import BiometricsError, RecordConflictError, ServiceError, TemplateError
from biometrics.positions import Position
from biometrics.records import Actor
from biometrics.scores import CalibratedFmr, Candidate, CandidateList, ComparisonScore
from biometrics.template_codec import encode_template
from biometrics.templates import Template
from enrollment.engine.codec import codec_of, decode, encode
from enrollment.operations.table import OPERATIONS
from enrollment.preparation import PreparedSubmission, prepare
from enrollment.recognition import Identification
from enrollment.submission import SampleSource, Submission
from tests.enrollment.fakes import fake_extractors, picture


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """One field of each kind that travels."""

    text: str
    number: int
    share: float
    flag: bool
    perhaps: str | None
    data: tuple[bytes, ...]
    place: Path
    at: datetime
    day: date
    position: Position
    positions: frozenset[str]
    by_position: Mapping[Position, float]
    details: Mapping[str, object]
    pair: tuple[int, str]


texts = st.text(st.characters(codec="utf-8"))
finite = st.floats(allow_nan=False, allow_infinity=False)
plain_json = st.recursive(st.none() | st.booleans() | st.integers() | finite | texts, st.lists)
everything = st.builds(
    Everything,
    text=texts,
    number=st.integers(),
    share=finite,
    flag=st.booleans(),
    perhaps=st.none() | texts,
    data=st.lists(st.binary()).map(tuple),
    place=st.sampled_from([Path("/a/b"), Path("c")]),
    at=st.datetimes(timezones=st.just(UTC)),
    day=st.dates(),
    position=st.sampled_from(Position),
    positions=st.frozensets(texts),
    by_position=st.dictionaries(st.sampled_from(Position), finite),
    details=st.dictionaries(texts, plain_json),
    pair=st.tuples(st.integers(), texts),
)


def there_and_back(value: Any, kind: Any) -> Any:
    parts: list[bytes] = []
    tree = json.loads(json.dumps(encode(value, kind, parts), allow_nan=False))
    found = decode(tree, kind, parts)
    assert parts == []
    return found


@given(everything)
def test_every_kind_of_value_comes_back_as_it_was(value: Everything) -> None:
    assert there_and_back(value, Everything) == value


@pytest.mark.parametrize(
    "outcome",
    [
        Unique(subject_id="a"),
        Duplicate(subject_id="a", of="b", case_id="c"),
        NeedsReview(subject_id="a", case_id="c"),
        NotEnrolled(reasons=(Reason.BLANK_PRINT, Reason.NO_FACE)),
    ],
)
def test_outcomes_keep_their_type(outcome: EnrollmentOutcome) -> None:
    assert there_and_back(outcome, EnrollmentOutcome) == outcome


def test_an_identification_comes_back_whole() -> None:
    fmr = CalibratedFmr(value=1e-9, extrapolated=True, model="tail")
    score = ComparisonScore(value=0.25, scale="scale", fmr=fmr)
    candidate = Candidate(subject_id="a", fmr=fmr, scores={Position.RIGHT_INDEX: score})
    found = CandidateList(candidates=(candidate,), gallery_size=3, compared=2, generation=7)
    answer = Identification(found=found, largest_fmr=1e-4)
    assert there_and_back(answer, Identification) == answer
    nobody = Identification(found=None, largest_fmr=1e-4, reasons=(Reason.ATTACK_SUSPECTED,))
    assert there_and_back(nobody, Identification) == nobody


@pytest.fixture
def prepared(tmp_path: Path) -> PreparedSubmission:
    paths = [tmp_path / "print.png", tmp_path / "face.png"]
    for path, color in zip(paths, (False, True), strict=True):
        path.write_bytes(picture(1, color=color))
    sources = tuple(SampleSource(path=path, origin=str(path)) for path in paths)
    return prepare(Submission(label="A", sources=sources), fake_extractors())


def test_a_submission_travels_with_its_files_and_templates_and_without_pixels(prepared: PreparedSubmission) -> None:
    parts: list[bytes] = []
    tree = encode(prepared, PreparedSubmission, parts)
    assert [part for part in parts if part.startswith(b"\x89PNG")] == [one.image.data for one in prepared.samples]
    found: PreparedSubmission = decode(tree, PreparedSubmission, parts)
    for one, other in zip(prepared.samples, found.samples, strict=True):
        assert one.source == other.source and one.image.sha256 == other.image.sha256
        assert one.extraction.quality == other.extraction.quality and one.sample.captured_at == other.sample.captured_at
        assert one.extraction.template is not None and other.extraction.template is not None
        assert encode_template(one.extraction.template) == encode_template(other.extraction.template)
        assert np.array_equal(other.image.pixels, np.zeros((1, 1), dtype=np.uint8))


@pytest.mark.parametrize("kind", [RecordConflictError, BiometricsError])
def test_errors_keep_type_and_fields(kind: type[BiometricsError]) -> None:
    error = kind("taken", source="x", remedy="another")
    found = there_and_back(error, BiometricsError)
    assert type(found) is kind
    assert (found.message, found.source, found.remedy) == ("taken", "x", "another")


@pytest.mark.parametrize("named", ["Exception", "annotations", "Nothing", "", None, 1])
def test_only_errors_of_this_project_are_raised(named: object) -> None:
    with pytest.raises(ServiceError):
        decode({"kind": named, "message": "m", "source": None, "remedy": None}, BiometricsError, [])


ACTOR = {"name": "a", "role": "operator"} | dict.fromkeys(("post", "station", "purpose", "client", "route", "scope"))


@pytest.mark.parametrize(
    "tree",
    [
        None,
        [],
        {},
        ACTOR | {"unknown": 1},
        {name: value for name, value in ACTOR.items() if name != "post"},
        ACTOR | {"name": 1},
        ACTOR | {"role": "emperor"},
        ACTOR | {"post": True},
    ],
)
def test_what_is_no_actor_is_refused(tree: object) -> None:
    assert decode(ACTOR, Actor, []) == Actor(name="a")
    with pytest.raises(ServiceError):
        decode(tree, Actor, [])


@pytest.mark.parametrize(
    ("tree", "kind"),
    [
        (True, int),
        (1, bool),
        ("1", float),
        (1.0, int),
        (["a", "a"], frozenset[str]),
        (["b", "a"], frozenset[str]),
        ([1], tuple[int, str]),
        ([1, "a", "b"], tuple[int, str]),
        ({"Unique": {"subject_id": "a"}, "NotEnrolled": {"reasons": []}}, EnrollmentOutcome),
        ({"Subject": {}}, EnrollmentOutcome),
        ("2026-1-1", date),
        ("20260101", date),
        ("yesterday", datetime),
        (3, bytes),
        (4, bytes),
        ("abc", bytes),
        (None, str),
    ],
)
def test_a_tree_of_another_type_is_refused(tree: object, kind: Any) -> None:
    with pytest.raises(ServiceError):
        decode(tree, kind, [b"12345"])


def test_a_damaged_template_is_refused(prepared: PreparedSubmission) -> None:
    parts: list[bytes] = []
    tree = encode(prepared.templates[0], Template, parts)
    damaged = parts[0][:-1] + bytes([parts[0][-1] ^ 1])
    with pytest.raises(TemplateError):
        decode(tree, Template, [damaged])


@pytest.mark.parametrize(("value", "kind"), [(1, str), ("a", int), (True, int), (b"", str), ("a", Actor), (1, Unique)])
def test_a_value_of_another_type_is_not_sent(value: object, kind: Any) -> None:
    with pytest.raises(ServiceError):
        encode(value, kind, [])


@pytest.mark.parametrize("kind", [complex, Mapping[int, str]])
def test_a_type_that_cannot_travel_says_so(kind: Any) -> None:
    with pytest.raises(ServiceError, match="cannot travel"):
        encode({}, kind, [])


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_every_operation_asks_and_answers_can_travel(name: str) -> None:
    for kind in (OPERATIONS[name].asked, OPERATIONS[name].answered):
        codec_of(kind)


@given(plain_json | st.dictionaries(texts, plain_json))
def test_no_tree_whatever_breaks_the_reader(tree: Any) -> None:
    for kind in (Everything, EnrollmentOutcome, PreparedSubmission, Actor):
        with pytest.raises(BiometricsError):
            decode(tree, kind, [b"x"])
