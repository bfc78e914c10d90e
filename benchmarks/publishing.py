"""Turns what a benchmark measured into a result, and a result into files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.accuracy.measured import Measurement
from benchmarks.data_hash import data_hash
from benchmarks.environment import describe_environment
from benchmarks.plots import as_svg, det_plot, score_plot
from benchmarks.rates import error_curves
from benchmarks.report import report_page
from benchmarks.results import Result, write_result, write_scores
from biometrics.files import write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was asked for.

    Parameters
    ----------
    name
        Of the benchmark.
    started
        UTC.
    files
        Everything that is measured on, by its name in the data.
    parameters
        What the run was asked to do, JSON-ready.
    """

    name: str
    started: datetime
    files: Mapping[str, Path]
    parameters: Mapping[str, Any]


def publish(measurement: Measurement, run: Run, folder: Path | None, plots: Mapping[str, str] | None = None) -> Result:
    """Return the result; where a folder is given, also write it there with raw scores, a page and its plots.

    Files are named after the benchmark and its start: `fingerprint-20260131T080000Z.json`, `.npz`, `.html`.

    Parameters
    ----------
    plots
        SVG text by caption, shown before those that every benchmark has.

    Raises
    ------
    StorageError
        When a file cannot be written.
    """
    stem = f"{run.name}-{run.started:%Y%m%dT%H%M%SZ}"
    scores = None if folder is None else write_scores(measurement.raw_scores(), folder / f"{stem}.npz")
    result = Result(
        name=run.name,
        started=run.started,
        environment=describe_environment().document(),
        data_sha256=data_hash(run.files),
        parameters={**run.parameters, "scale": measurement.scale},
        figures=measurement.figures,
        notes=measurement.notes,
        scores=scores,
        sections=measurement.sections,
    )
    if folder is not None:
        write_result(result, folder / f"{stem}.json")
        page = report_page(result, {**(plots or {}), **_plots(measurement)})
        write_whole(folder / f"{stem}.html", page.encode(), mode=0o644)
    return result


def figure_lines(result: Result) -> Sequence[str]:
    """Return the figures as aligned lines of text, the notes below."""
    width = max(len(name) for name in result.figures)
    lines = [f"{name:{width}}  {figure}" for name, figure in result.figures.items()]
    return [*lines, *result.notes]


def _plots(measurement: Measurement) -> dict[str, str]:
    curves = {name: error_curves(pairs) for name, pairs in measurement.pairs.items()}
    plots = {"Detection error trade-off; rates of 0 lie on the edges": as_svg(det_plot(curves))} if curves else {}
    for name, pairs in measurement.pairs.items():
        plots[f"Scores of {name}"] = as_svg(score_plot(pairs, scale=measurement.scale))
    return plots
