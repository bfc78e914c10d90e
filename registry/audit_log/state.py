"""How the audit log stands, for whoever watches over it; nothing personal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from registry.audit import CLOCK_SET_BACK
from registry.audit_log.anchors import Anchor, read_anchor
from registry.audit_log.tree_heads import current_head
from registry.tables.audit import audit_anchors
from registry.tables.core import audit_events

if TYPE_CHECKING:
    from registry.audit_log.anchoring import Anchoring


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditState:
    """The log, its last anchor, and what waits.

    Parameters
    ----------
    log_id, events, root
        Which log, how many events, and the hash of the tree over them.
    anchors, anchored_events, anchored_at
        The number of the last anchor that the sinks took, what it covers, and when it was made; 0 and None before it.
    sinks
        Where anchors go; empty when nowhere.
    waiting, waited_s
        Events without an anchor, and for how long the first of them has waited; 0 without sinks.
    alarming, stopped
        Whether they wait too long, and whether nothing is recorded any more.
    failing
        What keeps anchors from being made or delivered.
    clock_set_back, clock_set_back_at
        How often the clock was found earlier than at the event before, and when last.
    """

    log_id: str
    events: int
    root: str
    anchors: int = 0
    anchored_events: int = 0
    anchored_at: datetime | None = None
    sinks: tuple[str, ...] = ()
    waiting: int = 0
    waited_s: float = 0.0
    alarming: bool = False
    stopped: bool = False
    failing: str | None = None
    clock_set_back: int = 0
    clock_set_back_at: datetime | None = None


def audit_state(connection: Connection, anchoring: Anchoring | None) -> AuditState:
    """Return how the log stands, as far as the registry and whoever anchors it know."""
    head, last = current_head(connection), _last_delivered(connection)
    set_back = select(func.count(), func.max(audit_events.c.sequence)).where(audit_events.c.action == CLOCK_SET_BACK)
    times, newest = connection.execute(set_back).one()
    at = connection.scalar(select(audit_events.c.at).where(audit_events.c.sequence == newest)) if times else None
    waiting = None if anchoring is None else anchoring.waiting
    return AuditState(
        log_id=head.log_id,
        events=head.size,
        root=head.root.hex(),
        anchors=0 if last is None else last.number,
        anchored_events=0 if last is None else last.head.size,
        anchored_at=None if last is None else last.at,
        sinks=() if anchoring is None else tuple(sink.name for sink in anchoring.sinks),
        waiting=0 if waiting is None else waiting.events,
        waited_s=0.0 if waiting is None else round(waiting.age_s, 3),
        alarming=waiting is not None and waiting.alarming,
        stopped=waiting is not None and waiting.stopped,
        failing=None if anchoring is None else anchoring.failing,
        clock_set_back=int(times),
        clock_set_back_at=at,
    )


def _last_delivered(connection: Connection) -> Anchor | None:
    delivered = select(audit_anchors.c.line).where(audit_anchors.c.delivered_at.is_not(None))
    line = connection.scalar(delivered.order_by(audit_anchors.c.number.desc()).limit(1))
    return None if line is None else read_anchor(line).anchor
