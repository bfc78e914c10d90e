"""Error rates of 1:N search: rank-k misses (CMC) and FNIR at FPIR (ISO/IEC 19795-1).

Intervals draw the subjects of the probes again; the gallery stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from benchmarks.bootstrap import REPLICATES, SubjectSides, share
from benchmarks.figures import Figure
from benchmarks.rates import NOT_COMPARED, ScoredPairs, fnmr_name, verification_figures
from biometrics.arrays import Ids, Values
from biometrics.errors import ProcessingError

FPIR_TARGETS = (1e-1, 1e-2)
RANKS = (1, 10)
UnmatedScores: TypeAlias = Float32[NDArray[np.float32], " unmated"]

NOT_FOUND = 0
"""Rank of a mate that did not come out of the search, because the probe or the reference failed to enroll."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Searches:
    """What searches of one gallery came to.

    Parameters
    ----------
    mated_subjects
        int64 [mated probes, 1].
    mated_ranks
        int64 [mated probes]: 1 is best; `NOT_FOUND` without one.
    mated_scores
        float32 [mated probes]: score of the mate; `NOT_COMPARED` without one.
    unmated_subjects
        int64 [unmated probes, 1]; probes that failed to enroll are left out, as they can find nobody.
    unmated_scores
        float32 [unmated probes]: highest score in the gallery.
    gallery_size
        Subjects in the gallery.
    """

    mated_subjects: SubjectSides
    mated_ranks: Ids
    mated_scores: Values
    unmated_subjects: SubjectSides
    unmated_scores: UnmatedScores
    gallery_size: int

    def __post_init__(self) -> None:
        if not len(self.mated_subjects) == len(self.mated_ranks) == len(self.mated_scores):
            raise ProcessingError("every mated search needs a subject, a rank and a score")
        if ((self.mated_ranks == NOT_FOUND) != (self.mated_scores == NOT_COMPARED)).any() or self.mated_ranks.min() < 0:
            raise ProcessingError("a mate has both a rank and a score, or neither")


def rank_name(rank: int) -> str:
    """Return the name of the figure at a rank, such as `missed at rank 1`."""
    return f"missed at rank {rank}"


def fnir_name(fpir: float) -> str:
    """Return the name of the figure at a false positive identification rate, such as `FNIR at FPIR 0.01`."""
    return f"FNIR at FPIR {fpir:g}"


def rank_misses(
    searches: Searches, *, ranks: Sequence[int] = RANKS, replicates: int = REPLICATES, seed: int = 0
) -> dict[str, Figure]:
    """Return for each k the share of mated searches whose mate is not among the k best (1 - CMC)."""
    found = searches.mated_ranks != NOT_FOUND
    return {
        rank_name(rank): share(
            ~(found & (searches.mated_ranks <= rank)), searches.mated_subjects, replicates=replicates, seed=seed
        )
        for rank in ranks
        if rank <= searches.gallery_size
    }


def open_set_figures(
    searches: Searches,
    *,
    targets: Sequence[float] = FPIR_TARGETS,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> dict[str, Figure]:
    """Return the false negative identification rate at each false positive identification rate that probes support.

    A search is false negative when its mate scores below the threshold, at whatever rank.
    """
    # The same counting as for pairs: the mate's score is genuine, the best score of an unmated search is impostor.
    pairs = ScoredPairs(
        genuine=searches.mated_scores,
        genuine_subjects=searches.mated_subjects,
        impostor=searches.unmated_scores,
        impostor_subjects=searches.unmated_subjects,
    )
    figures = verification_figures(pairs, targets=targets, replicates=replicates, seed=seed)
    return {fnir_name(target): figures[fnmr_name(target)] for target in targets if fnmr_name(target) in figures}


def mate_ranks(scores: Values, mate: int) -> int:
    """Return the rank of gallery entry `mate`; ties count against it.

    Parameters
    ----------
    scores
        float32 [gallery] of one probe.
    """
    return int(np.count_nonzero(scores >= scores[mate]))
