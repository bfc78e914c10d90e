"""A range of days is taken apart into periods that cover every day once."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import RecordError
from registry.periods import Span, spans
from registry.tables.statistics import Grain

DAYS = st.dates(date(2019, 12, 1), date(2031, 2, 1))
LENGTHS = {Grain.DAY: 10, Grain.MONTH: 7, Grain.YEAR: 4}


@given(first=DAYS, days=st.integers(0, 1500))
def test_every_day_is_covered_once(first: date, days: int) -> None:
    inside = [first + timedelta(days=number) for number in range(days + 1)]
    around = [first - timedelta(days=number) for number in range(1, 500)]
    around += [inside[-1] + timedelta(days=number) for number in range(1, 500)]
    covered: Counter[date] = Counter()
    for span in spans(first, inside[-1]):
        for day in (*inside, *around):
            covered[day] += span.sign * (span.first <= day.isoformat()[: LENGTHS[span.grain]] <= span.last)
    assert {day: covered[day] for day in inside} == dict.fromkeys(inside, 1)
    assert not any(covered[day] for day in around)


@given(first=DAYS, days=st.integers(0, 1500))
def test_few_periods_are_read(first: date, days: int) -> None:
    found = tuple(spans(first, first + timedelta(days=days)))
    assert len(found) <= 7
    for span in found:
        if span.grain is Grain.DAY:
            assert (date.fromisoformat(span.last) - date.fromisoformat(span.first)).days < 16


def test_most_of_a_month_is_the_month_without_the_rest() -> None:
    assert tuple(spans(date(2026, 10, 28), date(2026, 11, 26))) == (
        Span(Grain.DAY, "2026-10-28", "2026-10-31"),
        Span(Grain.MONTH, "2026-11", "2026-11"),
        Span(Grain.DAY, "2026-11-27", "2026-11-30", sign=-1),
    )


def test_whole_years_are_read_as_years() -> None:
    assert tuple(spans(date(2024, 1, 1), date(2026, 12, 31))) == (Span(Grain.YEAR, "2024", "2026"),)
    assert tuple(spans(date(2024, 12, 31), date(2026, 1, 31))) == (
        Span(Grain.DAY, "2024-12-31", "2024-12-31"),
        Span(Grain.YEAR, "2025", "2025"),
        Span(Grain.MONTH, "2026-01", "2026-01"),
    )


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(RecordError, match="before the first"):
        tuple(spans(date(2026, 1, 2), date(2026, 1, 1)))
