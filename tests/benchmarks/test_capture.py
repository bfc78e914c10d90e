"""`kura bench capture`: what is timed, what the scores are compared with, and how it answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import benchmarks.steps.capture
from api.command_line import BAD_INPUT, main
from benchmarks.capture import bursts
from benchmarks.capture.agreement import JudgedFrames, agreement_figures, mean_loss, rank_correlation, taken_counts
from benchmarks.capture.pictures import face_frame, finger_frame, simulated_prints, slap_frame
from benchmarks.capture.speed import percentile_figure
from benchmarks.capture.spoiling import SPOILED_PORTRAITS, SPOILED_PRINTS
from biometrics.arrays import Pixels
from biometrics.errors import ProcessingError
from biometrics.image_writing import write_png
from biometrics.slaps import Slap
from enrollment.capture.face_hints import FaceLooker
from enrollment.capture.finger_hints import FingerLooker
from enrollment.capture.looks import Looker
from enrollment.capture.slap_hints import SlapLooker
from models.finger.extractor import FingerExtractor
from models.store import ModelStore
from tests.enrollment.capture.streams import look_at
from tests.simulated import impression, portrait


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    return ModelStore(tmp_path_factory.mktemp("models"))


def _frames(scores: list[float], qualities: list[float], subjects: list[int]) -> JudgedFrames:
    return JudgedFrames(
        scores=np.array(scores, np.float64),
        qualities=np.array(qualities, np.float64),
        subjects=np.array(subjects, np.int64),
        low_quality=60.0,
        good_score=70.0,
    )


def test_ranks_agree_fully_not_at_all_or_the_other_way_round() -> None:
    one = np.array([1.0, 2.0, 3.0, 10.0])
    assert rank_correlation(one, one**3) == pytest.approx(1.0)
    assert rank_correlation(one, -one) == pytest.approx(-1.0)
    assert rank_correlation(one, np.ones(4)) == 0.0
    assert rank_correlation(np.array([1.0, 2.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(
        0.9487, abs=1e-4
    )


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=2, max_size=30))
def test_a_rank_correlation_has_no_side(pairs: list[tuple[float, float]]) -> None:
    one, other = (np.array(column) for column in zip(*pairs, strict=True))
    found = rank_correlation(one, other)
    assert -1.0 - 1e-9 <= found <= 1.0 + 1e-9
    assert rank_correlation(other, one) == pytest.approx(found)


def test_what_is_lost_is_counted_against_the_best_of_each_burst() -> None:
    frames = _frames([9, 8, 7, 6, 1, 2, 3, 4], [50, 60, 70, 90, 10, 20, 30, 80], [0, 0, 0, 0, 1, 1, 1, 1])
    assert mean_loss(frames, kept=1) == (90 - 50 + 80 - 80) / 2
    assert mean_loss(frames, kept=3) == (90 - 70) / 2
    assert mean_loss(frames, kept=4) == 0.0
    assert mean_loss(frames, kept=0) == pytest.approx((90 - 67.5 + 80 - 35) / 2)


def test_figures_have_intervals_over_bursts() -> None:
    random = np.random.default_rng(1)
    qualities = random.uniform(0, 100, 80)
    frames = _frames(list(qualities + random.normal(0, 5, 80)), list(qualities), list(np.arange(80) // 8))
    figures = agreement_figures(frames, replicates=50)
    assert figures["agreement"].value > 0.9
    assert figures["agreement"].low <= figures["agreement"].value <= figures["agreement"].high
    assert figures["agreement"].counts == {"frames": 80, "bursts": 10}
    assert figures["lost by the best of 3"].value <= figures["lost by the highest score"].value
    assert figures["lost by the highest score"].value < figures["lost by any frame"].value


def test_poor_frames_that_would_be_taken_are_counted() -> None:
    frames = _frames([80, 75, 60, 90], [70, 40, 30, 95], [0, 0, 1, 1])
    assert taken_counts(frames) == {"frames": 4, "bursts": 2, "taken": 3, "poor": 2, "poor and taken": 1}


def test_too_few_frames_are_refused() -> None:
    with pytest.raises(ProcessingError):
        _frames([1, 2, 3], [1, 2, 3], [0, 0, 0])


def test_a_percentile_has_an_interval_of_order_statistics() -> None:
    figure = percentile_figure([float(value) for value in range(200)], 0.99, unit="ms")
    assert (figure.low, figure.high) == (194.0, 199.0)
    assert figure.value == pytest.approx(197.01)
    assert percentile_figure([1.0] * 6, 0.99, unit="ms").value == 1.0


def test_what_is_timed_is_found_good(store: ModelStore) -> None:
    """Times of frames in which nothing is found would say nothing."""
    cases: list[tuple[Looker, Pixels]] = [
        (FingerLooker(500.0), finger_frame(3)),
        (SlapLooker(500.0, Slap.RIGHT), slap_frame(3)),
        (FaceLooker.load(store), face_frame(3, 480, 640)),
    ]
    for looker, pixels in cases:
        look = look_at(looker, pixels)
        assert look.good, look
    assert slap_frame(0).shape == (1500, 1600)


@pytest.mark.parametrize("fault", SPOILED_PRINTS)
def test_every_fault_of_a_print_costs_score(fault: str) -> None:
    def score(share: float) -> float:
        spoiled = SPOILED_PRINTS[fault](impression(1), share)
        assert spoiled.shape == impression(1).shape
        assert spoiled.dtype == np.uint8
        return look_at(FingerLooker(500.0), spoiled).score or 0.0

    whole = look_at(FingerLooker(500.0), impression(1)).score
    assert whole is not None
    assert score(1.0) < whole


@pytest.mark.parametrize("fault", SPOILED_PORTRAITS)
def test_every_fault_keeps_the_size_of_a_portrait_and_changes_it(fault: str) -> None:
    spoiled = SPOILED_PORTRAITS[fault](portrait(), 0.6)
    assert spoiled.shape == portrait().shape
    assert not np.array_equal(spoiled, portrait())


def _few(monkeypatch: pytest.MonkeyPatch, store: ModelStore) -> None:
    monkeypatch.setattr(bursts, "_SIMULATED_FINGERS", 2)
    monkeypatch.setattr(bursts, "_SIMULATED_TOUCHES", 1)
    monkeypatch.setattr(bursts, "_PORTRAIT_ROUNDS", 1)
    monkeypatch.setattr(benchmarks.steps.capture, "ModelStore", lambda: store)


@pytest.mark.slow
def test_without_data_simulated_fingers_and_public_portraits_are_judged(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _few(monkeypatch, store)
    assert main(["bench", "capture", "--rounds", "6", "--replicates", "20", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    timed = {name.partition("/")[0] for name, figure in document["figures"].items() if figure["unit"] == "ms"}
    assert timed == {"finger 336x400", "slap 1600x1500", "face 640x480", "face 1280x720", "face 1920x1080"}
    assert document["taken"]["simulated fingers"]["frames"] == 6
    assert set(document["taken"]) == {"simulated fingers", "portraits in the public domain"}
    assert document["figures"]["portraits in the public domain/agreement"]["value"] > 0.5
    assert len(document["notes"]) == 2


def test_prints_of_a_folder_are_judged(
    tmp_path: Path, store: ModelStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmarks.steps.capture, "ModelStore", lambda: store)
    monkeypatch.setattr(benchmarks.steps.capture, "load_extractor", lambda _: FingerExtractor.load(store))
    monkeypatch.setattr(benchmarks.steps.capture, "measure_speed", lambda *_: {})
    for finger, pixels in simulated_prints(2, 1):
        write_png(tmp_path / "set" / f"{finger}_1.png", pixels, ppi=500.0, simulated=True)
    words = ["bench", "capture", "--data", f"{tmp_path / 'set'}:500", "--rounds", "6", "--replicates", "10"]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "set/agreement" in printed
    assert "set: " in printed
    assert "simulated fingers" not in printed


def test_a_missing_folder_is_bad_input(tmp_path: Path) -> None:
    assert main(["bench", "capture", "--data", str(tmp_path / "nowhere")]) == BAD_INPUT
    assert main(["bench", "capture", "--images", str(tmp_path / "nowhere")]) == BAD_INPUT


def test_too_few_rounds_are_misuse() -> None:
    with pytest.raises(SystemExit) as left:
        main(["bench", "capture", "--rounds", "5"])
    assert left.value.code == 2
