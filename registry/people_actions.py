"""Audit events about what persons state; each tells field names, versions and digests, never what is stated."""

from __future__ import annotations

PERSON_RECORDED = "person.recorded"
PERSON_CORRECTED = "person.corrected"
NUMBER_GIVEN = "number.given"
NUMBER_REPLACED = "number.replaced"
NUMBER_ENDED = "number.ended"
EVIDENCE_ADDED = "evidence.added"
EVIDENCE_REPLACED = "evidence.replaced"
EXCEPTIONS_GRANTED = "exceptions.granted"
GUARDIAN_ADDED = "guardian.added"
GUARDIAN_ENDED = "guardian.ended"
LIFE_EVENT_RECORDED = "life_event.recorded"
LIFE_EVENT_ANNULLED = "life_event.annulled"
PERSON_PURGED = "person.purged"

PEOPLE_ACTIONS = frozenset(
    {
        PERSON_RECORDED,
        PERSON_CORRECTED,
        NUMBER_GIVEN,
        NUMBER_REPLACED,
        NUMBER_ENDED,
        EVIDENCE_ADDED,
        EVIDENCE_REPLACED,
        EXCEPTIONS_GRANTED,
        GUARDIAN_ADDED,
        GUARDIAN_ENDED,
        LIFE_EVENT_RECORDED,
        LIFE_EVENT_ANNULLED,
        PERSON_PURGED,
    }
)
"""Events that only the change itself leaves."""
