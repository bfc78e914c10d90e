"""A good finger is taken once it rests; otherwise the best of the burst is, and extraction has the last word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.arrays import Pixels
from biometrics.positions import Modality, Position
from biometrics.samples import BiometricSample
from devices.calls import Call
from devices.contract import CaptureRequest, Frame, FrameJudge
from devices.frames import Sensor, capture_best
from devices.simulated import Touch
from enrollment.capture.finger_hints import GOOD, FingerLooker
from enrollment.capture.judges import BestFrames, CaptureJudge, finest
from enrollment.capture.looks import Look
from enrollment.capture.preview import Preview
from models.finger.extractor import FingerExtractor
from models.store import ModelStore
from tests.enrollment.capture.streams import START, Clock, frame_of, noisy
from tests.simulated import impression

EMPTY = np.full((400, 336), 230, np.uint8)
FINGER = Touch(area=0.95, speckle=0.2, patches=0.12, noise_levels=4.0, seed=5)
SMALL = replace(FINGER, area=0.15)


class Scored:
    """Gives frames the score that their first pixel says, 0 for nothing; none is good by itself."""

    praise = GOOD

    def look(self, frame: Frame) -> Look:
        level = int(frame.pixels.flat[0])
        return Look(hints=(GOOD,) if level < 90 else (), score=float(level) if level else None)


class Fussy(Scored):
    """Never content."""

    def look(self, frame: Frame) -> Look:
        seen = super().look(frame)
        return replace(seen, hints=(replace(GOOD, blocking=True),))


def _sample(pixels: Pixels) -> BiometricSample:
    return BiometricSample(
        position=Position.RIGHT_INDEX, pixels=pixels, ppi=500.0, captured_at=START, device="test:1", simulated=True
    )


def _pictures(levels: Iterable[int]) -> list[Pixels]:
    return [np.full((4, 4), level, np.uint8) for level in levels]


def _capture(judge: FrameJudge, frames: Iterable[Frame]) -> BiometricSample:
    """Capture as drivers do."""
    request = CaptureRequest(positions=(Position.RIGHT_INDEX,), judge=judge)
    sensor = Sensor(uri="test:1", modality=Modality.FINGER, ppi=500.0, simulated=True)
    return capture_best(iter(frames), request, Call("test:1", 10.0), sensor).samples[0].sample


def test_a_finger_that_comes_to_rest_is_taken_before_the_stream_ends() -> None:
    clock = Clock()
    seen: list[Preview] = []
    pictures = [EMPTY, EMPTY, *(noisy(impression(1, FINGER), 3.0, seed) for seed in range(20))]
    judge = CaptureJudge(FingerLooker(500.0), watch=seen.append, clock=clock)
    _capture(judge, clock.frames(0.125, pictures))
    # The first frame with a finger moves; good ones must then hold for three frames and 0.3 s.
    assert len(seen) == 2 + 1 + 4
    assert seen[-1].progress == 1.0
    assert all(one.progress < 1.0 for one in seen[:-1])


def test_a_finger_that_never_rests_gives_the_best_frame() -> None:
    clock = Clock()
    still = impression(1, FINGER)
    pictures = [np.roll(still, 7 * turn % 40, axis=1) for turn in range(12)]
    taken = _capture(CaptureJudge(FingerLooker(500.0), clock=clock), clock.frames(0.125, pictures))
    assert any(np.array_equal(taken.pixels, pixels) for pixels in pictures)


def test_a_poor_finger_is_never_taken_by_itself_and_the_largest_contact_wins() -> None:
    clock = Clock()
    touches = [replace(SMALL, area=area) for area in (0.1, 0.15, 0.12)]
    pictures = [impression(1, touch) for touch in touches for _ in range(4)]
    judge = CaptureJudge(FingerLooker(500.0), clock=clock)
    judged = [judge(frame) for frame in clock.frames(0.2, pictures)]
    assert not any(one.take for one in judged)
    assert np.array_equal(judge.best_frames[0].pixels, impression(1, touches[1]))


def test_nothing_is_offered_where_nothing_is_seen() -> None:
    clock = Clock()
    judge = CaptureJudge(FingerLooker(500.0), clock=clock)
    assert [judge(frame).score for frame in clock.frames(0.125, [EMPTY] * 3)] == [None] * 3
    assert judge.best_frames == ()


def test_the_best_frames_are_kept() -> None:
    clock = Clock()
    judge = CaptureJudge(Fussy(), kept_frames=3, clock=clock)
    judged = [judge(frame) for frame in clock.frames(0.125, _pictures([10, 70, 0, 30, 60, 70, 20]))]
    assert [one.score for one in judged] == [10.0, 70.0, None, 30.0, 60.0, 70.0, 20.0]
    assert [frame.number for frame in judge.best_frames] == [5, 1, 4]


def test_at_least_one_frame_is_kept() -> None:
    judge = CaptureJudge(Fussy(), kept_frames=0)
    judge(frame_of(_pictures([50])[0]))
    assert len(judge.best_frames) == 1


@given(st.lists(st.integers(0, 100), max_size=60), st.integers(1, 5))
def test_kept_are_the_highest_scores(scores: list[int], count: int) -> None:
    best = BestFrames(count)
    for number, score in enumerate(scores):
        best.offer(frame_of(np.zeros((1, 1), np.uint8), number), float(score))
    kept = [scores[frame.number] for frame in best.frames]
    assert kept == sorted(scores, reverse=True)[:count]


def test_a_watcher_sees_every_frame() -> None:
    seen: list[Preview] = []
    judge = CaptureJudge(Fussy(), watch=seen.append, clock=Clock())
    for number, pixels in enumerate(_pictures([0, 40, 80])):
        judge(frame_of(pixels, number))
    assert [one.frame.number for one in seen] == [0, 1, 2]


def test_what_a_watcher_raises_ends_the_capture() -> None:
    def failing(_: Preview) -> None:
        raise RuntimeError("the screen is gone")

    with pytest.raises(RuntimeError, match="screen"):
        CaptureJudge(Fussy(), watch=failing)(frame_of(_pictures([40])[0]))


def _level(sample: BiometricSample) -> float:
    return float(sample.pixels.flat[0])


@pytest.mark.parametrize(("captured", "others", "chosen"), [(50, [40, 70, 60], 70), (80, [40, 70], 80), (50, [], 50)])
def test_extraction_chooses_among_the_kept(captured: int, others: Sequence[int], chosen: int) -> None:
    sample = _sample(_pictures([captured])[0])
    frames = [frame_of(pixels, number) for number, pixels in enumerate(_pictures(others), 1)]
    found = finest(sample, frames, _level)
    assert _level(found) == chosen
    assert (found.device, found.position, found.ppi, found.simulated) == ("test:1", Position.RIGHT_INDEX, 500.0, True)
    assert (found is sample) is (chosen == captured)
    if found is not sample:
        assert found.captured_at in {frame.captured_at for frame in frames}


def test_the_captured_sample_stays_among_equals_and_is_judged_once() -> None:
    sample = _sample(_pictures([50])[0])
    asked: list[BiometricSample] = []

    def even(one: BiometricSample) -> float:
        asked.append(one)
        return 1.0

    same = Frame(pixels=sample.pixels, number=0, captured_at=START)
    assert finest(sample, [same, frame_of(_pictures([60])[0], 1)], even) is sample
    assert len(asked) == 2


def test_frames_of_another_size_are_left_out() -> None:
    sample = _sample(_pictures([50])[0])
    assert finest(sample, [frame_of(np.full((8, 4), 99, np.uint8))], _level) is sample


@pytest.fixture(scope="module")
def quality(tmp_path_factory: pytest.TempPathFactory) -> Callable[[BiometricSample], float]:
    extractor = FingerExtractor.load(ModelStore(tmp_path_factory.mktemp("models")))
    return lambda sample: float(extractor.extract(sample).quality.value)


def test_a_burst_of_poor_touches_gives_the_one_that_extraction_finds_best(
    quality: Callable[[BiometricSample], float],
) -> None:
    """By score and by extraction the worn touches are ranked alike, up to the three that are kept."""
    clock = Clock()
    touches = [replace(SMALL, area=0.12 + 0.02 * (turn % 4), wetness=-0.2 * (turn % 3), seed=turn) for turn in range(8)]
    pictures = [impression(2, touch) for touch in touches]
    judge = CaptureJudge(FingerLooker(500.0), clock=clock)
    taken = _capture(judge, clock.frames(0.125, pictures))
    best = judge.finest(taken, quality)
    assert quality(best) >= quality(taken)
    assert quality(best) >= max(quality(_sample(pixels)) for pixels in pictures) - 5
