"""The figures of fingerprint comparison as a table, for people and for programs: rates in percent, a row a database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from benchmarks.datasets import DataSet
from benchmarks.figures import Figure
from benchmarks.rates import EER, ZERO_FMR, fnmr_name

EXTRACTION, COMPARISON, FAILURES = "extraction", "comparisons", "failure to enroll"

RATES = {"eer": EER, "fmr100": fnmr_name(1e-2), "fmr1000": fnmr_name(1e-3), "zerofmr": ZERO_FMR}
"""Figure by key, named as in the reports of FVC: FMR100 is the lowest FNMR whose FMR is at most 1/100."""

SPEEDS = {"extract_ms": EXTRACTION, "matches_per_s": COMPARISON}

Row: TypeAlias = dict[str, Any]
"""Name, rates in percent, number of failed extractions, speeds; None where there was too little to tell."""

_HEADER = ("", "EER %", "FMR100 %", "FMR1000 %", "ZeroFMR %", "failures", "extract ms", "matches/s")
_SUPPORT = {"FMR100": 100, "FMR1000": 1_000}
"""Impostor pairs without which a rate could not be told from ZeroFMR."""


def system_document(by_set: Mapping[str, Mapping[str, Figure]], means: Mapping[str, Figure]) -> dict[str, Any]:
    """Return what a system reached on every database, and the mean over them, JSON-ready.

    Parameters
    ----------
    by_set
        Figures by name, of each database.
    means
        Mean rates with their intervals, by name.
    """
    rows = [_row(database, figures) for database, figures in by_set.items()]
    mean: Row = {"name": "mean"}
    for key in (*RATES, "failures", *SPEEDS):
        values = [row[key] for row in rows]
        mean[key] = None if None in values else float(np.mean(values))
    mean["intervals"] = _intervals(means)
    return {"databases": rows, "mean": mean}


def table_lines(systems: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the rows of each system, by its name, as aligned text with the 95 % intervals of the rates."""
    cells: list[tuple[str, ...]] = [_HEADER]
    for name, system in systems.items():
        cells += [(name, *[""] * (len(_HEADER) - 1))] if len(systems) > 1 else []
        cells += [_cells(row) for row in (*system["databases"], system["mean"])]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADER))]
    return ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in cells]


def missing_notes(data: DataSet, *, genuine: int, impostors: int) -> tuple[str, ...]:
    """Say what so many pairs cannot tell."""
    if genuine == 0 or impostors == 0:
        lacking = "two prints of one finger" if genuine == 0 else "prints of two fingers"
        return (f"{data.name}: error rates cannot be computed, there are no {lacking}",)
    few = [name for name, least in _SUPPORT.items() if impostors < least]
    return (f"{data.name}: {impostors} impostor pairs are too few for {' and '.join(few)}",) if few else ()


def _row(name: str, figures: Mapping[str, Figure]) -> Row:
    rates = {key: 100.0 * figures[figure].value if figure in figures else None for key, figure in RATES.items()}
    speeds = {key: figures[figure].value if figure in figures else None for key, figure in SPEEDS.items()}
    failures = figures[FAILURES].counts["errors"]
    return {"name": name, **rates, "failures": failures, **speeds, "intervals": _intervals(figures)}


def _intervals(figures: Mapping[str, Figure]) -> dict[str, list[float]]:
    """Return the 95 % intervals, rates in percent."""
    found = {key: (100.0, figures.get(figure)) for key, figure in RATES.items()}
    found |= {key: (1.0, figures.get(figure)) for key, figure in SPEEDS.items()}
    return {key: [unit * figure.low, unit * figure.high] for key, (unit, figure) in found.items() if figure is not None}


def _cells(row: Row) -> tuple[str, ...]:
    rates = []
    for key in RATES:
        low, high = row["intervals"].get(key, (0.0, 0.0))
        rates.append("-" if row[key] is None else f"{row[key]:.2f} ({low:.2f}-{high:.2f})")
    speeds = ["-" if row[key] is None else f"{row[key]:,.0f}" for key in SPEEDS]
    return (row["name"], *rates, f"{row['failures']:g}", *speeds)
