"""The figures of face recognition as one document for programs: rates in percent, those by group as fractions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.accuracy.face_folds import FoldAccuracy
from benchmarks.accuracy.face_groups import FMR_TARGETS, GroupReport, GroupRow
from benchmarks.accuracy.face_search import FPIR_TARGETS, RANK_1
from benchmarks.accuracy.face_speed import STAGES
from benchmarks.accuracy.face_verification import ACCURACY
from benchmarks.figures import Figure
from benchmarks.identification import Searches, fnir_name
from benchmarks.rates import EER, ZERO_FMR, fnmr_name

FAILURES, SPEED, SPEED_WITH_QUALITY = "failure to enroll", "images a second", "images a second with quality"

TAR_FMR = (1e-2, 1e-3, 1e-4)


def face_document(
    figures: Mapping[str, Figure],
    *,
    accuracy: FoldAccuracy | None = None,
    searches: Searches | None = None,
    groups: GroupReport | None = None,
) -> dict[str, Any]:
    """Return what was measured, JSON-ready; what was not asked for is missing.

    Parameters
    ----------
    figures
        By name, without the data set.
    """
    values: dict[str, Any] = {}
    intervals: dict[str, Any] = {}
    if EER in figures:
        _add_verification(values, intervals, figures, accuracy)
    if searches is not None:
        _add_search(values, intervals, figures, searches)
    values["failures"] = figures[FAILURES].counts["errors"]
    values["images"] = figures[FAILURES].counts["trials"]
    _add_speed(values, intervals, figures)
    if groups is not None:
        values |= group_document(groups)
    return {**values, "intervals": intervals}


def group_document(report: GroupReport) -> dict[str, Any]:
    """Return false match rates by group and sex, over all, and the worst; fractions."""
    worst = {target: report.worst(target) for target in FMR_TARGETS}
    return {
        "groups": [row.document() for row in report.rows],
        "calibration": report.operating.population,
        "thresholds": {f"{target:g}": score for target, score in report.operating.thresholds.items()},
        "fmr_within_groups": _rates(report.within),
        "fmr_overall": _rates(report.overall),
        "worst_group": {f"{target:g}": None if row is None else _worst(row, target) for target, row in worst.items()},
    }


def unsupported(figures: Mapping[str, Figure]) -> tuple[str, ...]:
    """Say which rates so many impostor pairs cannot tell from none."""
    if EER not in figures:
        return ()
    few = [f"{fmr:g}" for fmr in TAR_FMR if fnmr_name(fmr) not in figures]
    pairs = figures[EER].counts["impostor pairs"]
    told = (
        f"{pairs:,} impostor pairs are too few for FMR {' and '.join(few)}: tar there is that without any false match"
    )
    return (told,) if few else ()


def _add_verification(
    values: dict[str, Any],
    intervals: dict[str, Any],
    figures: Mapping[str, Figure],
    accuracy: FoldAccuracy | None,
) -> None:
    values[ACCURACY] = 100.0 * accuracy.figure.value if accuracy else None
    values["eer"] = 100.0 * figures[EER].value
    intervals["eer"] = _percent(figures[EER])
    if accuracy:
        intervals[ACCURACY] = _percent(accuracy.figure)
        values["folds"] = [100.0 * float(share) for share in accuracy.by_fold]
    missed = {f"{fmr:g}": figures.get(fnmr_name(fmr), figures[ZERO_FMR]) for fmr in TAR_FMR}
    values["tar"] = {fmr: 100.0 * (1.0 - figure.value) for fmr, figure in missed.items()}
    intervals["tar"] = {fmr: [100.0 - high for high in reversed(_percent(one))] for fmr, one in missed.items()}


def _add_search(
    values: dict[str, Any], intervals: dict[str, Any], figures: Mapping[str, Figure], searches: Searches
) -> None:
    size = f", N={searches.gallery_size}"
    missed = figures[f"{RANK_1}{size}"]
    named = {f"{fpir:g}": figures.get(f"{fnir_name(fpir)}{size}") for fpir in FPIR_TARGETS}
    rates = {fpir: figure for fpir, figure in named.items() if figure is not None}
    values["gallery"] = searches.gallery_size
    values["searches"] = {"mated": len(searches.mated_scores), "unmated": len(searches.unmated_scores)}
    values["rank1"] = 100.0 * (1.0 - missed.value)
    values["fnir"] = {fpir: 100.0 * figure.value for fpir, figure in rates.items()}
    intervals["rank1"] = [100.0 - bound for bound in reversed(_percent(missed))]
    intervals["fnir"] = {fpir: _percent(figure) for fpir, figure in rates.items()}


def _add_speed(values: dict[str, Any], intervals: dict[str, Any], figures: Mapping[str, Figure]) -> None:
    for key, name in (("images_per_s", SPEED), ("images_per_s_with_quality", SPEED_WITH_QUALITY)):
        figure = figures.get(name)
        values[key] = figure.value if figure else None
        if figure:
            intervals[key] = [figure.low, figure.high]
    values["times_ms"] = {
        stage: figures[f"{stage} time"].value for stage in (*STAGES, "extract") if f"{stage} time" in figures
    }


def _percent(figure: Figure) -> list[float]:
    return [100.0 * figure.low, 100.0 * figure.high]


def _rates(rates: Mapping[float, Figure]) -> dict[str, Any]:
    return {f"{target:g}": {"value": one.value, "interval": [one.low, one.high]} for target, one in rates.items()}


def _worst(row: GroupRow, target: float) -> dict[str, Any]:
    rate = row.fmr[target].value
    return {**row.values, "fmr": rate, "times_stated": rate / target}
