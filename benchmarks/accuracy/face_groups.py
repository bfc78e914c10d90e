"""False matches by group and sex at the product's own thresholds: whom the stated rates do not hold for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from benchmarks.accuracy.discard import DrawnRates
from benchmarks.accuracy.face_vectors import EmbeddedPortraits
from benchmarks.bootstrap import interval_of, share
from benchmarks.datasets import DataSet
from benchmarks.figures import RATE, Figure
from benchmarks.portraits import indexes_of, require_label
from benchmarks.templates import Outcome
from biometrics.arrays import Flags, Ids, Vectors
from biometrics.decisions import Reason
from biometrics.quality import Verdict
from enrollment.population.calibration import supported_fmr
from matching.impostors import ScoredImpostors, impostor_pairs, impostors_above

FMR_TARGETS = (1e-3, 1e-4)

COLUMNS = ("group", "sex")

Rows: TypeAlias = Int64[NDArray[np.int64], " _rows"]
"""Places of the members of one cohort."""

_NO_FACE = Reason.NO_FACE.value

_NOBODY: Rows = np.empty(0, dtype=np.int64)

_DRAWS_AT_ONCE = 2_000_000
"""Products of draws and pairs held at once, 16 MB each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """The product's thresholds.

    Parameters
    ----------
    population
        Of the calibration they come from.
    thresholds
        Score by the false match rate it should give.
    """

    population: str
    thresholds: Mapping[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupRow:
    """One group and sex.

    Parameters
    ----------
    values
        Group and sex.
    images, pairs
        How many, pairs of those with a template.
    fmr
        By target; empty without pairs.
    misses, refused
        Share of images in which no face was found, and of those whose face could not be used.
    quality_median
        Of those with a template; None where there are none.
    verdicts
        Share of the images whose quality calls for something, by component and verdict; without those that were not
        judged at all.
    """

    values: Mapping[str, str]
    images: int
    pairs: int
    fmr: Mapping[float, Figure]
    misses: Figure
    quality_median: float | None
    refused: float = 0.0
    verdicts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def supports(self, target: float) -> bool:
        """Return whether so many pairs measure a rate: 30 are expected to match."""
        return supported_fmr(self.pairs) <= target

    def document(self) -> dict[str, Any]:
        """Return it JSON-ready; rates are fractions."""
        names = {target: f"{target:g}" for target in FMR_TARGETS}
        return {
            **self.values,
            "n": self.images,
            "pairs": self.pairs,
            "fmr": {name: self.fmr[one].value if one in self.fmr else None for one, name in names.items()},
            "misses": self.misses.value,
            "refused": self.refused,
            "quality_median": self.quality_median,
            "verdicts": {component: dict(shares) for component, shares in self.verdicts.items()},
            "intervals": {
                "fmr": {names[one]: [figure.low, figure.high] for one, figure in self.fmr.items()},
                "misses": [self.misses.low, self.misses.high],
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupReport:
    """All groups, and everybody.

    Parameters
    ----------
    rows
        By group and sex.
    within, overall
        False match rates of all pairs of equal group and sex, and of all pairs, by target.
    operating
        The thresholds.
    """

    rows: tuple[GroupRow, ...]
    within: Mapping[float, Figure]
    overall: Mapping[float, Figure]
    operating: Operating

    def worst(self, target: float) -> GroupRow | None:
        """Return the group with the highest false match rate, of those that have enough pairs to measure the target."""
        able = [row for row in self.rows if target in row.fmr and row.supports(target)]
        return max(able, key=lambda row: row.fmr[target].value) if able else None


def group_report(
    found: EmbeddedPortraits, operating: Operating, *, left_out: Collection[str] = (), replicates: int
) -> GroupReport:
    """Compare all labelled portraits of different persons within each group and sex, and all with all.

    Parameters
    ----------
    left_out
        Names of portraits that are not compared, such as second pictures of a person; they still count as images.

    Raises
    ------
    ConfigurationError
        When the labels lack a column.
    """
    data, persons, vectors = found.enrolled.data, found.enrolled.subjects, found.vectors
    for column in COLUMNS:
        require_label(data, column)
    everybody, kept_of = _cohorts(data, np.ones_like(found.present)), compared_cohorts(found, left_out)
    rows, parts = [], []
    for values, members in everybody.items():
        kept = kept_of.get(values, _NOBODY)
        parts.append(_FalseMatches(vectors[kept], persons[kept], operating, replicates))
        rows.append(_row(values, members, parts[-1], found, replicates=replicates))
    used = np.sort(np.concatenate([_NOBODY, *kept_of.values()]))
    overall = _FalseMatches(vectors[used], persons[used], operating, replicates)
    return GroupReport(rows=tuple(rows), within=_pooled(parts), overall=_pooled([overall]), operating=operating)


def compared_cohorts(found: EmbeddedPortraits, left_out: Collection[str] = ()) -> dict[tuple[str, ...], Rows]:
    """Return the rows with a template of every group and sex, by their values; names left out are not among them."""
    compared = found.present.copy()
    compared[indexes_of(found.enrolled.data, left_out)] = False
    return _cohorts(found.enrolled.data, compared)


def _cohorts(data: DataSet, wanted: Flags) -> dict[tuple[str, ...], Rows]:
    cohorts: dict[tuple[str, ...], list[int]] = {}
    for row in np.flatnonzero(wanted):
        labels = data.samples[row].labels
        if labels is None:
            continue
        cohorts.setdefault(tuple(labels[column] for column in COLUMNS), []).append(int(row))
    return {values: np.array(cohorts[values], dtype=np.int64) for values in sorted(cohorts)}


def _row(
    values: Sequence[str], members: Ids, matches: _FalseMatches, found: EmbeddedPortraits, *, replicates: int
) -> GroupRow:
    outcomes = found.enrolled.outcomes
    qualities = [outcomes[row].template.quality.value for row in members if outcomes[row].template is not None]
    failures = [outcomes[row].failure for row in members if outcomes[row].template is None]
    missed = np.array([_NO_FACE in (outcomes[row].failure or "") for row in members])
    return GroupRow(
        values=dict(zip(COLUMNS, values, strict=True)),
        images=len(members),
        pairs=matches.pairs,
        fmr=_pooled([matches]),
        misses=share(missed, found.enrolled.subjects[members][:, None], replicates=replicates),
        quality_median=float(np.median(qualities)) if qualities else None,
        refused=(len(failures) - int(missed.sum())) / len(members),
        verdicts=_verdict_shares([outcomes[row] for row in members]),
    )


def _verdict_shares(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Return for each component the shares of the judged images that could be improved, and that are bad."""
    judged = [{one.component: one.verdict for one in outcome.verdicts} for outcome in outcomes if outcome.verdicts]
    components = dict.fromkeys(component for verdicts in judged for component in verdicts)
    return {
        component: {
            told.value: sum(verdicts.get(component) is told for verdicts in judged) / len(judged)
            for told in (Verdict.IMPROVE, Verdict.BAD)
        }
        for component in components
    }


class _FalseMatches:
    """Pairs that match by mistake in one group, at each threshold, and the same in draws of the persons."""

    def __init__(self, vectors: Vectors, persons: Ids, operating: Operating, replicates: int) -> None:
        whose = np.unique(persons, return_inverse=True)[1].astype(np.int64)
        self.pairs = impostor_pairs(whose)
        least = min(operating.thresholds.values())
        found = impostors_above(vectors, whose, least) if len(vectors) else None
        self.targets = tuple(operating.thresholds)
        self.reached = {
            target: _none() if found is None else found.scores >= np.float32(threshold)
            for target, threshold in operating.thresholds.items()
        }
        self.drawn_pairs, self.drawn = self._draw(whose, found, replicates)

    def count(self, target: float) -> int:
        """Return how many pairs match."""
        return int(self.reached[target].sum())

    def _draw(
        self, whose: Ids, found: ScoredImpostors | None, replicates: int
    ) -> tuple[DrawnRates, Mapping[float, DrawnRates]]:
        """Return the pairs drawn in each replicate, and how many of them match, by target."""
        drawn_pairs = np.zeros(replicates)
        drawn = {target: np.zeros(replicates) for target in self.targets}
        if found is None or self.pairs == 0:
            return drawn_pairs, drawn
        each = np.bincount(whose)
        random = np.random.default_rng(0)
        even = np.full(len(each), 1.0 / len(each))
        chunk = max(1, _DRAWS_AT_ONCE // max(1, len(found.scores), len(each)))
        one, other = whose[found.first], whose[found.second]
        for start in range(0, replicates, chunk):
            here = slice(start, min(replicates, start + chunk))
            times = random.multinomial(len(each), even, size=here.stop - here.start).astype(np.float64)
            portraits = times * each
            drawn_pairs[here] = (portraits.sum(axis=1) ** 2 - (portraits**2).sum(axis=1)) / 2.0
            weights = times[:, one] * times[:, other]
            for target in self.targets:
                drawn[target][here] = weights @ self.reached[target]
        return drawn_pairs, drawn


def _pooled(parts: Sequence[_FalseMatches]) -> dict[float, Figure]:
    """Return the false match rate over the pairs of all parts, each drawn by itself, by target; none without pairs."""
    pairs = sum(part.pairs for part in parts)
    if pairs == 0:
        return {}
    drawn_pairs = np.sum([part.drawn_pairs for part in parts], axis=0)
    figures = {}
    for target in parts[0].targets:
        errors = sum(part.count(target) for part in parts)
        drawn = np.sum([part.drawn[target] for part in parts], axis=0)
        rates = np.divide(drawn, drawn_pairs, out=np.full(len(drawn), np.nan), where=drawn_pairs > 0)
        low, high = interval_of(rates, errors / pairs, errors=errors, trials=pairs)
        counts = {"false matches": errors, "impostor pairs": pairs}
        figures[target] = Figure(value=errors / pairs, low=low, high=high, unit=RATE, counts=counts)
    return figures


def _none() -> Flags:
    return np.empty(0, dtype=np.bool_)
