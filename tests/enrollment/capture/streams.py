"""Streams of frames made to order, and a clock that ticks with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from biometrics.arrays import Pixels
from devices.contract import Frame
from enrollment.capture.looks import Look, Looker

START = datetime(2026, 1, 1, tzinfo=UTC)

AWKWARD: dict[str, Pixels] = {
    "one pixel": np.full((1, 1), 7, np.uint8),
    "one pixel, RGB": np.full((1, 1, 3), 7, np.uint8),
    "a line": np.full((1, 900), 200, np.uint8),
    "a column": np.full((900, 1, 3), 200, np.uint8),
    "a strip": np.tile(np.arange(4000, dtype=np.uint8), (90, 1)),
    "black": np.zeros((480, 640, 3), np.uint8),
    "white": np.full((400, 336), 255, np.uint8),
    "noise": np.random.default_rng(1).integers(0, 256, (400, 336), np.uint8),
    "noise, RGB": np.random.default_rng(2).integers(0, 256, (480, 640, 3), np.uint8),
    "checked": (np.indices((400, 400)).sum(axis=0) % 2 * 255).astype(np.uint8),
    "half and half": np.repeat(np.array([[0, 255]], np.uint8), 200, axis=1).repeat(400, axis=0),
    "a grating, huge": np.tile((np.arange(4000) // 5 % 2 * 255).astype(np.uint8), (3000, 1)),
}
"""What no finger or face looks like, of all sizes."""


def frame_of(pixels: Pixels, number: int = 0, interval_s: float = 1 / 30) -> Frame:
    """Return frame `number` of a stream with one every `interval_s` seconds."""
    return Frame(
        pixels=np.ascontiguousarray(pixels),
        number=number,
        captured_at=START + timedelta(seconds=number * interval_s),
    )


def look_at(looker: Looker, *pictures: Pixels, interval_s: float = 1 / 30) -> Look:
    """Return what the looker says of the last of some pictures, shown one after the other."""
    looks = [looker.look(frame_of(pixels, number, interval_s)) for number, pixels in enumerate(pictures)]
    return looks[-1]


def keys_of(look: Look) -> set[str]:
    return {hint.key for hint in look.hints}


def blocking_of(look: Look) -> set[str]:
    return {hint.key for hint in look.hints if hint.blocking}


def noisy(pixels: Pixels, levels: float, seed: int) -> Pixels:
    noise = np.random.default_rng(seed).normal(0.0, levels, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


class Clock:
    """Shows the time it was set to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def frames(self, interval_s: float, pictures: Iterable[Pixels]) -> Iterator[Frame]:
        """Yield frames, the clock going on by the interval before each but the first."""
        for number, pixels in enumerate(pictures):
            self.now += interval_s if number else 0.0
            yield frame_of(pixels, number, interval_s)
