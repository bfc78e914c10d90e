"""What is to be done next, in memory: by client and priority, with leases and waits on a clock that never jumps.

Nothing here is durable and nothing needs to be: the registry knows every task and how far it has come, and the queue
is made anew from it. A lease is a worker's word that it is at work; when it falls silent, another may take the task.
"""

from __future__ import annotations

import heapq
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

LEASE_S = 30.0
"""A worker that has not spoken up for so long is taken for dead; it does so every third of it."""

DELIVERIES_AT_ONCE = 2
"""To one client; a receiver that hangs holds up no more than these."""


class TaskJob(Enum):
    """What there is to do about a task."""

    PERFORM = "perform"
    DELIVER = "deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLease:
    """A task that somebody works on.

    Parameters
    ----------
    task_id, job
        What is done.
    lease
        Names this lease; another has another name.
    lost
        How many workers took it before and fell silent.
    """

    task_id: str
    job: TaskJob
    lease: str
    lost: int


@dataclass(slots=True, kw_only=True)
class _Entry:
    task_id: str
    client: str
    priority: int
    order: int
    job: TaskJob
    ticket: int = 0  # what stands in a heap with an older one counts no more
    lost: int = 0
    waits: int = 0
    lease: str | None = None
    expires_at: float = 0.0


@dataclass(slots=True)
class _Lane:
    """What is due of one client and one kind of work."""

    job: TaskJob
    due: list[tuple[int, int, int, str]] = field(default_factory=list)  # -priority, order, ticket, task_id
    at_work: int = 0
    served: int = 0
    silent_until: float = float("-inf")
    is_silent: bool = False


class TaskQueue:
    """Tasks in the order in which they are to be done; not safe between threads.

    Parameters
    ----------
    clock
        Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._lanes: dict[tuple[TaskJob, str], _Lane] = {}
        self._later: list[tuple[float, int, str]] = []  # due_at, ticket, task_id
        self._leased: dict[str, _Entry] = {}
        self._numbers = itertools.count(1)
        self._of_client: dict[str, int] = {}

    def __contains__(self, task_id: object) -> bool:
        return task_id in self._entries

    def of_client(self, client: str) -> int:
        """Return how many unfinished tasks a client has."""
        return self._of_client.get(client, 0)

    def counts(self) -> dict[TaskJob, int]:
        """Return how many tasks wait for each kind of work, or are at it."""
        told = dict.fromkeys(TaskJob, 0)
        for entry in self._entries.values():
            told[entry.job] += 1
        return told

    def add(self, *, task_id: str, client: str, priority: int, job: TaskJob, wait_s: float = 0.0) -> None:
        """Add a task that is due after a while; one that is known stays as it is."""
        if task_id in self._entries:
            return
        order = next(self._numbers)
        entry = _Entry(task_id=task_id, client=client, priority=priority, order=order, job=job)
        self._entries[task_id] = entry
        self._of_client[client] = self.of_client(client) + 1
        self._schedule(entry, wait_s)

    def take(self, job: TaskJob) -> TaskLease | None:
        """Return the next task of a kind of work, leased to whoever asks; None when nothing is due.

        The highest priority goes first; among equals clients take turns, and each client's oldest goes first.
        """
        self._take_back_lost()
        self._let_in_due()
        ready = [lane for lane in self._lanes.values() if lane.job is job and self._may_serve(lane)]
        if not ready:
            return None
        lane = min(ready, key=lambda one: (one.due[0][0], one.served))
        *_, task_id = heapq.heappop(lane.due)
        entry = self._entries[task_id]
        entry.lease, entry.expires_at = secrets.token_hex(8), self._clock() + LEASE_S
        self._leased[task_id] = entry
        lane.at_work += 1
        lane.served = next(self._numbers)
        return TaskLease(task_id=task_id, job=job, lease=entry.lease, lost=entry.lost)

    def renew(self, task_id: str, lease: str) -> bool:
        """Prolong a lease; False when it was lost, since whoever held it was silent for too long."""
        entry = self._leased.get(task_id)
        if entry is None or entry.lease != lease or entry.expires_at <= self._clock():
            return False
        entry.expires_at = self._clock() + LEASE_S
        return True

    def put_off(self, task_id: str, lease: str, wait_of: Callable[[int], float]) -> None:
        """Let a leased task wait, as many times as it was put off before say; nothing when the lease was lost."""
        entry = self._leased.get(task_id)
        if entry is not None and entry.lease == lease:
            entry.waits += 1
            self._schedule(entry, wait_of(entry.waits))

    def turn(self, task_id: str, job: TaskJob, wait_s: float = 0.0) -> None:
        """Let a known task wait for a kind of work, whoever was at it."""
        entry = self._entries.get(task_id)
        if entry is not None:
            self._end_lease(entry)
            entry.job, entry.lost, entry.waits = job, 0, 0
            self._schedule(entry, wait_s)

    def note_receiver(self, client: str, *, silent_s: float | None) -> None:
        """Note that a client's receiver answered (None), or was silent: then it is tried after a while, singly."""
        lane = self._lane(TaskJob.DELIVER, client)
        lane.is_silent = silent_s is not None
        lane.silent_until = float("-inf") if silent_s is None else self._clock() + silent_s

    def remove(self, task_id: str) -> None:
        """Forget a task that is finished."""
        entry = self._entries.pop(task_id, None)
        if entry is not None:
            self._end_lease(entry)
            left = self._of_client[entry.client] = self._of_client[entry.client] - 1
            if not left:
                del self._of_client[entry.client]

    def _schedule(self, entry: _Entry, wait_s: float) -> None:
        self._end_lease(entry)
        entry.ticket = next(self._numbers)
        if wait_s > 0:
            heapq.heappush(self._later, (self._clock() + wait_s, entry.ticket, entry.task_id))
        else:
            self._let_in(entry)

    def _let_in(self, entry: _Entry) -> None:
        lane = self._lane(entry.job, entry.client)
        heapq.heappush(lane.due, (-entry.priority, entry.order, entry.ticket, entry.task_id))

    def _let_in_due(self) -> None:
        while self._later and self._later[0][0] <= self._clock():
            _, ticket, task_id = heapq.heappop(self._later)
            if self._stands(ticket, task_id):
                self._let_in(self._entries[task_id])

    def _take_back_lost(self) -> None:
        for entry in [one for one in self._leased.values() if one.expires_at <= self._clock()]:
            entry.lost += 1
            self._schedule(entry, 0.0)

    def _end_lease(self, entry: _Entry) -> None:
        if self._leased.pop(entry.task_id, None) is not None:
            entry.lease = None
            self._lane(entry.job, entry.client).at_work -= 1

    def _may_serve(self, lane: _Lane) -> bool:
        while lane.due and not self._stands(lane.due[0][2], lane.due[0][3]):
            heapq.heappop(lane.due)
        if not lane.due or lane.job is TaskJob.PERFORM:
            return bool(lane.due)
        most = 1 if lane.is_silent else DELIVERIES_AT_ONCE
        return lane.at_work < most and lane.silent_until <= self._clock()

    def _stands(self, ticket: int, task_id: str) -> bool:
        entry = self._entries.get(task_id)
        return entry is not None and entry.ticket == ticket and entry.lease is None

    def _lane(self, job: TaskJob, client: str) -> _Lane:
        return self._lanes.setdefault((job, client), _Lane(job))
