"""Searching single fingers: exhaustively, by descriptors alone, and by comparing what a shortlist of them holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool
from numpy.typing import NDArray

from benchmarks.accuracy.identify_ranks import found_figure, penetration_figures, rank_figures, ranks_of
from benchmarks.accuracy.identify_scores import BothScores, Scores
from benchmarks.bootstrap import share
from benchmarks.figures import Figure
from benchmarks.rates import NOT_COMPARED
from biometrics.arrays import Ids

RANKS = (1, 10, 50)

SHORTLISTS = (0.05, 0.1, 0.2)
"""Shares of the gallery that shortlists hold."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Searches:
    """Every search of one gallery.

    Parameters
    ----------
    scores
        [searches, gallery].
    mates
        int64 [searches]: which reference is the mate.
    persons
        int64 [searches]: whose finger is searched.
    """

    scores: BothScores
    mates: Ids
    persons: Ids

    @property
    def size(self) -> int:
        """References in the gallery."""
        return int(self.scores.matcher.shape[1])


def search_figures(searches: Searches, *, replicates: int) -> dict[str, Figure]:
    """Return what searches of single fingers came to."""
    persons, size = searches.persons, searches.size
    exhaustive = ranks_of(searches.scores.matcher, searches.mates)
    figures: dict[str, Figure] = {}
    for name, ranks in (
        ("descriptor", ranks_of(searches.scores.descriptors, searches.mates)),
        ("exhaustive", exhaustive),
    ):
        found = rank_figures(ranks, persons, size, wanted=RANKS, replicates=replicates)
        found |= penetration_figures(ranks, persons, size, replicates=replicates)
        figures |= {f"{name}/{what}": figure for what, figure in found.items()}
    for part in SHORTLISTS:
        length = max(1, round(part * size))
        kept = np.where(shortlisted(searches.scores.descriptors, length), searches.scores.matcher, NOT_COMPARED)
        ranks = ranks_of(kept.astype(np.float32), searches.mates)
        lost = (exhaustive == 1) & (ranks != 1)
        figures[f"shortlist of {part:.0%}/rank-1"] = found_figure(ranks == 1, persons, replicates=replicates)
        figures[f"shortlist of {part:.0%}/mates lost"] = share(lost, persons[:, None], replicates=replicates)
    return figures


def shortlisted(descriptors: Scores, length: int) -> Bool[NDArray[np.bool_], "probes references"]:
    """Say which references are compared: the most like, of equals those that stand first, and all not described."""
    order = np.argsort(-descriptors, axis=1, kind="stable")[:, :length]
    listed = np.asarray(descriptors == NOT_COMPARED)
    np.put_along_axis(listed, order, values=True, axis=1)
    return listed
