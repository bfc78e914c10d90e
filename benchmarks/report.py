"""A result as one page that needs no other file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from benchmarks.figures import RATE, Figure, plain
from benchmarks.results import Result

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #1a1a1a }
table { border-collapse: collapse; margin: 1rem 0; width: 100% }
th, td { border-bottom: 1px solid #ddd; padding: .3rem .6rem; text-align: left; vertical-align: top }
td.number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap }
figure { margin: 1.5rem 0 } svg { max-width: 100%; height: auto } code { overflow-wrap: anywhere }
"""


def report_page(result: Result, plots: Mapping[str, str]) -> str:
    """Return the page.

    Parameters
    ----------
    plots
        SVG text by caption.
    """
    title = f"Benchmark {result.name}"
    drawings = "".join(
        f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>" for caption, svg in plots.items()
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in result.notes)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>\n<h1>{escape(title)}</h1>\n"
        f"<p>Started {escape(result.started.isoformat(timespec='seconds'))}. Intervals are 95 %; those of rates come "
        f"from drawing subjects again.</p>\n{_figures_table(result.figures)}\n"
        f"{f'<h2>Notes</h2><ul>{notes}</ul>' if notes else ''}\n{_sections(result.sections)}{drawings}\n"
        f"<h2>Parameters</h2>\n{_facts_table(result.parameters)}\n"
        f"<h2>Environment</h2>\n{_facts_table({**result.environment, 'data SHA-256': result.data_sha256})}\n"
        "</body></html>\n"
    )


def _figures_table(figures: Mapping[str, Figure]) -> str:
    rows = "".join(_figure_row(name, figure) for name, figure in figures.items())
    return (
        "<table><thead><tr><th>figure</th><th>value</th><th>95 % interval</th><th>threshold</th><th>counted</th></tr>"
        f"</thead><tbody>{rows}</tbody></table>"
    )


def _figure_row(name: str, figure: Figure) -> str:
    counted = ", ".join(f"{count:,} {escape(what)}" for what, count in figure.counts.items())
    threshold = "" if figure.threshold is None else f"{figure.threshold:.4g}"
    return (
        f'<tr><th scope="row">{escape(name)}</th><td class="number">{_number(figure.value, figure.unit)}</td>'
        f'<td class="number">{_number(figure.low, figure.unit)} to {_number(figure.high, figure.unit)}</td>'
        f'<td class="number">{threshold}</td><td>{counted}</td></tr>'
    )


def _number(value: float, unit: str) -> str:
    return f"{value:.2%}" if unit == RATE else f"{plain(value)} {escape(unit)}"


def _sections(sections: Mapping[str, Any]) -> str:
    """Return every part of the document that is a list of rows as a table."""
    return "".join(
        f"<h2>{escape(name)}</h2>\n{_rows_table(rows)}\n"
        for name, rows in sections.items()
        if _is_table(rows) and not any(_is_table(value) for row in rows for value in row.values())
    )


def _is_table(content: Any) -> bool:
    return isinstance(content, list) and bool(content) and all(isinstance(row, Mapping) for row in content)


def _rows_table(rows: Sequence[Mapping[str, Any]]) -> str:
    head = "".join(f"<th>{escape(str(name))}</th>" for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_fact(row.get(name)))}</td>" for name in rows[0]) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _facts_table(facts: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(str(name))}</th><td><code>{escape(_fact(value))}</code></td></tr>'
        for name, value in facts.items()
    )
    return f"<table><tbody>{rows}</tbody></table>"


def _fact(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_fact(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_fact(part) for part in value)
    return str(value)
