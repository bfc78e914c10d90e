"""Pairs files of LFW, and the portraits they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.lfw_pairs import FacePair, PairList, read_pairs
from benchmarks.portraits import face_set, named_in, persons_apart, require_label
from biometrics.errors import ConfigurationError, SampleError
from tests.benchmarks.fakes import write_sample


def _file(folder: Path, text: str) -> Path:
    (folder / "pairs.txt").write_text(text)
    return folder / "pairs.txt"


@pytest.mark.parametrize("first_line", ["2\n", "\ufeff500\n", "1 1\n", ""])
@pytest.mark.parametrize("between", ["\t", " ", "  \t"])
def test_pairs_of_one_fold(tmp_path: Path, first_line: str, between: str) -> None:
    lines = ("Ada_L\t1\t12\n\nAda_L\t3\tBo_X\t4\r\n\n").replace("\t", between)
    expected = (
        FacePair(first="Ada_L/Ada_L_0001", second="Ada_L/Ada_L_0012", same=True),
        FacePair(first="Ada_L/Ada_L_0003", second="Bo_X/Bo_X_0004", same=False),
    )
    assert read_pairs(_file(tmp_path, first_line + lines)) == PairList(pairs=expected, folds=1)


def test_folds_follow_each_other_in_the_file(tmp_path: Path) -> None:
    genuine, impostor = "Ada 1 2\nAda 1 3\n", "Ada 1 Bo 1\nAda 2 Bo 1\n"
    found = read_pairs(_file(tmp_path, "3\t2\n" + (genuine + impostor) * 3))
    assert found.folds == 3
    assert [pair.fold for pair in found.pairs] == [0] * 4 + [1] * 4 + [2] * 4
    assert [pair.same for pair in found.pairs] == [True, True, False, False] * 3


@pytest.mark.parametrize("body", ["Ada 1 2\nAda 1 Bo 1\n", "Ada 1 2\nAda 1 3\nAda 1 Bo 1\nAda 2 Bo 1\n"])
def test_folds_that_are_not_those_announced_are_refused(tmp_path: Path, body: str) -> None:
    with pytest.raises(SampleError, match="not 2 folds of 1 pairs of one person and 1 of two"):
        read_pairs(_file(tmp_path, f"2 1\n{body}"))


@pytest.mark.parametrize("line", ["Ada 1", "Ada x 2", "Ada 1 Bo", "Ada 1 Bo x", "Ada 1 Bo 2 3"])
def test_a_wrong_pair_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(SampleError, match="not a pair") as refused:
        read_pairs(_file(tmp_path, f"1\nAda 1 2\n{line}\n"))
    assert refused.value.source == "pairs.txt:3"


def test_pairs_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="cannot be read"):
        read_pairs(tmp_path / "missing")
    with pytest.raises(SampleError, match="no pairs"):
        read_pairs(_file(tmp_path, "500\n"))
    (tmp_path / "pairs.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SampleError, match="cannot be read"):
        read_pairs(tmp_path / "pairs.txt")


def test_only_the_portraits_that_pairs_name_are_needed(tmp_path: Path) -> None:
    for name in ("Ada/Ada_0001", "Ada/Ada_0002", "Bo/Bo_0001", "Cy/Cy_0001"):
        write_sample(tmp_path / f"{name}.png", 1, 1)
    data = face_set(tmp_path)
    pair = FacePair(first="Ada/Ada_0002", second="Bo/Bo_0001", same=False)
    needed = named_in(data, PairList(pairs=(pair,)))
    assert [sample.name for sample in needed.samples] == ["Ada/Ada_0002.png", "Bo/Bo_0001.png"]
    gone = FacePair(first="Ed/Ed_0002", second="Ed/Ed_0001", same=True)
    assert named_in(data, PairList(pairs=(gone,))) == data
    assert [sample.subject for sample in data.samples] == ["Ada", "Ada", "Bo", "Cy"]
    assert len({sample.subject for sample in persons_apart(data).samples}) == 4


def test_labels_are_missed_where_there_are_none(tmp_path: Path) -> None:
    write_sample(tmp_path / "1.png", 1, 1)
    with pytest.raises(ConfigurationError, match="no label 'sex'") as refused:
        require_label(face_set(tmp_path), "sex")
    assert refused.value.remedy == "give the file with --labels"
    (tmp_path / "labels.csv").write_text("file,age\n1.png,3\n")
    require_label(face_set(tmp_path, tmp_path / "labels.csv"), "age")
    with pytest.raises(ConfigurationError, match="no label 'sex'") as refused:
        require_label(face_set(tmp_path, tmp_path / "labels.csv"), "sex")
    assert refused.value.remedy == "there are file, age"
