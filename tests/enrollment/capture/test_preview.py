"""Hints come and go slowly enough to be read, progress grows with good frames, and the time a look takes is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.contract import Frame
from enrollment.capture.finger_hints import GOOD, MOVING, NOTHING, FingerLooker
from enrollment.capture.hints import Hint
from enrollment.capture.looks import Look
from enrollment.capture.preview import Held, Preview, Previewer, preview
from tests.enrollment.capture.streams import Clock, frame_of
from tests.simulated import impression

DRY = Hint(key="finger.hint.dry", blocking=False)


class Scripted:
    """Sees what it is told to see."""

    praise = GOOD

    def __init__(self, looks: Iterable[Look]) -> None:
        self._looks = iter(looks)

    def look(self, frame: Frame) -> Look:
        return next(self._looks)


def _look(*hints: Hint, score: float | None = 80.0) -> Look:
    return Look(hints=hints, score=None if NOTHING in hints else score)


def _seen(looks: Sequence[Look], interval_s: float = 0.125) -> list[Preview]:
    clock, pictures = Clock(), [np.zeros((4, 4), np.uint8)] * len(looks)
    return list(preview(clock.frames(interval_s, pictures), Scripted(looks), clock))


def _shown(looks: Sequence[Look], interval_s: float = 0.125) -> list[list[str]]:
    return [[hint.key.removeprefix("finger.hint.") for hint in seen.hints] for seen in _seen(looks, interval_s)]


def test_a_hint_shows_after_it_held_for_a_while() -> None:
    assert _shown([_look(NOTHING)] * 6) == [[], [], [], ["none"], ["none"], ["none"]]


def test_a_slow_stream_needs_two_frames() -> None:
    assert _shown([_look(NOTHING)] * 3, interval_s=0.8) == [[], ["none"], ["none"]]


def test_what_flickers_is_not_shown() -> None:
    assert _shown([_look(NOTHING), _look(MOVING)] * 12) == [[]] * 24


def test_a_hint_that_is_missed_for_a_moment_stays() -> None:
    looks = [_look(DRY)] * 5 + [_look()] * 2 + [_look(DRY)] * 3
    assert _shown(looks)[4:] == [["dry"]] * 6


def test_what_is_done_is_told_no_more() -> None:
    assert _shown([_look(DRY)] * 5 + [_look()] * 6)[4:] == [["dry"]] * 4 + [["good"]] * 3


def test_what_blocks_comes_first() -> None:
    assert _shown([_look(DRY, MOVING)] * 5)[-1] == ["hold_still", "dry"]


def test_a_shown_hint_says_what_the_newest_frame_says() -> None:
    def fewer(found: int) -> Look:
        return _look(Hint(key="finger.hint.fewer", blocking=True, numbers={"found": found, "expected": 4}))

    seen = _seen([fewer(2)] * 5 + [fewer(3)])
    assert [hint.numbers["found"] for hint in seen[-2].hints] == [2]
    assert [hint.numbers["found"] for hint in seen[-1].hints] == [3]


def test_progress_needs_frames_and_time() -> None:
    assert [round(seen.progress, 2) for seen in _seen([_look()] * 5)] == [0.0, 0.42, 0.83, 1.0, 1.0]
    assert [round(seen.progress, 2) for seen in _seen([_look()] * 4, interval_s=1.0)] == [0.0, 0.67, 1.0, 1.0]
    many = [seen.progress for seen in _seen([_look()] * 12, interval_s=1 / 30)]
    assert many == sorted(many)
    assert many[8] < 1.0 == many[10]


@pytest.mark.parametrize("between", [_look(MOVING), _look(NOTHING), _look(score=None)])
def test_progress_begins_again_after_a_frame_that_is_not_good(between: Look) -> None:
    seen = _seen([_look()] * 5 + [between] + [_look()] * 2)
    assert seen[4].progress == 1.0
    assert seen[5].progress == 0.0
    assert seen[6].progress < 0.5


def test_advice_that_does_not_block_keeps_nothing_from_being_taken() -> None:
    assert _seen([_look(DRY)] * 5)[-1].progress == 1.0


def test_a_stream_that_stops_for_an_hour_counts_as_a_second() -> None:
    assert _seen([_look(NOTHING)] * 2, interval_s=3600.0)[-1].progress == 0.0
    assert Held().next(5.0).next(1.0) == Held(2, 1.0)


def test_the_time_of_a_look_is_told() -> None:
    clock = Clock()

    class Slow(Scripted):
        def look(self, frame: Frame) -> Look:
            clock.now += 0.07
            return super().look(frame)

    seen = Previewer(Slow([_look()]), clock).see(frame_of(np.zeros((4, 4), np.uint8)))
    assert seen.took_s == pytest.approx(0.07)


def test_frames_are_handed_on_as_they_come_and_none_is_asked_for_early() -> None:
    asked: list[int] = []

    def frames() -> Iterable[Frame]:
        for number in range(3):
            asked.append(number)
            yield frame_of(np.zeros((4, 4), np.uint8), number)

    previews = preview(frames(), Scripted([_look()] * 3))
    assert asked == []
    assert next(iter(previews)).frame.number == 0
    assert asked == [0]
    assert [seen.frame.number for seen in previews] == [1, 2]


@given(
    st.lists(st.lists(st.sampled_from([DRY, MOVING, NOTHING]), unique=True, max_size=3), max_size=40),
    st.floats(0.001, 2.0),
)
def test_nothing_shows_that_did_not_hold_and_nothing_is_lost(hints: list[list[Hint]], interval_s: float) -> None:
    shown = _shown([_look(*some) for some in hints], interval_s)
    named = [[hint.key.removeprefix("finger.hint.") for hint in some] or ["good"] for some in hints]
    for place, keys in enumerate(shown):
        assert len(set(keys)) == len(keys)
        earlier = {key for some in named[: place + 1] for key in some}
        assert set(keys) <= earlier
    if len(named) > 1 and interval_s > 0.3 and named[-1] == named[-2]:
        assert set(shown[-1]) == set(named[-1])


def test_a_real_looker_previews_a_finger_that_comes_and_rests() -> None:
    clock, empty, finger = Clock(), np.full((400, 336), 230, np.uint8), impression(1)
    seen = list(preview(clock.frames(0.15, [empty] * 4 + [finger] * 6), FingerLooker(500.0), clock))
    assert [hint.key for hint in seen[3].hints] == ["finger.hint.none"]
    assert [hint.key for hint in seen[-1].hints] == ["finger.hint.good"]
    assert seen[3].look.score is None
    assert seen[-1].progress == 1.0
