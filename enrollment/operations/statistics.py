"""Statistics, as an operation: they name operators, so the audit trail tells who asked for them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from biometrics.records import Actor
from biometrics.samples import now_utc
from enrollment.operations.operation import Operation
from registry.access import STATISTICS_READ
from registry.alarms import Alarm, alarms
from registry.backlog import Backlog
from registry.reading import Reader
from registry.statistics import Activity, Asked, By
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What was done on the days asked about, what waits now, and which operators to ask.

    Parameters
    ----------
    total
        Everything asked about.
    parts
        The same per day, post or operator; empty when nothing is told apart.
    backlog
        The cases that wait now, of the post where one was asked about.
    alarms
        Of operators compared with everybody's on these days, wherever; of one where one was asked about.
    """

    total: Activity
    parts: tuple[Activity, ...]
    backlog: tuple[Backlog, ...]
    alarms: tuple[Alarm, ...]


def _statistics(registry: Registry, actor: Actor, asked: Asked) -> Statistics:
    def read(record: Reader) -> Statistics:
        if asked.gallery is not None:
            record.galleries.require([asked.gallery])
        total = record.statistics.activities(dataclasses.replace(asked, by=By.NOTHING))
        everybody = record.statistics.activities(Asked(first=asked.first, last=asked.last, by=By.OPERATOR))
        found = alarms(everybody)
        return Statistics(
            total=total[0] if total else Activity(key="", counts={}, seconds={}),
            parts=() if asked.by is By.NOTHING else record.statistics.activities(asked),
            backlog=record.statistics.backlog(now_utc(), asked.post),
            alarms=tuple(one for one in found if asked.operator in (None, one.operator)),
        )

    told = {"by": asked.by.value, "first": asked.first.isoformat(), "last": asked.last.isoformat()}
    return registry.consult(actor, STATISTICS_READ, (), read, told=told)


STATISTICS = Operation("statistics.read", _statistics)
