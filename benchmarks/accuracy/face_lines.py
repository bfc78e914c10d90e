"""The figures of face recognition as text for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.accuracy.face import FaceMeasurement
from benchmarks.accuracy.face_groups import FMR_TARGETS, GroupReport, GroupRow
from benchmarks.accuracy.face_speed import STAGES
from benchmarks.figures import Figure

_ADVICE = "portraits with advice on"
_GROUPS = "false match rate at the threshold for"


def face_lines(measurement: FaceMeasurement) -> list[str]:
    """Return the figures with their 95 % intervals, groups as a table."""
    document = measurement.sections
    intervals = document["intervals"]
    lines = [
        f"{name:26}  {_rate(document[key], intervals[key])}" for key, name in _SINGLE if document.get(key) is not None
    ]
    for key, name in _BY_RATE:
        lines += [
            f"{name + ' ' + rate:26}  {_rate(value, intervals[key][rate])}"
            for rate, value in document.get(key, {}).items()
        ]
    for share, rate in document.get("discard", {}).get("without_worst", {}).items():
        name = f"FNMR, worst {100 * float(share):g} % left out"
        lines.append(f"{name:26}  {_rate(rate['fnmr'], rate['interval'])}")
    lines.append(f"{'without template':26}  {document['failures']} of {document['images']} images")
    lines += _speed(document)
    return lines + (group_lines(measurement.groups) if measurement.groups else [])


_SINGLE = (("accuracy", "accuracy"), ("eer", "EER"), ("rank1", "rank 1"))
_BY_RATE = (("tar", "TAR at FMR"), ("fnir", "FNIR at FPIR"))


def group_lines(report: GroupReport) -> list[str]:
    """Return false match rates by group and sex, the overall ones, and the worst beside what is stated."""
    names = [", ".join(row.values.values()) for row in report.rows]
    width = max(len(name) for name in (_GROUPS, *names))
    targets = "".join(f"{target:>26g}" for target in FMR_TARGETS)
    lines = ["", f"{_GROUPS:{width}}  images   missed  refused  quality{targets}"]
    for name, row in zip(names, report.rows, strict=True):
        quality = "-" if row.quality_median is None else f"{row.quality_median:.0f}"
        start = f"{name:{width}}  {row.images:>6}  {row.misses.value:>7.2%}  {row.refused:>7.2%}  {quality:>7}"
        lines.append(start + "".join(f"{_cell(row, target):>26}" for target in FMR_TARGETS))
    for what, rates in (("all pairs of equal group and sex", report.within), ("all pairs", report.overall)):
        cells = "".join(f"{_fraction(rates.get(target)):>26}" for target in FMR_TARGETS)
        lines.append(f"{what:{width}}  {'':>6}  {'':>7}  {'':>7}  {'':>7}{cells}")
    return [
        *lines,
        "in brackets at the right: 95 % intervals; *: too few pairs to measure such a rate",
        *_worst(report),
        *_verdicts(report),
    ]


def _verdicts(report: GroupReport) -> list[str]:
    """Return the share of portraits with advice, by group and component."""
    components = list(dict.fromkeys(component for row in report.rows for component in row.verdicts))
    if not components:
        return []
    names = [", ".join(row.values.values()) for row in report.rows]
    width = max(len(name) for name in (_ADVICE, *names))
    lines = ["", "  ".join([_ADVICE.ljust(width), *(f"{component:>10}" for component in components)])]
    for name, row in zip(names, report.rows, strict=True):
        shares = (sum(row.verdicts.get(component, {}).values()) for component in components)
        lines.append("  ".join([name.ljust(width), *(f"{share:>10.1%}" for share in shares)]))
    return lines


def _worst(report: GroupReport) -> list[str]:
    lines = []
    for target in FMR_TARGETS:
        row = report.worst(target)
        if row is None:
            lines.append(f"worst at {target:g}: no group has pairs enough to tell")
        else:
            name, times = ", ".join(row.values.values()), row.fmr[target].value / target
            lines.append(f"worst at {target:g}: {name}, {times:.1f} times the stated rate")
    return lines


def _cell(row: GroupRow, target: float) -> str:
    mark = "" if row.supports(target) else "*"
    return _fraction(row.fmr.get(target)) + mark


def _fraction(figure: Figure | None) -> str:
    if figure is None:
        return "-"
    return f"{figure.value:.1e} ({figure.low:.0e}-{figure.high:.0e})"


def _rate(value: float, interval: Sequence[float]) -> str:
    return f"{value:.2f} % ({interval[0]:.2f}-{interval[1]:.2f})"


def _speed(document: Mapping[str, Any]) -> list[str]:
    if document["images_per_s"] is None:
        return []
    low, high = document["intervals"]["images_per_s"]
    times = document["times_ms"]
    parts = ", ".join(f"{stage} {times[stage]:.1f}" for stage in (*STAGES, "extract") if stage in times)
    return [f"{'images a second':26}  {document['images_per_s']:.1f} ({low:.1f}-{high:.1f}); ms: {parts}"]
