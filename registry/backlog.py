"""Cases that wait for a person: how many, how urgent, where from, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, case, func, select

from biometrics.cases import CasePriority
from registry.cases import WAITING
from registry.tables.cases import cases

AGES_DAYS = (1, 7, 30)
"""Ages, in days, beyond which waiting cases are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Waiting cases of one priority from one post (empty where it was not recorded).

    `older` counts those that wait for more than each of `AGES_DAYS`.
    """

    post: str
    priority: CasePriority
    waiting: int
    oldest_at: datetime
    older: tuple[int, ...]


def backlog(connection: Connection, now: datetime, post: str | None = None) -> tuple[Backlog, ...]:
    """Return the waiting cases, by post and priority, as of a moment."""
    limits = [now - timedelta(days=days) for days in AGES_DAYS]
    older = [func.sum(case((cases.c.opened_at < limit, 1), else_=0)) for limit in limits]
    conditions: list[ColumnElement[bool]] = [WAITING, *([] if post is None else [cases.c.post == post])]
    rows = connection.execute(
        select(cases.c.post, cases.c.priority, func.count(), func.min(cases.c.opened_at), *older)
        .where(*conditions)
        .group_by(cases.c.post, cases.c.priority)
    ).all()
    found = [
        Backlog(post=place or "", priority=priority, waiting=int(waiting), oldest_at=oldest, older=tuple(map(int, old)))
        for place, priority, waiting, oldest, *old in rows
    ]
    return tuple(sorted(found, key=lambda one: (one.post, one.priority.value)))
