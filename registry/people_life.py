"""Life events, which decide where a subject stands, and guardians, who speak for a child.

A dead person's references stay in the gallery: somebody may use the identity.
"""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from biometrics.errors import RecordConflictError, RecordNotFoundError
from biometrics.people.history import HeldGuardian, RecordedLifeEvent
from biometrics.people.life import Guardian, LifeEvent, LifeEventKind
from biometrics.records import SubjectStatus
from biometrics.samples import now_utc
from registry.audit import acting, append_event
from registry.identifiers import new_identifier
from registry.people_actions import GUARDIAN_ADDED, GUARDIAN_ENDED, LIFE_EVENT_ANNULLED, LIFE_EVENT_RECORDED
from registry.people_rows import guardian_of, guardian_values, life_event_of, life_event_values
from registry.people_seals import DIGESTS, ENDED, ended_seals, insert_sealed
from registry.people_subjects import require_open, stated_reason, status_of
from registry.sealed import Owned
from registry.tables.core import subjects
from registry.tables.people import evidence, guardians, life_events

STATUS_AFTER = {
    LifeEventKind.DEATH: SubjectStatus.DECEASED,
    LifeEventKind.INACTIVE: SubjectStatus.INACTIVE,
    LifeEventKind.ACTIVE: SubjectStatus.ACTIVE,
}


def record_life_event(connection: Connection, subject_id: str, happened: LifeEvent, *, reason: str) -> str:
    """Record a life event, let the subject's status follow, and return the event's identifier.

    Raises
    ------
    RecordNotFoundError
        When there is no such subject, or it has no such evidence.
    RecordConflictError
        When the subject stands there already, is dead, merged or purged.
    PersonDataError
        When the reason is empty.
    """
    reason = stated_reason(reason)
    status = require_open(connection, subject_id)
    if status is SubjectStatus.DECEASED:
        remedy = "annul the death if it was declared wrongly"
        raise RecordConflictError("this person is recorded as dead", source=subject_id, remedy=remedy)
    if STATUS_AFTER[happened.kind] is status:
        raise RecordConflictError(f"this person is {status.value} already", source=subject_id)
    own = evidence.c.evidence_id == happened.evidence_id, evidence.c.subject_id == subject_id
    if happened.evidence_id and connection.scalar(select(evidence.c.evidence_id).where(*own)) is None:
        raise RecordNotFoundError("the subject has no such evidence", source=happened.evidence_id)
    recorded = RecordedLifeEvent(
        event_id=new_identifier(),
        subject_id=subject_id,
        event=happened,
        recorded_at=now_utc(),
        actor=acting(connection).name,
        reason=reason,
    )
    digests = insert_sealed(connection, life_events, [life_event_values(recorded)])
    after = _follow(connection, subject_id)
    details = {"kind": happened.kind.value, "status": after.value, DIGESTS: digests}
    append_event(connection, action=LIFE_EVENT_RECORDED, subject_id=subject_id, details=details)
    return recorded.event_id


def annul_life_event(connection: Connection, subject_id: str, event_id: str, *, reason: str) -> None:
    """Let a life event that was recorded wrongly count no more; the subject stands where it would without it.

    Raises
    ------
    RecordNotFoundError
        When the subject has no such event.
    RecordConflictError
        When it was annulled already, or the subject is merged or purged.
    PersonDataError
        When the reason is empty.
    """
    reason = stated_reason(reason)
    require_open(connection, subject_id)
    own = life_events.c.event_id == event_id, life_events.c.subject_id == subject_id
    found = connection.execute(select(life_events).where(*own)).one_or_none()
    if found is None:
        raise RecordNotFoundError("the subject has no such life event", source=event_id)
    if found.annulled_at is not None:
        raise RecordConflictError("this life event was annulled already", source=event_id)
    actor = acting(connection).name
    annulled = {"annulled_at": now_utc(), "annulled_by": actor, "annulment_reason": Owned(subject_id, reason)}
    connection.execute(update(life_events).where(*own).values(annulled))
    after = _follow(connection, subject_id)
    ended = {life_events.name: ended_seals(connection, life_events, [event_id])}
    details = {"kind": found.kind.value, "status": after.value, ENDED: ended}
    append_event(connection, action=LIFE_EVENT_ANNULLED, subject_id=subject_id, details=details)


