"""What happened in a range of days, per post, day or operator, answered from counters alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from itertools import accumulate

from sqlalchemy import Connection, func, literal, select

from biometrics.error_rates import ErrorRate
from registry.backlog import Backlog, backlog
from registry.measures import (
    CASES_CLOSED,
    DELAY_CLASSES,
    ENCOUNTERS,
    ENROLLED,
    EXCEPTIONS,
    OVERRIDES,
    REJECTIONS,
)
from registry.periods import Span, spans
from registry.tables.statistics import Grain, Scope, counters


class By(Enum):
    """What the figures are told apart by."""

    NOTHING = "nothing"
    DAY = "day"
    POST = "post"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question to the counters: which days (of UTC, both included), and whose doings; None for everybody's."""

    first: date
    last: date
    by: By = By.NOTHING
    gallery: str | None = None
    post: str | None = None
    operator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What was done on the days asked about, by one post, by one operator or on one day.

    Parameters
    ----------
    key
        The post, operator or day; empty where it was not recorded, or for everybody.
    counts
        Numbers by measure; see `registry.measures`.
    seconds
        Sums of durations by measure.
    """

    key: str
    counts: Mapping[str, int]
    seconds: Mapping[str, float]

    @property
    def enrolled(self) -> int:
        """Persons who came and were recorded, whatever was found about them."""
        return sum(self.counts.get(measure, 0) for measure in ENROLLED)

    @property
    def rejections(self) -> ErrorRate | None:
        """Persons who came and could not be recorded; None when nobody came."""
        rejected = self.counts.get(REJECTIONS, 0)
        return _rate(rejected, self.enrolled + rejected)

    @property
    def exceptions(self) -> ErrorRate | None:
        """Encounters that lack fingers or a face for a stated reason."""
        return _rate(self.counts.get(EXCEPTIONS, 0), self.counts.get(ENCOUNTERS, 0))

    @property
    def overrides(self) -> ErrorRate | None:
        """Encounters with exceptions that no photo proves."""
        return _rate(self.counts.get(OVERRIDES, 0), self.counts.get(ENCOUNTERS, 0))

    @property
    def mean_delay_s(self) -> float | None:
        """Seconds from the opening of a case to its closing; None when none was closed."""
        closed = self.counts.get(CASES_CLOSED, 0)
        return self.seconds[CASES_CLOSED] / closed if closed else None

    def delay_within_s(self, share: float) -> float | None:
        """Return the smallest class limit within which this share of the closed cases was decided, in seconds.

        Infinite when that is more than the last limit; None when no case was closed.
        """
        classes = [self.counts.get(measure, 0) for measure in DELAY_CLASSES]
        needed = share * sum(classes)
        if not sum(classes):
            return None
        within = zip(DELAY_CLASSES.values(), accumulate(classes), strict=True)
        return next(limit for limit, decided in within if decided >= needed)


def _rate(errors: int, trials: int) -> ErrorRate | None:
    # An exception may be granted on another day than its encounter was added.
    trials = max(errors, trials)
    return ErrorRate.of(errors, trials) if trials else None


def activities(connection: Connection, asked: Asked) -> tuple[Activity, ...]:
    """Return what was done, one entry per post, day or operator with anything to tell, in their order.

    Raises
    ------
    RecordError
        When the last day is before the first.
    """
    counts: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    seconds: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for span in _spans(asked):
        for key, measure, number, lasted in _sums(connection, asked, span):
            counts[key][measure] += span.sign * number
            seconds[key][measure] += span.sign * lasted
    return tuple(_activity(key, counts[key], seconds[key]) for key in sorted(counts) if any(counts[key].values()))


def _activity(key: str, counts: Mapping[str, int], seconds: Mapping[str, float]) -> Activity:
    """Return what is left of sums and differences."""
    known = {measure: number for measure, number in counts.items() if number}
    return Activity(key=key, counts=known, seconds={measure: seconds[measure] for measure in known})


def _spans(asked: Asked) -> tuple[Span, ...]:
    """Return the periods to sum up; figures per day need the days themselves."""
    longest = tuple(spans(asked.first, asked.last))
    days = Span(Grain.DAY, asked.first.isoformat(), asked.last.isoformat())
    return (days,) if asked.by is By.DAY else longest


def _sums(connection: Connection, asked: Asked, span: Span) -> list[tuple[str, str, int, float]]:
    table = counters.c
    key = {By.NOTHING: literal(""), By.DAY: table.period, By.POST: table.post, By.OPERATOR: table.operator}[asked.by]
    conditions = [table.scope == _scope(asked), table.grain == span.grain, table.period.between(span.first, span.last)]
    for name in ("gallery", "post", "operator"):
        value = getattr(asked, name)
        conditions += [table[name] == value] if value is not None else []
    grouped = (table.measure,) if asked.by is By.NOTHING else (key, table.measure)
    rows = connection.execute(
        select(key, table.measure, func.sum(table.number), func.sum(table.seconds))
        .where(*conditions)
        .group_by(*grouped)
    )
    return [(name, measure, int(number), float(lasted)) for name, measure, number, lasted in rows]


def _scope(asked: Asked) -> Scope:
    """Return the widest scope that tells apart what is asked about."""
    if asked.by is By.OPERATOR or asked.operator is not None:
        return Scope.OPERATOR
    return Scope.POST if asked.by is By.POST or asked.post is not None else Scope.EVERYBODY


class StatisticsReader:
    """Answers from counters; made by `Reader.statistics`. They name operators: ask through `Registry.consult`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def activities(self, asked: Asked) -> tuple[Activity, ...]:
        """Return what was done, as `activities`."""
        return activities(self._connection, asked)

    def backlog(self, now: datetime, post: str | None = None) -> tuple[Backlog, ...]:
        """Return the waiting cases, as `registry.backlog.backlog`."""
        return backlog(self._connection, now, post)
