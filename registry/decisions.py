"""What was decided about who may do what, as the trail tells it: calls of one kind together, with their number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from biometrics.records import Actor, ActorRole
from registry.audit import ACCESS_DENIED, ACCESS_GRANTED, act_as, acting, append_event
from registry.columns import utc_text

UNKNOWN_CLIENT = "unknown"
"""Who is named where a call came without a token that could be believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Calls of one kind, and what was decided about them; never tokens, addresses or anything personal.

    Parameters
    ----------
    granted
        Whether they were let through.
    count
        How many there were.
    first_at, last_at
        When the first and the last came.
    reason
        Why they were not: the kind of the refusal.
    status
        What was answered: an HTTP status.
    client, route, scope, purpose, role
        Who called what with which right, why, and in which capacity; None where it is not known, or was not stated.
    """

    granted: bool
    count: int
    first_at: datetime
    last_at: datetime
    reason: str | None = None
    status: int | None = None
    client: str | None = None
    route: str | None = None
    scope: str | None = None
    purpose: str | None = None
    role: ActorRole | None = None

    def actor(self) -> Actor:
        """Return whom the event names."""
        return Actor(
            name=self.client or UNKNOWN_CLIENT,
            role=self.role or ActorRole.SYSTEM,
            purpose=self.purpose,
            client=self.client,
            route=self.route,
            scope=self.scope,
        )


def record_decisions(connection: Connection, decisions: Iterable[Decision]) -> None:
    """Append an event per decision, each naming the client that it was about."""
    earlier = acting(connection)
    try:
        for decision in decisions:
            details: dict[str, object] = {
                "count": decision.count,
                "first_at": utc_text(decision.first_at),
                "last_at": utc_text(decision.last_at),
            }
            details |= {} if decision.reason is None else {"reason": decision.reason}
            details |= {} if decision.status is None else {"status": decision.status}
            act_as(connection, decision.actor())
            action = ACCESS_GRANTED if decision.granted else ACCESS_DENIED
            append_event(connection, action=action, subject_id=None, details=details)
    finally:
        act_as(connection, earlier)


def record_refusal(connection: Connection, operation: str, reason: str, case_id: str | None) -> None:
    """Append that whoever acts was refused an operation, on a case where it was about one."""
    details: dict[str, object] = {"count": 1, "operation": operation, "reason": reason}
    details |= {} if case_id is None else {"case_id": case_id}
    append_event(connection, action=ACCESS_DENIED, subject_id=None, details=details)
