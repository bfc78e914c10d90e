"""Images, folders and manifests, gathered into one intake."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from biometrics.errors import ManifestError, SampleError
from biometrics.images import read_image
from biometrics.positions import Modality, Position
from enrollment.intake import gather


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("101_1.png", "101_2.png", "sub/x.JPG", "labels.csv", ".hidden.png"):
        path = tmp_path / "prints" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not read here")
    return tmp_path / "prints"


def test_every_image_of_a_folder_is_a_person(folder: Path) -> None:
    intake = gather([folder], ppi=500.0, modality=Modality.FINGER)
    assert [one.label for one in intake.submissions] == ["101_1", "101_2", "sub/x"]
    assert intake.ignored == 1
    assert all(one.sources[0].ppi == 500.0 for one in intake.submissions)
    assert all(one.sources[0].position is Position.UNKNOWN for one in intake.submissions)


def test_a_face_has_the_position_face(folder: Path) -> None:
    intake = gather([folder / "101_1.png"], modality=Modality.FACE)
    assert intake.submissions[0].label == "101_1"
    assert intake.submissions[0].sources[0].position is Position.FACE
    told = gather([folder / "101_1.png"], position=Position.LEFT_RING).submissions[0].sources[0]
    assert told.modality is Modality.FINGER


def test_with_person_all_images_are_one_persons(folder: Path) -> None:
    intake = gather([folder / "101_1.png", folder / "101_2.png"], person=" P1 ")
    (only,) = intake.submissions
    assert only.label == "P1"
    assert len(only.sources) == 2


def test_an_identifier_used_twice_is_refused_wherever_it_is_used(folder: Path) -> None:
    manifest = folder.parent / "people.csv"
    manifest.write_text("person,path\n101_1,prints/101_2.png\n")
    for paths in ([folder, manifest], [manifest, folder]):
        intake = gather(paths)
        (refused,) = intake.refused
        assert refused.label == "101_1"
        assert "used twice" in refused.error.message
        assert f"{manifest}:2" in str(refused.error)
        assert str(folder / "101_1.png") in str(refused.error)
        assert [one.label for one in intake.submissions] == ["101_2", "sub/x"]
        assert intake.persons == 3


def test_of_two_images_of_one_name_none_is_taken(folder: Path) -> None:
    (folder / "101_1.jpg").write_bytes(b"not read here")
    intake = gather([folder])
    (refused,) = intake.refused
    assert str(folder / "101_1.jpg") in str(refused.error)
    assert str(folder / "101_1.png") in str(refused.error)
    assert [one.label for one in intake.submissions] == ["101_2", "sub/x"]


def test_an_identifier_refused_in_one_place_is_refused_in_the_other(folder: Path) -> None:
    manifest = folder.parent / "people.csv"
    manifest.write_text("person,path\n101_1,prints/absent.png\n")
    intake = gather([folder, manifest])
    assert [one.label for one in intake.submissions] == ["101_2", "sub/x"]
    (refused,) = intake.refused
    assert "no such file" in str(refused.error)
    assert str(folder / "101_1.png") in str(refused.error)


def test_with_person_equal_names_in_different_folders_are_no_matter(folder: Path) -> None:
    intake = gather([folder / "101_1.png", folder / "sub" / "101_1.png"], person="P1")
    assert len(intake.submissions[0].sources) == 2
    with pytest.raises(ManifestError, match="given twice"):
        gather([folder / "101_1.png", folder / "sub" / ".." / "101_1.png"], person="P1")


def test_a_name_that_is_not_utf8_is_refused_and_can_be_printed(folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9.png")).write_bytes(b"not read here")
    intake = gather([folder])
    (refused,) = intake.refused
    assert refused.label == r"caf\udce9"
    assert "not Unicode text" in refused.error.message
    assert str(refused.error).encode("utf-8")
    with pytest.raises(ManifestError, match="not Unicode text"):
        gather([folder / os.fsdecode(b"caf\xe9.png")], person="P1")


def test_a_folder_that_cannot_be_read_is_refused_and_the_rest_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    intake = gather([folder])
    (refused,) = intake.refused
    assert refused.error.source == str(folder / "sub")
    assert "Permission denied" in refused.error.message
    assert [one.label for one in intake.submissions] == ["101_1", "101_2"]


def test_folders_that_loop_are_walked_once(folder: Path) -> None:
    (folder / "sub" / "again").symlink_to(folder)
    (folder / "itself.png").symlink_to(folder / "itself.png")
    assert [one.label for one in gather([folder]).submissions] == ["101_1", "101_2", "itself", "sub/x"]


@pytest.mark.parametrize("name", ["x" * 5000, "x" * 5000 + ".csv", "a\0.png", "a\0.csv"])
def test_a_path_that_cannot_be_is_an_error_and_no_crash(tmp_path: Path, name: str) -> None:
    with pytest.raises(SampleError):
        for submission in gather([tmp_path / name], person="P1").submissions:
            read_image(submission.sources[0].path)


def test_the_given_resolution_stands_in_for_an_empty_column(folder: Path) -> None:
    manifest = folder.parent / "people.csv"
    manifest.write_text("person,path,ppi\nP1,prints/101_1.png,569\nP2,prints/101_2.png,\n")
    intake = gather([manifest], ppi=500.0)
    assert [one.sources[0].ppi for one in intake.submissions] == [569.0, 500.0]
    assert [one.sources[0].ppi for one in gather([manifest], ppi=0.0).submissions] == [569.0, 0.0]


def test_nothing_to_enroll_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="nothing to enroll"):
        gather([tmp_path])


def test_a_wrong_position_for_a_modality_refuses_the_image(folder: Path) -> None:
    intake = gather([folder / "101_1.png"], modality=Modality.FACE, position=Position.LEFT_RING)
    assert "no position" in intake.refused[0].error.message
