"""What statistics tell, as JSON output and text show it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.table import Table

from api.verbs.arguments import printable
from biometrics.error_rates import ErrorRate
from enrollment.operations.statistics import Statistics
from registry.alarms import Alarm
from registry.backlog import AGES_DAYS, Backlog
from registry.measures import CASES_CLOSED, CASES_OPENED, DUPLICATE, NEEDS_REVIEW
from registry.statistics import Activity, By

_DAY_S, _HOUR_S = 86400, 3600
_MEDIAN, _MOST = 0.5, 0.95


_COLUMNS = (
    *("enrolled", "duplicate", "doubtful", "rejected", "exceptions", "no photo"),
    *("cases", "closed", "mean delay", "half in", "95 % in"),
)


def statistics_document(answer: Statistics, by: By) -> dict[str, Any]:
    """Return statistics as JSON values."""
    return {
        "total": _activity_document(answer.total),
        "by": by.value,
        "parts": [{by.value: one.key, **_activity_document(one)} for one in answer.parts],
        "backlog": [_backlog_document(one) for one in answer.backlog],
        "alarms": [_alarm_document(one) for one in answer.alarms],
    }


def _activity_document(one: Activity) -> dict[str, Any]:
    return {
        "enrolled": one.enrolled,
        "rejections": _rate_document(one.rejections),
        "exceptions": _rate_document(one.exceptions),
        "overrides": _rate_document(one.overrides),
        "mean_delay_s": one.mean_delay_s,
        "median_delay_within_s": _finite(one.delay_within_s(_MEDIAN)),
        "p95_delay_within_s": _finite(one.delay_within_s(_MOST)),
        "counts": dict(sorted(one.counts.items())),
    }


def _finite(seconds: float | None) -> float | None:
    return None if seconds is None or math.isinf(seconds) else seconds


def _rate_document(rate: ErrorRate | None) -> dict[str, Any] | None:
    if rate is None:
        return None
    return {"count": rate.errors, "of": rate.trials, "share": rate.value, "low": rate.low, "high": rate.high}


def _backlog_document(one: Backlog) -> dict[str, Any]:
    return {
        "post": one.post,
        "priority": one.priority.value,
        "waiting": one.waiting,
        "oldest_at": one.oldest_at.isoformat(),
        "older_than_days": dict(zip(map(str, AGES_DAYS), one.older, strict=True)),
    }


def _alarm_document(one: Alarm) -> dict[str, Any]:
    return {
        "operator": one.operator,
        "of": one.watched.value,
        "share": _rate_document(one.share),
        "tolerated": one.tolerated,
    }


def activity_table(answer: Statistics, by: By) -> Table:
    """Return the figures as a table: a row per part, and everything at the end."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    table.add_column("" if by is By.NOTHING else by.value, no_wrap=True)
    for title in _COLUMNS:
        table.add_column(title, justify="right", no_wrap=True)
    for one in answer.parts:
        table.add_row(printable(one.key) or "not recorded", *_cells(one))
    table.add_section()
    table.add_row("all", *_cells(answer.total), style="bold")
    return table


def _cells(one: Activity) -> list[str]:
    counts = [one.enrolled, one.counts.get(DUPLICATE, 0), one.counts.get(NEEDS_REVIEW, 0)]
    cases = [one.counts.get(CASES_OPENED, 0), one.counts.get(CASES_CLOSED, 0)]
    rates = map(_rate_text, (one.rejections, one.exceptions, one.overrides))
    delays = map(_time_text, (one.mean_delay_s, one.delay_within_s(_MEDIAN), one.delay_within_s(_MOST)))
    return [*(f"{count:,}" for count in counts), *rates, *(f"{count:,}" for count in cases), *delays]


def _rate_text(rate: ErrorRate | None) -> str:
    if rate is None:
        return "-"
    return f"{rate.errors:,} of {rate.trials:,}, {rate.value:.1%}"


def _time_text(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if math.isinf(seconds):
        return "longer"
    return f"{seconds / _DAY_S:.1f} d" if seconds >= _DAY_S else f"{seconds / _HOUR_S:.1f} h"


def backlog_lines(backlog: Sequence[Backlog]) -> list[str]:
    """Return what waits, a line per post and priority."""
    if not backlog:
        return ["no case waits"]
    waiting = sum(one.waiting for one in backlog)
    lines = ["1 case waits:" if waiting == 1 else f"{waiting:,} cases wait:"]
    for one in backlog:
        older = ", ".join(f"{count:,} over {days} d" for days, count in zip(AGES_DAYS, one.older, strict=True) if count)
        place = one.post or "post not recorded"
        line = f"  {place}  {one.priority.value}  {one.waiting:,}, oldest of {one.oldest_at:%Y-%m-%d}"
        lines.append(f"{line} ({older})" if older else line)
    return lines


def alarm_lines(found: Sequence[Alarm]) -> list[str]:
    """Return whom to ask, a line per operator and share."""
    return [
        f"ALARM  operator {one.operator}: {one.watched.value} {_rate_text(one.share)} "
        f"(95 % interval {one.share.low:.1%}-{one.share.high:.1%}); {one.tolerated:.1%} is tolerated"
        for one in found
    ]
