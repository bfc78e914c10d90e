"""Progress on the terminal: a bar where somebody watches, a line now and then where a log does; always on stderr.

Both tell how fast it goes and how much longer it takes: over the last while on the bar, since the beginning in lines.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from biometrics.protocols import Progress as ProgressCallback

_LINE_EVERY_S = 10.0


@contextmanager
def progress_display() -> Iterator[ProgressCallback]:
    """Yield a callback that shows `done` of `total` for every `what` it is told about."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeRemainingColumn(),
    )
    # Lines that go to the same terminal are put above the bars; those that go to a file or a pipe must stay there.
    together = sys.stdout.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=together) as bars:
        tasks: dict[str, TaskID] = {}

        def show(done: int, total: int, what: str) -> None:
            if what not in tasks:  # what was done before this began says nothing about how fast it goes
                tasks[what] = bars.add_task(what, total=total, completed=done)
            bars.update(tasks[what], completed=done, total=total)

        yield show


def duration(seconds: float) -> str:
    """Return a duration in the one or two units that matter."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


class _RateColumn(ProgressColumn):
    """Steps a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed is not None and task.speed >= 1 else "")


class _Lines:
    """Writes a line when work has gone on for a while since the last one."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._begun: dict[str, tuple[float, int]] = {}

    def __call__(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        since, already = self._begun.setdefault(what, (now, done))
        if now - self._last >= _LINE_EVERY_S:
            self._last = now
            pace = _pace(done - already, now - since, total - done)
            print(f"{what}: {done:,} of {total:,}{pace}", file=sys.stderr, flush=True)


def _pace(done: int, seconds: float, left: int) -> str:
    if done <= 0 or seconds <= 0:
        return ""
    rate = done / seconds
    return f", {rate:,.0f} a second, {duration(left / rate)} left" if rate >= 1 else f", {duration(left / rate)} left"
