"""Several portraits of one person, fused into one vector that stands for them in every comparison.

A fused vector points where its portraits point on average, the better ones weighing more. Two things keep that honest:

- **Only portraits that agree are fused.** A portrait of somebody else, or one that shows too little, would pull the
  vector to where nobody is. It starts a vector of its own, and a comparison takes the best of a person's vectors, its
  rate corrected for the choice (`matching.fusion.best_of`).
- **A fused vector keeps the false match rate that scores are calibrated to.** An average lies nearer to everybody than
  a single portrait does: at length 1, strangers of 3 portraits would reach the threshold for 1e-3 1.3 times and that
  for 1e-4 1.5 times as often as stated (1.7 and 2.5 times with plain SFace, which the centres do not correct). So its
  length stays below 1, the shorter the less its portraits agree, and the product of two such vectors is the score.

`kura bench samples` compares this with the best of the portraits, with their mean, and with one alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Values, Vector, Vectors
from biometrics.errors import TemplateError
from biometrics.templates import UNIT_NORM_TOLERANCE, FaceEmbedding

SAME_FACE_FMR = 1e-2
"""Portraits of one person that are alike at this false match rate are fused; on LFW View 1 all but 1.0 % of pairs are.
With one of two portraits a stranger's, false non-matches at a stated 1e-4 are 16 % without this condition and 1.1 %
with it (`kura bench samples`); at 1e-3 in its place they are the same, and fewer poor portraits are fused."""

WEIGHT_POWER = 2.0
"""Weight of a portrait by its embedding's raw norm. On LFW View 1 with one of two portraits full of noise, false
non-matches at a stated 1e-4 are 1.9, 1.4, 1.3 and 1.3 % for powers 0, 1, 2 and 4; with three good portraits and probes
of 20 pixels, 7.5, 7.4, 7.4 and 7.8 %."""

AGREEMENT_POWER = 1 / 3
"""Length of a fused vector by that of the weighted mean. On LFW View 1, strangers reach the thresholds for 1e-2, 1e-3
and 1e-4 0.7 to 0.9 times as often with 2, 3 or 4 fused portraits as with one of the same persons. A quarter would do
for this embedding (0.8 to 1.0), but not for one whose vectors have a common part: with plain SFace it is 1.1 to 1.6,
and a third 0.95 to 1.4."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceFeature:
    """A face, or several portraits of it fused, made ready for comparison.

    Parameters
    ----------
    vector
        float32 [dimension]; of norm 1 for a single portrait, shorter where fused ones differ.
    weight
        How much it counts when it is fused; the raw norm of a single portrait's embedding.

    Raises
    ------
    TemplateError
        When a number is not finite, the vector is longer than 1 or has no direction, or the weight is not positive.
    """

    vector: Vector
    weight: float

    def __post_init__(self) -> None:
        norm = float(np.linalg.norm(self.vector))
        # Asked this way round, numbers that are none are refused.
        if not (0.0 < norm <= 1.0 + UNIT_NORM_TOLERANCE and 0.0 < self.weight < np.inf):
            raise TemplateError("the vector or the weight of a face cannot be used")


def single_face(embedding: FaceEmbedding) -> FaceFeature:
    """Return one portrait made ready for comparison."""
    return FaceFeature(vector=embedding.vector, weight=embedding.raw_norm)


def fuse_faces(portraits: Sequence[FaceFeature], same_above: float) -> tuple[FaceFeature, ...]:
    """Return one vector for each group of a person's portraits that agree; mostly that is one.

    The portrait of the greatest weight begins. In the order of weights, equal ones as they come, each next one joins
    the first group that it is alike, or starts another.

    Parameters
    ----------
    portraits
        Single portraits of one person and one format.
    same_above
        Least score between a portrait and a group that it joins; below 0 it counts as 0, as vectors that point apart
        have no common direction.
    """
    _, fused = _grouped(portraits, same_above)
    return tuple(fused)


def faces_apart(portraits: Sequence[FaceFeature], same_above: float) -> tuple[int, ...]:
    """Return the indices, ascending, of portraits outside the largest group that is fused; none when all agree.

    Where several groups are the largest, nobody can say which is the person, and every portrait is apart.

    Parameters
    ----------
    portraits, same_above
        As in `fuse_faces`.
    """
    groups, _ = _grouped(portraits, same_above)
    sizes = sorted((len(group) for group in groups), reverse=True)
    if len(sizes) < 2:
        return ()
    kept = max(groups, key=len) if sizes[0] > sizes[1] else []
    return tuple(index for index in range(len(portraits)) if index not in kept)


def _grouped(portraits: Sequence[FaceFeature], same_above: float) -> tuple[list[list[int]], list[FaceFeature]]:
    """Return the indices of the portraits of each group, and the vector of each."""
    groups: list[list[int]] = []
    fused: list[FaceFeature] = []
    for index in sorted(range(len(portraits)), key=lambda index: -portraits[index].weight):
        portrait = portraits[index]
        alike = [float(one.vector @ portrait.vector) >= max(same_above, 0.0) for one in fused]
        if True in alike:
            number = alike.index(True)
            groups[number].append(index)
            fused[number] = _mean_face([portraits[one] for one in groups[number]])
        else:
            groups.append([index])
            fused.append(portrait)
    return groups, fused


def _mean_face(portraits: Sequence[FaceFeature]) -> FaceFeature:
    norms = np.array([one.weight for one in portraits])
    weights: Values = ((norms / norms.max()) ** WEIGHT_POWER).astype(np.float32)
    vectors: Vectors = np.stack([one.vector for one in portraits])
    mean: Vector = (weights / weights.sum()) @ vectors
    agreement = float(np.linalg.norm(mean))
    # Divided and lengthened at once: the direction of the mean, at the length that keeps the false match rate.
    vector: Vector = (mean * agreement ** (AGREEMENT_POWER - 1.0)).astype(np.float32)
    return FaceFeature(vector=vector, weight=float(norms.max()))
