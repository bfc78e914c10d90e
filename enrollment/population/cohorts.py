"""Parts of a population whose members are compared with each other, such as the women of one group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Ids
from biometrics.error_rates import ErrorRate
from enrollment.population.extraction import EmbeddedPopulation
from enrollment.population.portraits import Portrait
from matching.impostors import PairScores, impostor_scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohort:
    """Portraits with equal values in the columns that matter.

    Parameters
    ----------
    values
        By column; empty where everybody is one cohort.
    portraits, persons
        How many.
    scores
        float32 [pairs]: every two portraits of different persons.
    """

    values: Mapping[str, str]
    portraits: int
    persons: int
    scores: PairScores

    def fmr(self, threshold: float) -> ErrorRate | None:
        """Return the share of impostor pairs at or above a threshold; None without pairs.

        The interval is Wilson's. Pairs share portraits, so the truth is less certain than that.
        """
        pairs = len(self.scores)
        return ErrorRate.of(int((self.scores >= np.float32(threshold)).sum()), pairs) if pairs else None

    def __str__(self) -> str:
        return ", ".join(f"{column} {value}" for column, value in self.values.items()) or "everybody"


def cohort_rows(portraits: Sequence[Portrait], columns: Sequence[str]) -> dict[tuple[str, ...], Ids]:
    """Return the rows of every combination of values, in their order; all rows where there are no columns."""
    values = [tuple((portrait.labels or {})[column] for column in columns) for portrait in portraits]
    rows: dict[tuple[str, ...], list[int]] = {value: [] for value in sorted(set(values))}
    for row, value in enumerate(values):
        rows[value].append(row)
    return {value: np.array(found, dtype=np.int64) for value, found in rows.items()}


def scored_cohorts(population: EmbeddedPopulation, columns: Sequence[str]) -> tuple[Cohort, ...]:
    """Compare every two portraits of different persons within each cohort.

    Raises
    ------
    ConfigurationError
        When one cohort has more pairs than memory holds.
    """
    persons = population.persons
    return tuple(
        Cohort(
            values=dict(zip(columns, value, strict=True)),
            portraits=len(rows),
            persons=len(np.unique(persons[rows])),
            scores=impostor_scores(population.vectors[rows], persons[rows]),
        )
        for value, rows in cohort_rows(population.portraits, columns).items()
    )
