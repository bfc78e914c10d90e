"""How the product's pages look: one calm style, complete in itself, for screens of any width and for paper."""

from __future__ import annotations

from html import escape

STYLE = """
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #1c1c1c; background: #f6f5f2; }
body { max-width: 1180px; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; } h2 { font-size: 1.25rem; margin: 2.4rem 0 .3rem; }
h3 { font-size: 1rem; margin: 0 0 .4rem; overflow-wrap: anywhere; }
p { max-width: 72ch; margin: .3rem 0 .8rem; } .note { color: #555; }
.badge { border-radius: 4px; padding: .05rem .5rem; font-weight: 600; font-size: .85em; white-space: nowrap; }
.duplicate { background: #fbe3df; color: #8c1d0f; } .needs_review { background: #fdf0cf; color: #6b4a00; }
.simulated { background: #e0e8ff; color: #1f3a93; } .good { background: #dff0e2; color: #14532d; }
article { background: #fff; border: 1px solid #dcd9d2; border-radius: 8px; padding: 1rem 1.2rem; margin: 1rem 0; }
article header { display: flex; gap: .3rem 1rem; align-items: baseline; flex-wrap: wrap; }
article header h3 { margin: 0; }
figure { margin: 0; min-width: 0; } figcaption { font-size: .85rem; color: #555; }
img { display: block; max-width: 100%; height: auto; border: 1px solid #ddd; box-sizing: border-box; }
.wide { overflow-x: auto; } table { border-collapse: collapse; background: #fff; }
td, th { padding: .25rem .9rem; text-align: left; vertical-align: top; border-bottom: 1px solid #e7e4dd; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
code { font: .9em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
@media (max-width: 640px) { body { padding: .8rem; } article { padding: .8rem; } td, th { padding: .2rem .45rem; } }
@media print {
  :root { background: #fff; font-size: 11pt; } body { padding: 0; max-width: none; }
  article, figure, tr, svg { break-inside: avoid; } h2, h3 { break-after: avoid; }
}
"""

SIMULATED_BADGE = '<span class="badge simulated">simulated</span>'
"""Stands by every simulated person and picture."""


def document(title: str, body: str, *, style: str = "") -> str:
    """Return a whole page that needs nothing from elsewhere; `title` is plain text, `body` is HTML."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}{style}</style></head><body>{body}</body></html>\n"
    )


_NUMBER = ' class="number"'


def table(heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    """Return a table; whatever is a number stands to the right."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(text: str) -> str:
    number = text.replace(",", "").replace(".", "", 1).isdigit()
    return f"<td{_NUMBER * number}>{escape(text)}</td>"
