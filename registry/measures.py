"""What an audit event counts as: the table from actions to the measures of the statistics.

A measure is a word, or two with a dot between them where the second tells what kind of the first it was; the parts of
`rejections.*` may sum up to more than `rejections`, since a rejection can have several reasons.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from biometrics.rights.abroad import country_of

UNIQUE = "enrolled.unique"
DUPLICATE = "enrolled.duplicate"
NEEDS_REVIEW = "enrolled.needs_review"
REJECTIONS = "rejections"
ATTACKS = "attacks_suspected"
EXCEPTIONS = "exceptions"
OVERRIDES = "overrides"
APPROVALS = "approvals"
ENCOUNTERS = "encounters"
RETIRED = "retired"
CASES_OPENED = "cases_opened"
CASES_CLOSED = "cases_closed"
CASES_REOPENED = "cases_reopened"
MERGES = "merges"
UNMERGES = "unmerges"
CORRECTIONS = "corrections"
PURGED = "purged"
IMPORTED = "imported"
EXPORTED = "exported"
READINGS = "readings"
ABROAD = "abroad"

ENROLLED = (UNIQUE, DUPLICATE, NEEDS_REVIEW)
"""Everybody who came and was recorded; who was not is in `REJECTIONS`."""

_HOUR_S, _DAY_S = 3600, 86400

_LIMITS_S = tuple(hours * _HOUR_S for hours in (1, 4, 8)) + tuple(
    days * _DAY_S for days in (1, 2, 3, 5, 7, 10, 14, 21, 30, 60, 90, 180)
)

DELAY_CLASSES = {f"delay.{limit}": float(limit) for limit in _LIMITS_S} | {"delay.more": math.inf}
"""Measures that count cases by how long they waited, ascending, with the upper limit of each in seconds."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What an event adds to a measure; `operator` where that is another person than who acted."""

    measure: str
    count: int = 1
    seconds: float = 0.0
    operator: str | None = None


_Details: TypeAlias = Mapping[str, Any]


def measures_of(action: str, details: _Details) -> Iterator[Measured]:
    """Yield what an event of this action counts as; nothing for most actions."""
    measure = _MEASURES.get(action)
    if isinstance(measure, str):
        yield Measured(measure)
    elif measure is not None:
        yield from measure(details)


def measures_abroad(scope: str | None) -> Iterator[Measured]:
    """Yield what an event counts as by the scope it was done under: whatever went abroad, and to which country."""
    country = None if scope is None else country_of(scope)
    if country is not None:
        yield Measured(ABROAD)
        yield Measured(f"{ABROAD}.{country}")


def delay_measure(seconds: float) -> str:
    """Return the measure that counts a case that waited so long."""
    return next(measure for measure, limit in DELAY_CLASSES.items() if seconds <= limit)


def _enrolled(details: _Details) -> Iterator[Measured]:
    yield Measured(f"enrolled.{details.get('outcome')}")
    if details.get("attacks_suspected"):
        yield Measured(ATTACKS)


def _rejected(details: _Details) -> Iterator[Measured]:
    yield Measured(REJECTIONS)
    yield from (Measured(f"{REJECTIONS}.{reason}") for reason in details.get("reasons", ()))


def _excepted(details: _Details) -> Iterator[Measured]:
    """Count an encounter with exceptions once, and once per reason; going without the photo is an override."""
    yield Measured(EXCEPTIONS)
    yield from (Measured(f"{EXCEPTIONS}.{reason}") for reason in sorted(set(details.get("positions", {}).values())))
    if details.get("without_photo"):
        yield Measured(OVERRIDES)
    yield from (Measured(APPROVALS, operator=approver) for approver in details.get("approvers", ()))


def _closed(details: _Details) -> Iterator[Measured]:
    waited_s = float(details.get("waited_s", 0.0))
    yield Measured(CASES_CLOSED, seconds=waited_s)
    yield Measured(f"{CASES_CLOSED}.{details.get('outcome')}")
    yield Measured(delay_measure(waited_s))


def _imported(details: _Details) -> Iterator[Measured]:
    if details.get("added"):
        yield Measured(IMPORTED, details["added"])


_MEASURES: Mapping[str, str | Callable[[_Details], Iterator[Measured]]] = {
    "enrolled": _enrolled,
    "not_enrolled": _rejected,
    "encounter.added": ENCOUNTERS,
    "encounter.retired": RETIRED,
    "exceptions.granted": _excepted,
    "case.opened": CASES_OPENED,
    "case.closed": _closed,
    "case.reopened": CASES_REOPENED,
    "subject.merged": MERGES,
    "subject.unmerged": UNMERGES,
    "person.corrected": CORRECTIONS,
    "encounter.purged": PURGED,
    "import.advanced": _imported,
    "person.exported": EXPORTED,
    "person.read": READINGS,
    "person.found": READINGS,
    "person.listed": READINGS,
    "person.identified": READINGS,
    "person.verified": READINGS,
    "case.listed": READINGS,
    "samples.read": READINGS,
}
