"""Who abuses exceptions is reported soon; whoever does as everybody does is not."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest

from registry.alarms import FALSE_ALARM_RATE, LEAST_TRIALS, Watched, alarms, binomial_tail
from registry.statistics import Activity

OPERATORS = 800
REPORTS = 200 if os.environ.get("KURA_TEST_THOROUGH") else 8


def activity(operator: str, encounters: int, exceptions: int, **others: int) -> Activity:
    counts = {"encounters": encounters, "enrolled.unique": encounters, "exceptions": exceptions, **others}
    return Activity(key=operator, counts=counts, seconds={})


def reports(random: np.random.Generator, shares: np.ndarray, encounters: int) -> list[Activity]:
    trials = random.poisson(encounters, len(shares))
    counted = random.binomial(trials, shares)
    return [
        activity(f"operator {number}", int(some), int(those))
        for number, (some, those) in enumerate(zip(trials, counted, strict=True))
    ]


@pytest.mark.parametrize(
    ("successes", "trials", "share"), [(3, 20, 0.02), (20, 20, 0.5), (40, 1000, 0.02), (1, 1, 0.3)]
)
def test_the_tail_is_the_sum_of_its_terms(successes: int, trials: int, share: float) -> None:
    terms = (math.comb(trials, count) * share**count * (1 - share) ** (trials - count) for count in range(trials + 1))
    expected = sum(list(terms)[successes:])
    assert binomial_tail(successes, trials, share) == pytest.approx(expected, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("encounters", [30, 400])
def test_honest_operators_are_left_alone(encounters: int) -> None:
    """Shares differ between 1 and 2 %; far fewer than one report in a hundred may name anybody."""
    random, named = np.random.default_rng(5), 0
    for _ in range(REPORTS):
        named += bool(alarms(reports(random, random.uniform(0.01, 0.02, OPERATORS), encounters)))
    assert named <= REPORTS // 100


def test_chance_alone_names_somebody_in_one_report_of_a_hundred_at_most() -> None:
    """Even where every one of them does exactly what is tolerated: the prior alone, since nobody else did anything."""
    random, named, count = np.random.default_rng(6), 0, 300
    for _ in range(count):
        others = [activity(f"other {number}", 2000, 40) for number in range(4)]
        abuser = activity("one", 500, int(random.binomial(500, 0.04)))
        named += any(alarm.operator == "one" for alarm in alarms([*others, abuser]))
    assert named / count <= FALSE_ALARM_RATE


def test_one_in_ten_is_reported_within_a_few_days() -> None:
    """Of 200 operators at 1.5 %, one excepts every tenth person: half the time reported within 200, always 500."""
    random, needed = np.random.default_rng(7), []
    everybody = [activity(f"operator {number}", 1000, 15) for number in range(199)]
    for _ in range(8):
        excepted = np.cumsum(random.random(1000) < 0.10)
        needed.append(
            next(
                trials
                for trials in range(100, 1000, 100)
                if alarms([*everybody, activity("abuser", trials, int(excepted[trials - 1]))])
            )
        )
    assert np.median(needed) <= 200
    assert np.max(needed) <= 500


def test_an_alarm_says_what_was_counted_and_what_is_tolerated() -> None:
    others = [activity(f"operator {number}", 1000, 15) for number in range(20)]
    (alarm,) = alarms([*others, activity("abuser", 300, 45)])
    assert (alarm.operator, alarm.watched) == ("abuser", Watched.EXCEPTIONS)
    assert (alarm.share.errors, alarm.share.trials) == (45, 300)
    assert alarm.tolerated == pytest.approx(2 * (300 + 2) / (20_000 + 100))


def test_several_abusers_do_not_hide_each_other() -> None:
    others = [activity(f"operator {number}", 1000, 15) for number in range(20)]
    abusers = [activity(f"abuser {number}", 1000, 150) for number in range(3)]
    assert {alarm.operator for alarm in alarms([*others, *abusers])} == {"abuser 0", "abuser 1", "abuser 2"}


def test_overrides_and_rejections_are_watched_too() -> None:
    others = [activity(f"operator {number}", 1000, 15, overrides=5, rejections=30) for number in range(20)]
    found = alarms([*others, activity("one", 1000, 15, overrides=80, rejections=400)])
    assert {alarm.watched for alarm in found} == {Watched.OVERRIDES, Watched.REJECTIONS}


def test_too_little_says_nothing() -> None:
    others = [activity(f"operator {number}", 1000, 15) for number in range(20)]
    assert alarms([*others, activity("new", LEAST_TRIALS - 1, LEAST_TRIALS - 1)]) == ()
    assert alarms([activity("", 1000, 900)]) == () == alarms([])


def test_an_operator_alone_is_compared_with_what_is_usual() -> None:
    assert alarms([activity("alone", 500, 10)]) == ()
    assert [alarm.operator for alarm in alarms([activity("alone", 500, 60)])] == ["alone"]
