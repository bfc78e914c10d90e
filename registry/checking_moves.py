"""Verification of whose each encounter is and in which galleries: change by change, and against the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Select, func, select

from biometrics.protocols import ChangeKind
from registry.audit import ENCOUNTER_MOVED
from registry.columns import canonical_json
from registry.faults import Fault, FaultKind
from registry.moving import move_details
from registry.rows import StoredRow
from registry.sequence import Move
from registry.tables.core import audit_events, changes, encounters
from registry.tables.galleries import encounter_galleries

_ROWS_AT_ONCE = 256

_MOVED = ("change", "encounter_id", "from_galleries", "from_subject_id", "galleries")
"""What an event tells of a move, whatever else it says about why."""


def check_moves(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for every encounter that is elsewhere than its changes or the audit trail say."""
    for row in connection.execute(_leaps()).all():
        message = f"change {row.sequence} does not follow from the one before it"
        yield Fault(kind=FaultKind.SEQUENCE, source=row.encounter_id, message=message)
    yield from _displaced(connection)
    told = _told_moves(connection)
    for row in connection.execute(select(changes).where(changes.c.kind == ChangeKind.MOVED)).all():
        if told.pop(row.sequence, None) != _told(row.subject_id, _details(row)):
            message = f"change {row.sequence} is not the move that the audit trail tells of"
            yield Fault(kind=FaultKind.AUDIT, source=row.encounter_id, message=message)
    for sequence in told:
        message = "the audit trail tells of a move that did not take place"
        yield Fault(kind=FaultKind.AUDIT, source=f"change {sequence}", message=message)


def _leaps() -> Select[Any]:
    """Select the changes of an encounter that begin elsewhere than the one before them ended."""
    by, order = changes.c.encounter_id, changes.c.sequence
    steps = select(
        changes.c.sequence,
        changes.c.encounter_id,
        func.coalesce(changes.c.from_subject_id, changes.c.subject_id).label("from_subject"),
        func.coalesce(changes.c.from_galleries, changes.c.galleries).label("from_galleries"),
        func.lag(changes.c.subject_id).over(partition_by=by, order_by=order).label("last_subject"),
        func.lag(changes.c.galleries).over(partition_by=by, order_by=order).label("last_galleries"),
    ).subquery()
    elsewhere = (steps.c.from_subject != steps.c.last_subject) | (steps.c.from_galleries != steps.c.last_galleries)
    return select(steps.c.sequence, steps.c.encounter_id).where(elsewhere).order_by(steps.c.sequence)


def _displaced(connection: Connection) -> Iterator[Fault]:
    """Find encounters that are not where their last change put them."""
    own = changes.alias()
    last = select(func.max(own.c.sequence)).where(own.c.encounter_id == encounters.c.encounter_id)
    query = (
        select(
            encounters.c.encounter_id,
            encounters.c.subject_id,
            encounter_galleries.c.gallery_id,
            changes.c.subject_id.label("told_subject"),
            changes.c.galleries,
        )
        .select_from(encounters)
        .outerjoin(changes, changes.c.sequence == last.scalar_subquery())
        .outerjoin(encounter_galleries, encounter_galleries.c.encounter_id == encounters.c.encounter_id)
        .order_by(encounters.c.encounter_id)
    )
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for encounter_id, held in groupby(rows, key=attrgetter("encounter_id")):
            first, *more = held
            found = frozenset(row.gallery_id for row in (first, *more))
            if (first.subject_id, found) != (first.told_subject, first.galleries):
                message = "the encounter is not where its last change put it"
                yield Fault(kind=FaultKind.SEQUENCE, source=encounter_id, message=message)


def _details(row: StoredRow) -> dict[str, object]:
    move = Move(
        encounter_id=row.encounter_id,
        from_subject_id=row.from_subject_id,
        subject_id=row.subject_id,
        from_galleries=row.from_galleries,
        galleries=row.galleries,
    )
    return move_details(move, row.sequence)


def _told_moves(connection: Connection) -> dict[object, str]:
    query = select(audit_events.c.subject_id, audit_events.c.details).where(audit_events.c.action == ENCOUNTER_MOVED)
    told: dict[object, str] = {}
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as events:
        for event in events:
            if isinstance(event.details, dict):
                told[event.details.get("change")] = _told(event.subject_id, event.details)
    return told


def _told(subject_id: str | None, details: dict[str, object]) -> str:
    return canonical_json({"subject_id": subject_id, **{name: details.get(name) for name in _MOVED}})
