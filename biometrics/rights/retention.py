"""Rules of retention: what is forgotten after how many days, and by which legal basis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from biometrics.errors import ConfigurationError

_LONGEST_DAYS = 36_525
_LONGEST_BASIS = 500


class Kept(Enum):
    """What is kept for a time only, and from when the time counts.

    `retired_encounters` from their retirement; `rejected_encounters` from the verdict (they are then retired);
    `unfinished_drafts` from their last change; `kept_answers`, `finished_tasks` and `notifications` from when they were
    made or done; `answered_requests` (what was written in them) from their answer; `deceased_persons` from when the
    death was recorded.
    """

    RETIRED_ENCOUNTERS = "retired_encounters"
    REJECTED_ENCOUNTERS = "rejected_encounters"
    UNFINISHED_DRAFTS = "unfinished_drafts"
    KEPT_ANSWERS = "kept_answers"
    FINISHED_TASKS = "finished_tasks"
    ANSWERED_REQUESTS = "answered_requests"
    NOTIFICATIONS = "notifications"
    DECEASED_PERSONS = "deceased_persons"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """How long something is kept.

    Parameters
    ----------
    kept
        What.
    days
        For how many days.
    basis
        By which text; the audit trail and certificates of erasure repeat it.
    approved_by
        Who answers for erasures by this rule; for `deceased_persons` only.

    Raises
    ------
    ConfigurationError
        When the days cannot be, the basis is missing, or nobody answers for erasures.
    """

    kept: Kept
    days: int
    basis: str
    approved_by: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.days <= _LONGEST_DAYS:
            raise ConfigurationError(f"{self.kept.value}: days must lie within 1-{_LONGEST_DAYS}")
        if not 0 < len(self.basis.strip()) <= _LONGEST_BASIS:
            raise ConfigurationError(
                f"{self.kept.value}: a legal basis is needed, of at most {_LONGEST_BASIS} characters"
            )
        if self.kept is Kept.DECEASED_PERSONS and not self.approved_by:
            raise ConfigurationError(f"{self.kept.value}: approved_by must name who answers for these erasures")

    def cutoff(self, now: datetime) -> datetime:
        """Return before when things must be from to be forgotten."""
        return now - timedelta(days=self.days)
