from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path

import numpy as np
import pytest

from benchmarks.data_folder import DataFolder, data_folder
from benchmarks.datasets import finger_sets
from biometrics.errors import ConfigurationError
from biometrics.image_writing import write_png


def _touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return folder


def test_prints_are_named_by_finger_and_impression_and_ordered_by_number(tmp_path: Path) -> None:
    _touch(
        tmp_path / "set",
        "101_10.png",
        "101_2.PNG",
        "99_1.tif",
        "left_thumb_1.bmp",
        "notes.txt",
        "cover.png",
        "7_a.png",
        "._99_1.tif",
    )
    (data,) = finger_sets([DataFolder(path=tmp_path / "set")])
    assert [(sample.name, sample.subject) for sample in data.samples] == [
        ("101_2.PNG", "101"),
        ("101_10.png", "101"),
        ("99_1.tif", "99"),
        ("left_thumb_1.bmp", "left_thumb"),
    ]
    assert (data.name, data.subjects) == ("set", 3)
    assert sorted(data.files) == ["set/101_10.png", "set/101_2.PNG", "set/99_1.tif", "set/left_thumb_1.bmp"]


def test_a_folder_of_folders_stands_for_those_with_prints(tmp_path: Path) -> None:
    _touch(tmp_path, "b/1_1.png", "a/1_1.png", "c/readme.txt")
    assert [data.name for data in finger_sets([DataFolder(path=tmp_path)])] == ["a", "b"]


def test_the_resolution_is_the_one_said_of_the_folder_and_500_where_nothing_is_said(tmp_path: Path) -> None:
    write_png(tmp_path / "fvc2002_DB2_B" / "1_1.png", np.zeros((9, 9), np.uint8), ppi=96.0)
    for said, taken in ((None, 500.0), (569.0, 569.0)):
        (data,) = finger_sets([DataFolder(path=tmp_path, ppi=said)])
        assert data.samples[0].ppi == taken
    with pytest.raises(ConfigurationError, match="50 pixels per inch") as refused:
        finger_sets([DataFolder(path=tmp_path, ppi=50.0)])
    assert refused.value.remedy == "give the true one as DIR:PPI"


@pytest.mark.parametrize(
    ("text", "path", "ppi"),
    [
        ("a", "a", None),
        ("a:569", "a", 569.0),
        ("a:512.5", "a", 512.5),
        ("a:250", "a:250", None),  # a folder of this name is there
        ("a:250:569", "a:250", 569.0),
        ("missing:569", "missing", 569.0),
        ("missing:what", "missing:what", None),
    ],
)
def test_a_folder_is_named_with_or_without_its_resolution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, path: str, ppi: float | None
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "a:250"):
        (tmp_path / name).mkdir()
    found = data_folder(text)
    assert (found.path, found.ppi) == (Path(path), ppi)


@pytest.mark.parametrize(
    ("text", "said"),
    [("a:abc", "'abc'"), ("a:", "''"), ("a:-5", "'-5'"), ("a:nan", "'nan'"), ("a:0", "'0'"), (":5", "empty")],
)
def test_what_is_no_resolution_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    with pytest.raises(ArgumentTypeError, match=said):
        data_folder(text)


def test_folders_of_one_name_are_told_apart_by_the_folder_around_them(tmp_path: Path) -> None:
    _touch(tmp_path, "2002/DB1/1_1.png", "2004/DB1/1_1.png", "2004/DB2/1_1.png")
    folders = [DataFolder(path=tmp_path / "2002"), DataFolder(path=tmp_path / "2004")]
    assert [data.name for data in finger_sets(folders)] == ["2002_DB1", "2004_DB1", "DB2"]
    with pytest.raises(ConfigurationError, match="two sets of prints are named 2002_DB1"):
        finger_sets([DataFolder(path=tmp_path / "2002"), DataFolder(path=tmp_path / "2002" / "DB1")])


@pytest.mark.parametrize("twin", ["1_2.tif", "1_02.png"])
def test_one_print_in_two_files_is_refused(tmp_path: Path, twin: str) -> None:
    _touch(tmp_path, "1_1.png", "1_2.png", twin)
    with pytest.raises(ConfigurationError, match="same impression"):
        finger_sets([DataFolder(path=tmp_path)])


def test_folders_without_prints_are_named(tmp_path: Path) -> None:
    _touch(tmp_path / "a", "face.png")
    for folder in (tmp_path / "a", tmp_path / "missing"):
        with pytest.raises(ConfigurationError) as refused:
            finger_sets([DataFolder(path=folder)])
        assert refused.value.source == str(folder)
        assert refused.value.remedy
