"""Whether distractors are as hard to tell from probes as other real people's fingers are.

A distractor counts only where it could take a mate's place as often as a real impostor. High scores decide that: the
share of distractors' scores above the score that one real impostor in a hundred reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure
from benchmarks.rates import NOT_COMPARED
from biometrics.error_rates import ErrorRate

Pooled: TypeAlias = NDArray[np.float32]
"""Scores of pairs, float32 [pairs]; `NOT_COMPARED` among them do not count."""

QUANTILES = {"99 %": 0.99, "99.9 %": 0.999}

TAIL = 0.99
"""Quantile of real impostors' scores beyond which the tail lies; higher ones rest on few scores."""

LIGHTEST = 0.5
"""Distractors whose tail holds less than half as many scores as that of real impostors are left out. Mirrored prints
of FVC2002 set B come to 1.3 for descriptor and comparison alike, simulated ones to 0.5 and 0.1."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tails:
    """How the highest scores of distractors compare with those of real impostors.

    Parameters
    ----------
    figures
        Quantiles of each, and the weight of the distractors' tail, 1 where it is as heavy as that of real impostors.
    weight
        Of the tail; None where there are too few real impostors to tell.
    """

    figures: Mapping[str, Figure]
    weight: float | None


def compare_tails(real: Pooled, distractors: Mapping[str, Pooled]) -> dict[str, Tails]:
    """Return the tails of each kind of distractors, given scores of real impostors with the same probes."""
    impostors = real[real != NOT_COMPARED]
    threshold = float(np.quantile(impostors, TAIL)) if len(impostors) else None
    found = {"real": Tails(figures=_quantiles(impostors), weight=None)}
    for kind, scores in distractors.items():
        compared = scores[scores != NOT_COMPARED]
        figures = _quantiles(compared)
        weight = None
        if threshold is not None and len(compared):
            base = float((impostors >= threshold).mean())
            share = ErrorRate.of(int((compared >= threshold).sum()), len(compared))
            weight = share.value / base
            figures["weight of the tail"] = Figure(
                value=weight,
                low=share.low / base,
                high=share.high / base,
                unit="times real",
                counts={"scores": share.trials, "in the tail": share.errors},
            )
        found[kind] = Tails(figures=figures, weight=weight)
    return found


def _quantiles(scores: Pooled) -> dict[str, Figure]:
    """Return quantiles with the interval that order statistics give."""
    if len(scores) == 0:
        return {}
    ordered, count = np.sort(scores.astype(np.float64)), len(scores)
    figures = {}
    for name, quantile in QUANTILES.items():
        off = 1.96 * np.sqrt(quantile * (1 - quantile) / count)
        low, value, high = np.quantile(ordered, np.clip((quantile - off, quantile, quantile + off), 0, 1))
        figures[name] = Figure(
            value=float(value), low=float(low), high=float(high), unit="score", counts={"scores": count}
        )
    return figures
