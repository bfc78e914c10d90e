"""Open-set search of portraits: who has several is looked for by the further ones, who has one must not be found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Int64
from numpy.typing import NDArray

from benchmarks.figures import Figure
from benchmarks.identification import NOT_FOUND, Searches, open_set_figures, rank_misses, rank_name
from benchmarks.rates import NOT_COMPARED
from biometrics.arrays import Flags, Ids, Values, Vectors
from biometrics.errors import SampleError

FPIR_TARGETS = (1e-1, 1e-2, 1e-3)

RANK_1 = rank_name(1)

_PROBES_AT_ONCE = 1_024

GalleryVectors: TypeAlias = Float32[NDArray[np.float32], "gallery dimension"]
ProbePlaces: TypeAlias = Int64[NDArray[np.int64], " probes"]
ProbeScores: TypeAlias = Float32[NDArray[np.float32], " probes"]


def identification_searches(vectors: Vectors, present: Flags, subjects: Ids) -> Searches:
    """Search every further portrait of a person, and every person with a single one, in a gallery of first portraits.

    The gallery holds the first portrait of each person who has several; whoever has one only is a probe without mate.
    A probe or a reference without template is a miss.

    Raises
    ------
    SampleError
        When fewer than two persons have several portraits, nobody has a single one, or none of a kind has a template.
    """
    firsts = np.unique(subjects, return_index=True)[1]
    several = np.bincount(subjects)[subjects] > 1
    leading = np.zeros(len(subjects), dtype=np.bool_)
    leading[firsts] = True
    gallery = np.flatnonzero(leading & several)
    mated = np.flatnonzero(~leading & several)
    unmated = np.flatnonzero(~several & present)
    searchable = gallery[present[gallery]]
    if len(gallery) < 2 or len(unmated) == 0 or len(searchable) == 0:
        raise SampleError(
            f"{len(gallery)} persons with several portraits and {len(unmated)} with a single one are too few to search",
            remedy="give a folder per person, some with one portrait, others with several",
        )
    place_of = np.full(int(subjects.max()) + 1, -1, dtype=np.int64)
    place_of[subjects[searchable]] = np.arange(len(searchable))
    ranks, scores = _mates(vectors, vectors[searchable], mated, place_of[subjects[mated]], present)
    return Searches(
        mated_subjects=subjects[mated][:, None],
        mated_ranks=ranks,
        mated_scores=scores,
        unmated_subjects=subjects[unmated][:, None],
        unmated_scores=_highest(vectors[unmated], vectors[searchable]),
        gallery_size=len(gallery),
    )


def search_figures(searches: Searches, *, replicates: int) -> Mapping[str, Figure]:
    """Return misses at ranks and FNIR at each FPIR that the probes support, named with the size of the gallery."""
    found = rank_misses(searches, replicates=replicates)
    found |= open_set_figures(searches, targets=FPIR_TARGETS, replicates=replicates)
    return {f"{name}, N={searches.gallery_size}": figure for name, figure in found.items()}


def _mates(
    vectors: Vectors, gallery: GalleryVectors, probes: ProbePlaces, mates: ProbePlaces, present: Flags
) -> tuple[ProbePlaces, ProbeScores]:
    """Return rank and score of each probe's mate in the gallery; ties count against it."""
    ranks = np.full(len(probes), NOT_FOUND, dtype=np.int64)
    scores = np.full(len(probes), NOT_COMPARED, dtype=np.float32)
    able = np.flatnonzero(present[probes] & (mates >= 0))
    for start in range(0, len(able), _PROBES_AT_ONCE):
        here = able[start : start + _PROBES_AT_ONCE]
        similar = vectors[probes[here]] @ gallery.T
        scores[here] = similar[np.arange(len(here)), mates[here]]
        ranks[here] = np.count_nonzero(similar >= scores[here][:, None], axis=1)
    return ranks, scores


def _highest(probes: Vectors, gallery: GalleryVectors) -> Values:
    blocks = range(0, len(probes), _PROBES_AT_ONCE)
    return np.concatenate([(probes[start : start + _PROBES_AT_ONCE] @ gallery.T).max(axis=1) for start in blocks])
