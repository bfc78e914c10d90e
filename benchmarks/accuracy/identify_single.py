"""Searching single fingers: exhaustively, and by their vectors alone."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.accuracy.identify_ranks import penetration_figures, rank_figures, ranks_of
from benchmarks.accuracy.identify_scores import BothScores
from benchmarks.figures import Figure
from biometrics.arrays import Ids

RANKS = (1, 10, 50)


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
    figures: dict[str, Figure] = {}
    for name, ranks in (
        ("vector", ranks_of(searches.scores.vectors, searches.mates)),
        ("exhaustive", ranks_of(searches.scores.matcher, searches.mates)),
    ):
        found = rank_figures(ranks, persons, size, wanted=RANKS, replicates=replicates)
        found |= penetration_figures(ranks, persons, size, replicates=replicates)
        figures |= {f"{name}/{what}": figure for what, figure in found.items()}
    return figures
