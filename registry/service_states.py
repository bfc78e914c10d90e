"""Where calls that are answered later, and enrollments that are still being filled in, stand."""

from __future__ import annotations

from enum import Enum


class TaskState(Enum):
    """Where a task stands, in the words of OSIA's life cycle."""

    PENDING = "PENDING"
    """Accepted and not performed yet."""
    RESPONSE_SCHEDULED = "RESPONSE_SCHEDULED"
    """Performed; the answer was not sent yet."""
    RESPONSE_RETRY = "RESPONSE_RETRY"
    """The answer did not arrive and will be sent again."""
    RESPONSE_ERROR = "RESPONSE_ERROR"
    """The answer did not arrive and will not be sent again unless somebody asks."""
    COMPLETED = "COMPLETED"
    """The answer arrived, or nobody waits for it."""


class DraftState(Enum):
    """Whether an enrollment can still be changed."""

    IN_PROGRESS = "IN_PROGRESS"
    FINALIZED = "FINALIZED"
