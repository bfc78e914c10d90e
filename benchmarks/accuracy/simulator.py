"""Whether simulated prints are like real ones: what is measured in prints, and how they score against each other.

Real databases differ from each other too, by sensor and by people. The yardstick is therefore not whether a test tells
simulated from real, which with enough prints every test does, but whether the simulator is farther from the real
databases than they are from one another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.comparison import ColumnComparer, protocol_pairs, score_matrix
from benchmarks.accuracy.fingerprint_rows import FAILURES
from benchmarks.accuracy.measured import Bench, Measurement
from benchmarks.datasets import DataSet
from benchmarks.distributions import (
    Distances,
    Distribution,
    distances_of,
    drawn_figure,
    mean_distance,
    quantile_figures,
)
from benchmarks.figures import Figure
from benchmarks.rates import ScoredPairs, verification_figures
from benchmarks.templates import Enrolled
from biometrics.errors import ConfigurationError
from matching.minutiae import SCALE, warm_up

GENUINE, IMPOSTOR = "genuine score", "impostor score"

COMPONENTS = {
    "minutiae": ("minutiae", ""),
    "ridge period": ("ridge_period_px", "px"),
    "print area": ("print_area_cm2", "cm²"),
    "ridge clarity": ("ridge_clarity", ""),
}
"""Component of the quality measure, and its unit, by what it is called here."""

QUANTILES = {"5 %": 0.05, "median": 0.5, "95 %": 0.95}
TAIL = {"99 %": 0.99, "99.9 %": 0.999}
"""Impostor scores crowd near 0; what the few high ones reach is what false matches come from."""

_GENERATED = re.compile(r"fvc[ _-]?20\d\d.*?db[ _-]?4", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Likeness(Measurement):
    """A measurement with the distributions it compares: by data set, the simulated one first, and by what they are of.

    Parameters
    ----------
    distributions
        Of each data set.
    """

    distributions: Mapping[str, Mapping[str, Distribution]] = field(default_factory=dict)

    def raw_scores(self) -> dict[str, NDArray[Any]]:
        """Return every score and every measured value as named arrays."""
        arrays = Measurement.raw_scores(self)
        for name, found in self.distributions.items():
            arrays |= {f"{name}.{what}": found[what].values for what in found if what not in (GENUINE, IMPOSTOR)}
        return arrays


def is_generated(name: str) -> bool:
    """Say whether a set is a fourth database of FVC: SFinGe generated them (Cappelli et al., PAMI 28, 2006)."""
    return _GENERATED.match(name) is not None


def real_names(simulated: str, others: Sequence[DataSet]) -> list[str]:
    """Return the names of the sets of real prints.

    Raises
    ------
    ConfigurationError
        When there is none, or another set has the simulated one's name.
    """
    real = [data.name for data in others if not is_generated(data.name)]
    if not real or simulated in {data.name for data in others}:
        raise ConfigurationError(
            f"real prints are needed, in folders not named {simulated} and not a fourth FVC database",
            remedy="give folders of real prints with --data",
        )
    return real


def measure_likeness(simulated: DataSet, others: Sequence[DataSet], bench: Bench) -> Likeness:
    """Measure a simulated set and others alike, and how far apart they are.

    Raises
    ------
    ConfigurationError
        As :func:`real_names`.
    SampleError
        When not one sample of a set could be enrolled.
    """
    real = real_names(simulated.name, others)
    warm_up()
    pairs: dict[str, ScoredPairs] = {}
    distributions: dict[str, dict[str, Distribution]] = {}
    rates: dict[str, Figure] = {}
    notes: tuple[str, ...] = ()
    failed: dict[str, Mapping[str, str]] = {}
    for data in (simulated, *others):
        enrolled = bench.extractor.extract_all(data, bench.progress)
        enrolled.require_any()
        pairs[data.name], extracted = _scored(enrolled, bench)
        distributions[data.name] = distributions_of(enrolled, extracted)
        found = verification_figures(pairs[data.name], replicates=bench.replicates)
        found[FAILURES] = enrolled.failures(bench.replicates)
        rates |= {f"{data.name}/{name}": figure for name, figure in found.items()}
        notes += enrolled.notes() + _note(data.name)
        failed[data.name] = enrolled.failed
    close = _closeness(simulated.name, real, distributions, bench)
    figures = {**close, **rates, **_quantiles(distributions, bench)}
    return Likeness(figures=figures, pairs=pairs, scale=SCALE, notes=notes, failed=failed, distributions=distributions)


def distributions_of(enrolled: Enrolled, pairs: ScoredPairs) -> dict[str, Distribution]:
    """Return how prints and scores are distributed; prints that failed to enroll do not count.

    Parameters
    ----------
    pairs
        Of prints that did not fail.
    """
    present = [place for place, template in enumerate(enrolled.templates) if template is not None]
    qualities = [template.quality for template in enrolled.templates if template is not None]
    fingers = enrolled.subjects[present][:, None]
    found = {
        name: Distribution(
            values=np.array([quality.components[component] for quality in qualities]), subjects=fingers, unit=unit
        )
        for name, (component, unit) in COMPONENTS.items()
    }
    values = np.array([float(quality.value) for quality in qualities])
    genuine, impostor = pairs.genuine.astype(np.float64), pairs.impostor.astype(np.float64)
    return {
        **found,
        "quality": Distribution(values=values, subjects=fingers, unit="of 100"),
        GENUINE: Distribution(values=genuine, subjects=pairs.genuine_subjects, unit=""),
        IMPOSTOR: Distribution(values=impostor, subjects=pairs.impostor_subjects, unit=""),
    }


def closeness_figures(distances: Distances, simulated: str, real: Sequence[str]) -> dict[str, Figure]:
    """Return the mean distance of the simulated set to the real ones, of these to one another, and the rank.

    Rank 1 of 4 says that the simulated set is nearer to the real ones than any of these three to the others.
    """
    value, drawn = mean_distance(distances, simulated, real)
    figures = {"simulated to real": drawn_figure(value, drawn, unit="KS", counts={"pairs of sets": len(real)})}
    if len(real) == 1:
        return figures
    means = [mean_distance(distances, name, [other for other in real if other != name]) for name in real]
    among, drawn_among = np.mean([mean for mean, _ in means]), np.mean([drawn for _, drawn in means], axis=0)
    nearer = sum(mean < value for mean, _ in means)
    drawn_ranks = 1.0 + np.sum([other < drawn for _, other in means], axis=0)
    counts = {"pairs of sets": len(real) * (len(real) - 1) // 2}
    return {
        **figures,
        "real to real": drawn_figure(float(among), drawn_among, unit="KS", counts=counts),
        "rank": drawn_figure(1.0 + nearer, drawn_ranks, unit=f"of {len(real) + 1}", counts={}),
    }


def _scored(enrolled: Enrolled, bench: Bench) -> tuple[ScoredPairs, ScoredPairs]:
    """Return all pairs, where prints that failed to enroll score 0, and those without such prints."""
    comparer, subjects = ColumnComparer(enrolled.templates), enrolled.subjects
    first, second = protocol_pairs(subjects, first_impressions_only=False)
    scores = score_matrix(comparer, bench.progress)[first, second]
    extracted = comparer.present[first] & comparer.present[second]
    return (
        ScoredPairs.of(scores, subjects[first], subjects[second]),
        ScoredPairs.of(scores[extracted], subjects[first[extracted]], subjects[second[extracted]]),
    )


def _closeness(
    simulated: str, real: Sequence[str], distributions: Mapping[str, Mapping[str, Distribution]], bench: Bench
) -> dict[str, Figure]:
    headlines: dict[str, Figure] = {}
    details: dict[str, Figure] = {}
    for what in distributions[simulated]:
        distances = distances_of(
            {name: found[what] for name, found in distributions.items()}, replicates=bench.replicates
        )
        found = closeness_figures(distances, simulated, real)
        headlines |= {f"{what}/{name}": figure for name, figure in found.items()}
        for name in distributions:
            if name != simulated and name not in real:
                value, drawn = mean_distance(distances, name, real)
                headlines[f"{what}/{name} to real"] = drawn_figure(value, drawn, unit="KS", counts={})
        details |= {
            f"{what}/{one} to {other}": drawn_figure(value, drawn, unit="KS", counts={})
            for (one, other), (value, drawn) in distances.items()
        }
    return {**headlines, **details}


def _quantiles(distributions: Mapping[str, Mapping[str, Distribution]], bench: Bench) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for name, found in distributions.items():
        for what, distribution in found.items():
            wanted = {**QUANTILES, **TAIL} if what == IMPOSTOR else QUANTILES
            values = quantile_figures(distribution, tuple(wanted.values()), replicates=bench.replicates)
            figures |= {f"{name}/{what}, {label}": figure for label, figure in zip(wanted, values, strict=True)}
    return figures


def _note(name: str) -> tuple[str, ...]:
    return (
        (f"{name} was generated by SFinGe, another simulator: it does not count as real",) if is_generated(name) else ()
    )
