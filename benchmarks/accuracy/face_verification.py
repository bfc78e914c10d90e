"""Portraits compared in pairs: those of a list, or all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.face_folds import FOLDS, ComparedPairs, FoldAccuracy, fold_accuracy, spread_folds
from benchmarks.accuracy.face_vectors import cosines
from benchmarks.accuracy.measured import Places
from benchmarks.datasets import DataSet
from benchmarks.figures import Figure
from benchmarks.lfw_pairs import PairList
from benchmarks.portraits import without_ending
from benchmarks.rates import FMR_TARGETS, NOT_COMPARED, ScoredPairs, verification_figures
from biometrics.arrays import Flags, Ids, Values, Vectors
from biometrics.errors import SampleError
from matching.impostors import impostor_pairs

ACCURACY = "accuracy"

UNCOMPARED_SCORE = -1.0
"""Stands in score files for pairs one side of which has no template: the least cosine there is."""

MOST_IMPOSTORS = 2_000_000
"""Impostor pairs compared where all pairs are asked for and there are more: drawn evenly, the same every time."""

_MOST_MISSING = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ListedPairs:
    """The pairs of a list, in its order.

    Parameters
    ----------
    pairs
        The list.
    first, second
        int64 [pairs]: where both portraits stand in the data set; -1 where one is not there.
    scores
        float32 [pairs]; `NOT_COMPARED` where a portrait has no template or is not there.
    """

    pairs: PairList
    first: Places
    second: Places
    scores: Values

    @property
    def there(self) -> Flags:
        """Which pairs have both portraits in the data set."""
        return (self.first >= 0) & (self.second >= 0)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what a score file holds: a row per pair, `score` -1 where `compared` is False."""
        pairs = self.pairs.pairs
        compared = self.scores != NOT_COMPARED
        return {
            "first": np.array([pair.first for pair in pairs]),
            "second": np.array([pair.second for pair in pairs]),
            "fold": np.array([pair.fold for pair in pairs], dtype=np.int64),
            "same": np.array([pair.same for pair in pairs]),
            "score": np.where(compared, self.scores, np.float32(UNCOMPARED_SCORE)),
            "compared": compared,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verified:
    """What verification came to.

    Parameters
    ----------
    figures
        By name.
    scored
        For curves.
    accuracy
        None where there are no folds, or too few pairs for them.
    notes
        What a reader must know.
    """

    figures: Mapping[str, Figure]
    scored: ScoredPairs
    accuracy: FoldAccuracy | None
    notes: tuple[str, ...]


def pair_places(data: DataSet, pairs: PairList) -> tuple[Places, Places]:
    """Return where both portraits of each pair stand in the data set; -1 where one is not there.

    Raises
    ------
    SampleError
        When more than one pair in a hundred is not there: then it is the wrong folder.
    """
    places = {without_ending(sample.name): index for index, sample in enumerate(data.samples)}
    first = np.array([places.get(pair.first, -1) for pair in pairs.pairs], dtype=np.int64)
    second = np.array([places.get(pair.second, -1) for pair in pairs.pairs], dtype=np.int64)
    missing = int(((first < 0) | (second < 0)).sum())
    if missing > _MOST_MISSING * len(first):
        raise SampleError(
            f"{missing} of {len(first)} pairs name portraits that are not in the folder",
            source=data.name,
            remedy="give the folder that holds the persons' folders with --images",
        )
    return first, second


def listed_pairs(data: DataSet, pairs: PairList, vectors: Vectors, present: Flags) -> ListedPairs:
    """Compare the pairs of a list; raises as `pair_places`."""
    first, second = pair_places(data, pairs)
    there = (first >= 0) & (second >= 0)
    scores = np.full(len(there), NOT_COMPARED, dtype=np.float32)
    scores[there] = cosines(vectors, present, first[there], second[there])
    return ListedPairs(pairs=pairs, first=first, second=second, scores=scores)


def verify_listed(listed: ListedPairs, subjects: Ids, *, replicates: int) -> Verified:
    """Return the figures of a list of pairs; those with a portrait that is not there are left out."""
    there = listed.there
    first, second = subjects[listed.first[there]], subjects[listed.second[there]]
    scores = listed.scores[there]
    scored = ScoredPairs.of(scores, first, second)
    figures = verification_figures(scored, replicates=replicates)
    same = first == second
    own = np.array([pair.fold for pair in listed.pairs.pairs], dtype=np.int64)[there]
    folds = own if listed.pairs.folds > 1 else spread_folds(same, min(FOLDS, int(same.sum()), int((~same).sum())))
    notes = _left_out(listed) + _uncompared(scores, same)
    accuracy = None
    if len(np.unique(folds)) > 1:
        compared = ComparedPairs(first=first, second=second, same=same, folds=folds, scores=scores)
        accuracy = fold_accuracy(compared, replicates=replicates)
        figures = {ACCURACY: accuracy.figure, **figures}
        notes += _protocol(accuracy, given=listed.pairs.folds > 1)
    return Verified(figures=figures, scored=scored, accuracy=accuracy, notes=notes)


def verify_all(
    vectors: Vectors,
    present: Flags,
    subjects: Ids,
    *,
    targets: Sequence[float] = FMR_TARGETS,
    replicates: int,
) -> Verified:
    """Return the figures of all pairs; of very many impostor pairs, of as many as are compared at most."""
    first, second = _all_pairs(subjects)
    scored = ScoredPairs.of(cosines(vectors, present, first, second), subjects[first], subjects[second])
    figures = verification_figures(scored, targets=targets, replicates=replicates)
    there = impostor_pairs(subjects)
    drawn = (f"impostor pairs: {MOST_IMPOSTORS:,} drawn from {there:,}",) if there > MOST_IMPOSTORS else ()
    return Verified(figures=figures, scored=scored, accuracy=None, notes=drawn)


def _all_pairs(subjects: Ids) -> tuple[Places, Places]:
    count = len(subjects)
    if impostor_pairs(subjects) <= MOST_IMPOSTORS:
        first, second = np.triu_indices(count, k=1)
        return first.astype(np.int64), second.astype(np.int64)
    order = np.argsort(subjects, kind="stable")
    starts = np.flatnonzero(np.diff(subjects[order], prepend=-1))
    own = [np.stack(np.triu_indices(len(rows), k=1)) for rows in np.split(order, starts[1:])]
    genuine = np.concatenate(
        [rows[pairs] for rows, pairs in zip(np.split(order, starts[1:]), own, strict=True)], axis=1
    )
    random = np.random.default_rng(0)
    drawn = np.sort(random.integers(count, size=(2, 2 * MOST_IMPOSTORS)), axis=0)
    drawn = np.unique(drawn[:, subjects[drawn[0]] != subjects[drawn[1]]], axis=1)
    kept = random.permutation(drawn.shape[1])[:MOST_IMPOSTORS]
    first, second = np.concatenate((genuine, drawn[:, kept]), axis=1)
    return first.astype(np.int64), second.astype(np.int64)


def _left_out(listed: ListedPairs) -> tuple[str, ...]:
    missing = int((~listed.there).sum())
    told = f"{missing} of {len(listed.there)} pairs left out, their portraits are not in the folder"
    return (told,) if missing else ()


def _uncompared(scores: Values, same: Flags) -> tuple[str, ...]:
    without = scores == NOT_COMPARED
    if not without.any():
        return ()
    return (
        f"{int((without & same).sum())} genuine and {int((without & ~same).sum())} impostor pairs hold a portrait "
        "without template: all are wrong in accuracy; genuine ones are misses in every rate, impostor ones left out "
        "of false match rates",
    )


def _protocol(accuracy: FoldAccuracy, *, given: bool) -> tuple[str, ...]:
    folds = len(accuracy.by_fold)
    made = "the folds of the pairs file" if given else "runs of pairs in the order of the file"
    others = "pairs of the other folds that share no person with it"
    mixed = "" if accuracy.disjoint else "; where too few of these were left, on all pairs of the other folds"
    return (f"accuracy: mean over {folds} folds ({made}), each at the threshold chosen on {others}{mixed}",)
