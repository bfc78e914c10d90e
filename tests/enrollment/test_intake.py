"""Images, folders and manifests, gathered into one intake."""

from __future__ import annotations

from pathlib import Path

import pytest

from biometrics.errors import ManifestError
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


def test_with_person_all_images_are_one_persons(folder: Path) -> None:
    intake = gather([folder / "101_1.png", folder / "101_2.png"], person=" P1 ")
    (only,) = intake.submissions
    assert only.label == "P1"
    assert len(only.sources) == 2


def test_an_identifier_used_twice_is_refused_the_second_time(folder: Path) -> None:
    manifest = folder.parent / "people.csv"
    manifest.write_text("person,path\n101_1,prints/101_2.png\n")
    intake = gather([folder, manifest])
    (refused,) = intake.refused
    assert refused.label == "101_1"
    assert "used twice" in refused.error.message
    assert refused.error.source == f"{manifest}:2"
    assert intake.persons == 4


def test_the_given_resolution_stands_in_for_an_empty_column(folder: Path) -> None:
    manifest = folder.parent / "people.csv"
    manifest.write_text("person,path,ppi\nP1,prints/101_1.png,569\nP2,prints/101_2.png,\n")
    intake = gather([manifest], ppi=500.0)
    assert [one.sources[0].ppi for one in intake.submissions] == [569.0, 500.0]


def test_nothing_to_enroll_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="nothing to enroll"):
        gather([tmp_path])


def test_a_wrong_position_for_a_modality_refuses_the_image(folder: Path) -> None:
    intake = gather([folder / "101_1.png"], modality=Modality.FACE, position=Position.LEFT_RING)
    assert "no position" in intake.refused[0].error.message
