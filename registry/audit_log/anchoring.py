"""Anchors made and delivered: recorded in the log first, then given to the sinks in order until each has taken them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Connection, insert, select, update

from biometrics.errors import AnchorsStaleError, BiometricsError
from biometrics.samples import now_utc
from biometrics.signing.signer import Signer
from registry.audit import AUDIT_ANCHORED, append_event
from registry.audit_log.anchors import NO_ANCHOR, Anchor, read_anchor, sign_anchor
from registry.audit_log.freshness import AnchorPolicy, Waiting
from registry.audit_log.gate import place_gate
from registry.audit_log.sinks import AnchorSink
from registry.audit_log.tree_heads import authentic_head, current_head
from registry.rows import StoredRow
from registry.tables.audit import audit_anchors
from registry.tables.core import audit_events, heads

if TYPE_CHECKING:
    from registry.database import Database

_TICK_S = 1.0
_RETRY_S = 10.0

_OWN_EVENTS = 1
"""An anchor covers the log up to it; behind stands the event that tells of it, which needs no anchor by itself."""

_log = structlog.get_logger(__name__)


class Anchoring:
    """Keeps the log of one registry anchored outside, and lets nothing be recorded while it is not.

    One per process that owns the registry. Where the signer or a sink does not answer, what waits is tried again.

    Parameters
    ----------
    database
        The registry.
    policy
        How long events may wait.
    sinks
        All of them must take an anchor before it counts.
    signer
        Returns what signs; asked each time, as its key may have been replaced.
    clock
        Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        database: Database,
        policy: AnchorPolicy,
        sinks: Sequence[AnchorSink],
        signer: Callable[[], Signer],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._signer, self._clock = database, signer, clock
        self._policy = policy
        self.sinks = tuple(sinks)
        self._working, self._own = threading.Lock(), threading.local()
        self._made_at_s: dict[int, float] = {}
        self.failing: str | None = None
        with database.reading() as connection:
            self.waiting = _waiting(connection, policy, clock)
        place_gate(database._engine, self)

    def require_anchored(self, head: StoredRow, action: str) -> None:
        """Let an event be appended, unless the log has waited too long.

        Raises
        ------
        AnchorsStaleError
            When it has.
        """
        if getattr(self._own, "working", False):
            return  # the anchor itself, and the key that it is signed with
        self.waiting.grew(int(head.event_sequence) + 1)
        if self.waiting.stopped:
            raise AnchorsStaleError(
                "the audit log could not be anchored for too long, so nothing is recorded or read",
                source=", ".join(sink.name for sink in self.sinks),
                remedy="see kura audit status for what fails, mend it, then run kura audit anchor",
            )

    def work(self, *, now: bool = False) -> None:
        """Deliver what was not, and make an anchor where one is due, or now where any event waits.

        Raises
        ------
        BiometricsError
            When the signer or a sink does not answer; what waits stays.
        """
        with self._working:
            self._own.working = True
            try:
                self._deliver()
                with self._database.reading() as connection:
                    self.waiting.found(current_head(connection).size)
                if self.waiting.due or (now and self.waiting.events):
                    self._make()
                    self._deliver()
                self.failing = None
            except BiometricsError as error:
                self.failing = str(error)
                raise
            finally:
                self._own.working = False

    def try_to_work(self, *, now: bool = False) -> None:
        """Do what `work` does; what fails is logged, kept for the status, and tried again later."""
        try:
            self.work(now=now)
        except BiometricsError as error:
            level = _log.error if self.waiting.alarming else _log.warning
            level("audit.not_anchored", kind=error.kind, reason=error.message, waited_s=round(self.waiting.age_s))

    @contextmanager
    def kept_regularly(self, *, at_end: bool = False) -> Iterator[None]:
        """Anchor while the block lasts, on a thread of its own.

        Parameters
        ----------
        at_end
            Anchor whatever waits at the end; otherwise only where the last anchor is older than the policy says, so
            that many short commands do not each leave one.
        """
        ending = threading.Event()
        thread = threading.Thread(target=self._keep, args=(ending,), name="anchoring", daemon=True)
        self.try_to_work()
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()
            self.try_to_work(now=at_end or self._last_is_old())

    def _last_is_old(self) -> bool:
        """Return whether the last anchor is older than anchors should be; one of the future counts as old too."""
        with self._database.reading() as connection:
            at = connection.scalar(select(audit_anchors.c.at).order_by(audit_anchors.c.number.desc()).limit(1))
        return at is None or not 0.0 <= (now_utc() - at).total_seconds() < self._policy.every_s

    def _keep(self, ending: threading.Event) -> None:
        wait_s = _TICK_S
        while not ending.wait(wait_s):
            if self.waiting.due or self.failing is not None:
                self.try_to_work()
            wait_s = _TICK_S if self.failing is None else _RETRY_S

    def _make(self) -> None:
        signer, began_s, at = self._signer(), self._clock(), now_utc()
        with self._database.writing() as connection:
            number, previous = _last(connection)
            anchor = Anchor(number=number + 1, previous=previous, head=authentic_head(connection), at=at)
            signed = sign_anchor(signer, anchor)
            values = {"number": anchor.number, "size": anchor.head.size, "at": at, "line": signed.line()}
            connection.execute(insert(audit_anchors).values(values))
            told = {"number": anchor.number, "size": anchor.head.size, "anchor_sha256": anchor.digest}
            told["key_id"] = signer.key_id
            append_event(connection, action=AUDIT_ANCHORED, subject_id=None, details=told)
        self._made_at_s[anchor.number] = began_s

    def _deliver(self) -> None:
        for row in self._undelivered():
            for sink in self.sinks:
                sink.deliver(row.line)
            with self._database.writing() as connection:
                own = audit_anchors.c.number == row.number
                connection.execute(update(audit_anchors).where(own).values(delivered_at=now_utc()))
            self.waiting.covered(row.size + _OWN_EVENTS, self._made_at_s.pop(row.number, None))

    def _undelivered(self) -> Sequence[StoredRow]:
        waiting = select(audit_anchors).where(audit_anchors.c.delivered_at.is_(None))
        with self._database.reading() as connection:
            return connection.execute(waiting.order_by(audit_anchors.c.number)).all()


def _last(connection: Connection) -> tuple[int, str]:
    """Return number and digest of the last anchor."""
    newest = select(audit_anchors.c.line).order_by(audit_anchors.c.number.desc()).limit(1)
    line = connection.scalar(newest)
    if line is None:
        return 0, NO_ANCHOR
    anchor = read_anchor(line).anchor
    return anchor.number, anchor.digest


def _waiting(connection: Connection, policy: AnchorPolicy, clock: Callable[[], float]) -> Waiting:
    """Return what waits as the log tells: a clock that was set back since does not make it younger."""
    delivered = select(audit_anchors.c.size).where(audit_anchors.c.delivered_at.is_not(None))
    size = connection.scalar(delivered.order_by(audit_anchors.c.number.desc()).limit(1))
    anchored = 0 if size is None else int(size) + _OWN_EVENTS
    head = connection.execute(select(heads)).one()
    waited_s = 0.0
    first: datetime | None = connection.scalar(
        select(audit_events.c.at).where(audit_events.c.sequence > anchored).order_by(audit_events.c.sequence).limit(1)
    )
    if first is not None:
        waited_s = (max(now_utc(), head.event_at) - first).total_seconds()
    return Waiting(policy, anchored=anchored, size=int(head.event_sequence), waited_s=waited_s, clock=clock)
