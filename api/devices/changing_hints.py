"""Hints on a stream, told whenever they change: people read lines, not frames."""

from __future__ import annotations

import time

from enrollment.capture.preview import Clock, Preview

LEAST_BETWEEN_S = 1.0
"""Two lines in a second are not read."""


class ChangingHints:
    """Tells what there is to do on one stream, as text.

    Parameters
    ----------
    language
        `en`, `fr` or `bm`.
    clock
        Seconds from any moment on.
    """

    def __init__(self, language: str, clock: Clock = time.monotonic) -> None:
        self._language = language
        self._clock = clock
        self._said = ""
        self._said_at: float | None = None

    def changed(self, seen: Preview) -> str | None:
        """Return what there is to do now; None where that was told already, or another line was told just now."""
        told = "; ".join(hint.text(self._language) for hint in seen.hints)
        now = self._clock()
        if not told or told == self._said:
            return None
        if self._said_at is not None and now - self._said_at < LEAST_BETWEEN_S:
            return None
        self._said, self._said_at = told, now
        return told
