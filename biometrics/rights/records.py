"""What is recorded of people's rights: requests, restrictions, legal holds, erasures, notices given, retention done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from biometrics.rights.words import (
    ErasureState,
    IdentityCheck,
    RequestDecision,
    RequestKind,
    RequestState,
    RestrictionKind,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsRequest:
    """What somebody asked for, and what was answered.

    Parameters
    ----------
    request_id
        Which.
    subject_id
        Who asked, or for whom; None where nobody of that description is recorded.
    kind, state
        What is asked for, and how it stands.
    received_at, received_by
        When, and by whom at the authority.
    identity_check
        How it was made sure who asks.
    due_at
        Until when an answer is due.
    asked
        In the applicant's words; None once the person is erased.
    case_id
        The case it is about, for an explanation or a contest.
    decision, answered_at, answered_by, approved_by, answer
        What was answered, when, by whom, who agreed where two people must, and in which words.
    """

    request_id: str
    subject_id: str | None
    kind: RequestKind
    state: RequestState
    received_at: datetime
    received_by: str
    identity_check: IdentityCheck
    due_at: datetime
    asked: str | None = field(repr=False)
    case_id: str | None = None
    decision: RequestDecision | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    approved_by: str | None = None
    answer: str | None = field(default=None, repr=False)

    def is_overdue(self, at: datetime) -> bool:
        """Return whether it should have been answered before a moment and was not."""
        return self.state is RequestState.RECEIVED and self.due_at < at


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """Data that are kept and not used; `lifted_at` is None while it holds.

    Parameters
    ----------
    restriction_id, subject_id, kind
        Which, about whom, and for every purpose or for one.
    purpose
        The one purpose that an objection is about.
    request_id
        The request that it answers, if any.
    placed_at, placed_by, reason
        When, by whom and why; what was written is None once the person is erased.
    lifted_at, lifted_by, lift_reason
        The same about its end.
    """

    restriction_id: str
    subject_id: str
    kind: RestrictionKind
    purpose: str | None
    request_id: str | None
    placed_at: datetime
    placed_by: str
    reason: str | None = field(repr=False)
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lift_reason: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """Why somebody may not be erased for now.

    Parameters
    ----------
    hold_id, subject_id
        Which, and about whom.
    placed_at, placed_by, reason, reference
        When, by whom, why, and by which act of which authority.
    until
        When it ends by itself; None for when it is lifted.
    lifted_at, lifted_by, lift_reason
        About its end.
    """

    hold_id: str
    subject_id: str
    placed_at: datetime
    placed_by: str
    until: datetime | None
    reference: str | None = field(repr=False)
    reason: str | None = field(repr=False)
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lift_reason: str | None = field(default=None, repr=False)

    def stands(self, at: datetime) -> bool:
        """Return whether it holds at a moment."""
        return self.lifted_at is None and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Somebody erased, and how far it has come; identifiers and counts only.

    Parameters
    ----------
    erasure_id, subject_id, request_id
        Which, who was named, and in answer to which request.
    state
        How far it is.
    basis
        The rule or decision by which, without a name.
    asked_at, asked_by, approved_by
        When, by whom, and who agreed.
    subjects, encounters
        Everybody who was found to be this person, and their encounters.
    files
        Names of files that are still to be removed.
    removed
        How many rows and files went, by kind.
    done_at
        When the last step was done.
    """

    erasure_id: str
    subject_id: str
    request_id: str | None
    state: ErasureState
    basis: str
    asked_at: datetime
    asked_by: str
    approved_by: str
    subjects: tuple[str, ...]
    encounters: tuple[str, ...]
    files: tuple[str, ...]
    removed: Mapping[str, int]
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenNotice:
    """Which notice a person was given at an encounter, in which language, and the digest of its text."""

    encounter_id: str
    notice: str
    version: str
    language: str
    sha256: str
    given_at: datetime
    given_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRun:
    """A rule of retention that was carried out: what was older than `cutoff` went, counted by kind."""

    run_id: str
    rule: str
    ran_at: datetime
    cutoff: datetime
    removed: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """Something that happened, by an opaque reference, to be told to a gateway."""

    notification_id: str
    event: str
    reference: str
    attempts: int
    made_at: datetime
    next_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What went to a country by a client or post, as the audit trail tells: how many events, the first and the last."""

    client: str
    post: str | None
    country: str
    calls: int
    first_at: datetime
    last_at: datetime
