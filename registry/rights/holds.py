"""Legal holds: who may not be erased for now, by which act of which authority."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from biometrics.errors import RecordConflictError, RecordError
from biometrics.people.evidence import required_text
from biometrics.rights.records import LegalHold
from biometrics.samples import now_utc
from registry.audit import acting
from registry.identifiers import new_identifier
from registry.people_subjects import stated_reason, status_of
from registry.rights.actions import HOLD_LIFTED, HOLD_PLACED
from registry.rights.rows import Said, add_row, change_row, row_of
from registry.rows import StoredRow
from registry.tables.rights import legal_holds, stands_at

LONGEST_REFERENCE = 500


def place_hold(
    connection: Connection, subject_id: str, *, reason: str, reference: str, until: datetime | None
) -> LegalHold:
    """Keep somebody from being erased.

    Raises
    ------
    RecordNotFoundError
        When there is no such subject.
    PersonDataError
        When reason or reference are empty, too long or unreadable.
    RecordError
        When it would have ended already.
    """
    status_of(connection, subject_id)
    placed_at = now_utc()
    if until is not None and until <= placed_at:
        raise RecordError("a hold cannot end before it begins", source=subject_id, remedy="name a later day")
    values = {
        "hold_id": new_identifier(),
        "subject_id": subject_id,
        "placed_at": placed_at,
        "placed_by": acting(connection).name,
        "until": until,
        "reference": required_text(reference, what="the reference", longest=LONGEST_REFERENCE),
        "reason": stated_reason(reason),
    }
    row = add_row(
        connection,
        legal_holds,
        values,
        Said(action=HOLD_PLACED, subject_id=subject_id, details={"hold_id": values["hold_id"]}),
    )
    return _hold(row)


def lift_hold(connection: Connection, hold_id: str, *, reason: str) -> LegalHold:
    """End a hold.

    Raises
    ------
    RecordNotFoundError, RecordConflictError
        When there is no such hold, or it is lifted already.
    PersonDataError
        When the reason is empty, too long or unreadable.
    """
    found = _hold(row_of(connection, legal_holds, hold_id))
    if found.lifted_at is not None:
        raise RecordConflictError("this hold is lifted already", source=hold_id)
    values = {"lifted_at": now_utc(), "lifted_by": acting(connection).name, "lift_reason": stated_reason(reason)}
    row = change_row(
        connection,
        legal_holds,
        hold_id,
        values,
        Said(action=HOLD_LIFTED, subject_id=found.subject_id, details={"hold_id": hold_id}),
    )
    return _hold(row)


def holds_of(connection: Connection, subject_ids: list[str]) -> tuple[LegalHold, ...]:
    """Return the holds on some subjects, ended ones included, the oldest first."""
    query = select(legal_holds).where(legal_holds.c.subject_id.in_(subject_ids))
    ordered = query.order_by(legal_holds.c.placed_at, legal_holds.c.hold_id)
    return tuple(_hold(row) for row in connection.execute(ordered).all())


def held_subjects(connection: Connection, at: datetime) -> frozenset[str]:
    """Return everybody under a hold at a moment."""
    return frozenset(connection.scalars(select(legal_holds.c.subject_id).where(stands_at(at))))


def require_no_hold(connection: Connection, subject_ids: list[str], at: datetime) -> None:
    """Refuse what may not be done to anybody under a hold.

    Raises
    ------
    RecordConflictError
        When one of the subjects is.
    """
    for one in holds_of(connection, subject_ids):
        if one.stands(at):
            raise RecordConflictError(
                "a legal hold keeps this person's data", source=one.hold_id, remedy="a supervisor can lift it"
            )


def _hold(row: StoredRow) -> LegalHold:
    return LegalHold(**{name: getattr(row, name) for name in LegalHold.__dataclass_fields__})
