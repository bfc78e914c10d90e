"""What is due to be forgotten by a rule of retention, and forgetting it; persons under a legal hold are left alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection, Select, delete, select

from biometrics.cases import CaseOutcome
from biometrics.people.life import LifeEventKind
from biometrics.records import EncounterStatus, SubjectStatus
from biometrics.rights.retention import Kept
from biometrics.rights.words import RequestState
from registry.audit import append_event
from registry.kept_files import remove_owner_files, store_of
from registry.keys.sections import keyring_of
from registry.purging import due_encounters, purge
from registry.retiring import retire_encounter
from registry.rights.actions import ROWS_EXPIRED
from registry.rights.family import cases_about, held_people
from registry.rights.rows import forget_texts
from registry.service_actions import ANSWERS_FORGOTTEN, DRAFT_DELETED, TASKS_FORGOTTEN
from registry.service_rows import SEALS, remove_rows
from registry.service_states import DraftState, TaskState
from registry.tables.cases import cases
from registry.tables.core import encounters, subjects
from registry.tables.people import life_events
from registry.tables.rights import notifications, rights_requests
from registry.tables.service import draft_buffers, drafts, kept_answers, tasks

Due = Callable[[Connection, datetime], list[str]]
Forget = Callable[[Connection, list[str], datetime, str], None]


def due(connection: Connection, kept: Kept, cutoff: datetime, now: datetime) -> list[str]:
    """Return what is older than a cutoff and nobody is held by, by identifier; for persons, whom to erase."""
    found = _DUE[kept](connection, cutoff)
    if kept in _OWNERS:
        held = held_people(connection, now)
        owners = _owners(connection, kept, found) if held else {}
        found = [one for one in found if owners.get(one) not in held]
    return found


def forget(connection: Connection, kept: Kept, chosen: list[str], cutoff: datetime, basis: str) -> None:
    """Forget some of what is due; not for persons, who are erased.

    Parameters
    ----------
    connection
        The section.
    kept, chosen
        What, and which.
    cutoff
        What they were older than.
    basis
        The rule, for the trail.
    """
    if chosen:
        _FORGET[kept](connection, chosen, cutoff, basis)


def _retired(connection: Connection, cutoff: datetime) -> list[str]:
    return due_encounters(connection, cutoff)


def _rejected(connection: Connection, cutoff: datetime) -> list[str]:
    decided = (
        select(cases.c.encounter_id)
        .where(cases.c.outcome == CaseOutcome.FRAUD, cases.c.closed_at < cutoff)
        .where(cases.c.encounter_id == encounters.c.encounter_id)
    )
    later = (
        select(cases.c.case_id)
        .where(cases.c.encounter_id == encounters.c.encounter_id)
        .where((cases.c.closed_at >= cutoff) | (cases.c.closed_at.is_(None)))
    )
    query = select(encounters.c.encounter_id).where(encounters.c.status == EncounterStatus.REJECTED)
    return sorted(connection.scalars(query.where(decided.exists(), ~later.exists())))


def _of(query: Select[tuple[str]]) -> Callable[[Connection], list[str]]:
    return lambda connection: sorted(connection.scalars(query))


def _drafts(connection: Connection, cutoff: datetime) -> list[str]:
    unfinished = drafts.c.state != DraftState.FINALIZED, drafts.c.updated_at < cutoff
    return _of(select(drafts.c.row_id).where(*unfinished))(connection)


def _answers(connection: Connection, cutoff: datetime) -> list[str]:
    return _of(select(kept_answers.c.row_id).where(kept_answers.c.made_at < cutoff))(connection)


def _tasks(connection: Connection, cutoff: datetime) -> list[str]:
    over = tasks.c.state.in_((TaskState.COMPLETED, TaskState.RESPONSE_ERROR)), tasks.c.changed_at < cutoff
    return _of(select(tasks.c.task_id).where(*over))(connection)


def _requests(connection: Connection, cutoff: datetime) -> list[str]:
    answered = rights_requests.c.state == RequestState.ANSWERED, rights_requests.c.answered_at < cutoff
    written = rights_requests.c.asked.is_not(None)
    return _of(select(rights_requests.c.request_id).where(*answered, written))(connection)


def _notifications(connection: Connection, cutoff: datetime) -> list[str]:
    old = notifications.c.made_at < cutoff
    return _of(select(notifications.c.notification_id).where(old))(connection)


def _deceased(connection: Connection, cutoff: datetime) -> list[str]:
    """Return the dead by when it was recorded: a date that somebody stated deletes nobody."""
    told = (
        select(life_events.c.event_id)
        .where(life_events.c.subject_id == subjects.c.subject_id, life_events.c.kind == LifeEventKind.DEATH)
        .where(life_events.c.annulled_at.is_(None), life_events.c.recorded_at < cutoff)
    )
    query = select(subjects.c.subject_id).where(subjects.c.status == SubjectStatus.DECEASED, told.exists())
    found = connection.scalars(query.order_by(subjects.c.subject_id)).all()
    return [one for one in found if not cases_about(connection, [one], waiting=True)]


def _owners(connection: Connection, kept: Kept, found: list[str]) -> Mapping[str, str | None]:
    if kept is Kept.DECEASED_PERSONS:
        return {one: one for one in found}
    table, key = _OWNERS[kept]
    rows = connection.execute(select(key, table).where(key.in_(found))).all()
    return {row[0]: row[1] for row in rows}


def _purge(connection: Connection, chosen: list[str], cutoff: datetime, basis: str) -> None:
    purge(connection, retired_before=cutoff, reason=basis, most=len(chosen))


def _retire(connection: Connection, chosen: list[str], _: datetime, __: str) -> None:
    for encounter_id in chosen:
        retire_encounter(connection, encounter_id)


def _forget_drafts(connection: Connection, chosen: list[str], _: datetime, basis: str) -> None:
    remove_owner_files(connection, store_of(connection), chosen)
    for row_id in chosen:
        seals = remove_rows(connection, draft_buffers, draft_buffers.c.draft_row == row_id)
        seals |= remove_rows(connection, drafts, drafts.c.row_id == row_id)
        details = {"draft_id": row_id, "reason": basis, SEALS: seals}
        append_event(connection, action=DRAFT_DELETED, subject_id=None, details=details)
    keyring_of(connection).shred(connection, chosen)


def _forget_answers(connection: Connection, chosen: list[str], _: datetime, basis: str) -> None:
    seals = remove_rows(connection, kept_answers, kept_answers.c.row_id.in_(chosen))
    details = {"answers": len(chosen), "reason": basis, SEALS: seals}
    append_event(connection, action=ANSWERS_FORGOTTEN, subject_id=None, details=details)
    keyring_of(connection).shred(connection, chosen)


def _forget_tasks(connection: Connection, chosen: list[str], _: datetime, basis: str) -> None:
    seals = remove_rows(connection, tasks, tasks.c.task_id.in_(chosen))
    details = {"tasks": len(chosen), "reason": basis, SEALS: seals}
    append_event(connection, action=TASKS_FORGOTTEN, subject_id=None, details=details)
    keyring_of(connection).shred(connection, chosen)


def _forget_requests(connection: Connection, chosen: list[str], _: datetime, basis: str) -> None:
    seals = forget_texts(connection, rights_requests, chosen)
    append_event(connection, action=ROWS_EXPIRED, subject_id=None, details={"reason": basis, SEALS: seals})


def _forget_notifications(connection: Connection, chosen: list[str], _: datetime, basis: str) -> None:
    connection.execute(delete(notifications).where(notifications.c.notification_id.in_(chosen)))
    seals = {notifications.name: dict.fromkeys(chosen)}
    append_event(connection, action=ROWS_EXPIRED, subject_id=None, details={"reason": basis, SEALS: seals})


_DUE: Mapping[Kept, Due] = {
    Kept.RETIRED_ENCOUNTERS: _retired,
    Kept.REJECTED_ENCOUNTERS: _rejected,
    Kept.UNFINISHED_DRAFTS: _drafts,
    Kept.KEPT_ANSWERS: _answers,
    Kept.FINISHED_TASKS: _tasks,
    Kept.ANSWERED_REQUESTS: _requests,
    Kept.NOTIFICATIONS: _notifications,
    Kept.DECEASED_PERSONS: _deceased,
}
_FORGET: Mapping[Kept, Forget] = {
    Kept.RETIRED_ENCOUNTERS: _purge,
    Kept.REJECTED_ENCOUNTERS: _retire,
    Kept.UNFINISHED_DRAFTS: _forget_drafts,
    Kept.KEPT_ANSWERS: _forget_answers,
    Kept.FINISHED_TASKS: _forget_tasks,
    Kept.ANSWERED_REQUESTS: _forget_requests,
    Kept.NOTIFICATIONS: _forget_notifications,
}
_OWNERS = {
    Kept.RETIRED_ENCOUNTERS: (encounters.c.subject_id, encounters.c.encounter_id),
    Kept.REJECTED_ENCOUNTERS: (encounters.c.subject_id, encounters.c.encounter_id),
    Kept.ANSWERED_REQUESTS: (rights_requests.c.subject_id, rights_requests.c.request_id),
    Kept.DECEASED_PERSONS: (subjects.c.subject_id, subjects.c.subject_id),
}
"""The column that says whose something is, and its key; the rest is nobody's until it is finished."""
