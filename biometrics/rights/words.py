"""What people may ask for, how it stands, and what came of it."""

from __future__ import annotations

from enum import Enum


class RequestKind(Enum):
    """What somebody asks for who is, or may be, in the registry."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    LOCK = "lock"
    OBJECTION = "objection"
    ERASURE = "erasure"
    EXPLANATION = "explanation"
    CONTEST = "contest"


class RequestState(Enum):
    """How a request stands; only an answer ends one."""

    RECEIVED = "received"
    ANSWERED = "answered"


class RequestDecision(Enum):
    """What was answered; `withdrawn` is the applicant's own decision."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


ADVERSE = frozenset({RequestDecision.REFUSED, RequestDecision.PARTLY})
"""Answers that give somebody less than they asked for: two people answer so."""


class IdentityCheck(Enum):
    """How it was made sure that an applicant is the person, or speaks for the person."""

    BIOMETRIC = "biometric"
    DOCUMENT = "document"
    KNOWN_IN_PERSON = "known_in_person"
    REPRESENTATIVE = "representative"
    GUARDIAN = "guardian"


class RestrictionKind(Enum):
    """Why data are kept and not used: a lock holds for every purpose, an objection for one."""

    LOCK = "lock"
    OBJECTION = "objection"


class ErasureState(Enum):
    """How far an erasure has come, in this order; every step can be done again.

    Who is to be erased is first taken out of use, so that galleries drop them; then records and keys go, in one
    transaction; then files; galleries on disk come last.
    """

    ACCEPTED = "accepted"
    RECORDS_GONE = "records_gone"
    FILES_GONE = "files_gone"
    DONE = "done"


class NotificationState(Enum):
    """How a notification stands; `abandoned` ones were tried for as long as the settings say."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    ABANDONED = "abandoned"
