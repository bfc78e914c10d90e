"""Counters say what the audit trail says, whatever is asked of them; and the check finds it when they do not."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.cases import CasePriority
from biometrics.errors import RecordError
from biometrics.records import Actor, EncounterContext
from registry.faults import FaultKind
from registry.measures import DELAY_CLASSES, delay_measure
from registry.recounting import recount
from registry.statistics import Activity, Asked, By
from registry.store import Registry
from registry.writing import Writer
from tests.registry.people import new_encounter, new_references, new_subject
from tests.registry.raw import tamper

FIRST, LAST = date(2024, 11, 20), date(2026, 2, 10)

Told = tuple[str, str, str, str, dict[str, Any]]
"""Day, post, operator, action and details of an event."""


def events() -> list[Told]:
    """Return events of three operators at two posts, spread over 450 days."""
    told: list[Told] = []
    for number in range(150):
        day = (FIRST + timedelta(days=number * 3)).isoformat()
        operator = f"operator {number % 3}"
        post = ("paris", "lyon")[number % 3 == 0]
        outcome = ("unique", "duplicate", "needs_review")[number % 7 % 3]
        told.append((day, post, operator, "enrolled", {"outcome": outcome, "galleries": ["citizens"]}))
        if number % 5 == 0:
            reasons = ["no_face", "blank_print"][: 1 + number % 2]
            told.append((day, post, operator, "not_enrolled", {"reasons": reasons}))
    return told


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Return a registry that recorded the events on their days, for tests that only read."""
    with Registry.open(tmp_path_factory.mktemp("counted")) as opened:
        record(opened, events())
        yield opened


@pytest.fixture
def briefly_counted(registry: Registry) -> Registry:
    """Return a registry of its own with the first of the events."""
    record(registry, events()[:12])
    return registry


def record(opened: Registry, told: list[Told]) -> None:
    with pytest.MonkeyPatch.context() as patched, opened.writing() as writer:
        for day, post, operator, action, details in told:
            at = datetime.fromisoformat(day).replace(hour=23, minute=59, tzinfo=UTC)
            patched.setattr("registry.audit.now_utc", lambda at=at: at)
            with writer.attempt(Actor(name=operator, post=post)):
                writer.append_event(action, None, details)


def ask(opened: Registry, asked: Asked) -> tuple[Activity, ...]:
    with opened.reading() as record:
        return record.statistics.activities(asked)


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize(
    "asked",
    [
        Asked(first=FIRST, last=LAST),
        Asked(first=date(2025, 1, 1), last=date(2025, 12, 31)),
        Asked(first=date(2024, 12, 7), last=date(2026, 1, 9)),
        Asked(first=date(2025, 3, 3), last=date(2025, 3, 3)),
        Asked(first=FIRST, last=LAST, post="lyon"),
        Asked(first=FIRST, last=LAST, operator="operator 1"),
        Asked(first=FIRST, last=LAST, post="paris", operator="operator 2", gallery="citizens"),
        Asked(first=FIRST, last=LAST, operator="nobody"),
    ],
)
def test_counters_say_what_counting_says(counted: Registry, asked: Asked, by: By) -> None:
    expected: dict[str, Counter[str]] = {}
    for day, post, operator, action, details in events():
        gallery = "".join(details.get("galleries", ()))
        wanted = asked.first.isoformat() <= day <= asked.last.isoformat()
        wanted = wanted and all(
            limit in (None, value)
            for limit, value in ((asked.post, post), (asked.operator, operator), (asked.gallery, gallery))
        )
        if wanted:
            key = {By.NOTHING: "", By.DAY: day, By.POST: post, By.OPERATOR: operator}[by]
            measures = [f"enrolled.{details['outcome']}"] if action == "enrolled" else ["rejections"]
            measures += [f"rejections.{reason}" for reason in details.get("reasons", ())]
            expected.setdefault(key, Counter()).update(measures)
    found = ask(counted, dataclasses.replace(asked, by=by))
    assert {one.key: one.counts for one in found} == expected
    assert [one.key for one in found] == sorted(expected)


def test_rates_have_their_trials(counted: Registry) -> None:
    (total,) = ask(counted, Asked(first=FIRST, last=LAST))
    assert total.rejections is not None
    assert (total.enrolled, total.rejections.errors, total.rejections.trials) == (150, 30, 180)
    assert total.exceptions is None and total.mean_delay_s is None and total.delay_within_s(0.5) is None


def test_a_range_that_ends_before_it_begins_is_refused(registry: Registry) -> None:
    for by in By:
        with pytest.raises(RecordError, match="before the first"):
            ask(registry, Asked(first=LAST, last=FIRST, by=by))