def life_status(connection: Connection, subject_id: str) -> SubjectStatus:
    """Return where a subject stands by its life events alone: dead, or as the last of the others says."""
    happened = [one.event.kind for one in life_events_of(connection, subject_id) if one.annulled_at is None]
    if LifeEventKind.DEATH in happened:
        return SubjectStatus.DECEASED
    return STATUS_AFTER[happened[-1]] if happened else SubjectStatus.ACTIVE


def life_events_of(connection: Connection, subject_id: str) -> tuple[RecordedLifeEvent, ...]:
    """Return the life events of a subject as they were recorded, annulled ones included."""
    rows = connection.execute(
        select(life_events)
        .where(life_events.c.subject_id == subject_id)
        .order_by(life_events.c.recorded_at, life_events.c.event_id)
    ).all()
    return tuple(life_event_of(row) for row in rows)


def add_guardian(connection: Connection, subject_id: str, guardian: Guardian, *, reason: str) -> str:
    """Record who speaks for a subject and return the guardian's identifier; earlier ones stay until they are ended.

    Raises
    ------
    RecordNotFoundError
        When the subject or the guardian is unknown.
    RecordConflictError
        When somebody would be their own guardian, or the subject is merged or purged.
    PersonDataError
        When the reason is empty.
    """
    reason = stated_reason(reason)
    require_open(connection, subject_id)
    if guardian.subject_id == subject_id:
        raise RecordConflictError("nobody is their own guardian", source=subject_id)
    if guardian.subject_id is not None:
        status_of(connection, guardian.subject_id)
    held = HeldGuardian(
        guardian_id=new_identifier(),
        subject_id=subject_id,
        guardian=guardian,
        recorded_at=now_utc(),
        actor=acting(connection).name,
        reason=reason,
    )
    digests = insert_sealed(connection, guardians, [guardian_values(held)])
    details = {"relation": guardian.relation.value, "guardian": guardian.subject_id, DIGESTS: digests}
    append_event(connection, action=GUARDIAN_ADDED, subject_id=subject_id, details=details)
    return held.guardian_id


def end_guardian(connection: Connection, subject_id: str, guardian_id: str, *, reason: str) -> None:
    """Record that somebody speaks for a subject no longer.

    Raises
    ------
    RecordNotFoundError
        When the subject has no such guardian, or no longer.
    PersonDataError
        When the reason is empty.
    """
    reason = stated_reason(reason)
    require_open(connection, subject_id)
    held = (
        guardians.c.guardian_id == guardian_id,
        guardians.c.subject_id == subject_id,
        guardians.c.ended_at.is_(None),
    )
    ending = {"ended_at": now_utc(), "end_reason": Owned(subject_id, reason)}
    ended = connection.execute(update(guardians).where(*held).values(ending))
    if ended.rowcount != 1:
        raise RecordNotFoundError("the subject has no such guardian", source=guardian_id)
    details = {ENDED: {guardians.name: ended_seals(connection, guardians, [guardian_id])}}
    append_event(connection, action=GUARDIAN_ENDED, subject_id=subject_id, details=details)


def guardians_of(connection: Connection, subject_id: str) -> tuple[HeldGuardian, ...]:
    """Return who speaks or spoke for a subject, oldest first."""
    rows = connection.execute(
        select(guardians)
        .where(guardians.c.subject_id == subject_id)
        .order_by(guardians.c.recorded_at, guardians.c.guardian_id)
    ).all()
    return tuple(guardian_of(row) for row in rows)


def _follow(connection: Connection, subject_id: str) -> SubjectStatus:
    status = life_status(connection, subject_id)
    connection.execute(update(subjects).where(subjects.c.subject_id == subject_id).values(status=status))
    return status
