"""Simulated persons: each follows from the plan and an index, so that any number of them streams by unremembered."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import accumulate

import numpy as np

from biometrics.positions import FINGERS, Position
from enrollment.simulation.names import given_name, place_name, surname
from enrollment.simulation.plan import PopulationPlan, Relation, planted_at

FIRST_BIRTH_YEAR, LAST_BIRTH_YEAR = 1935, 2010
"""Fixed, so that a population does not change as years go by."""

_SEX_UNKNOWN_SHARE = 0.01
_PLACE_UNKNOWN_SHARE = 0.05
_SEEDS = 2**62


class Sex(Enum):
    """As ISO/IEC 5218 has it, in words."""

    UNKNOWN = "unknown"
    MALE = "male"
    FEMALE = "female"


class Precision(Enum):
    """How exactly a date of birth is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    CIRCA = "circa"
    UNKNOWN = "unknown"


_PRECISION_SHARES = {
    Precision.DAY: 0.66,
    Precision.MONTH: 0.06,
    Precision.YEAR: 0.16,
    Precision.CIRCA: 0.10,
    Precision.UNKNOWN: 0.02,
}
_PRECISIONS = tuple(_PRECISION_SHARES)
_PRECISION_STEPS = tuple(accumulate(_PRECISION_SHARES.values()))[:-1]


class MissingReason(Enum):
    """Why a finger cannot be captured."""

    AMPUTATED = "amputated"
    WORN = "worn"
    BANDAGED = "bandaged"
    HENNA = "henna"
    UNABLE = "unable"


_REASONS = tuple(MissingReason)
_MOST_FINGERS = {
    MissingReason.AMPUTATED: 2,
    MissingReason.WORN: 4,
    MissingReason.BANDAGED: 2,
    MissingReason.HENNA: 5,
    MissingReason.UNABLE: 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BirthDate:
    """A date as exactly as it is known: `1974-03-05`, `1974-03`, `1974`, or None."""

    value: str | None
    precision: Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class BirthPlace:
    """An invented place; None when unknown."""

    value: str | None

    @property
    def precision(self) -> str:
        """`locality` or `unknown`."""
        return "unknown" if self.value is None else "locality"


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
    birth_date: BirthDate
    birth_place: BirthPlace
    genes: int
    growth: int
    touch: int = 0
    same_person_as: int | None = None
    twin_of: int | None = None
    missing: Mapping[Position, MissingReason] = field(default_factory=dict)


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
        birth_place=BirthPlace(value=None if random.random() < _PLACE_UNKNOWN_SHARE else place_name(random)),
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


def _only(missing: Mapping[Position, MissingReason], *, amputated: bool) -> dict[Position, MissingReason]:
    return {finger: reason for finger, reason in missing.items() if (reason is MissingReason.AMPUTATED) == amputated}


def _sex(random: np.random.Generator) -> Sex:
    drawn = random.random()
    if drawn < _SEX_UNKNOWN_SHARE:
        return Sex.UNKNOWN
    return Sex.FEMALE if drawn < (1 + _SEX_UNKNOWN_SHARE) / 2 else Sex.MALE


def _birth_date(random: np.random.Generator) -> BirthDate:
    year = int(random.integers(FIRST_BIRTH_YEAR, LAST_BIRTH_YEAR + 1))
    month, day = int(random.integers(1, 13)), int(random.integers(1, 29))
    precision = _PRECISIONS[bisect(_PRECISION_STEPS, random.random())]
    written = {Precision.DAY: f"{year}-{month:02d}-{day:02d}", Precision.MONTH: f"{year}-{month:02d}"}
    value = None if precision is Precision.UNKNOWN else written.get(precision, str(year))
    return BirthDate(value=value, precision=precision)


def _restated(date: BirthDate, random: np.random.Generator) -> BirthDate:
    """Return the date as somebody may state it the second time: the same, or only the year, one off at most."""
    if date.value is None or random.random() < 0.5:
        return date
    year = int(date.value[:4]) + int(random.integers(-1, 2))
    return BirthDate(value=str(year), precision=Precision.CIRCA)


def _missing(random: np.random.Generator) -> dict[Position, MissingReason]:
    reason = _REASONS[int(random.integers(len(_REASONS)))]
    count = int(random.integers(1, _MOST_FINGERS[reason] + 1))
    # Neighbours on one hand: injuries and henna seldom skip fingers.
    hand = FINGERS[:5] if random.random() < 0.5 else FINGERS[5:]
    start = int(random.integers(5 - count + 1))
    return dict.fromkeys(hand[start : start + count], reason)
