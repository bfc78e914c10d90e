"""What a worker decided about who may do what, counted and reported to the owner of the registry, who records it.

Whoever is refused a thousand times a second fills no disk with it: decisions that are alike are one entry with their
number, and the entries of a report are bounded. None goes uncounted, unless the worker is killed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from api.http.exchange import Exchange
from api.http.problems import Refusal
from biometrics.errors import AnchorsStaleError, BiometricsError
from biometrics.records import LONGEST_ACTOR, ActorRole
from biometrics.samples import now_utc
from registry.audit_log.state import AuditState
from registry.decisions import Decision

DENIALS = frozenset(("token", "certificate", "scope", "role", "right", "purpose", "rate"))
"""Kinds of refusals that say that somebody may not; of `forbidden`, the owner of the registry tells."""

REPORT_EVERY_S = 5.0

MOST_DENIED = 16
"""Kinds of denied calls told apart in a report; the others are told by reason alone."""

MOST_GRANTED = 256
"""Kinds of granted calls that wait; more are reported at once."""

_MOST_KEPT = 4096
"""Kinds of granted calls told apart while no report can be made, about 2 MB."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Kind:
    granted: bool
    reason: str | None = None
    status: int | None = None
    client: str | None = None
    route: str | None = None
    scope: str | None = None
    purpose: str | None = None
    role: ActorRole | None = None


@dataclass(slots=True)
class _Times:
    count: int
    first_at: datetime
    last_at: datetime


class DecisionDesk:
    """Counts decisions of one worker and reports them from a thread of its own.

    Parameters
    ----------
    report
        Has decisions recorded and returns how the log stands.
    stands
        Told how it stands.
    """

    def __init__(
        self, report: Callable[[tuple[Decision, ...]], AuditState], stands: Callable[[AuditState], None]
    ) -> None:
        self._report, self._stands = report, stands
        self._counting, self._reporting = threading.Lock(), threading.Lock()
        self._denied: dict[_Kind, _Times] = {}
        self._granted: dict[_Kind, _Times] = {}
        self._wake = threading.Event()
        self._ending = False
        self._thread: threading.Thread | None = None

    def note(self, exchange: Exchange) -> None:
        """Count what was decided about a request; nothing about one that nobody had to decide on."""
        kind = _kind_of(exchange)
        if kind is not None:
            self._count(kind)

    def note_task(self, client: str, operation: str, refusal: Refusal) -> None:
        """Count a task that was accepted and may not be performed any more, where that is why it is refused."""
        reason = denial_of(refusal)
        if reason is not None:
            route, client_named = f"TASK {operation}", _recordable(client)
            self._count(_Kind(False, reason=reason, status=refusal.status, client=client_named, route=route))

    def _count(self, kind: _Kind) -> None:
        now = now_utc()
        with self._counting:
            self._add(kind, _Times(1, now, now))
            if len(self._granted) > MOST_GRANTED:
                self._wake.set()

    def start(self) -> None:
        """Report regularly from now on."""
        self._thread = threading.Thread(target=self._run, name="decisions", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Report what is left, and end."""
        self._ending = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        if not self.flush():
            _log.error("access.decisions_not_recorded", count=self.waiting)

    @property
    def waiting(self) -> int:
        """Decisions that are not reported yet."""
        with self._counting:
            return sum(times.count for times in (*self._denied.values(), *self._granted.values()))

    def flush(self) -> bool:
        """Report what waits; return whether it was recorded. What was not is kept and counted on."""
        with self._reporting:
            with self._counting:
                taken = {**self._denied, **self._granted}
                self._denied.clear()
                self._granted.clear()
            try:
                state = self._report(tuple(_decisions(taken.items())))
            except BiometricsError as error:
                _log.warning("access.decisions_wait", kind=error.kind)
                with self._counting:
                    for kind, times in taken.items():
                        self._add(kind, times)
                if isinstance(error, AnchorsStaleError):
                    self._stands(self._report(()))  # nothing is recorded any more: that much can be learned
                return False
        self._stands(state)
        return True

    def _run(self) -> None:
        while not self._ending:
            self._wake.wait(REPORT_EVERY_S)
            self._wake.clear()
            try:
                recorded = self.flush()
            except Exception as error:  # noqa: BLE001 - the thread must outlive a mistake of Kura's
                _log.error("access.report_failed", failure=type(error).__name__)
                recorded = False
            if not recorded and not self._ending:
                self._wake.wait(REPORT_EVERY_S)

    def _add(self, kind: _Kind, times: _Times) -> None:
        """Count, telling no more kinds apart than there is room for."""
        counted, most = (self._granted, _MOST_KEPT) if kind.granted else (self._denied, MOST_DENIED)
        if kind not in counted and len(counted) >= most:
            kind = _Kind(kind.granted, reason=kind.reason, status=kind.status)
        known = counted.get(kind)
        if known is None:
            counted[kind] = replace(times)
            return
        known.count += times.count
        known.first_at, known.last_at = min(known.first_at, times.first_at), max(known.last_at, times.last_at)


def denial_of(refusal: Refusal) -> str | None:
    """Return why a client may not, where that is what a refusal says."""
    return refusal.denied or (refusal.kind.name if refusal.kind.name in DENIALS else None)


def _kind_of(exchange: Exchange) -> _Kind | None:
    caller = exchange.caller
    if exchange.denied is None and caller is None:
        return None
    route = f"{exchange.method} {exchange.route}" if exchange.route else None
    who = _Kind(granted=exchange.denied is None, client=_recordable(exchange.client), route=route)
    if caller is not None:
        who = replace(who, scope=caller.scope, purpose=caller.purpose, role=caller.role)
    return who if who.granted else replace(who, reason=exchange.denied, status=exchange.status)


def _recordable(client: str | None) -> str | None:
    """Return a client's name as the trail can hold it; a token may name one that it cannot."""
    if client is None or (client.isprintable() and 0 < len(client) <= LONGEST_ACTOR):
        return client
    return None


def _decisions(counted: Iterable[tuple[_Kind, _Times]]) -> Iterable[Decision]:
    for kind, times in counted:
        yield Decision(
            granted=kind.granted,
            count=times.count,
            first_at=times.first_at,
            last_at=times.last_at,
            reason=kind.reason,
            status=kind.status,
            client=kind.client,
            route=kind.route,
            scope=kind.scope,
            purpose=kind.purpose,
            role=kind.role,
        )
