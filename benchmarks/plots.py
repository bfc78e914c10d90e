"""Plots as SVG or PNG, drawn without a display and the same for the same numbers."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from numpy.typing import NDArray

from benchmarks.distributions import Numbers
from benchmarks.rates import ErrorCurves, ScoredPairs
from biometrics.arrays import Rates

_SIZE_INCH = (6.4, 4.8)
_BINS = 60
_FEW_BINS = 20
"""For properties of prints, of which there are some hundred; for pairs there are thousands."""
_MOST_POINTS = 200
"""Of a curve; a page with thousands would be slow to open."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """Values of one set, and how its line is drawn."""

    name: str
    values: Numbers
    bold: bool = False
    dashed: bool = False


def det_plot(curves: Mapping[str, ErrorCurves]) -> Drawing:
    """Draw FNMR over FMR, one line per name, both axes logarithmic (detection error trade-off).

    A rate of 0 has no place on a logarithmic axis: it is drawn on the left or lower edge.
    """
    drawing = _blank()
    axes = drawing.add_subplot()
    left = _edge(np.concatenate([curve.fmr for curve in curves.values()]))
    bottom = _edge(np.concatenate([curve.fnmr for curve in curves.values()]))
    for name, curve in curves.items():
        shown = _worth_showing(curve)
        label = name if curve.fnmr[shown][-1] > 0 else f"{name} (no error)"
        fmr, fnmr = np.maximum(curve.fmr[shown], left), np.maximum(curve.fnmr[shown], bottom)
        # Of the thresholds whose FMR is at most x the lowest counts: the line changes before a point, not behind it.
        axes.step(fmr, fnmr, where="pre", label=label, clip_on=False)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(left, 1.0)
    axes.set_ylim(bottom, 1.0)
    axes.plot([min(left, bottom), 1.0], [min(left, bottom), 1.0], color="0.7", linestyle=":", label="FNMR = FMR")
    axes.set_xlabel("false match rate")
    axes.set_ylabel("false non-match rate")
    axes.grid(visible=True, which="major", color="0.9")
    axes.legend()
    return drawing


def score_plot(pairs: ScoredPairs, *, scale: str) -> Drawing:
    """Draw how genuine and impostor scores are distributed; pairs that could not be compared are not shown."""
    drawing = _blank()
    axes = drawing.add_subplot()
    genuine = pairs.genuine[np.isfinite(pairs.genuine)]
    both = np.concatenate((genuine, pairs.impostor))
    edges = np.linspace(both.min(), both.max() + 1e-6, _BINS + 1)
    for label, scores, color in (("impostor", pairs.impostor, "tab:red"), ("genuine", genuine, "tab:blue")):
        share = np.full(len(scores), 1.0 / max(1, len(scores)))
        axes.hist(scores, bins=edges.tolist(), weights=share, histtype="step", label=label, color=color)
    axes.set_yscale("log")
    axes.set_xlabel(f"score ({scale})")
    axes.set_ylabel("share of pairs")
    axes.legend()
    return drawing


def density_plot(lines: Sequence[Line], *, label: str) -> Drawing:
    """Draw how one quantity is distributed in several sets, each by the share of its prints in each bin."""
    drawing = _blank()
    axes = drawing.add_subplot()
    both = np.concatenate([line.values for line in lines])
    edges = np.linspace(both.min(), both.max() + 1e-6, _FEW_BINS + 1).tolist()
    for place, line in enumerate(lines):
        share = np.full(len(line.values), 1.0 / len(line.values))
        axes.hist(line.values, bins=edges, weights=share, histtype="step", **_style(line, place))
    axes.set_xlabel(label)
    axes.set_ylabel("share of prints")
    axes.legend()
    return drawing


def share_plot(lines: Sequence[Line], *, label: str, logarithmic: bool) -> Drawing:
    """Draw which share of the pairs of each set reaches each score: one minus its distribution function."""
    drawing = _blank()
    axes = drawing.add_subplot()
    for place, line in enumerate(lines):
        descending = np.sort(line.values)[::-1]
        ranks = _shown_ranks(len(descending))
        axes.step(descending[ranks - 1], ranks / len(descending), where="post", **_style(line, place))
    if logarithmic:
        axes.set_yscale("log")
    axes.set_xlabel(label)
    axes.set_ylabel("share of pairs that reach it")
    axes.grid(visible=True, which="major", color="0.9")
    axes.legend()
    return drawing


def as_svg(drawing: Drawing) -> str:
    """Return the drawing as SVG text that can stand inside a page."""
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "kura", "svg.fonttype": "none"}):
        drawing.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _blank() -> Drawing:
    drawing = Drawing(figsize=_SIZE_INCH, layout="constrained")
    FigureCanvasAgg(drawing)
    return drawing


def _worth_showing(curve: ErrorCurves) -> slice:
    """Return the part of a curve on which both rates change: once one is 0, going on only makes the other worse."""
    last = int(np.argmax(curve.fmr == 0))
    return slice(min(last, max(0, np.count_nonzero(curve.fnmr == 0) - 1)), last + 1)


def _edge(rates: Rates) -> float:
    """Return where an axis begins: at half the lowest rate above 0."""
    return float(rates[rates > 0].min()) / 2.0


def _shown_ranks(count: int) -> NDArray[np.int64]:
    """Return the ranks worth drawing of so many: evenly spread, and closer where few are left."""
    even, few = np.linspace(1, count, _MOST_POINTS), np.geomspace(1, count, _MOST_POINTS)
    return np.unique(np.concatenate((even, few)).astype(np.int64))


def _style(line: Line, place: int) -> dict[str, Any]:
    """Bold black stands out of thin colours."""
    return {
        "label": line.name,
        "color": "black" if line.bold else f"C{place}",
        "linewidth": 2.6 if line.bold else 1.1,
        "linestyle": "--" if line.dashed else "-",
    }
