"""A stopwatch for stages that follow each other."""

from __future__ import annotations

import time

from api.pages.demo_views import StageTime


class Laps:
    """Measures each stage from the end of the one before."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._stages: list[StageTime] = []

    def end(self, name: str, count: int, unit: str) -> None:
        """Note that a stage has ended, and how much was done in it."""
        now = time.monotonic()
        self._stages.append(StageTime(name=name, seconds=now - self._last, count=count, unit=unit))
        self._last = now

    @property
    def stages(self) -> tuple[StageTime, ...]:
        """The stages so far."""
        return tuple(self._stages)
