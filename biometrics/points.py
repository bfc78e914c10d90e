"""Named points at which a crash or a full disk would hurt most; tests make it happen there, nobody else listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Generic, TypeVar

Point = TypeVar("Point", bound=Enum)


class Points(Generic[Point]):
    """Tells listeners of the points that one kind of work reaches."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Point], None]] = []

    def reach(self, point: Point) -> None:
        """Say that a point is reached; a listener may end the process here, or raise what a full disk would raise."""
        for listener in self._listeners:
            listener(point)

    @contextmanager
    def listening(self, listener: Callable[[Point], None]) -> Iterator[None]:
        """Let a listener know of every point that any thread of this process reaches."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)
