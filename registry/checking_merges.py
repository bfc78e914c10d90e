"""Verification of merges: who is merged into whom, which encounters came, and both against the audit trail."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from biometrics.errors import BiometricsError
from biometrics.records import SubjectStatus
from registry.audit import ENCOUNTER_MOVED, SUBJECT_MERGED, SUBJECT_UNMERGED
from registry.columns import canonical_json, utc_text
from registry.faults import Fault, FaultKind
from registry.keys.sections import keyring_of
from registry.merging import Merge, all_merges, resolve
from registry.rights.erased_texts import MERGES, MOVES, digest_of, erased_texts
from registry.tables.core import audit_events, subjects
from registry.tables.merges import encounter_moves, move_owner


def check_merges(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for every merge, and every merged subject, that the rest of the record contradicts."""
    merges = all_merges(connection)
    told, erased = _told(connection), erased_texts(connection)[MERGES]
    for one in merges:
        for action, content in _expected(one):
            said = told.pop((action, one.merge_id), {})
            words = str(content["reason"])
            reason = digest_of(connection, words, said.get("reason"), erased=one.merge_id in erased)
            content |= {name: when for name, when in _times(one).items() if name in said}
            if canonical_json(said) != canonical_json(content | {"reason": reason}):
                message = f"the merge is not what the event {action} of the audit trail says"
                yield Fault(kind=FaultKind.AUDIT, source=one.merge_id, message=message)
    for _, merge_id in told:
        message = "the audit trail tells of a merge that is not there"
        yield Fault(kind=FaultKind.AUDIT, source=merge_id, message=message)
    yield from _check_subjects(connection, merges)
    yield from _check_reasons(connection)


def _expected(one: Merge) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the events that a merge must have left, each as an action and its content, with the reason in full."""
    known: dict[str, object] = {"merge_id": one.merge_id, "into_id": one.into_id, "source_id": one.source_id}
    details: dict[str, object] = {"case_id": one.case_id, "encounters": list(one.encounters), "reason": one.reason}
    details |= {"source_status": one.source_status.value, "actor": one.actor}
    yield SUBJECT_MERGED, known | details
    if one.undone_reason is not None:
        undone: dict[str, object] = {"reason": one.undone_reason, "actor": one.undone_by}
        yield SUBJECT_UNMERGED, known | undone


def _times(one: Merge) -> dict[str, str]:
    """Return when a merge was made and undone, which events tell since they are sealed."""
    times = {"merged_at": one.merged_at, "undone_at": one.undone_at}
    return {name: utc_text(when) for name, when in times.items() if when is not None}


def _told(connection: Connection) -> dict[tuple[str, str], dict[str, object]]:
    actions = (SUBJECT_MERGED, SUBJECT_UNMERGED)
    query = select(audit_events).where(audit_events.c.action.in_(actions)).order_by(audit_events.c.sequence)
    return {
        (event.action, str(event.details.get("merge_id"))): event.details
        | {"source_id": event.subject_id, "actor": event.actor}
        for event in connection.execute(query).all()
        if isinstance(event.details, dict)
    }


def _check_subjects(connection: Connection, merges: tuple[Merge, ...]) -> Iterator[Fault]:
    """Find subjects that are merged otherwise than the merges that stand say."""
    standing = {one.source_id: one.into_id for one in merges if one.undone_at is None}
    merged = subjects.c.status == SubjectStatus.MERGED
    query = select(subjects.c.subject_id, subjects.c.merged_into).where(merged | subjects.c.merged_into.is_not(None))
    for row in connection.execute(query).all():
        if standing.pop(row.subject_id, None) != row.merged_into:
            message = "the subject is merged, and no merge says so"
            yield Fault(kind=FaultKind.AUDIT, source=row.subject_id, message=message)
        try:
            resolve(connection, row.subject_id)
        except BiometricsError as error:
            yield Fault(kind=FaultKind.AUDIT, source=row.subject_id, message=error.message)
    for subject_id in standing:
        message = "a merge says that the subject is merged, and it is not"
        yield Fault(kind=FaultKind.AUDIT, source=subject_id, message=message)


def _check_reasons(connection: Connection) -> Iterator[Fault]:
    """Find encounters moved one by one whose reason is not the one that was given."""
    query = select(audit_events.c.details, audit_events.c.actor).where(audit_events.c.action == ENCOUNTER_MOVED)
    events = [(row.details, row.actor) for row in connection.execute(query) if isinstance(row.details, dict)]
    told = {
        event.get("change"): (event["reason"], actor, event.get("moved_at"))
        for event, actor in events
        if "reason" in event
    }
    erased, moved = erased_texts(connection)[MOVES], connection.scalars(select(encounter_moves.c.change)).all()
    keyring_of(connection).prefetch(connection, [move_owner(change) for change in moved])
    for row in connection.execute(select(encounter_moves)).all():
        reason, actor, moved_at = told.pop(row.change, (None, None, None))
        agreed = digest_of(connection, row.reason, reason, erased=row.change in erased)
        if (reason, actor) != (agreed, row.actor) or moved_at not in (None, utc_text(row.moved_at)):
            message = "the move, or its reason, is not the one that the audit trail tells of"
            yield Fault(kind=FaultKind.AUDIT, source=f"change {row.change}", message=message)
    for change in told:
        message = "the audit trail tells of a reason that is not there"
        yield Fault(kind=FaultKind.AUDIT, source=f"change {change}", message=message)
