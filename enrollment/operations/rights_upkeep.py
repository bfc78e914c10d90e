"""Operations by which rules of retention run, notices are recorded, and the gateway is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from biometrics.records import Actor
from biometrics.rights.records import GivenNotice, Notification, RetentionRun, Transfer
from biometrics.rights.retention import Kept, RetentionRule
from biometrics.samples import now_utc
from enrollment.operations.operation import Operation
from registry.rights.notices import NoticeText
from registry.store import Registry

_AT_ONCE = 200
"""Things forgotten in one section: others wait for less than a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """Asks to forget some of what a rule says, or to count it; `confirmed` believes a clock that leapt forward."""

    rule: RetentionRule
    dry_run: bool = False
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """How many things were forgotten and how many are due still; for the dead, who they are, to be erased."""

    removed: int
    due: int
    persons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteExpiry:
    """Records that a rule was carried out."""

    rule: RetentionRule
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveNotice:
    """Records that a person was given a notice at an encounter."""

    encounter_id: str
    text: NoticeText


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """Records that the gateway was told something, or could not be."""

    notification_id: str
    delivered: bool
    most_attempts: int


def _expire(registry: Registry, actor: Actor, asked: Expire) -> Expired:
    now = now_utc()
    with registry.reading() as record:
        record.rights.require_plausible_clock(now, confirmed=asked.confirmed)
        found = record.rights.expired(asked.rule, now)
    if asked.dry_run or not found:
        return Expired(removed=0, due=len(found))
    if asked.rule.kept is Kept.DECEASED_PERSONS:
        return Expired(removed=0, due=len(found), persons=found)
    with registry.writing(actor) as writer:
        # Asked again: what changed since the first question, such as a new hold, counts.
        found = writer.rights.expired(asked.rule, now)
        chosen = found[:_AT_ONCE]
        writer.rights.forget(asked.rule, chosen, now)
    return Expired(removed=len(chosen), due=len(found) - len(chosen))


def _note(registry: Registry, actor: Actor, asked: NoteExpiry) -> RetentionRun:
    with registry.writing(actor) as writer:
        return writer.rights.record_run(asked.rule, now_utc(), asked.removed)


def _last_runs(registry: Registry, actor: Actor, _: None) -> tuple[RetentionRun, ...]:
    with registry.reading() as record:
        return record.rights.retention_runs()


def _transfers(registry: Registry, actor: Actor, _: None) -> tuple[Transfer, ...]:
    with registry.reading() as record:
        return record.rights.transfers()


def _give_notice(registry: Registry, actor: Actor, asked: GiveNotice) -> GivenNotice:
    with registry.writing(actor) as writer:
        return writer.rights.give_notice(asked.encounter_id, asked.text)


def _due(registry: Registry, actor: Actor, at: datetime) -> tuple[Notification, ...]:
    with registry.reading() as record:
        return record.rights.due_notifications(at, most=_AT_ONCE)


def _attempted(registry: Registry, actor: Actor, asked: Attempted) -> None:
    with registry.writing(actor) as writer:
        writer.rights.note_attempt(asked.notification_id, delivered=asked.delivered, most_attempts=asked.most_attempts)


EXPIRE = Operation("rights.expire", _expire)
NOTE_EXPIRY = Operation("rights.note_expiry", _note)
RETENTION_RUNS = Operation("rights.retention_runs", _last_runs)
TRANSFERS = Operation("rights.transfers", _transfers)
GIVE_NOTICE = Operation("rights.give_notice", _give_notice)
DUE_NOTIFICATIONS = Operation("rights.due_notifications", _due)
NOTE_ATTEMPT = Operation("rights.note_attempt", _attempted)

RIGHTS_UPKEEP: tuple[Operation[Any, Any], ...] = (
    EXPIRE,
    NOTE_EXPIRY,
    RETENTION_RUNS,
    TRANSFERS,
    GIVE_NOTICE,
    DUE_NOTIFICATIONS,
    NOTE_ATTEMPT,
)
