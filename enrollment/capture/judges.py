"""Which frame to take: the first that has been good for a while, or else the best of the burst."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from biometrics.samples import BiometricSample
from devices.contract import Frame, FrameJudgement
from enrollment.capture.looks import Looker
from enrollment.capture.preview import Clock, Preview, Previewer

Watcher: TypeAlias = Callable[[Preview], None]
"""Shows an operator what is seen; it is called in the device's thread, and must be quick."""

Quality: TypeAlias = Callable[[BiometricSample], float]
"""Quality of a sample as the extractor finds it; what it raises is not caught."""

KEPT_FRAMES = 3
"""Of a burst, for the extractor to choose from; how much that wins is what `kura bench capture` prints."""


class CaptureJudge:
    """Judges the frames of one capture; implements `devices.contract.FrameJudge`.

    A frame is taken by itself as soon as frames have been good for a while (`enrollment.capture.preview`). Until then
    each has the score that its look estimates; where the time is up, the device takes the highest.

    Parameters
    ----------
    looker
        For what is captured; not used for another capture.
    kept_frames
        How many of the best are kept for `finest`; at least 1.
    watch
        Is shown every frame with its hints.
    clock
        As for `enrollment.capture.preview.Previewer`.
    """

    def __init__(
        self,
        looker: Looker,
        *,
        kept_frames: int = KEPT_FRAMES,
        watch: Watcher | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._previewer = Previewer(looker, clock)
        self._best = BestFrames(max(1, kept_frames))
        self._watch = watch

    def __call__(self, frame: Frame, /) -> FrameJudgement:
        """Judge the next frame."""
        seen = self._previewer.see(frame)
        if self._watch is not None:
            self._watch(seen)
        score = seen.look.score
        if score is None:
            return FrameJudgement(score=None)
        self._best.offer(frame, score)
        return FrameJudgement(score=score, take=seen.progress >= 1.0)

    @property
    def best_frames(self) -> tuple[Frame, ...]:
        """The best frames so far, the best first."""
        return self._best.frames

    def finest(self, sample: BiometricSample, quality: Quality) -> BiometricSample:
        """Return the best of the kept frames as extraction judges them; the captured sample where none is better.

        Parameters
        ----------
        sample
            What the capture gave: its place, device and resolution are those of the frames too.
        quality
            Extracts, which takes up to a second for each frame.
        """
        return finest(sample, self.best_frames, quality)


def finest(sample: BiometricSample, frames: Sequence[Frame], quality: Quality) -> BiometricSample:
    """Return the sample, or one of the frames in its place, by the highest quality; the sample first among equals.

    Frames of another size than the sample are left out: they were captured in another way.
    """
    others = [
        replace(sample, pixels=frame.pixels, captured_at=frame.captured_at)
        for frame in frames
        if frame.pixels is not sample.pixels and frame.pixels.shape == sample.pixels.shape
    ]
    return max((sample, *others), key=quality)


class BestFrames:
    """Keeps the frames with the highest scores, the later ones among equals.

    Parameters
    ----------
    count
        How many.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._kept: list[tuple[float, int, Frame]] = []
        self._offered = 0

    def offer(self, frame: Frame, score: float) -> None:
        """Keep the frame where it is among the best."""
        self._offered += 1
        heapq.heappush(self._kept, (score, self._offered, frame))
        if len(self._kept) > self._count:
            heapq.heappop(self._kept)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """What is kept, the best first."""
        return tuple(frame for _, _, frame in sorted(self._kept, key=lambda one: one[:2], reverse=True))
