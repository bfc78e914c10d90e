"""Manifests: grouped by person, refused by line, never silently incomplete."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from biometrics.errors import ManifestError, ResolutionError, SampleError
from biometrics.positions import Modality, Position
from enrollment.manifest import read_manifest
from enrollment.submission import Intake, Submission

HEADER = "person,modality,position,path,ppi\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).write_bytes(b"not read here")
    return tmp_path


def manifest(folder: Path, text: str, name: str = "people.csv") -> Intake:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_manifest(path)


def only_error(intake: Intake) -> SampleError:
    (refused,) = intake.refused
    assert isinstance(refused.error, SampleError)
    return refused.error


def labels(intake: Intake) -> list[str]:
    return [submission.label for submission in intake.submissions]


def test_lines_of_one_person_make_one_submission(folder: Path) -> None:
    intake = manifest(folder, HEADER + "P1,finger,2,a.png,500\nP2,face,,b.png,\nP1,finger,left index,c.png,569.0\n")
    first, second = intake.submissions
    assert (first.label, second.label) == ("P1", "P2")
    assert [source.position for source in first.sources] == [Position.RIGHT_INDEX, Position.LEFT_INDEX]
    assert [source.ppi for source in first.sources] == [500.0, 569.0]
    assert [source.path.name for source in first.sources] == ["a.png", "c.png"]
    assert second.sources[0].position is Position.FACE
    assert second.sources[0].modality is Modality.FACE
    assert intake.refused == ()


def test_json_lines_say_the_same(folder: Path) -> None:
    lines = [{"person": "P1", "path": "a.png", "position": 2, "ppi": 500}, {"person": "P2", "path": "b.png"}]
    text = "\n\n".join(json.dumps(line) for line in lines)
    intake = manifest(folder, text, "people.jsonl")
    assert labels(intake) == ["P1", "P2"]
    assert intake.submissions[0].sources[0].position is Position.RIGHT_INDEX
    assert intake.submissions[0].sources[0].modality is Modality.FINGER
    assert intake.submissions[1].sources[0].modality is None
    assert intake.submissions[1].sources[0].origin.endswith("people.jsonl:3")


def test_columns_may_be_few_reordered_and_upper_case(folder: Path) -> None:
    intake = manifest(folder, "\ufeffPath,Person\na.png,Aïssata-ɲ\n")
    assert labels(intake) == ["Aïssata-ɲ"]


@pytest.mark.parametrize(
    ("line", "message", "kind"),
    [
        ("P1,finger,2,absent.png,500", "no such file", ManifestError),
        (",finger,2,a.png,500", "person is missing", ManifestError),
        ("P1,finger,2,,500", "path is missing", ManifestError),
        ("P1,iris,2,a.png,500", "unknown modality", SampleError),
        ("P1,finger,12,a.png,500", "position 12", SampleError),
        ("P1,face,2,a.png,", "no position", ManifestError),
        ("P1,finger,face,a.png,500", "position face", ManifestError),
        ("P1,finger,2,a.png,many", "not a number", ManifestError),
        ("P1,finger,2,a.png,72", "72 pixels per inch", ResolutionError),
        ("P1,finger,2,a.png,nan", "nan pixels per inch", ResolutionError),
        ("P1,finger,2,a.png", "more or fewer values", ManifestError),
        ("P1,finger,2,a.png,500,extra", "more or fewer values", ManifestError),
        ("P\x07,finger,2,a.png,500", "control characters", ManifestError),
        ("x" * 201 + ",finger,2,a.png,500", "longer than 200", ManifestError),
    ],
)
def test_a_wrong_line_is_named_and_refuses_its_person_only(
    folder: Path, line: str, message: str, kind: type[SampleError]
) -> None:
    intake = manifest(folder, f"{HEADER}P0,finger,1,b.png,500\n{line}\nP9,finger,1,c.png,500\n")
    error = only_error(intake)
    assert isinstance(error, kind)
    assert message in error.message
    assert error.source == str(folder / "people.csv") + ":3"
    assert labels(intake) == ["P0", "P9"]


def test_a_wrong_line_refuses_all_lines_of_its_person(folder: Path) -> None:
    intake = manifest(folder, HEADER + "P1,finger,1,a.png,500\nP1,finger,2,absent.png,500\nP2,finger,1,b.png,500\n")
    assert labels(intake) == ["P2"]
    assert [refused.label for refused in intake.refused] == ["P1"]


@pytest.mark.parametrize("second", ["P1,finger,1,b.png,500", "P1,finger,,a.png,500"])
def test_a_position_or_file_given_twice_is_a_repeated_entry(folder: Path, second: str) -> None:
    intake = manifest(folder, f"{HEADER}P1,finger,1,a.png,500\n{second}\n")
    assert "given twice" in only_error(intake).message
    assert "people.csv:2" in only_error(intake).message
    assert intake.submissions == ()


def test_unlabelled_fingers_of_one_person_may_be_several(folder: Path) -> None:
    intake = manifest(folder, HEADER + "P1,finger,,a.png,500\nP1,finger,,b.png,500\n")
    assert len(intake.submissions[0].sources) == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("people.csv", b"who,path\nP1,a.png\n", "lacks person and has unknown who"),
        ("people.csv", b"", "lacks person, path"),
        ("people.csv", b"person,path\n", "no lines"),
        ("people.csv", b"person,path\n\xff\xfe,a.png\n", "not UTF-8"),
        ("people.jsonl", b"", "no lines"),
    ],
)
def test_what_is_no_manifest_is_refused_whole(folder: Path, name: str, content: bytes, message: str) -> None:
    path = folder / name
    path.write_bytes(content)
    with pytest.raises(ManifestError, match=message) as caught:
        read_manifest(path)
    assert caught.value.source == str(path)


@pytest.mark.parametrize("line", ["{broken", "[1, 2]", '"text"', '{"person": ["P1"], "path": "a.png"}'])
def test_a_line_that_is_no_object_is_named(folder: Path, line: str) -> None:
    intake = manifest(folder, line + '\n{"person": "P2", "path": "b.png"}\n', "people.jsonl")
    assert only_error(intake).source == str(folder / "people.jsonl") + ":1"
    assert labels(intake) == ["P2"]


def test_an_absent_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be read"):
        read_manifest(tmp_path / "absent.csv")


def test_paths_start_at_the_manifest(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "d.png").write_bytes(b"x")
    intake = manifest(folder, f"person,path\nP1,sub/d.png\nP2,{folder / 'a.png'}\n")
    expected = [folder / "sub" / "d.png", folder / "a.png"]
    assert [submission.sources[0].path for submission in intake.submissions] == expected
    assert isinstance(intake.submissions[0], Submission)
