"""What is to be told to a gateway outside: an event and an opaque reference, kept until it was delivered."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from biometrics.rights.records import Notification
from biometrics.rights.words import NotificationState
from biometrics.samples import now_utc
from registry.identifiers import new_identifier
from registry.rights.actions import NOTIFICATION_MADE, NOTIFICATION_TRIED
from registry.rights.rows import Said, add_row, change_row, row_of
from registry.rows import StoredRow
from registry.tables.rights import notifications

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
"""After the first failure, and at most; each wait is twice the one before."""

TOLD_WITHIN = timedelta(days=7)
"""What is older is news to nobody, such as what waited while no gateway was set."""


def make_notification(connection: Connection, *, event: str, reference: str) -> Notification:
    """Record that something is to be told; `reference` names no person and is of use to nobody without the registry."""
    made_at = now_utc()
    values = {
        "notification_id": new_identifier(),
        "event": event,
        "reference": reference,
        "state": NotificationState.WAITING,
        "attempts": 0,
        "made_at": made_at,
        "next_at": made_at,
    }
    details = {"notification_id": values["notification_id"], "event": event}
    row = add_row(
        connection,
        notifications,
        values,
        Said(action=NOTIFICATION_MADE, subject_id=None, details=details),
    )
    return _notification(row)


def due_notifications(connection: Connection, at: datetime, *, most: int) -> tuple[Notification, ...]:
    """Return what should be told by a moment, the oldest first, at most so many."""
    waiting = notifications.c.state == NotificationState.WAITING, notifications.c.made_at > at - TOLD_WITHIN
    query = select(notifications).where(*waiting, notifications.c.next_at <= at).order_by(notifications.c.next_at)
    return tuple(_notification(row) for row in connection.execute(query.limit(most)).all())


def note_attempt(connection: Connection, notification_id: str, *, delivered: bool, most_attempts: int) -> None:
    """Record that telling was tried: it succeeded, or is tried again later, or was tried often enough.

    Raises
    ------
    RecordNotFoundError
        When there is no such notification.
    """
    row = row_of(connection, notifications, notification_id)
    attempts = int(row.attempts) + 1
    state = NotificationState.WAITING
    if delivered:
        state = NotificationState.DELIVERED
    elif attempts >= most_attempts:
        state = NotificationState.ABANDONED
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts - 1, 20))
    change_row(
        connection,
        notifications,
        notification_id,
        {"attempts": attempts, "state": state, "next_at": now_utc() + wait},
        Said(
            action=NOTIFICATION_TRIED,
            subject_id=None,
            details={"notification_id": notification_id, "state": state.value, "attempts": attempts},
        ),
    )


def _notification(row: StoredRow) -> Notification:
    return Notification(**{name: getattr(row, name) for name in Notification.__dataclass_fields__})
