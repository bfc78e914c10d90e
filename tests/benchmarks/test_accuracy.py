"""The accuracy benchmarks, with extractors whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.calibration import calibrate
from benchmarks.accuracy.comparison import ColumnComparer, comparison_speed, protocol_pairs, score_matrix
from benchmarks.accuracy.fingerprint import measure_fingerprints, write_matrices
from benchmarks.accuracy.fingerprint_rows import table_lines
from benchmarks.accuracy.measured import Bench
from benchmarks.data_folder import DataFolder
from benchmarks.datasets import DataSet, finger_sets
from benchmarks.portraits import face_set
from benchmarks.templates import CachingExtractor
from biometrics.arrays import Ids, Values
from biometrics.extraction import Extractor
from matching.minutiae import SCALE, compare, prepare
from tests.benchmarks.cases import slow_eer, slow_fnmr_at_fmr
from tests.benchmarks.fakes import FakeFinger, write_sample


def _bench(folder: Path, extractor: Extractor) -> Bench:
    return Bench(extractor=CachingExtractor(extractor, folder / "cache"), replicates=30)


def _prints(folder: Path, fingers: int, impressions: int) -> DataSet:
    for finger in range(1, fingers + 1):
        for impression in range(1, impressions + 1):
            write_sample(folder / f"{finger}_{impression}.png", finger, impression)
    return finger_sets([DataFolder(path=folder)])[0]


def _portraits(folder: Path, persons: dict[str, int]) -> DataSet:
    for number, (name, count) in enumerate(persons.items(), start=1):
        for portrait in range(1, count + 1):
            write_sample(folder / name / f"{name}_{portrait:04d}.png", number, portrait)
    return face_set(folder)


@pytest.mark.parametrize(("first_only", "genuine", "impostor"), [(False, 280, 2880), (True, 280, 45)])
def test_pairs_of_the_fvc_protocol(first_only: bool, genuine: int, impostor: int) -> None:
    subjects = np.repeat(np.arange(10), 8)
    first, second = protocol_pairs(subjects, first_impressions_only=first_only)
    same = subjects[first] == subjects[second]
    assert (int(same.sum()), int((~same).sum())) == (genuine, impostor)
    assert len(set(zip(first.tolist(), second.tolist(), strict=True))) == genuine + impostor
    assert (first < second).all()
    if first_only:
        assert set(first[~same].tolist() + second[~same].tolist()) == set(range(0, 80, 8))


def test_every_pair_gets_the_score_of_its_own_two_prints(tmp_path: Path) -> None:
    data = _prints(tmp_path / "set", fingers=3, impressions=2)
    templates = list(CachingExtractor(FakeFinger(), tmp_path / "cache").extract_all(data).templates)
    templates[2] = None
    scores = score_matrix(ColumnComparer(templates))
    assert scores.shape == (6, 6)
    for one, a in enumerate(templates):
        for other, b in enumerate(templates[one:], start=one):
            expected = 0.0 if a is None or b is None else compare(prepare(a.minutiae), prepare(b.minutiae))
            assert scores[one, other] == scores[other, one] == np.float32(expected)


class _Slow:
    """Compares so many prints a second, by a clock of its own; the third print has no template."""

    def __init__(self, per_second: float, at_once: int = 1) -> None:
        self.at_once = at_once
        self.present = np.array([place != 2 for place in range(9)])
        self.now, self._per_second = 0.0, per_second
        self.seen: list[tuple[int, list[int]]] = []

    def compare(self, probe: int, others: Ids) -> Values:
        self.seen.append((probe, others.tolist()))
        self.now += len(others) / self._per_second
        return np.zeros(len(others), np.float32)


def test_speed_is_that_of_a_probe_against_all_other_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = _Slow(per_second=50.0)
    monkeypatch.setattr("time.process_time", lambda: slow.now)
    speed = comparison_speed(slow)
    assert speed is not None
    assert speed.value == pytest.approx(50.0)
    assert (speed.unit, speed.counts["rounds"]) == ("1/s", 8)
    assert slow.seen[1] == (1, [0, 3, 4, 5, 6, 7, 8])
    slow.present[:4] = False
    assert comparison_speed(slow) is None


def test_speed_is_measured_over_as_many_comparisons_as_the_comparer_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = _Slow(per_second=50.0, at_once=15)
    monkeypatch.setattr("time.process_time", lambda: slow.now)
    speed = comparison_speed(slow)
    assert speed is not None
    assert speed.value == pytest.approx(50.0)
    assert slow.seen[1] == (1, [0, 3, 4, 5, 6, 7, 8] * 3)


def test_fingerprints_are_measured_set_by_set_and_on_average(tmp_path: Path) -> None:
    _prints(tmp_path / "one", fingers=4, impressions=3)
    _prints(tmp_path / "two", fingers=3, impressions=3)
    write_sample(tmp_path / "two" / "3_3.png", 3, 3, blank=True)
    sets = finger_sets([DataFolder(path=tmp_path / "one"), DataFolder(path=tmp_path / "two")])
    found = measure_fingerprints(sets, _bench(tmp_path, FakeFinger()))
    figures = found.figures
    assert figures["one/ZeroFMR"].value == 0.0
    assert figures["one/ZeroFMR"].counts["impostor pairs"] == 6 * 9
    # Two of nine genuine pairs of the second set involve the print that failed to enroll.
    assert figures["two/ZeroFMR"].value == pytest.approx(2 / 9)
    assert figures["two/failure to enroll"].value == pytest.approx(1 / 9)
    assert figures["two/ZeroFMR"].counts["impostor pairs"] == 27
    assert figures["mean/ZeroFMR"].value == pytest.approx(1 / 9)
    assert figures["one/extraction"].unit == "ms"
    assert figures["one/comparisons"].unit == "1/s"
    assert "mean/extraction" not in figures
    assert (found.scale, found.failed) == (SCALE, {"one": {}, "two": {"3_3.png": "blank_print"}})
    assert found.notes == (
        "one: 54 impostor pairs are too few for FMR100 and FMR1000",
        "two: 1 of 9 samples failed to enroll: 1 blank_print (3_3.png)",
        "two: 27 impostor pairs are too few for FMR100 and FMR1000",
    )
    raw = found.raw_scores()
    assert raw["two.genuine"].shape == (9,)
    assert raw["two.impostor_subjects"].shape == (27, 2)


def test_the_table_is_recomputable_from_the_scores_written(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    _prints(folder, fingers=12, impressions=4)
    for touch in (1, 2):
        write_sample(folder / f"5_{touch}.png", 5, touch, blank=True)
    write_sample(folder / "6_1.png", 7, 9)  # looks like another finger
    (folder / "9_2.png").write_text("no picture")
    found = measure_fingerprints(finger_sets([DataFolder(path=folder)]), _bench(tmp_path, FakeFinger()))
    write_matrices(found.compared, tmp_path / "out")
    with np.load(tmp_path / "out" / "set.npz", allow_pickle=False) as archive:
        names, scores = archive["names"], archive["scores"]
    assert names.tolist() == [f"{f}_{t}.png" for f in sorted(map(str, range(1, 13))) for t in range(1, 5)]
    assert (scores.dtype, (scores == scores.T).all()) == (np.float32, True)
    failed = np.isin(names, ["5_1.png", "5_2.png", "9_2.png"])
    assert (scores[failed] == 0).all()
    unreadable = "ImageFormatError: this is not an image Kura reads"
    reasons = {"5_1.png": "blank_print", "5_2.png": "blank_print", "9_2.png": unreadable}
    assert found.sections["failed"] == {"set": reasons}
    assert (np.diag(scores)[~failed] > 0.9 * scores.max()).all()
    fingers = np.array([name.partition("_")[0] for name in names])
    first, second = np.triu_indices(len(names), k=1)
    same = fingers[first] == fingers[second]
    genuine, impostor = scores[first, second][same].tolist(), scores[first, second][~same].tolist()
    (row,) = found.sections["databases"]
    assert (row["name"], row["failures"], len(genuine), len(impostor)) == ("set", 3, 12 * 6, 12 * 11 // 2 * 16)
    assert row["eer"] == 100 * slow_eer(genuine, impostor) > 0
    assert row["fmr100"] == 100 * slow_fnmr_at_fmr(genuine, impostor, 0.01) > 0
    assert row["fmr1000"] == 100 * slow_fnmr_at_fmr(genuine, impostor, 0.001)
    assert row["zerofmr"] == 100 * slow_fnmr_at_fmr(genuine, impostor, 0.0)
    assert row["intervals"]["eer"][0] <= row["eer"] <= row["intervals"]["eer"][1]


def test_the_mean_is_that_of_the_rows_and_missing_where_one_is(tmp_path: Path) -> None:
    _prints(tmp_path / "one", fingers=15, impressions=2)
    _prints(tmp_path / "two", fingers=8, impressions=2)
    (tmp_path / "two" / "1_1.png").write_bytes(b"")
    folders = [DataFolder(path=tmp_path / "one"), DataFolder(path=tmp_path / "two")]
    found = measure_fingerprints(finger_sets(folders), _bench(tmp_path, FakeFinger()))
    one, two = found.sections["databases"]
    mean = found.sections["mean"]
    assert (one["zerofmr"], two["zerofmr"], mean["zerofmr"]) == (0.0, 12.5, 6.25)
    assert (one["failures"], two["failures"], mean["failures"]) == (0, 1, 0.5)
    assert mean["matches_per_s"] == pytest.approx((one["matches_per_s"] + two["matches_per_s"]) / 2)
    assert (one["fmr100"], two["fmr100"], two["fmr1000"], mean["fmr1000"]) == (0.0, 12.5, None, None)
    header, *rows = table_lines({"Kura": found.sections})
    assert header.split()[:2] == ["EER", "%"]
    assert [row.split()[0] for row in rows] == ["one", "two", "mean"]
    assert "12.50 (" in rows[1]
    assert "-" in rows[2].split()


@pytest.mark.parametrize(
    ("fingers", "impressions", "said"),
    [(1, 3, "no prints of two fingers"), (3, 1, "no two prints of one finger"), (1, 1, "no two prints of one finger")],
)
def test_sets_without_pairs_to_compare_say_what_cannot_be_computed(
    tmp_path: Path, fingers: int, impressions: int, said: str
) -> None:
    data = _prints(tmp_path / "set", fingers, impressions)
    found = measure_fingerprints([data], _bench(tmp_path, FakeFinger()))
    assert said in found.notes[0]
    (row,) = found.sections["databases"]
    assert (row["eer"], row["zerofmr"], row["failures"], found.sections["mean"]["eer"]) == (None, None, 0, None)
    assert found.compared["set"].scores.shape == (fingers * impressions,) * 2
    assert found.figures["set/failure to enroll"].low == 0.0


def test_a_set_of_which_nothing_could_be_extracted_is_measured_too(tmp_path: Path) -> None:
    for name in ("1_1", "1_2", "2_1"):
        write_sample(tmp_path / "set" / f"{name}.png", 1, 1, blank=True)
    (data,) = finger_sets([DataFolder(path=tmp_path / "set")])
    found = measure_fingerprints([data], _bench(tmp_path, FakeFinger()))
    (row,) = found.sections["databases"]
    assert (row["eer"], row["zerofmr"], row["failures"], row["extract_ms"]) == (50.0, 100.0, 3, None)


def test_prints_of_one_finger_are_no_impostors_of_a_calibration(tmp_path: Path) -> None:
    data = _prints(tmp_path / "set", fingers=24, impressions=2)
    fitted = calibrate([data], _bench(tmp_path, FakeFinger()), population="test")
    assert (fitted.pairs, fitted.subjects, fitted.scale) == (24 * 23 // 2 * 4, 24, SCALE)
