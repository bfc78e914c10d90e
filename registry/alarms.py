"""Operators whose share of exceptions, overrides or rejections lies above everybody's, beyond chance.

Everybody else's share p is estimated with a little of what is usual: (errors + 100 usual) / (trials + 100). Twice that,
and at least what is usual, is tolerated, for posts differ in whom they serve. An operator with x of n is reported when
P(X >= x), X binomial of n and the tolerated share, is at most 1 % divided by the number of operators compared
(Bonferroni). So at most one report in a hundred names anybody while all keep to what is tolerated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from biometrics.error_rates import ErrorRate
from registry.statistics import Activity

FALSE_ALARM_RATE = 0.01
"""Of reports, not of operators: how many name somebody though nobody does more than what is tolerated."""

TOLERATED_FACTOR = 2.0
"""How many times everybody else's share is nothing to report."""

PRIOR_TRIALS = 100
"""How many trials of the usual share everybody else's are taken together with, so that a beginning tells little."""

LEAST_TRIALS = 20
"""An operator with fewer is not judged."""


class Watched(Enum):
    """Shares that are watched."""

    EXCEPTIONS = "exceptions"
    OVERRIDES = "overrides"
    REJECTIONS = "rejections"


USUAL = {Watched.EXCEPTIONS: 0.02, Watched.OVERRIDES: 0.01, Watched.REJECTIONS: 0.05}
"""Shares that need no explanation. Exceptions run at 1-2 % in the field; the other two are assumptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An operator to be asked: what was counted, among how much, and how much is tolerated."""

    operator: str
    watched: Watched
    share: ErrorRate
    tolerated: float


def alarms(operators: Sequence[Activity]) -> tuple[Alarm, ...]:
    """Return the alarms that the figures of all operators give, the most unlikely first."""
    found: list[tuple[float, Alarm]] = []
    for watched in Watched:
        shares = {one.key: share for one in operators if one.key and (share := _share(one, watched)) is not None}
        found += _above(shares, watched)
    return tuple(alarm for _, alarm in sorted(found, key=lambda pair: (pair[0], pair[1].operator)))


def _share(activity: Activity, watched: Watched) -> ErrorRate | None:
    return {
        Watched.EXCEPTIONS: activity.exceptions,
        Watched.OVERRIDES: activity.overrides,
        Watched.REJECTIONS: activity.rejections,
    }[watched]


def _above(shares: Mapping[str, ErrorRate], watched: Watched) -> list[tuple[float, Alarm]]:
    judged = {operator: share for operator, share in shares.items() if share.trials >= LEAST_TRIALS}
    errors, trials = sum(one.errors for one in shares.values()), sum(one.trials for one in shares.values())
    found = []
    for operator, share in judged.items():
        others = (errors - share.errors + PRIOR_TRIALS * USUAL[watched]) / (trials - share.trials + PRIOR_TRIALS)
        tolerated = max(USUAL[watched], TOLERATED_FACTOR * others)
        chance = binomial_tail(share.errors, share.trials, tolerated)
        if chance <= FALSE_ALARM_RATE / len(judged):
            found.append((chance, Alarm(operator=operator, watched=watched, share=share, tolerated=tolerated)))
    return found


def binomial_tail(successes: int, trials: int, share: float) -> float:
    """Return the probability of at least so many successes in independent trials, more than the mean; else 1."""
    if successes <= trials * share or share >= 1.0:
        return 1.0
    log_term = (
        math.lgamma(trials + 1)
        - math.lgamma(successes + 1)
        - math.lgamma(trials - successes + 1)
        + successes * math.log(share)
        + (trials - successes) * math.log1p(-share)
    )
    # Above the mean, terms fall faster than a geometric series.
    term, tail = math.exp(log_term), 0.0
    for count in range(successes, trials + 1):
        tail += term
        if term < tail * 1e-12:
            break
        term *= (trials - count) / (count + 1) * share / (1 - share)
    return tail
