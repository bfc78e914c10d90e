"""Audit events about people's rights; each tells identifiers, words of enumerations, digests and counts only."""

from __future__ import annotations

REQUEST_RECEIVED = "rights.request_received"
REQUEST_ANSWERED = "rights.request_answered"
RESTRICTION_PLACED = "rights.restriction_placed"
RESTRICTION_LIFTED = "rights.restriction_lifted"
RESTRICTION_MET = "rights.restriction_met"
HOLD_PLACED = "rights.hold_placed"
HOLD_LIFTED = "rights.hold_lifted"
ERASURE_ACCEPTED = "rights.erasure_accepted"
SUBJECT_ERASED = "rights.subject_erased"
ERASURE_ADVANCED = "rights.erasure_advanced"
RETENTION_RAN = "rights.retention_ran"
ROWS_EXPIRED = "rights.rows_expired"
NOTICE_GIVEN = "rights.notice_given"
NOTIFICATION_MADE = "rights.notification_made"
NOTIFICATION_TRIED = "rights.notification_tried"

DISCLOSED = "rights.disclosed"
"""Everything about a person was put together for that person; written by whoever reads, as any reading is."""

TRANSFER_ABROAD = "rights.transfer_abroad"
"""Data of a person left the country; written by the door they left through."""

RIGHTS_ACTIONS = frozenset(
    {
        REQUEST_RECEIVED,
        REQUEST_ANSWERED,
        RESTRICTION_PLACED,
        RESTRICTION_LIFTED,
        HOLD_PLACED,
        HOLD_LIFTED,
        ERASURE_ACCEPTED,
        SUBJECT_ERASED,
        ERASURE_ADVANCED,
        RETENTION_RAN,
        ROWS_EXPIRED,
        NOTICE_GIVEN,
        NOTIFICATION_MADE,
        NOTIFICATION_TRIED,
    }
)
"""Events that only the change itself leaves."""
