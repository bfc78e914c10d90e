"""Portraits verified, searched and counted by group, with an extractor whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import benchmarks.accuracy.face_search
import benchmarks.accuracy.face_vectors
import benchmarks.accuracy.face_verification
from benchmarks.accuracy.face import FaceMeasurement, FaceTask, measure_faces
from benchmarks.accuracy.face_groups import Operating
from benchmarks.accuracy.face_lines import face_lines
from benchmarks.accuracy.face_search import identification_searches
from benchmarks.accuracy.face_vectors import cosines
from benchmarks.accuracy.face_verification import listed_pairs, verify_all
from benchmarks.accuracy.measured import Bench
from benchmarks.datasets import DataSet
from benchmarks.lfw_pairs import FacePair, PairList
from benchmarks.portraits import face_set
from benchmarks.rates import NOT_COMPARED
from benchmarks.templates import CachingExtractor
from biometrics.errors import SampleError
from tests.benchmarks.cases import slow_eer, slow_fnmr_at_fmr
from tests.benchmarks.fakes import FakeFace, write_sample


def _portraits(folder: Path, persons: dict[str, int]) -> DataSet:
    for number, (name, count) in enumerate(persons.items(), start=1):
        for portrait in range(1, count + 1):
            write_sample(folder / name / f"{name}_{portrait:04d}.png", number, portrait)
    return face_set(folder)


def _pair(first: str, second: str, fold: int = 0) -> FacePair:
    one, other = (f"{name[:-1]}/{name[:-1]}_{int(name[-1]):04d}" for name in (first, second))
    return FacePair(first=one, second=other, same=first[:-1] == second[:-1], fold=fold)


def _measured(task: FaceTask, folder: Path, noise: float = 0.3) -> FaceMeasurement:
    return measure_faces(task, Bench(extractor=CachingExtractor(FakeFace(noise), folder / "cache"), replicates=30))


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    """Twenty people with three portraits and ten with one; a face is missing in two portraits."""
    folder = tmp_path_factory.mktemp("people")
    several = {f"P{chr(97 + place)}": 3 for place in range(20)}
    _portraits(folder, several | {f"S{chr(97 + place)}": 1 for place in range(10)})
    write_sample(folder / "Pa" / "Pa_0002.png", 1, 2, blank=True)
    write_sample(folder / "Sa" / "Sa_0001.png", 21, 1, blank=True)
    return face_set(folder)


def _list(people: DataSet) -> PairList:
    names = sorted({sample.subject for sample in people.samples if sample.subject.startswith("P")})
    pairs = []
    for fold in range(2):
        mine = names[fold::2]
        pairs += [_pair(f"{name}1", f"{name}{other}", fold) for name in mine for other in (2, 3)]
        pairs += [_pair(f"{one}1", f"{other}2", fold) for one in mine for other in (mine[0], "Sa") if one != other][:19]
        pairs += [_pair(f"{mine[1]}3", f"{mine[2]}3", fold)]
    pairs = [
        FacePair(first=p.first, second=p.second.replace("Sa_0002", "Sa_0001"), same=p.same, fold=p.fold) for p in pairs
    ]
    return PairList(pairs=tuple(pairs), folds=2)


def test_the_document_is_recomputable_from_the_scores(people: DataSet, tmp_path: Path) -> None:
    pairs = _list(people)
    found = _measured(FaceTask(data=people, pairs=pairs), tmp_path, noise=1.6)
    assert found.listed is not None
    arrays = found.listed.arrays()
    genuine, impostor = arrays["same"], ~arrays["same"]
    assert (int(genuine.sum()), int(impostor.sum())) == (40, 40)
    assert arrays["score"].min() == -1.0
    assert (arrays["score"][~arrays["compared"]] == -1.0).all()
    document = found.sections
    own = arrays["score"][genuine].tolist()
    others = arrays["score"][impostor & arrays["compared"]].tolist()
    assert document["eer"] == pytest.approx(100 * slow_eer(own, others))
    assert document["eer"] > 0
    assert document["tar"]["0.001"] == pytest.approx(100 * (1 - slow_fnmr_at_fmr(own, others, 0.001)))
    assert document["tar"]["0.0001"] == document["tar"]["0.001"] < 100
    assert (document["failures"], document["images"]) == (2, 61)
    right = []
    for fold in range(2):
        here, there = arrays["fold"] == fold, (arrays["fold"] != fold) & arrays["compared"]
        scores, same = arrays["score"][there], arrays["same"][there]
        tried = np.linspace(-1.0, 1.0, 4_001)
        shares = np.array([((scores >= level) == same).mean() for level in tried])
        levels = tried[shares == shares.max()]
        ok = [((arrays["score"][here] >= one) == arrays["same"][here]) & arrays["compared"][here] for one in levels]
        right.append([100 * float(one.mean()) for one in ok])
    for share, possible in zip(document["folds"], right, strict=True):
        assert min(possible) <= share <= max(possible)
    assert document["accuracy"] == pytest.approx(np.mean(document["folds"]))
    low, high = document["intervals"]["accuracy"]
    assert low < document["accuracy"] < high
    assert any("impostor pairs are too few for FMR 0.01 and 0.001 and 0.0001" in note for note in found.notes)
    assert any("1 genuine and 29 impostor pairs hold a portrait without template" in note for note in found.notes)
    assert any("the folds of the pairs file" in note for note in found.notes)


def test_verifying_pairs_extracts_only_what_they_name(people: DataSet, tmp_path: Path) -> None:
    pairs = PairList(pairs=(_pair("Pb1", "Pb2"), _pair("Pc1", "Pd1"), _pair("Pe1", "Pe3"), _pair("Pc2", "Pd2")))
    found = _measured(FaceTask(data=people, pairs=pairs), tmp_path)
    assert found.sections["images"] == 8
    # Two folds of one pair of either kind: persons of the other fold are other persons.
    assert (found.sections["accuracy"], len(found.sections["folds"])) == (100.0, 2)
    assert "rank1" not in found.sections
    assert any("runs of pairs in the order of the file" in note for note in found.notes)
    single = PairList(pairs=pairs.pairs[:2])
    assert _measured(FaceTask(data=people, pairs=single), tmp_path).sections["accuracy"] is None


def test_pairs_of_missing_portraits_are_left_out_and_told_unless_they_are_many(tmp_path: Path) -> None:
    data = _portraits(tmp_path / "set", {"Ada": 2, "Bo": 1})
    there, gone, same = _pair("Ada1", "Bo1"), _pair("Ada2", "Ed1"), _pair("Ada1", "Ada2")
    vectors, present = np.eye(3, dtype=np.float32), np.ones(3, np.bool_)
    listed = listed_pairs(data, PairList(pairs=(gone, *[there] * 99)), vectors, present)
    assert (listed.first.tolist(), listed.second.tolist()) == ([1] + [0] * 99, [-1] + [2] * 99)
    with pytest.raises(SampleError, match="2 of 100 pairs"):
        listed_pairs(data, PairList(pairs=(gone, gone, *[there] * 98)), vectors, present)
    found = _measured(FaceTask(data=data, pairs=PairList(pairs=(same, gone, *[there] * 98))), tmp_path)
    assert found.notes[0] == "set: 1 of 100 pairs left out, their portraits are not in the folder"
    assert found.sections["failures"] == 0
    assert found.listed is not None
    assert found.listed.arrays()["compared"].tolist() == [True, False] + [True] * 98


def test_persons_are_searched_with_and_without_pairs(people: DataSet, tmp_path: Path) -> None:
    for pairs in (None, _list(people)):
        found = _measured(FaceTask(data=people, pairs=pairs, identify=True), tmp_path)
        document = found.sections
        assert (document["gallery"], document["searches"]) == (20, {"mated": 40, "unmated": 9})
        assert document["rank1"] == pytest.approx(100 * 39 / 40)
        assert document["fnir"] == {}
        assert (document["images"], document["failures"]) == (70, 2)
        assert ("eer" in document) is (pairs is not None)
        low, high = document["intervals"]["rank1"]
        assert low < document["rank1"] < high
    with pytest.raises(SampleError, match="too few to search"):
        _measured(FaceTask(data=_portraits(tmp_path / "few", {"Ada": 2, "Bo": 1}), identify=True), tmp_path)


def test_open_set_rates_are_those_of_the_searches(tmp_path: Path) -> None:
    persons = {f"P{place:03d}": 2 for place in range(30)} | {f"S{place:03d}": 1 for place in range(100)}
    document = _measured(
        FaceTask(data=_portraits(tmp_path / "set", persons), identify=True), tmp_path, noise=1.2
    ).sections
    assert list(document["fnir"]) == ["0.1", "0.01"]
    assert document["fnir"]["0.01"] >= document["fnir"]["0.1"] > 0
    assert (
        document["intervals"]["fnir"]["0.01"][0] < document["fnir"]["0.01"] < document["intervals"]["fnir"]["0.01"][1]
    )


def test_labels_alone_take_every_portrait_as_another_person(tmp_path: Path) -> None:
    for number in range(1, 41):
        write_sample(tmp_path / "set" / "val" / f"{number}.png", number, 1)
    rows = [f"val/{n}.png,20-29,{'FM'[n % 2]},A" for n in range(1, 41)]
    (tmp_path / "labels.csv").write_text("\n".join(["file,age,sex,group", *rows]))
    data = face_set(tmp_path / "set", tmp_path / "labels.csv")
    operating = Operating(population="somebody", thresholds={1e-3: 0.1, 1e-4: 0.2})
    found = _measured(FaceTask(data=data, operating=operating, left_out=frozenset({"val/2.png"})), tmp_path)
    women, men = found.sections["groups"]
    assert [(row["group"], row["sex"], row["n"], row["pairs"]) for row in (women, men)] == [
        ("A", "F", 20, 19 * 18 // 2),
        ("A", "M", 20, 190),
    ]
    assert women["fmr"]["0.001"] > women["fmr"]["0.0001"] > 0.0
    assert women["quality_median"] == 50.0
    assert found.sections["calibration"] == "somebody"
    assert "eer" not in found.sections
    assert found.sections["worst_group"] == {"0.001": None, "0.0001": None}
    assert found.figures["set/FMR at the threshold for 0.001, A F"].counts["impostor pairs"] == 171
    assert "no group has pairs enough to tell" in "\n".join(face_lines(found))
    assert any("1 listed portraits are not compared" in note for note in found.notes)


def test_all_pairs_are_verified_where_nothing_else_is_asked(people: DataSet, tmp_path: Path) -> None:
    found = _measured(FaceTask(data=people), tmp_path)
    counts = found.figures[f"{people.name}/EER"].counts
    assert (counts["genuine pairs"], counts["impostor pairs"]) == (60, (68 * 67 // 2) - 58)
    assert found.sections["accuracy"] is None
    assert found.sections["images_per_s"] > 0
    assert set(found.sections["times_ms"]) == {"decode", "extract"}
    assert "images a second" in "\n".join(face_lines(found))


def test_of_very_many_impostor_pairs_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarks.accuracy.face_verification, "MOST_IMPOSTORS", 500)
    random = np.random.default_rng(0)
    subjects = np.repeat(np.arange(40), 2).astype(np.int64)[random.permutation(80)]
    vectors = random.standard_normal((80, 8)).astype(np.float32)
    found = verify_all(vectors, np.ones(80, np.bool_), subjects, replicates=10)
    sides = found.scored.impostor_subjects
    assert (len(found.scored.genuine), len(sides), len(np.unique(np.sort(sides, axis=1), axis=0)) > 300) == (
        40,
        500,
        True,
    )
    assert (sides[:, 0] != sides[:, 1]).all()
    assert found.notes == ("impostor pairs: 500 drawn from 3,120",)


def test_cosines_are_those_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarks.accuracy.face_vectors, "_PAIRS_AT_ONCE", 3)
    vectors = np.random.default_rng(0).standard_normal((6, 8)).astype(np.float32)
    present = np.array([True, True, False, True, True, True])
    first, second = (places.astype(np.int64) for places in np.triu_indices(6, k=1))
    expected = np.where(present[first] & present[second], (vectors @ vectors.T)[first, second], NOT_COMPARED)
    assert cosines(vectors, present, first, second) == pytest.approx(expected.astype(np.float32), rel=1e-5)


def test_searches_look_for_further_portraits_and_for_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    # Persons 0, 1, 2 have several portraits; 3 and 4 one each. The gallery's reference of 2 failed, so did a probe.
    monkeypatch.setattr(benchmarks.accuracy.face_search, "_PROBES_AT_ONCE", 2)
    subjects = np.array([0, 0, 1, 1, 1, 2, 2, 3, 4], np.int64)
    directions = [
        [1, 0, 0],
        [0.6, 0.8, 0],
        [0, 1, 0],
        [0, 1, 0],
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 1],
        [0.5, 0, 0],
        [0, 0, 0],
    ]
    vectors = np.array(directions, np.float32)
    present = np.count_nonzero(vectors, axis=1) > 0
    found = identification_searches(vectors, present, subjects)
    assert found.mated_subjects.ravel().tolist() == [0, 1, 1, 2]
    assert found.mated_ranks.tolist() == [2, 1, 0, 0]
    assert found.mated_scores.tolist() == pytest.approx([0.6, 1.0, NOT_COMPARED, NOT_COMPARED])
    assert (found.unmated_subjects.ravel().tolist(), found.unmated_scores.tolist()) == ([3], [0.5])
    assert found.gallery_size == 3
    with pytest.raises(SampleError, match="3 persons with several portraits and 0 with a single one"):
        identification_searches(vectors[:7], present[:7], subjects[:7])
