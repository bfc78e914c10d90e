"""Simulated prints beside real ones, for people: a table of lines, and plots."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.accuracy.fingerprint_rows import FAILURES
from benchmarks.accuracy.simulator import GENUINE, IMPOSTOR, QUANTILES, TAIL, Likeness, is_generated
from benchmarks.figures import Figure
from benchmarks.plots import Line, as_svg, density_plot, share_plot
from benchmarks.rates import EER, ZERO_FMR

_CLOSENESS = ("simulated to real", "real to real", "rank")


def comparison_lines(measured: Likeness) -> list[str]:
    """Return a table: per distribution its 5 %, median and 95 % in every set, and how far apart the sets are."""
    names, figures = list(measured.distributions), measured.figures
    generated = tuple(f"{name} to real" for name in names[1:] if is_generated(name))
    columns = (*_CLOSENESS[:1], *generated, *_CLOSENESS[1:])
    empty = [""] * (len(columns) + 1)
    rows = [["", *names, *columns, "simulated to each"]]
    for what in measured.distributions[names[0]]:
        cells = [_values(figures, f"{name}/{what}", QUANTILES) for name in names]
        each = " ".join(f"{figures[f'{what}/{names[0]} to {other}'].value:.2f}" for other in names[1:])
        rows.append([what, *cells, *(_cell(figures.get(f"{what}/{column}")) for column in columns), each])
    tails = [_values(figures, f"{name}/{IMPOSTOR}", TAIL) for name in names]
    rows.append([f"{IMPOSTOR}, {' and '.join(TAIL)}", *tails, *empty])
    rows += [
        [rate, *(f"{figures[f'{name}/{rate}'].value:.2%}" for name in names), *empty]
        for rate in (EER, ZERO_FMR, FAILURES)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    padded = (
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    )
    explained = (
        "Per set: 5 %, median, 95 %. Per distribution: mean Kolmogorov-Smirnov distance; rank 1 is most like the rest."
    )
    return [*(line.rstrip() for line in padded), explained]


def likeness_plots(measured: Likeness) -> dict[str, str]:
    """Return SVG plots by caption: every distribution, the simulated set's in bold."""
    plots: dict[str, str] = {}
    for what, distribution in next(iter(measured.distributions.values())).items():
        lines = _lines(measured, what)
        if what in (GENUINE, IMPOSTOR):
            drawing = share_plot(lines, label=f"{what} ({measured.scale})", logarithmic=what == IMPOSTOR)
            plots[f"Share of pairs that reach each {what}"] = as_svg(drawing)
        else:
            unit = f", {distribution.unit}" if distribution.unit else ""
            plots[f"Prints by {what}"] = as_svg(density_plot(lines, label=f"{what}{unit}"))
    return plots


def _lines(measured: Likeness, what: str) -> list[Line]:
    simulated = next(iter(measured.distributions))
    return [
        Line(
            name=f"{name} (generated)" if is_generated(name) else name,
            values=found[what].values,
            bold=name == simulated,
            dashed=is_generated(name),
        )
        for name, found in measured.distributions.items()
    ]


def _values(figures: Mapping[str, Figure], name: str, quantiles: Mapping[str, float]) -> str:
    return " ".join(f"{figures[f'{name}, {label}'].value:.3g}" for label in quantiles)


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return "-"
    if figure.unit == "KS":
        return f"{figure.value:.2f} ({figure.low:.2f}-{figure.high:.2f})"
    return f"{figure.value:.0f} {figure.unit}"
