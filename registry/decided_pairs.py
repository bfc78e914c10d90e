"""What closed cases found about pairs of subjects, so that nobody is asked the same question again."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, and_, delete, insert, or_, select

from biometrics.cases import CaseOutcome
from biometrics.protocols import ChangeKind
from registry.tables.cases import decided_pairs
from registry.tables.core import changes, encounters, heads


def record_pairs(
    connection: Connection, case_id: str, subject_id: str, others: Iterable[str], outcome: CaseOutcome
) -> None:
    """Record what a case found about a subject and each of some others, as of the present change."""
    change = connection.scalar(select(heads.c.change_sequence))
    rows = [
        {
            "subject_a": min(subject_id, other),
            "subject_b": max(subject_id, other),
            "case_id": case_id,
            "outcome": outcome,
            "change": change,
        }
        for other in dict.fromkeys(others)
        if other != subject_id
    ]
    if rows:
        connection.execute(insert(decided_pairs), rows)


def forget_pairs(connection: Connection, case_id: str) -> None:
    """Take back what a case found, because it is open again."""
    connection.execute(delete(decided_pairs).where(decided_pairs.c.case_id == case_id))


def deciding_case(connection: Connection, one: str, other: str) -> str | None:
    """Return the case that answered whether two subjects are one person; None when the question is open or new.

    It is new when an encounter of either was added, or came from another subject, after the answer.
    """
    pair = and_(decided_pairs.c.subject_a == min(one, other), decided_pairs.c.subject_b == max(one, other))
    query = select(decided_pairs.c.case_id, decided_pairs.c.change).where(pair).order_by(decided_pairs.c.change.desc())
    answer = connection.execute(query.limit(1)).one_or_none()
    if answer is None or _added_since(connection, (one, other), answer.change):
        return None
    return str(answer.case_id)


def _added_since(connection: Connection, subject_ids: tuple[str, str], change: int) -> bool:
    earlier = changes.alias()
    known_then = select(earlier.c.sequence).where(
        earlier.c.encounter_id == changes.c.encounter_id, earlier.c.sequence <= change
    )
    # A re-extraction adds references to encounters that were known then; the pictures are the same.
    added = and_(changes.c.kind == ChangeKind.ADDED, ~known_then.exists())
    came = and_(changes.c.kind == ChangeKind.MOVED, changes.c.from_subject_id != changes.c.subject_id)
    query = (
        select(changes.c.sequence)
        .join(encounters, encounters.c.encounter_id == changes.c.encounter_id)
        .where(encounters.c.subject_id.in_(subject_ids), changes.c.sequence > change, or_(added, came))
    )
    return connection.execute(query.limit(1)).first() is not None
