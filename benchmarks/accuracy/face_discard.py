"""Error versus discard of portraits: what their quality is worth as a warning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.accuracy.discard import SHARES, JudgedSamples, discard_figures, discard_name
from benchmarks.accuracy.face_vectors import EmbeddedPortraits
from benchmarks.figures import Figure

DISCARD_FMR = 1e-4

_MOST_REPLICATES = 200
"""Draws for rates that count all pairs."""


def portrait_discards(found: EmbeddedPortraits, *, replicates: int) -> dict[str, Figure]:
    """Return false non-matches at FMR 1e-4 of all pairs with a template, and without the portraits of lowest quality.

    Raises
    ------
    ProcessingError
        When there are no genuine or no impostor pairs.
    """
    rows = np.flatnonzero(found.present)
    qualities = [one.quality.value for one in found.enrolled.templates if one is not None]
    judged = JudgedSamples(
        scores=found.vectors[rows] @ found.vectors[rows].T,
        subjects=found.enrolled.subjects[rows],
        qualities=np.array(qualities, np.float32),
    )
    return discard_figures([judged], fmr=DISCARD_FMR, replicates=min(replicates, _MOST_REPLICATES))


def discard_document(figures: Mapping[str, Figure]) -> dict[str, Any]:
    """Return the rates in percent by the share discarded, JSON-ready; nothing when they were not measured."""
    named = {f"{share:g}": figures[discard_name(share)] for share in (0.0, *SHARES) if discard_name(share) in figures}
    if not named:
        return {}
    rates = {
        share: {"fnmr": 100.0 * figure.value, "interval": [100.0 * figure.low, 100.0 * figure.high]}
        for share, figure in named.items()
    }
    return {"discard": {"fmr": DISCARD_FMR, "without_worst": rates}}
