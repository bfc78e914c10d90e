"""`kura bench dedup` as its users meet it, at a size that takes little time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import benchmarks.search.contest
import benchmarks.search.person_rate
import benchmarks.steps.dedup
from api.command_line import BAD_INPUT, NEGATIVE, main
from benchmarks.search import room
from benchmarks.search.galleries import Searched
from benchmarks.search.joining import Pairs
from benchmarks.search.person_join import PersonJoin
from benchmarks.search.projection import project
from biometrics.arrays import GrayPixels
from biometrics.extraction import Extractor
from biometrics.positions import Modality
from devices.simulated import PrintOrder
from tests.benchmarks.fakes import SIDE, FakeFinger

PRINTS = 12


def _blank_prints(orders: object, *, threads: int) -> list[tuple[PrintOrder | None, tuple[GrayPixels, ...]]]:
    """Stand in for the simulator: pictures that the fake extractor reads a finger's number from."""
    pictures: list[tuple[PrintOrder | None, tuple[GrayPixels, ...]]] = []
    for finger in range(PRINTS):
        pixels = np.full((SIDE, SIDE), 255, dtype=np.uint8)
        pixels[0, :3] = finger, 1, 1
        pictures.append((None, (pixels,)))
    return pictures


def _fake_extractor(modality: Modality) -> Extractor:
    return FakeFinger()


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite must not start itself again."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarks.search.contest, "MOST_ROUNDS", 6)
    monkeypatch.setattr(benchmarks.search.person_rate, "PERSONS", 16)
    monkeypatch.setattr(benchmarks.search.person_rate, "simulate_prints", _blank_prints)
    monkeypatch.setattr(benchmarks.steps.dedup, "load_extractor", _fake_extractor)


@pytest.mark.usefixtures("brief")
def test_join_truth_persons_and_projection_are_in_the_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "dedup.json"
    assert main(["bench", "dedup", "--persons", "1000", "--dim", "256", "--json", str(file)]) == 0
    document = json.loads(file.read_text())
    (row,) = document["rows"]
    assert row["identical"] is True
    assert row["peer_identical"] is True
    assert row["pairs"] >= 8  # most of ten duplicates
    persons = document["persons"]
    assert persons["planted"] == 10
    assert persons["found"] >= 8
    assert [one["persons"] for one in document["projections"]] == [1_000_000, 10_000_000]
    assert "of one core" in capsys.readouterr().out


@pytest.mark.usefixtures("brief")
def test_a_join_that_loses_a_pair_is_found_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right = Searched.join

    def forgetful(self: Searched, limits: np.ndarray[tuple[int], np.dtype[np.float32]]) -> Pairs:
        return right(self, limits)[1:]

    monkeypatch.setattr(Searched, "join", forgetful)
    assert main(["bench", "dedup", "--persons", "1000", "--dim", "64", "--json"]) == NEGATIVE
    assert json.loads(capsys.readouterr().out)["identical"] is False


def test_too_little_memory_is_told_before_any_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(room, "free_memory", lambda: 10**8)
    monkeypatch.setattr(benchmarks.steps.dedup, "load_extractor", _fake_extractor)
    assert main(["bench", "dedup"]) == BAD_INPUT
    assert "memory are needed" in capsys.readouterr().err


def test_hours_follow_from_pairs_and_listed_strangers() -> None:
    joined = PersonJoin(
        persons=1_000, left=100, width=64, compared=3_600_000, taken_s=1.0, listed=250, planted=50, found=50
    )
    hours = project(joined, 100.0, 7_201)
    assert hours.vector_h == pytest.approx(7_201 * 7_200 / 2 / 3_600_000 / 3_600)
    assert hours.minutia_h == pytest.approx(7_201 * 2.0 / 2 * 100e-6 / 3_600)
    assert hours.hours == hours.vector_h + hours.minutia_h
