"""What an exact search must answer, computed anew from the fp32 vectors: no engine's word is taken for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Float64, Int64
from numpy.typing import NDArray

from benchmarks.vector_population.rows import Rows
from biometrics.arrays import Ids, Values, Vectors
from biometrics.protocols import Progress, no_progress

TIE = 1e-6
"""Scores closer than this to a limit may fall on either side of it: summed in another order, they do."""

_DOUBT = 1e-4
"""Scores that fp32 puts closer than this to a limit are computed again in 64 bits."""

_ROWS_AT_ONCE = 16_384

Limits: TypeAlias = Float32[NDArray[np.float32], " shares"]
"""By shared blocks: the score from which a row is wanted."""

Exact: TypeAlias = Float64[NDArray[np.float64], " found"]
Answer: TypeAlias = tuple[Int64[NDArray[np.int64], " _found"], Float32[NDArray[np.float32], " _found"]]
"""Rows and their scores, as an engine gives them."""

Places: TypeAlias = Int64[NDArray[np.int64], " found"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wanted:
    """What one probe's answer must be.

    Parameters
    ----------
    rows, scores
        Every row that could belong to the answer, best first, and its score in 64 bits.
    limits
        float64 [found]: what each row's score must reach to be wanted, by the blocks that it shares with the probe.
    kth
        Score of the k-th best row; infinite where no best ones are asked for.
    """

    rows: Places
    scores: Exact
    limits: Exact
    kth: float

    def agrees(self, rows: Ids, scores: Values) -> bool:
        """Return whether an answer holds what it must, nothing else, each row once, and scores it right."""
        known = {int(row): place for place, row in enumerate(self.rows)}
        places = [known.get(int(row), -1) for row in rows]
        if -1 in places or len(set(places)) != len(places):
            return False
        here = np.array(places, dtype=np.int64)
        right = np.abs(self.scores[here] - scores) <= TIE
        may = (self.scores >= self.limits - TIE) | (self.scores >= self.kth - TIE)
        must = (self.scores >= self.limits + TIE) | (self.scores >= self.kth + TIE)
        given = np.zeros(len(self.rows), dtype=np.bool_)
        given[here] = True
        return bool(right.all() and may[here].all() and given[must].all())


def wanted_answers(
    enrolled: Rows, probes: Rows, limits: Limits, *, k: int | None, progress: Progress = no_progress
) -> tuple[Wanted, ...]:
    """Compare every probe with every row and return what an exact search answers.

    Parameters
    ----------
    enrolled, probes
        Vectors and which blocks each has.
    limits
        float32 [2**blocks]: by shared blocks, the score from which a row is wanted; rows that share none never are.
    k
        The so many best are wanted too; None for none.
    """
    limits = np.where(np.arange(len(limits)) == 0, np.float32(np.inf), limits)
    kept: list[list[tuple[Places, Values]]] = [[] for _ in probes.masks]
    for start, scores, wanted in _blocks(enrolled, probes, limits, progress):
        for probe, (own, high) in enumerate(zip(scores.T, wanted.T, strict=True)):
            rows = np.flatnonzero(high)
            if k is not None:
                rows = np.union1d(rows, _best(own, k))
            kept[probe].append((rows.astype(np.int64) + start, own[rows]))
    answers = []
    for probe, parts in enumerate(kept):
        rows = np.concatenate([rows for rows, _ in parts]) if parts else np.empty(0, dtype=np.int64)
        reach = limits[enrolled.masks[rows] & probes.masks[probe]].astype(np.float64)
        scores = enrolled.vectors[rows].astype(np.float64) @ probes.vectors[probe].astype(np.float64)
        answers.append(_wanted(rows, scores, reach, k))
    return tuple(answers)


def _blocks(
    enrolled: Rows, probes: Rows, limits: Limits, progress: Progress
) -> Iterator[tuple[int, Vectors, NDArray[np.bool_]]]:
    """Yield, for some rows at a time, the first one, scores [rows, probes] and which may reach their limit."""
    for start in range(0, len(enrolled), _ROWS_AT_ONCE):
        progress(start, len(enrolled), "computing the truth")
        here = slice(start, start + _ROWS_AT_ONCE)
        scores = enrolled.vectors[here] @ probes.vectors.T
        shared = enrolled.masks[here, np.newaxis] & probes.masks[np.newaxis]
        scores[shared == 0] = -np.inf
        yield start, scores, scores >= limits[shared] - _DOUBT
    progress(len(enrolled), len(enrolled), "computing the truth")


def _best(scores: Values, k: int) -> Places:
    """Return the k best comparable rows, and all that may be as good as the last of them."""
    comparable = int(np.count_nonzero(scores > -np.inf))
    if comparable == 0:
        return np.empty(0, dtype=np.int64)
    place = len(scores) - min(k, comparable)
    last = np.partition(scores, place)[place]
    return np.flatnonzero(scores >= last - _DOUBT).astype(np.int64)


def _wanted(rows: Places, scores: Exact, limits: Exact, k: int | None) -> Wanted:
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    kth = np.inf if k is None else float(ordered[min(k, len(ordered)) - 1]) if len(ordered) else -np.inf
    return Wanted(rows=rows[order], scores=ordered, limits=limits[order], kth=kth)


def all_agree(answers: Sequence[Answer], wanted: Sequence[Wanted]) -> bool:
    """Return whether every probe's answer, rows and scores, is what it must be."""
    return len(answers) == len(wanted) and all(
        must.agrees(rows, scores) for (rows, scores), must in zip(answers, wanted, strict=True)
    )
