"""A process that is to run as long as its supervisor does, and is started again when it ends by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

_log = structlog.get_logger(__name__)

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0
_STEADY_AFTER_S = 30.0
"""A process that lived so long starts again at once; one that ends earlier is given longer and longer pauses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildPlan:
    """How a child is started.

    Parameters
    ----------
    name
        For the log.
    command
        Program and arguments.
    descriptors
        Open files that it inherits.
    environment
        Variables besides this process's own.
    withheld
        Variables of this process that it is not given.
    """

    name: str
    command: Sequence[str]
    descriptors: tuple[int, ...]
    environment: Mapping[str, str]
    withheld: frozenset[str] = frozenset()


class Child:
    """One place for a process; `tend` keeps it filled."""

    def __init__(self, plan: ChildPlan) -> None:
        self._plan = plan
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._due_at = 0.0
        self._pause_s = _FIRST_PAUSE_S
        self.was_steady = False

    @property
    def name(self) -> str:
        """Name for the log."""
        return self._plan.name

    @property
    def pid(self) -> int | None:
        """Process id; None when none runs."""
        return self._process.pid if self._process is not None else None

    @property
    def is_running(self) -> bool:
        """Whether its process has not ended, as far as `tend` or `await_end` saw."""
        return self._process is not None

    def start_when_due(self) -> bool:
        """Start the process unless it runs or its pause lasts; True when it was started."""
        if self._process is not None or time.monotonic() < self._due_at:
            return False
        try:
            self._process = self._open()
        except OSError as error:  # no memory, or no room for one more process
            _log.error("serve.start_failed", child=self._plan.name, reason=error.strerror)
            self._due_at = time.monotonic() + _LONGEST_PAUSE_S
            return False
        self._started_at = time.monotonic()
        _log.info("serve.started", child=self._plan.name, pid=self._process.pid)
        return True

    def _open(self) -> subprocess.Popen[bytes]:
        given = {name: value for name, value in os.environ.items() if name not in self._plan.withheld}
        # A session of its own: Ctrl-C on the terminal is for the supervisor, which ends its children in order.
        return subprocess.Popen(
            self._plan.command,
            stdin=subprocess.DEVNULL,
            pass_fds=self._plan.descriptors,
            env={**given, **self._plan.environment},
            start_new_session=True,
        )

    def look(self) -> tuple[int, int] | None:
        """Return process id and exit code when the process has ended since the last look; the next start has a date."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        pid, self._process = self._process.pid, None
        lived_s = time.monotonic() - self._started_at
        if lived_s > _STEADY_AFTER_S:
            self.was_steady, self._pause_s = True, _FIRST_PAUSE_S
        self._due_at = time.monotonic() + self._pause_s
        self._pause_s = min(_LONGEST_PAUSE_S, self._pause_s * 2.0)
        _log.warning("serve.ended", child=self._plan.name, pid=pid, code=code, lived_s=round(lived_s, 1))
        return pid, code

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the process, if one runs."""
        if self._process is not None:
            self._process.send_signal(number)

    def await_end(self, until: float) -> bool:
        """Wait for the process to end, until a moment of the monotonic clock; False when it has not."""
        if self._process is None:
            return True
        try:
            code = self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        _log.info("serve.ended", child=self._plan.name, pid=self._process.pid, code=code)
        self._process = None
        return True
