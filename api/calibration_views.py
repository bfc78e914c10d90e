"""A calibration fitted to a population as documents and as text: thresholds, whom they treat worse, what to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from enrollment.population.calibration import PopulationCalibration, supported_fmr
from enrollment.population.cohorts import Cohort
from enrollment.population.extraction import EmbeddedPopulation

SHOWN_FMR = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)

CHECKED_FMR = (1e-2, 1e-3, 1e-4)
"""False match rates at whose thresholds cohorts are counted."""

_TOLD_FMR = 1e-3
"""The rate for which the worst cohort is named: less than a hundred thousand pairs seldom tell more."""

_MOST_PAIRS_SHOWN = 40

_COHORTS = "FMR at the threshold for"

_OWN = frozenset({"portraits", "pairs", "measured_down_to_fmr", "fmr", "intervals"})
"""What is said of every cohort; the rest are its values."""


def calibration_document(
    found: PopulationCalibration, population: EmbeddedPopulation, *, absent: int
) -> dict[str, Any]:
    """Return what was fitted and what to know before using it, JSON-ready; rates are fractions.

    Parameters
    ----------
    absent
        Labelled portraits that the folder does not hold.
    """
    fitted = found.calibration
    return {
        "scale": fitted.scale,
        "population": fitted.population,
        "origin": fitted.origin,
        "portraits": len(population.portraits),
        "persons": fitted.subjects,
        "pairs": fitted.pairs,
        "failures": dict(population.failures),
        "absent": absent,
        "measured_down_to_fmr": fitted.tail.rate,
        "tail": fitted.tail.model,
        "thresholds": [
            {"fmr": fmr, "threshold": fitted.threshold(fmr), "extrapolated": fmr < fitted.tail.rate}
            for fmr in SHOWN_FMR
        ],
        "fitted_to": None if found.fitted_to is None else dict(found.fitted_to.values),
        "cohorts": [_cohort(cohort, found) for cohort in found.cohorts],
        "likely_one_person": [
            {"score": pair.score, "first": pair.first, "second": pair.second} for pair in found.likely_one_person
        ],
    }


def _cohort(cohort: Cohort, found: PopulationCalibration) -> dict[str, Any]:
    rates = {fmr: cohort.fmr(_threshold(found, fmr)) for fmr in CHECKED_FMR}
    return {
        **cohort.values,
        "portraits": cohort.portraits,
        "pairs": len(cohort.scores),
        "measured_down_to_fmr": supported_fmr(len(cohort.scores)),
        "fmr": {f"{fmr:g}": None if rate is None else rate.value for fmr, rate in rates.items()},
        "intervals": {f"{fmr:g}": None if rate is None else [rate.low, rate.high] for fmr, rate in rates.items()},
    }


def _threshold(found: PopulationCalibration, fmr: float) -> float:
    return float(np.float32(found.calibration.threshold(fmr)))


def calibration_lines(document: dict[str, Any], file: Path) -> list[str]:
    """Return the document as text, with what to do next."""
    lines = [
        f"{document['population']}: {document['pairs']:,} pairs of {document['persons']:,} persons",
        document["origin"],
        *_failure_lines(document),
        "",
        "FMR      threshold",
    ]
    lines += [
        f"{row['fmr']:<8g} {row['threshold']:.3f}  {'extrapolated' if row['extrapolated'] else 'measured'}"
        for row in document["thresholds"]
    ]
    lines += [*_cohort_lines(document), *_pair_lines(document), ""]
    lines.append(f'written to {file}; to use it, set face_calibration = "{file.resolve()}" in settings.toml')
    if document["likely_one_person"]:
        lines.append("before that, look at the pairs above: if they show one person, all its thresholds are too high")
    return lines


def _failure_lines(document: dict[str, Any]) -> list[str]:
    lines = [f"{count} portraits gave no template: {reason}" for reason, count in document["failures"].items()]
    return lines + ([f"{document['absent']} labelled portraits are not in the folder"] if document["absent"] else [])


def _cohort_lines(document: dict[str, Any]) -> list[str]:
    cohorts = document["cohorts"]
    if len(cohorts) < 2:
        return []
    names = [_name(cohort) for cohort in cohorts]
    width = max(map(len, (_COHORTS, *names)))
    lines = ["", f"{_COHORTS:{width}}  portraits  " + "  ".join(f"{fmr:>8g}" for fmr in CHECKED_FMR)]
    lines += [
        f"{name:{width}}  {cohort['portraits']:>9}  " + "  ".join(_rate(cohort, fmr) for fmr in CHECKED_FMR)
        for name, cohort in zip(names, cohorts, strict=True)
    ]
    return [*lines, "(in brackets: too few pairs to tell)", *_worst_line(cohorts)]


def _rate(cohort: dict[str, Any], fmr: float) -> str:
    rate = cohort["fmr"][f"{fmr:g}"]
    if rate is None:
        return f"{'-':>8}"
    return f"{rate:8.1e}" if cohort["measured_down_to_fmr"] <= fmr else f"{f'({rate:.0e})':>8}"


def _worst_line(cohorts: list[dict[str, Any]]) -> list[str]:
    able = [cohort for cohort in cohorts if cohort["measured_down_to_fmr"] <= _TOLD_FMR]
    if not able:
        return []
    worst = max(able, key=lambda cohort: float(cohort["fmr"][f"{_TOLD_FMR:g}"]))
    rate = worst["fmr"][f"{_TOLD_FMR:g}"]
    return [f"worst at {_TOLD_FMR:g}: {_name(worst)}, {rate / _TOLD_FMR:.1f} times the stated rate"]


def _name(cohort: dict[str, Any]) -> str:
    return ", ".join(str(value) for column, value in cohort.items() if column not in _OWN)


def _pair_lines(document: dict[str, Any]) -> list[str]:
    pairs = document["likely_one_person"]
    if not pairs:
        return []
    lines = [
        "",
        f"{len(pairs)} pairs score as one person's do. Look at them: second pictures raise every threshold.",
        "List one picture of each such person, a name a line, in a file, and run again with --leave-out FILE.",
    ]
    lines += [f"{pair['score']:.3f}  {pair['first']}  {pair['second']}" for pair in pairs[:_MOST_PAIRS_SHOWN]]
    more = len(pairs) - _MOST_PAIRS_SHOWN
    return [*lines, f"and {more} more; --json lists all"] if more > 0 else lines
