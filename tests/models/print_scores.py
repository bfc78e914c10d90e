"""Scores of single pairs of prints, through what the gallery uses, and what they mean."""

from __future__ import annotations

import numpy as np

from biometrics.templates import Template
from matching.calibration import load_calibration
from matching.print_matcher import PrintMatcher


def score(first: Template, second: Template) -> float:
    """Return how alike two prints are."""
    matcher = PrintMatcher()
    store = matcher.new_store(second.format)
    row = store.append(matcher.prepare(second))
    return float(store.compare(matcher.prepare(first), np.array([row], np.int64))[0])


def score_at_fmr(fmr: float, template: Template) -> float:
    """Return the score that impostors of templates like this reach at that rate."""
    return load_calibration(PrintMatcher().scale(template.format)).threshold(fmr)
