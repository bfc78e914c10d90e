"""Requests, restrictions, holds and erasures, as JSON output shows them and in lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from biometrics.rights.records import Erasure, LegalHold, Restriction, RightsRequest
    from enrollment.operations.rights import ShownRights


def record_document(record: Any) -> dict[str, Any]:
    """Return a record of `biometrics.rights.records` as JSON has it."""
    return {name: _plain(value) for name, value in asdict(record).items()}


def rights_document(shown: ShownRights) -> dict[str, Any]:
    """Return how a person's rights stand."""
    return {
        "person": shown.person,
        "subject_id": shown.subject_id,
        "requests": [record_document(one) for one in shown.requests],
        "restrictions": [record_document(one) for one in shown.restrictions],
        "holds": [record_document(one) for one in shown.holds],
    }


def request_line(request: RightsRequest, now: datetime) -> str:
    """Return a request in a line."""
    if request.decision is not None and request.answered_at is not None:
        stands = f"{request.decision.value} on {request.answered_at:%Y-%m-%d}"
    else:
        stands = f"due {request.due_at:%Y-%m-%d}" + (", OVERDUE" if request.is_overdue(now) else "")
    return f"{request.request_id}  {request.kind.value} of {request.received_at:%Y-%m-%d}, {stands}"


def restriction_line(one: Restriction) -> str:
    """Return a restriction in a line."""
    about = "every purpose" if one.purpose is None else one.purpose
    lifted = "" if one.lifted_at is None else f", lifted {one.lifted_at:%Y-%m-%d}"
    return f"{one.restriction_id}  {one.kind.value} ({about}) since {one.placed_at:%Y-%m-%d}{lifted}"


def hold_line(one: LegalHold, now: datetime) -> str:
    """Return a legal hold in a line."""
    until = "until it is lifted" if one.until is None else f"until {one.until:%Y-%m-%d}"
    return f"{one.hold_id}  legal hold ({one.reference or 'erased'}) {until}{'' if one.stands(now) else ', ended'}"


def erasure_line(one: Erasure) -> str:
    """Return an erasure in a line."""
    counts = ", ".join(f"{count} {name}" for name, count in sorted(one.removed.items()) if count)
    return f"{one.erasure_id}  {one.state.value}, {one.subject_id}: {counts or 'nothing yet'}"


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value
