"""How like each print is to each other: by descriptors, as a shortlist sees it, and by comparing minutiae."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from benchmarks.rates import NOT_COMPARED
from biometrics.protocols import Progress, no_progress
from biometrics.templates import MinutiaSet
from matching.descriptor import describe
from matching.descriptor.index import DescriptorIndex
from matching.minutiae import PrintColumn, prepare

Scores: TypeAlias = Float32[NDArray[np.float32], "probes references"]
"""`NOT_COMPARED` where a side has nothing to compare."""

Minutiae: TypeAlias = Sequence[MinutiaSet | None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BothScores:
    """Scores of probes with references.

    Parameters
    ----------
    descriptors
        float32 [probes, references]: likeness of the probe's descriptor to the reference's code, a whole number.
    matcher
        float32 [probes, references]: score of the minutiae.
    """

    descriptors: Scores
    matcher: Scores


def all_scores(probes: Minutiae, references: Minutiae, progress: Progress = no_progress) -> BothScores:
    """Return every score of probes with references."""
    return BothScores(
        descriptors=_descriptor_scores(probes, references), matcher=_matcher_scores(probes, references, progress)
    )


def _descriptor_scores(probes: Minutiae, references: Minutiae) -> Scores:
    described = [None if one is None else describe(one) for one in references]
    index, columns = DescriptorIndex(), np.array([one is not None for one in described])
    index.append([one for one in described if one is not None])
    scores = np.full((len(probes), len(references)), NOT_COMPARED, dtype=np.float32)
    for row, minutiae in enumerate(probes):
        probe = None if minutiae is None else describe(minutiae)
        if probe is not None:
            scores[row, columns] = index.likenesses(probe)
    return scores


def _matcher_scores(probes: Minutiae, references: Minutiae, progress: Progress) -> Scores:
    column, columns = PrintColumn(), np.array([one is not None for one in references])
    for one in references:
        if one is not None:
            column.append(prepare(one))
    everything = np.arange(len(column))
    scores = np.full((len(probes), len(references)), NOT_COMPARED, dtype=np.float32)
    for row, minutiae in enumerate(probes):
        progress(row, len(probes), "comparing")
        if minutiae is not None:
            scores[row, columns] = column.compare(prepare(minutiae), everything)
    progress(len(probes), len(probes), "comparing")
    return scores