def test_counters_counted_anew_are_the_same(briefly_counted: Registry) -> None:
    counted = briefly_counted
    before = [ask(counted, Asked(first=FIRST, last=LAST, by=by)) for by in By]
    assert counted.check() == []
    with counted._database.writing() as connection:
        recount(connection)
    assert [ask(counted, Asked(first=FIRST, last=LAST, by=by)) for by in By] == before
    assert counted.check() == []


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE counters SET number = number + 2 WHERE {finest} AND period = '2024-11-20'", "2 too high"),
        ("DELETE FROM counters WHERE {finest} AND period = '2024-12-02'", "1 too low"),
        (
            "UPDATE counters SET number = number + 1 WHERE scope = 'post' AND grain = 'year'",
            "sums of counters per post",
        ),
        ("DELETE FROM counters WHERE scope = 'everybody' AND grain = 'month'", "sums of counters per everybody"),
        (
            "INSERT INTO counters VALUES ('operator', 'day', '2031-01-01', 'enrolled.unique', '', '', '', 'x', 3, 0)",
            "enrolled.unique of 2031-01-01 is 3 too high",
        ),
    ],
)
def test_the_check_finds_counters_that_are_wrong(briefly_counted: Registry, statement: str, message: str) -> None:
    tamper(briefly_counted, statement.format(finest="scope = 'operator' AND grain = 'day'"))
    faults = briefly_counted.check()
    assert {fault.kind for fault in faults} == {FaultKind.COUNTER}
    assert any(message in fault.message for fault in faults)


def test_the_encounter_says_where_and_by_whom(registry: Registry) -> None:
    context = EncounterContext(operator="operator 7", post="bamako", station="bamako-1")
    subject = new_subject("one")
    encounter = dataclasses.replace(new_encounter(subject), context=context)
    with registry.writing(Actor(name="clerk", post="head office")) as writer:
        writer.add_encounter(subject, encounter, new_references(subject))
    today = datetime.now(UTC).date()
    (activity,) = ask(registry, Asked(first=today - timedelta(days=1), last=today, by=By.OPERATOR, post="bamako"))
    assert (activity.key, activity.counts) == ("operator 7", {"encounters": 1})


def test_nothing_is_counted_of_a_section_that_fails(registry: Registry) -> None:
    with pytest.raises(ValueError, match="a reason"), registry.writing() as writer:
        writer.append_event("enrolled", None, {"outcome": "unique"})
        raise ValueError("a reason")
    today = datetime.now(UTC).date()
    assert ask(registry, Asked(first=today - timedelta(days=1), last=today)) == ()


@given(st.floats(0, 400 * 86400, allow_nan=False))
def test_a_delay_belongs_to_the_first_class_that_holds_it(seconds: float) -> None:
    limit = DELAY_CLASSES[delay_measure(seconds)]
    assert seconds <= limit
    assert all(seconds > smaller for smaller in DELAY_CLASSES.values() if smaller < limit)


def test_delays_are_told_by_classes() -> None:
    waited = [600.0] * 6 + [3 * 3600.0] * 3 + [300 * 86400.0]
    counts = {"cases_closed": len(waited), **Counter(map(delay_measure, waited))}
    activity = Activity(key="", counts=counts, seconds={"cases_closed": sum(waited)})
    assert (activity.delay_within_s(0.5), activity.delay_within_s(0.9)) == (3600, 4 * 3600)
    assert activity.delay_within_s(0.95) == math.inf
    assert activity.mean_delay_s == pytest.approx(sum(waited) / 10)


def test_what_waits_is_told_by_post_priority_and_age(registry: Registry) -> None:
    def question(writer: Writer, post: str | None, priority: CasePriority) -> None:
        subject = new_subject(f"{post} {priority} {writer.counts().subjects}")
        encounter = dataclasses.replace(new_encounter(subject), context=EncounterContext(post=post))
        writer.add_encounter(subject, encounter, new_references(subject))
        writer.open_case(subject_id=subject.subject_id, candidates=(), priority=priority, reason="a test")

    with registry.writing() as writer:
        for post, priority in (("paris", CasePriority.HIGH), ("paris", CasePriority.HIGH), (None, CasePriority.NORMAL)):
            question(writer, post, priority)
    now = datetime.now(UTC)
    with registry.reading() as record:
        waiting = record.statistics.backlog(now + timedelta(days=8))
        at_paris = record.statistics.backlog(now, "paris")
    assert [(one.post, one.priority, one.waiting, one.older) for one in waiting] == [
        ("", CasePriority.NORMAL, 1, (1, 1, 0)),
        ("paris", CasePriority.HIGH, 2, (2, 2, 0)),
    ]
    assert [(one.post, one.waiting, one.older) for one in at_paris] == [("paris", 2, (0, 0, 0))]
    assert registry.counts().open_cases == 3
    assert registry.check() == []
