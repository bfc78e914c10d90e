"""Manifests: grouped by person, refused by line, never silently incomplete."""

from __future__ import annotations

import json
import os
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
        ("P\u202e1,finger,2,a.png,500", "direction of text", ManifestError),
        ("P\u2066 1,finger,2,a.png,500", "direction of text", ManifestError),
        ("P\u20281,finger,2,a.png,500", "line separator", ManifestError),
        (f"P1,finger,2,{'x' * 5000}.png,500", "cannot be looked up", ManifestError),
        ("P1,finger,2,a\0.png,500", "cannot be looked up", ManifestError),
        ("P1,finger,2,.,500", "not a file", ManifestError),
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


def test_an_unreadable_folder_is_an_error_of_its_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.stat

    def stat(path: Path, **options: bool) -> os.stat_result:
        if path.parent.name == "locked":
            raise PermissionError(13, "Permission denied")
        return real(path, **options)

    monkeypatch.setattr(Path, "stat", stat)
    intake = manifest(folder, "person,path\nP1,locked/a.png\nP2,b.png\n")
    assert "Permission denied" in only_error(intake).message
    assert labels(intake) == ["P2"]


def test_letters_that_join_and_mark_direction_are_part_of_names(folder: Path) -> None:
    names = ["می\u200cخواهم", "א\u200fב", "क्\u200dष"]
    intake = manifest(
        folder, "person,path\n" + "".join(f"{name},{at}.png\n" for name, at in zip(names, "abc", strict=True))
    )
    assert len(labels(intake)) == 3


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
        ("people.csv", b"person,path,Path \nP1,a.png,b.png\n", "names path twice"),
        ("people.csv", b"\nperson,path\nP1,a.png\n", "lacks person, path"),
        ("people.jsonl", b"", "no lines"),
    ],
)
def test_what_is_no_manifest_is_refused_whole(folder: Path, name: str, content: bytes, message: str) -> None:
    path = folder / name
    path.write_bytes(content)
    with pytest.raises(ManifestError, match=message) as caught:
        read_manifest(path)
    assert caught.value.source == str(path)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ('person,path\nP1,a.png\nP1,"b.png\nP2,c.png\n', 3),  # open to the end of the file
        ('person,path\nP1,a.png\nP1,"b.png\nP2,"c.png"\n', 3),  # closed by another line's quote
        ('person,path\nP1,a.png\nP1,"b.png\nP2,c.png"\nP3,c.png\n', 3),  # two lines in one value
        ('person,path\nP1,a.png\n"P1,b.png\nP2",c.png\n', 3),
        ('person,path\nP1,a.png\n\n\nP1,"b.png"x\nP2,c.png\n', 5),
        ('person,"path\nP1,a.png\nP2,b.png\n', 1),
        ('person,"path"x\nP1,a.png\n', 1),
    ],
)
def test_after_a_broken_quote_nobody_is_enrolled(folder: Path, text: str, number: int) -> None:
    with pytest.raises(ManifestError, match="quote") as caught:
        manifest(folder, text)
    assert caught.value.source == f"{folder / 'people.csv'}:{number}"
    assert caught.value.remedy


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quoted_line_breaks_keep_the_numbers_of_lines(folder: Path, end: str) -> None:
    (folder / f"two{end}lines.png").write_bytes(b"not read here")
    lines = ["person,path", "", f'P1,"two{end}lines.png"', "P2,a.png", '"P""3",b.png']
    path = folder / "people.csv"
    path.write_bytes(end.join(lines).encode())
    intake = read_manifest(path)
    assert labels(intake) == ["P1", "P2", 'P"3']
    origins = [one.sources[0].origin.rpartition(":")[2] for one in intake.submissions]
    assert origins == ["3", "5", "6"]
    assert intake.submissions[0].sources[0].path == folder / f"two{end}lines.png"


def test_semicolons_part_columns_where_the_header_has_no_comma(folder: Path) -> None:
    intake = manifest(folder, '"Person";Path;ppi\n"P,1";a.png;500\nP2;b.png;\n')
    assert labels(intake) == ["P,1", "P2"]
    assert intake.submissions[0].sources[0].ppi == 500.0


def test_other_breaks_than_line_ends_part_no_lines_of_json(folder: Path) -> None:
    text = '{"person": "P\u0085", "path": "a.png"}\r\n{"person": "P2", "path": "b.png"}\r{"path": "c.png"}'
    intake = manifest(folder, text, "people.jsonl")
    assert [refused.label.rpartition(":")[2] for refused in intake.refused] == ["3"]
    assert labels(intake) == ["P", "P2"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"person": "P1", "path": "a.png", "path": "c.png"}', "'path' is given twice"),
        ("[" * 100_000, "not a JSON object"),
        (r'{"person": "P\ud800", "path": "a.png"}', "not Unicode text"),
        (r'{"person": "P1", "path": "\ud800.png"}', "not a possible path"),
        (r'{"person": "P1", "path": "a.png", "\ud800": 1}', "unknown value"),
        (r'{"person": "P1", "path": "a.png", "ppi": "\ud800"}', "not a number"),
        (r'{"person": "P1", "path": "absent\u001b[2J.png"}', "no such file"),
    ],
)
def test_a_refusal_can_always_be_printed(folder: Path, line: str, message: str) -> None:
    intake = manifest(folder, line + '\n{"person": "P2", "path": "b.png"}\n', "people.jsonl")
    error = only_error(intake)
    assert message in error.message
    told = f"{intake.refused[0].label} {error}"
    assert told.isprintable()
    assert told.encode("utf-8")
    assert labels(intake) == ["P2"]


@pytest.mark.parametrize("line", ["{broken", "[1, 2]", '"text"', '{"person": ["P1"], "path": "a.png"}'])
def test_a_line_that_is_no_object_is_named(folder: Path, line: str) -> None:
    intake = manifest(folder, line + '\n{"person": "P2", "path": "b.png"}\n', "people.jsonl")
    assert only_error(intake).source == str(folder / "people.jsonl") + ":1"
    assert labels(intake) == ["P2"]


@pytest.mark.parametrize("name", ["x" * 5000 + ".csv", "a\0.csv"])
def test_an_impossible_manifest_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ManifestError, match="cannot be read"):
        read_manifest(tmp_path / name)


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


@pytest.mark.parametrize(
    ("text", "meant"),
    [("yes", True), ("TRUE", True), ("1", True), ("No", False), ("false", False), ("0", False), (" ", None)],
)
def test_a_line_may_say_whether_its_sample_is_simulated(folder: Path, text: str, meant: bool | None) -> None:
    intake = manifest(folder, f"person,path,simulated\nP1,a.png,{text}\n")
    assert intake.submissions[0].sources[0].simulated is meant


def test_json_lines_may_say_simulated_in_their_own_words(folder: Path) -> None:
    lines = [{"person": f"P{word}", "path": "a.png", "simulated": word} for word in (True, False, 1, "no")]
    intake = manifest(folder, "\n".join(json.dumps(line) for line in lines), "people.jsonl")
    assert [one.sources[0].simulated for one in intake.submissions] == [True, False, True, False]


def test_without_the_column_nothing_is_said_about_simulation(folder: Path) -> None:
    assert manifest(folder, "person,path\nP1,a.png\n").submissions[0].sources[0].simulated is None


def test_a_simulated_that_is_neither_yes_nor_no_refuses_the_person(folder: Path) -> None:
    intake = manifest(folder, "person,path,simulated\nP1,a.png,perhaps\nP2,b.png,yes\n")
    assert "'perhaps' is neither yes nor no" in only_error(intake).message
    assert labels(intake) == ["P2"]
