"""Simulated persons: each follows from the plan and an index, so that any number of them streams by unremembered."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate

import numpy as np

from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.exceptions import ExceptionReason
from biometrics.people.places import PartialPlace, PlacePrecision
from biometrics.people.record import Sex
from biometrics.positions import FINGERS, Position
from enrollment.simulation.names import given_name, place_name, surname
from enrollment.simulation.plan import PopulationPlan, Relation, planted_at

FIRST_BIRTH_YEAR, LAST_BIRTH_YEAR = 1935, 2010
"""Fixed, so that a population does not change as years go by."""

_SEX_UNKNOWN_SHARE = 0.01
_PLACE_UNKNOWN_SHARE = 0.05
_SEEDS = 2**62


_PRECISION_SHARES = {
    DatePrecision.DAY: 0.66,
    DatePrecision.MONTH: 0.06,
    DatePrecision.YEAR: 0.16,
    DatePrecision.CIRCA: 0.10,
    DatePrecision.UNKNOWN: 0.02,
}
_PRECISIONS = tuple(_PRECISION_SHARES)
_PRECISION_STEPS = tuple(accumulate(_PRECISION_SHARES.values()))[:-1]


_MOST_FINGERS = {
    ExceptionReason.AMPUTATED: 2,
    ExceptionReason.WORN: 4,
    ExceptionReason.BANDAGED: 2,
    ExceptionReason.HENNA: 5,
    ExceptionReason.UNABLE: 3,
}
_REASONS = tuple(_MOST_FINGERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedPerson:
    """Somebody who does not exist.

    Parameters
    ----------
    index
        Place in the population, from 0.
    label
        Identifier under which the person is enrolled.
    number
        Identity number, longer than any card's and with its nature written in it.
    given_name, surname, sex, birth_date, birth_place
        What the person states.
    genes, growth
        What `devices.simulated.fingers_of` makes the ten fingers of.
    touch
        Which impression of these fingers this enrollment takes.
    same_person_as
        Index of the earlier enrollment of the same fingers; None for a first one.
    twin_of
        Index of the identical twin who came earlier.
    missing
        Fingers that cannot be captured, and why.
    """

    index: int
    label: str
    number: str
    given_name: str
    surname: str
    sex: Sex
    birth_date: PartialDate
    birth_place: PartialPlace
    genes: int
    growth: int
    touch: int = 0
    same_person_as: int | None = None
    twin_of: int | None = None
    missing: Mapping[Position, ExceptionReason] = field(default_factory=dict)


def people(plan: PopulationPlan) -> Iterator[SimulatedPerson]:
    """Yield all persons of a population, one at a time."""
    for index in range(plan.persons):
        yield person_at(plan, index)


def person_at(plan: PopulationPlan, index: int) -> SimulatedPerson:
    """Return one person of a population; it takes no longer for the last than for the first."""
    newcomer = _newcomer(plan, index)
    pair = planted_at(plan, index)
    if pair is None:
        return newcomer
    earlier = _newcomer(plan, pair.first)
    return _twin(newcomer, earlier) if pair.relation is Relation.TWINS else _again(plan, newcomer, earlier)


def label_of(index: int) -> str:
    """Return the identifier of the person at an index."""
    return f"SIM-{index:08d}"


def _newcomer(plan: PopulationPlan, index: int) -> SimulatedPerson:
    random = np.random.default_rng([plan.seed, index])
    digits = f"{index:08d}"
    genes, growth = (int(seed) for seed in random.integers(_SEEDS, size=2))
    return SimulatedPerson(
        index=index,
        label=label_of(index),
        # A NINA has 15 letters and digits, the last of them a letter. This is neither.
        number=f"SIMULATED-{digits[:4]}-{digits[4:]}",
        given_name=given_name(random),
        surname=surname(random),
        sex=_sex(random),
        birth_date=_birth_date(random),
        birth_place=_birth_place(random),
        genes=genes,
        growth=growth,
        missing=_missing(random) if random.random() < plan.missing_share else {},
    )


def _twin(newcomer: SimulatedPerson, earlier: SimulatedPerson) -> SimulatedPerson:
    return replace(
        newcomer,
        surname=earlier.surname,
        sex=earlier.sex,
        birth_date=earlier.birth_date,
        birth_place=earlier.birth_place,
        genes=earlier.genes,
        twin_of=earlier.index,
    )


def _again(plan: PopulationPlan, newcomer: SimulatedPerson, earlier: SimulatedPerson) -> SimulatedPerson:
    # What heals differs from visit to visit, what is gone stays gone.
    gone = _only(earlier.missing, amputated=True)
    return replace(
        newcomer,
        sex=earlier.sex,
        birth_date=_restated(earlier.birth_date, np.random.default_rng([plan.seed, newcomer.index, 2])),
        birth_place=earlier.birth_place,
        genes=earlier.genes,
        growth=earlier.growth,
        touch=earlier.touch + 1,
        same_person_as=earlier.index,
        missing={**_only(newcomer.missing, amputated=False), **gone},
    )


def _only(missing: Mapping[Position, ExceptionReason], *, amputated: bool) -> dict[Position, ExceptionReason]:
    return {finger: reason for finger, reason in missing.items() if (reason is ExceptionReason.AMPUTATED) == amputated}


def _sex(random: np.random.Generator) -> Sex:
    drawn = random.random()
    if drawn < _SEX_UNKNOWN_SHARE:
        return Sex.UNKNOWN
    return Sex.FEMALE if drawn < (1 + _SEX_UNKNOWN_SHARE) / 2 else Sex.MALE


def _birth_date(random: np.random.Generator) -> PartialDate:
    year = int(random.integers(FIRST_BIRTH_YEAR, LAST_BIRTH_YEAR + 1))
    month, day = int(random.integers(1, 13)), int(random.integers(1, 29))
    precision = _PRECISIONS[bisect(_PRECISION_STEPS, random.random())]
    written = {DatePrecision.DAY: f"{year}-{month:02d}-{day:02d}", DatePrecision.MONTH: f"{year}-{month:02d}"}
    value = "" if precision is DatePrecision.UNKNOWN else written.get(precision, str(year))
    return PartialDate(value=value, precision=precision)


def _birth_place(random: np.random.Generator) -> PartialPlace:
    if random.random() < _PLACE_UNKNOWN_SHARE:
        return PartialPlace()
    return PartialPlace(value=place_name(random), precision=PlacePrecision.LOCALITY)


def _restated(date: PartialDate, random: np.random.Generator) -> PartialDate:
    """Return the date as somebody may state it the second time: the same, or only the year, one off at most."""
    if not date.value or random.random() < 0.5:
        return date
    year = int(date.value[:4]) + int(random.integers(-1, 2))
    return PartialDate(value=str(year), precision=DatePrecision.CIRCA)


def _missing(random: np.random.Generator) -> dict[Position, ExceptionReason]:
    reason = _REASONS[int(random.integers(len(_REASONS)))]
    count = int(random.integers(1, _MOST_FINGERS[reason] + 1))
    # Neighbours on one hand: injuries and henna seldom skip fingers.
    hand = FINGERS[:5] if random.random() < 0.5 else FINGERS[5:]
    start = int(random.integers(5 - count + 1))
    return dict.fromkeys(hand[start : start + count], reason)
