"""What a run reports."""

from __future__ import annotations

from dataclasses import dataclass

from matching.deduplicate import DuplicatePair


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPair:
    """A pair and the case it opened, or the open case that asks the same."""

    pair: DuplicatePair
    case_id: str
