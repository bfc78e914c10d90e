"""From fused rates to the candidate list that leaves matching."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from biometrics.arrays import Ids
from biometrics.positions import Modality, Position
from biometrics.scores import CalibratedFmr, Candidate, ComparisonScore
from matching.calibration import Calibration
from matching.comparison import NUMBER_OF, Comparisons, ProbePart
from matching.fusion import fusion_model
from matching.subject_fusion import FusedSubjects


def build_candidates(
    fused: FusedSubjects,
    parts: Sequence[ProbePart],
    calibrations: Mapping[Modality, Calibration],
    subject_id: Callable[[int], str],
    largest_fmr: float | None,
) -> tuple[Candidate, ...]:
    """Return the subjects at or below `largest_fmr` (all, when it is None), best first.

    Equal scores are ordered by identifier, so that the same gallery always gives the same list.

    Parameters
    ----------
    subject_id
        Returns the identifier of one of the fused subjects.
    """
    near = np.arange(len(fused.subjects)) if largest_fmr is None else np.flatnonzero(fused.fmrs <= largest_fmr)
    order = np.argsort(fused.used_by, kind="stable")
    starts = np.searchsorted(fused.used_by, near, side="left", sorter=order)
    ends = np.searchsorted(fused.used_by, near, side="right", sorter=order)
    candidates = [
        Candidate(
            subject_id=subject_id(int(fused.subjects[row])),
            fmr=CalibratedFmr(
                value=float(fused.fmrs[row]),
                extrapolated=bool(fused.extrapolated[row]),
                model=fusion_model(int(fused.terms[row]), int(fused.tried[row])),
            ),
            scores=_scores(fused.used, order[start:end], parts, calibrations),
        )
        for row, start, end in zip(near, starts, ends, strict=True)
    ]
    return tuple(sorted(candidates, key=lambda candidate: (-candidate.score, candidate.subject_id)))


def _scores(
    evidence: Comparisons, rows: Ids, parts: Sequence[ProbePart], calibrations: Mapping[Modality, Calibration]
) -> dict[Position, ComparisonScore]:
    """Return the score per probe position; of several unknown prints, the one that says most."""
    scores: dict[Position, ComparisonScore] = {}
    for row in rows[np.argsort(evidence.evidence[rows], kind="stable")]:
        position = parts[int(evidence.probe_parts[row])].position
        calibration = calibrations[position.modality]
        value = float(evidence.scores[row])
        scores[position] = ComparisonScore(value=value, scale=calibration.scale, fmr=calibration.fmr(value))
    return dict(sorted(scores.items(), key=lambda item: NUMBER_OF[item[0]]))
