"""Ranges of days, taken apart into the longest periods that counters sum up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from biometrics.errors import RecordError
from registry.tables.statistics import Grain

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive periods of one length, by the names that counters have: first and last.

    `sign` is -1 where they are to be subtracted.
    """

    grain: Grain
    first: str
    last: str
    sign: int = 1


def spans(first: date, last: date) -> Iterator[Span]:
    """Yield few spans that together count every day from `first` to `last` once.

    Of a month that is not asked about whole, either the days inside are added, or those outside are subtracted from it,
    whichever are fewer. For ranges up to today these lie in the future, where nothing is counted.

    Raises
    ------
    RecordError
        When the last day is before the first.
    """
    if last < first:
        raise RecordError("the last day is before the first", remedy="exchange them")
    months = _next_month(first - _DAY), _month(last + _DAY)  # first days of months: from, and up to but not with
    if months[0] > months[1]:
        yield from _part_of_month(first, last)
        return
    if first < months[0]:
        yield from _part_of_month(first, months[0] - _DAY)
    if months[0] < months[1]:
        yield from _month_spans(*months)
    if months[1] <= last:
        yield from _part_of_month(months[1], last)


def _part_of_month(first: date, last: date) -> Iterator[Span]:
    """Yield spans for days within one month."""
    start, end = _month(first), _next_month(first) - _DAY
    inside = (last - first).days + 1
    if inside <= (end - start).days + 1 - inside:
        yield _days(first, last)
        return
    yield _months(start, end + _DAY)
    if start < first:
        yield replace(_days(start, first - _DAY), sign=-1)
    if last < end:
        yield replace(_days(last + _DAY, end), sign=-1)


def _month_spans(start: date, end: date) -> Iterator[Span]:
    """Yield spans from one first day of a month up to another."""
    years = date(start.year + (start.month > 1), 1, 1), date(end.year, 1, 1)
    if years[0] >= years[1]:
        yield _months(start, end)
        return
    if start < years[0]:
        yield _months(start, years[0])
    yield Span(Grain.YEAR, f"{years[0].year:04}", f"{years[1].year - 1:04}")
    if years[1] < end:
        yield _months(years[1], end)


def _days(first: date, last: date) -> Span:
    return Span(Grain.DAY, first.isoformat(), last.isoformat())


def _months(start: date, end: date) -> Span:
    return Span(Grain.MONTH, start.isoformat()[:7], (end - _DAY).isoformat()[:7])


def _month(day: date) -> date:
    return day.replace(day=1)


def _next_month(day: date) -> date:
    return _month(_month(day) + timedelta(days=31))
