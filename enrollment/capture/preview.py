"""Frames with what to tell about them, for the operator's screen; hints that come and go with noise are left out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from devices.contract import Frame
from enrollment.capture.hints import Hint
from enrollment.capture.looks import Look, Looker

STEADY_FRAMES, STEADY_S = 2, 0.3
"""How long something must be so before it is told, or told no more: 0.3 s is about what it takes to read two words, and
one frame of a slow stream proves nothing."""

GOOD_FRAMES, GOOD_S = 3, 0.3
"""How long all must be well before a frame is taken by itself: a finger has come to rest, eyes that blinked are open
again."""

_LONGEST_STEP_S = 1.0
"""What one frame may count for; streams stop, and go on."""

Clock: TypeAlias = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Preview:
    """One frame with what to tell about it.

    Parameters
    ----------
    frame
        As the device delivered it.
    hints
        What to show now: what held for a while, the most pressing first; praise where nothing is to be done.
    look
        What this frame shows by itself.
    progress
        0-1: how near it is to being taken by itself.
    took_s
        Seconds that looking took.
    """

    frame: Frame
    hints: tuple[Hint, ...]
    look: Look
    progress: float
    took_s: float


class Previewer:
    """Looks at one stream; it remembers what was seen, so that each stream needs its own.

    Parameters
    ----------
    looker
        Looks at each frame.
    clock
        Seconds from any moment on, never back; the times of frames are not asked, since files and cameras tell any.
    """

    def __init__(self, looker: Looker, clock: Clock = time.monotonic) -> None:
        self._looker = looker
        self._clock = clock
        self._seen_at: float | None = None
        self._hints = SteadyHints()
        self._good = Held()

    def see(self, frame: Frame) -> Preview:
        """Look at the next frame."""
        started = self._clock()
        step_s = 0.0 if self._seen_at is None else min(started - self._seen_at, _LONGEST_STEP_S)
        self._seen_at = started
        look = self._looker.look(frame)
        self._good = self._good.next(step_s) if look.good else Held()
        hints = self._hints.settle(look.hints or (self._looker.praise,), step_s)
        return Preview(
            frame=frame,
            hints=hints,
            look=look,
            progress=self._good.share(GOOD_FRAMES, GOOD_S),
            took_s=self._clock() - started,
        )


def preview(frames: Iterable[Frame], looker: Looker, clock: Clock = time.monotonic) -> Iterator[Preview]:
    """Yield each frame of a stream with what to tell about it.

    A slow reader, or a slow look, makes the stream leave frames out: it always hands over the newest one.

    Parameters
    ----------
    frames
        Such as `devices.opened.OpenDevice.stream` yields.
    looker
        For what is captured: one finger, fingers together, or a face; not used for another stream.
    clock
        As for `Previewer`.
    """
    previewer = Previewer(looker, clock)
    for frame in frames:
        yield previewer.see(frame)


@dataclass(frozen=True, slots=True)
class Held:
    """For how many frames, and seconds between them, something has held."""

    frames: int = 0
    seconds: float = 0.0

    def next(self, step_s: float) -> Held:
        """Return it after one more frame, `step_s` after the last one."""
        return Held(self.frames + 1, self.seconds + step_s if self.frames else 0.0)

    def share(self, frames: int, seconds: float) -> float:
        """Return how much of the wanted time has passed, 0-1."""
        return min(1.0, self.frames / frames, self.seconds / seconds)


class SteadyHints:
    """Shows a hint once it has held for a while, and until it has been gone for as long."""

    def __init__(self) -> None:
        self._shown: dict[str, Hint] = {}
        self._held: dict[str, Held] = {}

    def settle(self, hints: tuple[Hint, ...], step_s: float) -> tuple[Hint, ...]:
        """Return what to show after a frame with these hints, `step_s` seconds after the one before."""
        now = {hint.key: hint for hint in hints}
        changing = [key for key in (*now, *self._shown) if (key in now) is not (key in self._shown)]
        self._held = {key: self._held.get(key, Held()).next(step_s) for key in changing}
        settled = {key for key, held in self._held.items() if held.share(STEADY_FRAMES, STEADY_S) >= 1.0}
        self._held = {key: held for key, held in self._held.items() if key not in settled}
        kept = {key: hint for key, hint in self._shown.items() if key not in settled}
        # What is shown says what this frame says: how many fingers, which of them.
        self._shown = {key: hint for key, hint in now.items() if key in kept or key in settled} | {
            key: hint for key, hint in kept.items() if key not in now
        }
        return tuple(sorted(self._shown.values(), key=lambda hint: not hint.blocking))
