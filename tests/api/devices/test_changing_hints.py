"""Hints are told when they change, at most one line a second."""

from __future__ import annotations

import numpy as np

from api.devices.changing_hints import LEAST_BETWEEN_S, ChangingHints
from enrollment.capture.hints import Hint
from enrollment.capture.looks import Look
from enrollment.capture.preview import Preview
from tests.enrollment.capture.streams import Clock, frame_of

NONE, DRY, STILL = (
    Hint(key=f"finger.hint.{name}", blocking=True, numbers={}) for name in ("none", "moisten", "hold_still")
)


def _seen(*hints: Hint) -> Preview:
    frame = frame_of(np.zeros((4, 4), np.uint8))
    return Preview(frame=frame, hints=hints, look=Look(hints=hints, score=None), progress=0.0, took_s=0.0)


def test_a_line_is_told_once() -> None:
    clock = Clock()
    hints = ChangingHints("en", clock)
    assert hints.changed(_seen()) is None
    assert hints.changed(_seen(NONE)) == NONE.text("en")
    clock.now += 10
    assert hints.changed(_seen(NONE)) is None
    assert hints.changed(_seen()) is None
    assert hints.changed(_seen(DRY, STILL)) == f"{DRY.text('en')}; {STILL.text('en')}"


def test_hints_that_come_and_go_make_no_flood() -> None:
    clock, told = Clock(), []
    hints = ChangingHints("fr", clock)
    for number in range(300):
        told.append(hints.changed(_seen(NONE if number % 2 else DRY)))
        clock.now += 1 / 30
    lines = [line for line in told if line]
    assert 2 <= len(lines) <= 1 + 10 / LEAST_BETWEEN_S
    assert set(lines) == {NONE.text("fr"), DRY.text("fr")}


def test_what_changed_meanwhile_is_told_when_its_time_has_come() -> None:
    clock = Clock()
    hints = ChangingHints("en", clock)
    hints.changed(_seen(NONE))
    assert hints.changed(_seen(DRY)) is None
    clock.now += LEAST_BETWEEN_S
    assert hints.changed(_seen(DRY)) == DRY.text("en")
