"""Frames that are looked at in a thread of their own, for whoever asks for the newest one."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from biometrics.errors import BiometricsError
from devices.contract import Frame

Look: TypeAlias = Callable[[Frame], Sequence[str]]
"""Says of a frame what the person should do, in their language; always asked by the same thread."""

_CLOSES_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """One frame with what was said of it; `number` counts from 0."""

    frame: Frame
    told: tuple[str, ...]
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """There are no more frames; `failed` when the device is why, as `told`."""

    failed: bool = False
    told: str = ""


class Showing:
    """Looks at frames until they end or it is closed.

    Parameters
    ----------
    frames
        As a device streams them.
    look
        What it asks of each.
    """

    def __init__(self, frames: Iterable[Frame], look: Look) -> None:
        self._frames = frames
        self._look = look
        self._changed = threading.Condition()
        self._newest: Shown | None = None
        self._ended: Ended | None = None
        self._thread = threading.Thread(target=self._run, name="preview", daemon=True)
        self._thread.start()

    def newer(self, number: int, wait_s: float) -> Shown | Ended | None:
        """Return the newest frame after this number, waiting for it; None when none came."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended is not None or self._has_after(number), wait_s)
            if self._ended is not None:
                return self._ended
            return self._newest if self._has_after(number) else None

    def wait(self, timeout_s: float | None = None) -> Ended | None:
        """Wait until there are no more frames; None when there still are after that time."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended is not None, timeout_s)
            return self._ended

    def close(self) -> None:
        """Look at no more frames; a stream of an open device ends. Closing again does nothing."""
        self._end(Ended())
        close = getattr(self._frames, "close", None)
        if close is not None:
            with contextlib.suppress(ValueError):  # a generator that the thread is in; the thread ends it
                close()
        self._thread.join(_CLOSES_S)

    def _has_after(self, number: int) -> bool:
        return self._newest is not None and self._newest.number > number

    def _end(self, ended: Ended) -> None:
        with self._changed:
            self._ended = self._ended or ended
            self._newest = None
            self._changed.notify_all()

    def _run(self) -> None:
        ended = Ended(failed=True)  # unless it gets to the end
        try:
            for number, frame in enumerate(self._frames):
                shown = Shown(frame=frame, told=tuple(self._look(frame)), number=number)
                with self._changed:
                    if self._ended is not None:
                        return
                    self._newest = shown
                    self._changed.notify_all()
            ended = Ended()
        except BiometricsError as error:
            ended = Ended(failed=True, told=str(error))
        finally:
            self._end(ended)
