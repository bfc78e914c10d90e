"""`kura registry stats`: what was done, per post, day or operator, what waits, and whom to ask."""

from __future__ import annotations

import argparse
from datetime import date, timedelta

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.registry_steps import showing

NAME, SUMMARY = "stats", "show enrollments, rejections, exceptions, cases and delays, with alarms per operator"

_DAYS = 30


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--from", dest="first", type=_day, metavar="DAY", help="first day, of UTC (default: 30 days ago)")
    step.add_argument("--to", dest="last", type=_day, metavar="DAY", help="last day (default: today)")
    step.add_argument("--by", choices=("post", "day", "operator"), help="tell apart (default: everything together)")
    step.add_argument("--post", metavar="NAME", help="only what was done at this post")
    step.add_argument("--operator", metavar="NAME", help="only what this operator did")
    step.add_argument("--gallery", metavar="NAME", help="only what concerns this gallery (default: all)")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Show."""
    from api.statistics_views import activity_table, alarm_lines, backlog_lines, statistics_document
    from biometrics.samples import now_utc
    from enrollment.operations.statistics import STATISTICS
    from registry.statistics import Asked, By

    last = arguments.last or now_utc().date()
    asked = Asked(
        first=arguments.first or last - timedelta(days=_DAYS - 1),
        last=last,
        by=By(arguments.by or "nothing"),
        gallery=arguments.gallery,
        post=arguments.post,
        operator=arguments.operator,
    )
    answer = asking.ask(arguments, STATISTICS, asked)
    if not arguments.json:
        showing.show_table(f"{asked.first} to {asked.last}", activity_table(answer, asked.by))
    document = {"first": asked.first.isoformat(), "last": asked.last.isoformat()}
    lines = [*backlog_lines(answer.backlog), *alarm_lines(answer.alarms)]
    return asking.report(arguments, document | statistics_document(answer, asked.by), lines)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day like 2026-01-31") from None
