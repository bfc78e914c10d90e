"""Sinks and clocks that tests hold in their hands."""

from __future__ import annotations

from biometrics.errors import StorageError


class HeldClock:
    """A clock that stands until somebody moves it."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class HeldSink:
    """Keeps lines in memory, unless it is told not to answer."""

    name = "held"

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.answers = True

    def deliver(self, line: str) -> None:
        if not self.answers:
            raise StorageError("the sink does not answer", source=self.name)
        if self.lines[-1:] != [line]:
            self.lines.append(line)
