"""Persons with several portraits: who is compared with whom, and what each way of comparing comes to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.face_samples import WAYS, measure_samples, one_portrait
from benchmarks.accuracy.measured import Bench, Measurement
from benchmarks.portraits import face_set
from benchmarks.templates import CachingExtractor
from biometrics.errors import SampleError
from matching.calibration import fit_calibration
from matching.face_fusion import FaceFeature
from tests.benchmarks.fakes import FakeFace, write_sample

PERSONS = 20


def folder_of(place: Path, portraits: int) -> Path:
    for person in range(1, PERSONS + 1):
        for shot in range(1, portraits + 1):
            write_sample(place / f"person{person:02}" / f"{shot}.png", person, shot)
    return place


def measured(tmp_path: Path, noise: float) -> Measurement:
    bench = Bench(extractor=CachingExtractor(FakeFace(noise), tmp_path / f"cache{noise}"), replicates=50)
    return measure_samples(face_set(folder_of(tmp_path / "faces", 5)), bench)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Measurement:
    return measured(tmp_path_factory.mktemp("noisy"), 1.0)


def value(found: Measurement, name: str) -> float:
    return found.figures[name].value


def test_every_way_is_measured_with_and_without_a_stranger(noisy: Measurement) -> None:
    assert len(noisy.figures) == 2 * 2 * len(WAYS) * 4
    counts = noisy.figures["3 portraits/fused/FNMR at stated 0.001"].counts
    assert counts["trials"] == PERSONS * 2
    strangers = noisy.figures["3 portraits/fused/FMR at stated 0.001"].counts
    assert strangers["trials"] == PERSONS * (PERSONS - 1) * 5


def test_a_strangers_own_portraits_are_no_impostors(noisy: Measurement) -> None:
    counts = noisy.figures["3 portraits, one a stranger's/fused/FMR at stated 0.001"].counts
    assert counts["trials"] == PERSONS * (PERSONS - 2) * 5


def test_several_portraits_find_more_than_one(noisy: Measurement) -> None:
    for rate in ("0.001", "0.0001"):
        alone = value(noisy, f"3 portraits/one portrait/FNMR at stated {rate}")
        assert value(noisy, f"3 portraits/fused/FNMR at stated {rate}") < alone


def test_a_stranger_poisons_the_mean_of_scores_and_not_what_is_fused(noisy: Measurement) -> None:
    name = "2 portraits, one a stranger's/{}/FNMR at stated 0.001"
    alone = value(noisy, name.format("one portrait"))
    assert value(noisy, name.format("mean score")) > alone + 0.1
    assert value(noisy, name.format("fused")) < value(noisy, name.format("mean score"))


def test_a_way_states_the_calibrated_rate() -> None:
    scores = np.random.default_rng(1).exponential(0.1, 5_000).astype(np.float32)
    calibration = fit_calibration(scores, scale="s", population="p", origin="o", subjects=9)
    side = [FaceFeature(vector=np.array([0.6, 0.8], np.float32), weight=1.0)]
    probes = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    expected = [calibration.fmr(0.6).value, calibration.fmr(0.8).value]
    assert one_portrait(side, probes, calibration) == pytest.approx(expected, rel=1e-4)


def test_too_few_persons_with_enough_portraits_are_refused(tmp_path: Path) -> None:
    bench = Bench(extractor=CachingExtractor(FakeFace(), tmp_path / "cache"), replicates=50)
    with pytest.raises(SampleError, match="0 persons have more than 2 portraits"):
        measure_samples(face_set(folder_of(tmp_path / "faces", 2)), bench)
