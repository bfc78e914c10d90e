"""What a population is to hold, and who in it is planted as whose duplicate or twin.

Planted persons stand at evenly spread indices, each the last of a block of its own, and resemble somebody drawn from
that block who is not planted. So counts are exact, nobody has more than one double, and what an index is follows from
the plan alone: no table is kept, however large the population.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from biometrics.errors import ConfigurationError

LARGEST_POPULATION = 100_000_000
"""Labels and numbers have eight digits."""

_PLANTING = 1
"""Parts the random numbers that plant from those of the persons, who draw under a longer key."""


class Relation(Enum):
    """How a planted person is related to the earlier one."""

    SAME_PERSON = "same person"
    TWINS = "twins"


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationPlan:
    """A population, decided down to the last person.

    Parameters
    ----------
    persons
        How many enrollments there are; with duplicates, fewer different people.
    seed
        Another seed is another population.
    duplicates
        How many of the persons are somebody earlier, under another name and number.
    twins
        How many are the identical twin of somebody earlier.
    missing_share
        Share of persons with at least one finger that cannot be captured. Field experience is 1-2 %.

    Raises
    ------
    ConfigurationError
        When a count is out of range, or more than half of the persons would be planted.
    """

    persons: int
    seed: int = 0
    duplicates: int = 0
    twins: int = 0
    missing_share: float = 0.015

    def __post_init__(self) -> None:
        if not 1 <= self.persons <= LARGEST_POPULATION:
            raise ConfigurationError(
                f"a population of {self.persons} cannot be simulated", remedy=f"ask for 1 to {LARGEST_POPULATION:,}"
            )
        if self.seed < 0:
            raise ConfigurationError("the seed is negative", remedy="give a whole number from 0")
        if min(self.duplicates, self.twins) < 0 or 2 * self.planted > self.persons:
            raise ConfigurationError(
                f"duplicates ({self.duplicates}) and twins ({self.twins}) do not fit among {self.persons} in all",
                remedy="plant at most one person in two",
            )
        if not 0.0 <= self.missing_share <= 1.0:
            raise ConfigurationError(
                f"{self.missing_share} is no share of persons", remedy="give missing_share from 0 to 1"
            )

    @property
    def planted(self) -> int:
        """How many persons are planted, as duplicates or as twins."""
        return self.duplicates + self.twins


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedPair:
    """Two indices that belong together; `first` came earlier."""

    first: int
    second: int
    relation: Relation


def planted_pairs(plan: PopulationPlan) -> Iterator[PlantedPair]:
    """Yield all planted pairs, in the order of the later index."""
    for block in range(plan.planted):
        yield _pair(plan, block)


def planted_at(plan: PopulationPlan, index: int) -> PlantedPair | None:
    """Return the pair whose later person stands at this index; None when nobody is planted there."""
    block = index * plan.planted // plan.persons
    planted = (index + 1) * plan.planted // plan.persons > block
    return _pair(plan, block) if planted else None


def _pair(plan: PopulationPlan, block: int) -> PlantedPair:
    start, end = _start(plan, block), _start(plan, block + 1)
    chosen = np.random.default_rng([plan.seed, block, _PLANTING]).integers(start, end - 1)
    # The same spreading once more: twins are spread evenly over the blocks.
    twins = (block + 1) * plan.twins // plan.planted > block * plan.twins // plan.planted
    relation = Relation.TWINS if twins else Relation.SAME_PERSON
    return PlantedPair(first=int(chosen), second=end - 1, relation=relation)


def _start(plan: PopulationPlan, block: int) -> int:
    return -(-block * plan.persons // plan.planted)  # rounded up
