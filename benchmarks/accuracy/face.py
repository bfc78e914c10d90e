"""Face verification on given pairs or on all, and open-set identification where persons have several portraits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from benchmarks.accuracy.measured import Bench, Measurement, Places
from benchmarks.datasets import DataSet
from benchmarks.figures import Figure
from benchmarks.identification import (
    NOT_FOUND,
    Searches,
    mate_ranks,
    open_set_figures,
    rank_misses,
)
from benchmarks.portraits import FacePair
from benchmarks.rates import NOT_COMPARED, ScoredPairs, verification_figures
from benchmarks.templates import Enrolled
from biometrics.arrays import Flags, Ids, Vectors
from biometrics.errors import SampleError
from matching.face import cosine_scale

EXTRACTION, FAILURES = "extraction", "failure to enroll"

_PAIRS_AT_ONCE = 100_000
_MOST_MISSING = 0.01

PairScores: TypeAlias = Float32[NDArray[np.float32], " pairs"]


def measure_faces(data: DataSet, pairs: Sequence[FacePair] | None, bench: Bench) -> Measurement:
    """Verify on the given pairs, or on all pairs of the portraits, and search where enough persons allow it.

    Raises
    ------
    SampleError
        When too many pairs name portraits that are not there, or not one could be enrolled.
    ProcessingError
        When there is no genuine or no impostor pair.
    """
    template_format = bench.extractor.extractor.format
    first, second = _all_pairs(len(data.samples)) if pairs is None else pair_places(data, pairs)
    left_out = 0 if pairs is None else len(pairs) - len(first)
    enrolled = bench.extractor.extract_all(data, bench.progress)
    enrolled.require_any()
    vectors, present = embeddings(enrolled, template_format.dimension)
    scores = cosines(vectors, present, first, second)
    subjects = enrolled.subjects
    scored = ScoredPairs.of(scores, subjects[first], subjects[second])
    figures = verification_figures(scored, replicates=bench.replicates)
    figures |= _identification(vectors, present, subjects, bench.replicates)
    figures[FAILURES] = enrolled.failures(bench.replicates)
    taken = bench.extractor.time(enrolled)
    if taken is not None:
        figures[EXTRACTION] = taken
    return Measurement(
        figures={f"{data.name}/{name}": figure for name, figure in figures.items()},
        pairs={data.name: scored},
        scale=cosine_scale(template_format),
        notes=(*_left_out_note(data, left_out, pairs), *enrolled.notes()),
        failed={data.name: enrolled.failed},
    )


def embeddings(enrolled: Enrolled, dimension: int) -> tuple[Vectors, Flags]:
    """Return float32 [samples, dimension] vectors, zero where there is none, and whether there is one."""
    vectors = np.zeros((len(enrolled.outcomes), dimension), dtype=np.float32)
    present = np.zeros(len(enrolled.outcomes), dtype=np.bool_)
    for row, template in enumerate(enrolled.templates):
        if template is not None:
            vectors[row], present[row] = template.embedding.vector, True
    return vectors, present


def cosines(vectors: Vectors, present: Flags, first: Places, second: Places) -> PairScores:
    """Return the cosine of each pair of rows, `NOT_COMPARED` where one has no embedding."""
    similar = np.empty(len(first), dtype=np.float32)
    for start in range(0, len(first), _PAIRS_AT_ONCE):
        here = slice(start, start + _PAIRS_AT_ONCE)
        similar[here] = np.einsum("ij,ij->i", vectors[first[here]], vectors[second[here]])
    similar[~(present[first] & present[second])] = NOT_COMPARED
    return similar


def pair_places(data: DataSet, pairs: Sequence[FacePair]) -> tuple[Places, Places]:
    """Return where both portraits of each pair stand in the data set, without the pairs one of which is not there.

    Raises
    ------
    SampleError
        When more than one pair in a hundred is not there: then it is the wrong folder.
    """
    places = {PurePosixPath(sample.name).with_suffix("").as_posix(): index for index, sample in enumerate(data.samples)}
    found = [pair for pair in pairs if pair.first in places and pair.second in places]
    missing = len(pairs) - len(found)
    if missing > _MOST_MISSING * len(pairs):
        raise SampleError(
            f"{missing} of {len(pairs)} pairs name portraits that are not in the folder",
            source=data.name,
            remedy="give the folder that holds the persons' folders with --data",
        )
    first = np.array([places[pair.first] for pair in found], dtype=np.int64)
    second = np.array([places[pair.second] for pair in found], dtype=np.int64)
    return first, second


def identification_searches(vectors: Vectors, present: Flags, subjects: Ids) -> Searches | None:
    """Search every further portrait of a person, and every person with a single one, in a gallery of first portraits.

    The gallery holds the first portrait of each person who has several; whoever has one only is a probe without mate.
    None when one of the three parts is empty, or fewer than two persons have several portraits.
    """
    firsts = np.unique(subjects, return_index=True)[1]
    several = np.bincount(subjects)[subjects] > 1
    leading = np.zeros(len(subjects), dtype=np.bool_)
    leading[firsts] = True
    gallery = np.flatnonzero(leading & several)
    mated = np.flatnonzero(~leading & several)
    unmated = np.flatnonzero(~several & present)
    searchable = gallery[present[gallery]]
    if len(np.unique(subjects[mated])) < 2 or len(unmated) == 0 or len(searchable) == 0:
        return None  # one mated person gives no interval
    mate_place = {int(subjects[row]): place for place, row in enumerate(searchable)}
    ranks = np.full(len(mated), NOT_FOUND, dtype=np.int64)
    scores = np.full(len(mated), NOT_COMPARED, dtype=np.float32)
    for index, row in enumerate(mated):
        mate = mate_place.get(int(subjects[row]))
        if mate is not None and present[row]:
            similar = vectors[searchable] @ vectors[row]
            ranks[index], scores[index] = mate_ranks(similar, mate), similar[mate]
    return Searches(
        mated_subjects=subjects[mated][:, None],
        mated_ranks=ranks,
        mated_scores=scores,
        unmated_subjects=subjects[unmated][:, None],
        unmated_scores=(vectors[unmated] @ vectors[searchable].T).max(axis=1),
        gallery_size=len(gallery),
    )


def _identification(vectors: Vectors, present: Flags, subjects: Ids, replicates: int) -> dict[str, Figure]:
    searches = identification_searches(vectors, present, subjects)
    if searches is None:
        return {}
    named = f"N={searches.gallery_size}"
    found = rank_misses(searches, replicates=replicates) | open_set_figures(searches, replicates=replicates)
    return {f"{name}, {named}": figure for name, figure in found.items()}


def _left_out_note(data: DataSet, left_out: int, pairs: Sequence[FacePair] | None) -> tuple[str, ...]:
    if left_out == 0 or pairs is None:
        return ()
    return (f"{data.name}: {left_out} of {len(pairs)} pairs left out, their portraits are not in the folder",)


def _all_pairs(count: int) -> tuple[Places, Places]:
    first, second = np.triu_indices(count, k=1)
    return first.astype(np.int64), second.astype(np.int64)
