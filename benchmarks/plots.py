"""Plots as SVG or PNG, drawn without a display and the same for the same numbers."""

from __future__ import annotations

import io
from collections.abc import Mapping

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing

from benchmarks.rates import ErrorCurves, ScoredPairs

_SIZE_INCH = (6.4, 4.8)
_BINS = 60


def det_plot(curves: Mapping[str, ErrorCurves]) -> Drawing:
    """Draw FNMR over FMR, one line per name, both axes logarithmic (detection error trade-off)."""
    drawing = _blank()
    axes = drawing.add_subplot()
    for name, curve in curves.items():
        # A rate of 0 has no place on a logarithmic axis.
        shown = (curve.fmr > 0) & (curve.fnmr > 0)
        axes.step(curve.fmr[shown], curve.fnmr[shown], where="post", label=name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(1e-5, 1.0)
    axes.set_ylim(1e-4, 1.0)
    axes.plot([1e-5, 1.0], [1e-5, 1.0], color="0.7", linestyle=":", label="FNMR = FMR")
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
