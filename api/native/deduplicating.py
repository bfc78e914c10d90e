"""Deduplications that go on after the answer: a thread has the engine work, and the run's files tell how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from api.http.problems import Refusal
from biometrics.errors import BiometricsError
from enrollment.deduplication.state import RunState
from enrollment.deduplication.store import RunStore
from enrollment.deduplication.turn import who_runs

_LOOK_AGAIN_S = 0.1
_PATIENCE_S = 10.0
"""For the name of a new run; opening a large gallery for the first time may take longer, then the list tells later."""


class Started:
    """A run that a thread of this worker has the engine work on; it pauses when the worker ends, and can be resumed."""

    def __init__(self, store: RunStore, work: Callable[[], RunState]) -> None:
        self._store = store
        self._work = work
        self._known = frozenset(store.run_ids())
        self._ended = threading.Event()
        self._failed: BiometricsError | None = None

    def begin(self) -> str | None:
        """Begin, and return the new run's name; None when that takes longer.

        Raises
        ------
        Refusal
            When another run is worked on.
        BiometricsError
            When it cannot begin.
        """
        require_idle(self._store)
        threading.Thread(target=self._perform, name="deduplication", daemon=True).start()
        waited_s = 0.0
        while waited_s < _PATIENCE_S:
            new = sorted(set(self._store.run_ids()) - self._known)
            if new:
                return new[-1]
            if self._ended.wait(_LOOK_AGAIN_S):
                break
            waited_s += _LOOK_AGAIN_S
        if self._failed is not None:
            raise self._failed
        new = sorted(set(self._store.run_ids()) - self._known)
        return new[-1] if new else None

    def go_on(self, run_id: str) -> str:
        """Go on with a run, and return its name; raises as `begin` for what fails at once."""
        require_idle(self._store)
        threading.Thread(target=self._perform, name="deduplication", daemon=True).start()
        if self._ended.wait(_LOOK_AGAIN_S) and self._failed is not None:
            raise self._failed
        return run_id

    def _perform(self) -> None:
        try:
            self._work()
        except BiometricsError as error:
            self._failed = error
            structlog.get_logger().warning("deduplication_paused", error=error.kind)
        finally:
            self._ended.set()


def require_idle(store: RunStore) -> None:
    """Refuse to work on a second run.

    Raises
    ------
    Refusal
        When a run is worked on.
    """
    running = who_runs(store.folder)
    if running is not None:
        raise Refusal("conflict", f"the run {running.run_id} is worked on: wait for its end")
