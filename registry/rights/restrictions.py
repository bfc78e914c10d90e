"""Data that are kept and not used: locks for every purpose, objections for one."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from biometrics.errors import RecordConflictError
from biometrics.people.evidence import required_text
from biometrics.records import LONGEST_PURPOSE, Actor, ActorRole
from biometrics.rights.records import Restriction
from biometrics.rights.words import RestrictionKind
from biometrics.samples import now_utc
from registry.audit import acting
from registry.identifiers import new_identifier
from registry.people_subjects import require_open, stated_reason
from registry.rights.actions import RESTRICTION_LIFTED, RESTRICTION_PLACED
from registry.rights.door import refusal
from registry.rights.family import AT_ONCE, kin
from registry.rights.rows import Said, add_row, change_row, row_of
from registry.rows import StoredRow
from registry.tables.rights import restrictions

MAY_SEE = frozenset({ActorRole.SUPERVISOR, ActorRole.EXAMINER})
"""Who sees people whose data are locked: whoever decides about them. All others, and all systems, do not."""


def place_restriction(
    connection: Connection, subject_id: str, *, purpose: str | None, reason: str, request_id: str | None = None
) -> Restriction:
    """Keep somebody's data and use them no longer, for one purpose or (None) for all.

    Raises
    ------
    RecordNotFoundError, RecordConflictError
        When there is no such subject, or it is merged, purged, or restricted so already.
    PersonDataError
        When reason or purpose are empty, too long or unreadable.
    """
    require_open(connection, subject_id)
    if any(one.purpose == purpose for one in standing_restrictions(connection, subject_id)):
        raise RecordConflictError("this subject is restricted so already", source=subject_id)
    kind = RestrictionKind.LOCK if purpose is None else RestrictionKind.OBJECTION
    values = {
        "restriction_id": new_identifier(),
        "subject_id": subject_id,
        "kind": kind,
        "purpose": None if purpose is None else required_text(purpose, what="the purpose", longest=LONGEST_PURPOSE),
        "request_id": request_id,
        "placed_at": now_utc(),
        "placed_by": acting(connection).name,
        "reason": stated_reason(reason),
    }
    details = {name: values[name] for name in ("restriction_id", "purpose", "request_id")} | {"kind": kind.value}
    row = add_row(
        connection,
        restrictions,
        values,
        Said(action=RESTRICTION_PLACED, subject_id=subject_id, details=details),
    )
    return _restriction(row)


def lift_restriction(connection: Connection, restriction_id: str, *, reason: str) -> Restriction:
    """Let somebody's data be used again.

    Raises
    ------
    RecordNotFoundError, RecordConflictError
        When there is no such restriction, or it is lifted already.
    PersonDataError
        When the reason is empty, too long or unreadable.
    """
    found = _restriction(row_of(connection, restrictions, restriction_id))
    if found.lifted_at is not None:
        raise RecordConflictError("this restriction is lifted already", source=restriction_id)
    values = {
        "lifted_at": now_utc(),
        "lifted_by": acting(connection).name,
        "lift_reason": stated_reason(reason),
    }
    row = change_row(
        connection,
        restrictions,
        restriction_id,
        values,
        Said(action=RESTRICTION_LIFTED, subject_id=found.subject_id, details={"restriction_id": restriction_id}),
    )
    return _restriction(row)


def restrictions_of(connection: Connection, subject_ids: list[str]) -> tuple[Restriction, ...]:
    """Return all restrictions of some subjects, lifted ones included, the oldest first."""
    query = select(restrictions).where(restrictions.c.subject_id.in_(subject_ids))
    ordered = query.order_by(restrictions.c.placed_at, restrictions.c.restriction_id)
    return tuple(_restriction(row) for row in connection.execute(ordered).all())


def standing_restrictions(connection: Connection, subject_id: str) -> tuple[Restriction, ...]:
    """Return the restrictions of a subject that hold."""
    return tuple(one for one in restrictions_of(connection, [subject_id]) if one.lifted_at is None)


def withheld(connection: Connection, subject_ids: Iterable[str], actor: Actor) -> frozenset[str]:
    """Return which of some subjects an actor may learn nothing of, as their data are locked or they object.

    A restriction holds for the person: for whoever was merged into whom it was placed on, and for whom they became.
    """
    named, found = sorted(set(subject_ids)), set[str]()
    for start in range(0, len(named), AT_ONCE):
        own = kin(named[start : start + AT_ONCE])
        standing = (
            select(own.c.asked, restrictions.c.purpose)
            .join(restrictions, restrictions.c.subject_id == own.c.subject_id)
            .where(restrictions.c.lifted_at.is_(None))
        )
        for row in connection.execute(standing).all():
            locked = row.purpose is None and actor.role not in MAY_SEE
            objected = row.purpose is not None and row.purpose == actor.purpose
            if locked or objected:
                found.add(row.asked)
    return frozenset(found)


def require_usable(connection: Connection, subject_ids: Iterable[str], actor: Actor) -> None:
    """Refuse an actor whoever is locked, or objects to the actor's purpose.

    Raises
    ------
    RestrictedError
        When any of the subjects is.
    """
    if withheld(connection, subject_ids, actor):
        raise refusal()


def _restriction(row: StoredRow) -> Restriction:
    return Restriction(**{name: getattr(row, name) for name in Restriction.__dataclass_fields__})
