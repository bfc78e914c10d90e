"""Threads that devices are used by, and what becomes of one that does not come back.

A driver may hang for good in somebody else's code, and a thread cannot be stopped. Whoever asks waits until the call is
over and a little longer, then gives the thread up and goes on with another. How many of them may be left behind is
bounded, so that a broken device costs a few threads and no more.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from biometrics.errors import CaptureCancelledError, DeviceBusyError
from devices.calls import Call

GRACE_S = 1.0
"""How much longer than its call a driver is waited for: it may be about to answer, or to see the cancellation."""

MOST_LEFT = 6
"""Threads of one device, or of one driver's searches, that may be left behind before no further one is begun."""

LOOKS_S = 0.05
"""How often whoever waits looks whether the call is still wanted."""

T = TypeVar("T")


class Job(Generic[T]):
    """Something to be done in another thread, and what came of it."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work: Callable[[], T] | None = work
        self._value: list[T] = []
        self._error: BaseException | None = None
        self.done = threading.Event()

    def run(self) -> None:
        """Do it, in the thread that it was given to."""
        try:
            assert self._work is not None
            self._value.append(self._work())
        except BaseException as error:  # noqa: BLE001 - whatever it is belongs to whoever asked
            self._error = error
        finally:
            self._work = None
            self.done.set()

    def result(self) -> T:
        """Return what it gave, or raise what it raised; once it is done."""
        error, self._error = self._error, None
        if error is None:
            return self._value[0]
        try:
            raise error
        finally:
            del error


class Worker:
    """One thread that does jobs in their order until it is dismissed; made by a `Crew`."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._dismissed = False
        self.stuck = False
        """Whether somebody gave up waiting for it."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether its thread still runs."""
        return self._thread.is_alive()

    def begin(self, work: Callable[[], T]) -> Job[T]:
        """Have something done after what it was given before."""
        job = Job(work)
        self._jobs.put(job)
        return job

    def ask(self, work: Callable[[], T], call: Call) -> T:
        """Have something done and wait for it, `GRACE_S` longer than the call lasts.

        Raises
        ------
        DeviceTimeoutError, CaptureCancelledError
            When it is not done by then, and the thread is left to itself (`stuck`).
        BaseException
            Whatever the work raises.
        """
        job = self.begin(work)
        try:
            given_up = wait_until(job.done, call)
        except BaseException:
            # Ctrl-C: nobody waits any longer, whether or not the driver notices.
            call.cancellation.cancel()
            self.stuck = True
            raise
        if not given_up:
            return job.result()
        self.stuck = True
        if call.cancellation.wanted:
            raise CaptureCancelledError("the capture was cancelled", source=call.uri, remedy="start it again")
        raise call.timed_out()

    def dismiss(self, last: Callable[[], object]) -> None:
        """Let it do one last thing, when it is done with the rest, and end; what that raises is dropped."""
        if not self._dismissed:
            self._dismissed = True
            self._jobs.put(Job(last))
            self._jobs.put(None)

    def join(self, seconds: float) -> bool:
        """Wait for its end at most that long; say whether it came."""
        self._thread.join(max(0.0, seconds))
        return not self.alive

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()
            del job  # what it holds must not wait for the next one


class Crew:
    """Begins threads, by what they are for, as long as not too many for the same were left behind.

    Parameters
    ----------
    most_left
        How many that is.
    """

    def __init__(self, most_left: int = MOST_LEFT) -> None:
        self._most_left = most_left
        self._left: defaultdict[str, list[Worker]] = defaultdict(list)
        self._lock = threading.Lock()

    def hire(self, purpose: str, *, most_left: int | None = None) -> Worker:
        """Begin a thread.

        Raises
        ------
        DeviceBusyError
            When too many for this purpose have not come back, or the system gives no more threads.
        """
        with self._lock:
            self._prune()
            left = len(self._left.get(purpose, ()))
        if left >= (self._most_left if most_left is None else most_left):
            raise DeviceBusyError(
                "calls that were given up have not come back, and no further one is begun",
                source=purpose,
                remedy="disconnect it, restart what it is reached through, or this program",
            )
        return self._begun(purpose)

    def leave(self, purpose: str, worker: Worker, last: Callable[[], object]) -> None:
        """Dismiss a thread, and count it until it ends."""
        with self._lock:
            self._prune()
            if worker not in self._left[purpose]:
                self._left[purpose].append(worker)
        worker.dismiss(last)

    def send(self, purpose: str, work: Callable[[], object]) -> None:
        """Have something done that nobody waits for, in a thread that counts as left behind until it ends."""
        self.leave(purpose, self._begun(purpose), work)

    def _begun(self, purpose: str) -> Worker:
        try:
            return Worker(f"device {purpose}")
        except RuntimeError:
            raise DeviceBusyError(
                "no further thread can be begun", source=purpose, remedy="end other programs, then try again"
            ) from None

    def _prune(self) -> None:
        for purpose, workers in list(self._left.items()):
            self._left[purpose] = [worker for worker in workers if worker.alive]
            if not self._left[purpose]:
                del self._left[purpose]


def wait_until(done: threading.Event, call: Call) -> bool:
    """Wait for something that a call is about, and `GRACE_S` more; say whether it had to be given up."""
    give_up: float | None = None
    while not done.wait(LOOKS_S if give_up is not None else min(LOOKS_S, call.remaining_s)):
        if give_up is None and call.over:
            give_up = time.monotonic() + GRACE_S
        elif give_up is not None and time.monotonic() >= give_up:
            return True
    return False
