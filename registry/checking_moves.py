"""Verification of whose each encounter is and in which galleries: change by change, and against the audit trail."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from biometrics.protocols import ChangeKind
from registry.audit import ENCOUNTER_MOVED
from registry.belonging import Belonging
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
    told = _told_moves(connection)
    held: dict[str, Belonging] = {}
    with connection.execute(
        select(changes).order_by(changes.c.sequence).execution_options(yield_per=_ROWS_AT_ONCE)
    ) as rows:
        for row in rows:
            before = held.get(row.encounter_id)
            held[row.encounter_id] = Belonging(subject_id=row.subject_id, galleries=row.galleries)
            if before is not None and before != _origin(row):
                message = f"change {row.sequence} does not follow from the one before it"
                yield Fault(kind=FaultKind.SEQUENCE, source=row.encounter_id, message=message)
            if row.kind is ChangeKind.MOVED and told.pop(row.sequence, None) != _told(row.subject_id, _details(row)):
                message = f"change {row.sequence} is not the move that the audit trail tells of"
                yield Fault(kind=FaultKind.AUDIT, source=row.encounter_id, message=message)
    for sequence in told:
        message = "the audit trail tells of a move that did not take place"
        yield Fault(kind=FaultKind.AUDIT, source=f"change {sequence}", message=message)
    yield from _displaced(connection, held)


def _origin(row: StoredRow) -> Belonging:
    """Return where an encounter must have been for a change to take place."""
    if row.kind is ChangeKind.MOVED:
        return Belonging(subject_id=row.from_subject_id, galleries=row.from_galleries)
    return Belonging(subject_id=row.subject_id, galleries=row.galleries)


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


def _displaced(connection: Connection, held: dict[str, Belonging]) -> Iterator[Fault]:
    """Find encounters that are not where their last change put them."""
    galleries: dict[str, set[str]] = {}
    for row in connection.execute(select(encounter_galleries)).all():
        galleries.setdefault(row.encounter_id, set()).add(row.gallery_id)
    for row in connection.execute(select(encounters.c.encounter_id, encounters.c.subject_id)).all():
        found = Belonging(subject_id=row.subject_id, galleries=frozenset(galleries.get(row.encounter_id, frozenset())))
        if held.get(row.encounter_id) != found:
            message = "the encounter is not where its last change put it"
            yield Fault(kind=FaultKind.SEQUENCE, source=row.encounter_id, message=message)
