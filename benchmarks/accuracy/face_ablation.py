"""What each part of the face path is worth: the same portraits and pairs, with one part more from row to row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.accuracy.face import FaceTask, measure_embedded
from benchmarks.accuracy.face_groups import FMR_TARGETS, Operating, compared_cohorts
from benchmarks.accuracy.face_speed import speed_figures
from benchmarks.accuracy.face_vectors import EmbeddedPortraits, embedded
from benchmarks.accuracy.face_verification import verify_all
from benchmarks.accuracy.measured import Bench
from benchmarks.face_path import PATHS, PathExtractor, load_parts
from benchmarks.figures import Figure
from benchmarks.rates import fnmr_name
from benchmarks.templates import CachingExtractor
from biometrics.extraction import Extractor
from matching.impostors import impostor_scores

FNMR_TARGETS = (1e-3, 1e-4, 1e-5)

GROUP_TARGET = f"{FMR_TARGETS[0]:g}"

SHIPPED = "as shipped"
"""The last row: the installation's extractor, with what else it does: turned copies, refusals, quality."""

OWN_THRESHOLDS = "all pairs of these portraits"

_REPLICATES = 100
"""Draws for the rates over all pairs, a million of which are counted in each."""

_KEPT = ("failures", "accuracy", "eer", "rank1", "fnir", "images_per_s")


def ablation(task: FaceTask, bench: Bench) -> list[dict[str, Any]]:
    """Measure the task along every path, and as shipped; a JSON-ready row each, rates in percent.

    Scores of different paths have different scales, so false matches by group are counted at each path's own threshold:
    the one that the target share of all pairs, of whatever group, reaches, as in a calibration without labels. How much
    worse the worst group fares is then comparable.

    Raises
    ------
    ModelUnavailableError
        When a model can neither be found nor built.
    """
    parts = load_parts()
    ways: dict[str, Extractor] = {path.name: PathExtractor(path, parts) for path in PATHS}
    ways[SHIPPED] = bench.extractor.extractor
    return [_row(name, task, replace(bench, extractor=bench.extractor.of(way))) for name, way in ways.items()]


def ablation_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the rows as an aligned table; columns that nothing was measured for are left out."""
    cells = [_cells(row) for row in rows]
    shown = [name for name in cells[0] if any(row[name] != "-" for row in cells)]
    table = [["with", *shown]] + [
        [str(row["name"]), *(cell[name] for name in shown)] for row, cell in zip(rows, cells, strict=True)
    ]
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    return ["", *("  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in table)]


def _row(name: str, task: FaceTask, bench: Bench) -> dict[str, Any]:
    caching: CachingExtractor = bench.extractor
    enrolled = caching.extract_all(task.measured, bench.progress)
    enrolled.require_any()
    found = embedded(enrolled, caching.extractor.format.dimension)
    own = replace(task, operating=None if task.operating is None else _own_thresholds(task, found))
    measured = measure_embedded(own, found, bench, speed_figures(enrolled, caching)).sections
    row: dict[str, Any] = {"name": name, **{key: measured[key] for key in _KEPT if key in measured}}
    intervals = {key: bounds for key, bounds in measured["intervals"].items() if key in _KEPT}
    if task.pairs is not None or task.identify or task.everything:
        figures = _over_all_pairs(found)
        row["fnmr"] = {fmr: 100.0 * figure.value for fmr, figure in figures.items()}
        intervals["fnmr"] = {fmr: [100.0 * figure.low, 100.0 * figure.high] for fmr, figure in figures.items()}
    if task.operating is not None:
        row["worst_group"] = measured["worst_group"][GROUP_TARGET]
    return {**row, "intervals": intervals}


def _over_all_pairs(found: EmbeddedPortraits) -> dict[str, Figure]:
    """Return the FNMR at each false match rate that all pairs support."""
    subjects = found.enrolled.subjects
    checked = verify_all(found.vectors, found.present, subjects, targets=FNMR_TARGETS, replicates=_REPLICATES)
    named = {f"{fmr:g}": checked.figures.get(fnmr_name(fmr)) for fmr in FNMR_TARGETS}
    return {fmr: figure for fmr, figure in named.items() if figure is not None}


def _own_thresholds(task: FaceTask, found: EmbeddedPortraits) -> Operating:
    """Return the thresholds that each target's share of all pairs of different persons exceeds."""
    rows = np.sort(np.concatenate(list(compared_cohorts(found, task.left_out).values())))
    descending = np.sort(impostor_scores(found.vectors[rows], found.enrolled.subjects[rows]))[::-1]
    reached = {target: descending[int(target * len(descending))] for target in FMR_TARGETS}
    thresholds = {target: float(np.nextafter(score, np.float32(2.0))) for target, score in reached.items()}
    return Operating(population=OWN_THRESHOLDS, thresholds=thresholds)


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    intervals, fnmr, fnir, worst = row["intervals"], row.get("fnmr", {}), row.get("fnir", {}), row.get("worst_group")
    cells = {"accuracy %": _cell(row.get("accuracy"), intervals.get("accuracy"))}
    cells["EER %"] = _cell(row.get("eer"), intervals.get("eer"))
    for fmr in map("{:g}".format, FNMR_TARGETS):
        cells[f"FNMR % at {fmr}"] = _cell(fnmr.get(fmr), intervals.get("fnmr", {}).get(fmr))
    cells["FNIR % at 0.01"] = _cell(fnir.get("0.01"), intervals.get("fnir", {}).get("0.01"))
    cells[f"worst group at {GROUP_TARGET}"] = (
        f"{worst['group']} {worst['sex']}, {worst['times_stated']:.1f} times" if worst else "-"
    )
    cells["failures"] = str(row["failures"])
    cells["images/s"] = "-" if row["images_per_s"] is None else f"{row['images_per_s']:.1f}"
    return cells


def _cell(value: float | None, interval: Sequence[float] | None) -> str:
    if value is None or interval is None:
        return "-"
    return f"{value:.2f} ({interval[0]:.2f}-{interval[1]:.2f})"
